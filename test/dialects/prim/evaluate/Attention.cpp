// attention and its gradient in plain loops: one query after the other, with
// all of its scores.
#include "test/dialects/prim/evaluate/Attention.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace dlc::test {
namespace {

using Index = std::vector<int64_t>;

/// One query of one head, and its scores.
template <typename Op> struct Row {
  Op op;
  ArrayRef<Array> x;
  int64_t n, t, h;

  int64_t countKeys() { return x[1].shape[1]; }
  int64_t keyHead() { return h / (x[0].shape[2] / x[1].shape[2]); }

  double at(const Array &array, const Index &index) {
    return array.data[getOffset(array.shape, index)];
  }
  bool allows(int64_t s) {
    auto window = static_cast<int64_t>(op.getWindow());
    if ((op.getCausal() && s > t) || (window && std::abs(s - t) >= window))
      return false;
    if (!op.getMask())
      return true;
    const Array &mask = x.back();
    Index index = {n, h, t, s};
    for (size_t dim = 0; dim < 4; ++dim)
      index[dim] = mask.shape[dim] == 1 ? 0 : index[dim];
    return at(mask, index) != 0;
  }
  bool isEmpty() {
    for (int64_t s = 0; s < countKeys(); ++s)
      if (allows(s))
        return false;
    return true;
  }
  double score(int64_t s) {
    double sum = 0;
    for (int64_t c = 0; c < x[0].shape[3]; ++c)
      sum += at(x[0], {n, t, h, c}) * at(x[1], {n, s, keyHead(), c});
    return sum * op.getScale().convertToDouble();
  }
};

/// Calls `visit` with each query of each head.
template <typename Op, typename Visit>
void forEachRow(Op op, ArrayRef<Array> x, Visit visit) {
  const Index &query = x[0].shape;
  for (int64_t n = 0; n < query[0]; ++n)
    for (int64_t t = 0; t < query[1]; ++t)
      for (int64_t h = 0; h < query[2]; ++h)
        visit(Row<Op>{op, x, n, t, h});
}

Array makeZeros(Index shape) {
  Array array{std::move(shape), {}};
  array.data.assign(count(array.shape), 0);
  return array;
}

double &at(Array &array, const Index &index) {
  return array.data[getOffset(array.shape, index)];
}

} // namespace

std::vector<Array> evaluateAttention(prim::AttentionOp op, ArrayRef<Array> x) {
  Index rows(x[0].shape.begin(), x[0].shape.end() - 1), shape = rows;
  int64_t width = x[2].shape[3];
  shape.push_back(width);
  Array y = makeZeros(shape), logsumexp = makeZeros(rows);
  forEachRow(op, x, [&](auto row) {
    double top = -INFINITY, total = 0;
    bool isEmpty = row.isEmpty();
    for (int64_t s = 0; s < row.countKeys(); ++s)
      if (row.allows(s))
        top = std::max(top, row.score(s));
    std::vector<double> shares(row.countKeys());
    for (int64_t s = 0; s < row.countKeys(); ++s) {
      shares[s] = row.allows(s) ? std::exp(row.score(s) - top)
                                : isEmpty && !op.getZeroEmpty();
      total += shares[s];
    }
    for (int64_t s = 0; s < row.countKeys() && total > 0; ++s)
      for (int64_t v = 0; v < width; ++v)
        at(y, {row.n, row.t, row.h, v}) +=
            shares[s] / total * row.at(x[2], {row.n, s, row.keyHead(), v});
    at(logsumexp, {row.n, row.t, row.h}) = !isEmpty ? top + std::log(total)
                                           : op.getZeroEmpty()
                                               ? -INFINITY
                                               : -0.7 * 0x1.fffffep127;
  });
  return {y, logsumexp};
}

std::vector<Array> evaluateAttentionGrad(prim::AttentionGradOp op,
                                         ArrayRef<Array> x) {
  Array dquery = makeZeros(x[0].shape), dkey = makeZeros(x[1].shape);
  Array dvalue = makeZeros(x[2].shape);
  double scale = op.getScale().convertToDouble();
  forEachRow(op, x, [&](auto row) {
    Index place = {row.n, row.t, row.h};
    double logsumexp = row.at(x[3], place), dot = row.at(x[4], place);
    for (int64_t s = 0; s < row.countKeys(); ++s) {
      bool isEmpty = logsumexp < -0.3 * 0x1.fffffep127 && !op.getZeroEmpty();
      double share = row.allows(s) ? std::exp(row.score(s) - logsumexp)
                                   : isEmpty / double(row.countKeys());
      double dshare = 0;
      for (int64_t v = 0; v < x[2].shape[3]; ++v) {
        double dy = row.at(x[5], {row.n, row.t, row.h, v});
        dshare += dy * row.at(x[2], {row.n, s, row.keyHead(), v});
        at(dvalue, {row.n, s, row.keyHead(), v}) += share * dy;
      }
      if (!row.allows(s))
        continue;
      double dscore = share * (dshare - dot) * scale;
      for (int64_t c = 0; c < x[0].shape[3]; ++c) {
        Index query = {row.n, row.t, row.h, c},
              key = {row.n, s, row.keyHead(), c};
        at(dquery, query) += dscore * row.at(x[1], key);
        at(dkey, key) += dscore * row.at(x[0], query);
      }
    }
  });
  return {dquery, dkey, dvalue};
}

} // namespace dlc::test
