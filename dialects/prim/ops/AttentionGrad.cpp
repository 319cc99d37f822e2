// The gradient of attention_grad. Nobody trains with it, so it is written in
// prims that hold all scores: with E = e^(score - logsumexp) where a query may
// attend, and U = 1 / s at the keys of one that may attend to none,
//   dscore = E (dy value^T - dot)
//   dquery = scale dscore key, dkey = scale dscore^T query
//   dvalue = (E + U)^T dy
#include "dialects/prim/Build.h"
#include "dialects/prim/Gradient.h"
#include "dialects/prim/Infer.h"

using namespace mlir;
using namespace dlc::prim;

using Dims = SmallVector<int64_t>;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

namespace {

/// Scores [n, h, t, s] of one op, and products with them. Tensors of places are
/// [n, t, h, c] for queries and [n, s, h, c] for keys, all with as many heads.
class Scores {
public:
  Scores(ImplicitLocOpBuilder &b, AttentionGradOp op)
      : b(b), op(op), query(convert(op.getQuery(), b.getF32Type())),
        key(repeat(op.getKey())), value(repeat(op.getValue())),
        dy(convert(op.getDy(), b.getF32Type())),
        score(scale(b, pair(query, key), getScale())), allowed(buildAllowed()) {
  }

  double getScale() { return op.getScale().convertToDouble(); }

  /// z[n, h, t, s] = sum_c x[n, t, h, c] y[n, s, h, c]
  Value pair(Value x, Value y) {
    return DotOp::create(b, x, y, Dims{0, 2}, Dims{0, 2}, Dims{3}, Dims{3});
  }
  /// z[n, t, h, c] = sum_s w[n, h, t, s] y[n, s, h, c]
  Value sumKeys(Value w, Value y) {
    return order(
        DotOp::create(b, w, y, Dims{0, 1}, Dims{0, 2}, Dims{3}, Dims{1}));
  }
  /// z[n, s, h, c] = sum_t w[n, h, t, s] x[n, t, h, c]
  Value sumQueries(Value w, Value x) {
    return order(
        DotOp::create(b, w, x, Dims{0, 1}, Dims{0, 2}, Dims{2}, Dims{1}));
  }
  /// z[n, t, h] = sum_s w[n, h, t, s]
  Value sumRows(Value w) {
    return TransposeOp::create(b, ReduceSumOp::create(b, w, Dims{3}),
                               Dims{0, 2, 1});
  }
  /// [n, t, h] beside every key: [n, h, t, s]
  Value beside(Value rows) {
    return BroadcastOp::create(b, score.getType(),
                               TransposeOp::create(b, rows, Dims{0, 2, 1}),
                               Dims{3});
  }

  /// E, and U.
  Value buildShares() {
    Value share =
        ExpOp::create(b, SubOp::create(b, score, beside(op.getLogsumexp())));
    return where(share);
  }
  Value buildEmptyShares() {
    Value zero = fill(b, score, 0);
    if (!allowed || op.getZeroEmpty())
      return zero;
    Value lse = beside(op.getLogsumexp());
    Value empty = CompareOp::create(b, Predicate::le, lse,
                                    fill(b, lse, -0.5 * 0x1.fffffep127));
    return SelectOp::create(
        b, empty, fill(b, score, 1.0 / typeOf(score).getDimSize(3)), zero);
  }

  /// As many heads as queries have, in f32.
  Value repeat(Value x) {
    Dims shape(typeOf(x).getShape());
    int64_t heads = typeOf(op.getQuery()).getDimSize(2);
    x = convert(x, b.getF32Type());
    Dims joined(shape);
    joined[2] = heads;
    shape.insert(shape.begin() + 3, heads / shape[2]);
    x = BroadcastOp::create(b, typeOf(x).clone(shape), x, Dims{3});
    return ReshapeOp::create(b, typeOf(x).clone(joined), x);
  }
  /// Its adjoint, of the type of `like`.
  Value join(Value x, Value like) {
    Dims shape(typeOf(like).getShape());
    shape.insert(shape.begin() + 3, typeOf(x).getDimSize(2) / shape[2]);
    x = ReshapeOp::create(b, typeOf(x).clone(shape), x);
    return convert(ReduceSumOp::create(b, x, Dims{3}),
                   typeOf(like).getElementType());
  }
  Value convert(Value x, Type element) {
    return b.createOrFold<ConvertOp>(typeOf(x).clone(element), x);
  }

private:
  Value order(Value x) { return TransposeOp::create(b, x, Dims{0, 2, 1, 3}); }
  Value where(Value x) {
    return allowed ? SelectOp::create(b, allowed, x, fill(b, x, 0)).getResult()
                   : x;
  }
  Value buildAllowed();

  ImplicitLocOpBuilder &b;
  AttentionGradOp op;

public:
  Value query, key, value, dy, score, allowed;
};

} // namespace

/// Null where every query may attend to every key.
Value Scores::buildAllowed() {
  RankedTensorType type = typeOf(score).clone(b.getI1Type());
  Value all;
  auto join = [&](Value part) {
    all = all ? AndOp::create(b, all, part).getResult() : part;
  };
  auto position = [&](int64_t dim) -> Value {
    return IotaOp::create(b, type.clone(b.getI32Type()), dim);
  };
  if (Value mask = op.getMask()) {
    Dims kept, repeated;
    for (auto [dim, size] : llvm::enumerate(typeOf(mask).getShape()))
      if (size == type.getDimSize(dim))
        kept.push_back(size);
      else
        repeated.push_back(dim);
    mask = ReshapeOp::create(b, type.clone(kept), mask);
    join(BroadcastOp::create(b, type, mask, repeated));
  }
  if (op.getCausal())
    join(CompareOp::create(b, Predicate::ge, position(2), position(3)));
  if (auto window = static_cast<int64_t>(op.getWindow()))
    for (auto [near, far] : {std::pair(2, 3), std::pair(3, 2)}) {
      Value edge = position(far);
      edge = AddOp::create(b, edge, fill(b, edge, double(window)));
      join(CompareOp::create(b, Predicate::lt, position(near), edge));
    }
  return all;
}

// With D, the gradient of dscore, and B, that of E:
//   D = scale (dquery' key^T + query dkey'^T)
//   B = D (dy value^T - dot) + dy dvalue'^T
SmallVector<Value> AttentionGradOp::buildVjp(ImplicitLocOpBuilder &b,
                                             ValueRange grads) {
  Scores s(b, *this);
  double scale = s.getScale();
  auto gradient = [&](unsigned i) {
    return grads[i] ? grads[i] : fill(b, getResult(i), 0);
  };
  auto add = [&](Value x, Value y) -> Value { return AddOp::create(b, x, y); };
  auto mul = [&](Value x, Value y) -> Value { return MulOp::create(b, x, y); };
  Value gquery = s.convert(gradient(0), b.getF32Type());
  Value gkey = s.repeat(gradient(1)), gvalue = s.repeat(gradient(2));

  Value share = s.buildShares();
  Value rest = SubOp::create(b, s.pair(s.dy, s.value), s.beside(getDot()));
  Value dscore = mul(share, rest);
  Value gdscore =
      prim::scale(b, add(s.pair(gquery, s.key), s.pair(s.query, gkey)), scale);
  Value gshare = add(mul(gdscore, rest), s.pair(s.dy, gvalue));
  Value gpair = mul(share, gdscore), gscore = mul(share, gshare);

  Value query = prim::scale(
      b, add(s.sumKeys(gscore, s.key), s.sumKeys(dscore, gkey)), scale);
  Value key = prim::scale(
      b, add(s.sumQueries(gscore, s.query), s.sumQueries(dscore, gquery)),
      scale);
  Value dy = add(s.sumKeys(gpair, s.value),
                 s.sumKeys(add(share, s.buildEmptyShares()), gvalue));
  SmallVector<Value> gradients = {
      s.convert(query, getQuery().getType().getElementType()),
      s.join(key, getKey()),
      s.join(s.sumQueries(gpair, s.dy), getValue()),
      NegOp::create(b, s.sumRows(gscore)),
      NegOp::create(b, s.sumRows(gpair)),
      s.convert(dy, getDy().getType().getElementType())};
  if (getMask())
    gradients.push_back(Value());
  return gradients;
}
