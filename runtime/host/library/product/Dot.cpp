// "dot": a contraction of two arrays over any of their dimensions, as one
// (batched) matrix product.
//
// {"lhs_batch": [..], "rhs_batch": [..], "lhs_contract": [..],
//  "rhs_contract": [..]}, and optionally "bias": true (a third operand, added
// along the last dimension of the result) and "activation": "relu".
// The result's dimensions are the batch ones, those of lhs left over, those of
// rhs left over.
#include "runtime/host/library/Epilogue.h"
#include "runtime/host/library/product/BlockedProduct.h"
#include "runtime/host/library/product/TransposedProduct.h"

namespace dlc::host {
namespace {

using dnnl::matmul;
using dnnl::memory;

/// What a call's configuration says.
struct DotConfig {
  std::vector<int64_t> lhsBatch, rhsBatch, lhsContract, rhsContract;
  bool hasBias, relu;

  explicit DotConfig(Config &config)
      : lhsBatch(config.integers("lhs_batch")),
        rhsBatch(config.integers("rhs_batch")),
        lhsContract(config.integers("lhs_contract")),
        rhsContract(config.integers("rhs_contract")),
        hasBias(config.flag("bias")), relu(config.relu()) {}
};

/// Whether `dims` are in range, and marks them as used once.
bool claim(const std::vector<int64_t> &dims, std::vector<bool> &used) {
  for (int64_t dim : dims) {
    if (dim < 0 || dim >= int64_t(used.size()) || used[dim])
      return false;
    used[dim] = true;
  }
  return true;
}

std::vector<int64_t> leftOver(const std::vector<bool> &used) {
  std::vector<int64_t> dims;
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i])
      dims.push_back(int64_t(i));
  return dims;
}

/// The operands as matrices [batch, rows, k] and [batch, k, columns], or an
/// error where their shapes do not fit the result's.
Expected<std::pair<Operand, Operand>> pairOperands(const CallSpec &spec,
                                                   const DotConfig &config) {
  const Argument &lhs = spec.operands[0], &rhs = spec.operands[1];
  std::vector<bool> lhsUsed(lhs.shape.size()), rhsUsed(rhs.shape.size());
  if (config.lhsBatch.size() != config.rhsBatch.size() ||
      config.lhsContract.size() != config.rhsContract.size() ||
      !claim(config.lhsBatch, lhsUsed) || !claim(config.lhsContract, lhsUsed) ||
      !claim(config.rhsBatch, rhsUsed) || !claim(config.rhsContract, rhsUsed))
    return failShapes(spec, "the dimensions in the configuration do not pair");
  std::vector<int64_t> lhsFree = leftOver(lhsUsed), rhsFree = leftOver(rhsUsed);

  Shape expected = pick(lhs.shape, config.lhsBatch);
  for (const Shape &free : {pick(lhs.shape, lhsFree), pick(rhs.shape, rhsFree)})
    expected.insert(expected.end(), free.begin(), free.end());
  if (pick(lhs.shape, config.lhsBatch) != pick(rhs.shape, config.rhsBatch) ||
      pick(lhs.shape, config.lhsContract) !=
          pick(rhs.shape, config.rhsContract) ||
      expected != spec.results[0].shape)
    return failShapes(spec, "the product of the operands has another shape");
  int64_t lastSize = expected.empty() ? 1 : expected.back();
  if (config.hasBias && countElements(spec.operands[2].shape) != lastSize)
    return failShapes(spec, "the bias is as long as the last dimension");
  return std::pair(
      Operand{lhs, {config.lhsBatch, lhsFree, config.lhsContract}},
      Operand{rhs, {config.rhsBatch, config.rhsContract, rhsFree}});
}

/// oneDNN's matmul of two operands, each where it lies if it can be.
class Product {
public:
  /// `hasBias`: a vector added to every row by the primitive itself.
  Product(const Library::Context &context, const Operand &left,
          const Operand &right, bool hasBias)
      : context(context), left(left), right(right), hasBias(hasBias),
        type(typeOf(left.argument)),
        batch(pick(left.argument.shape, left.groups[0])),
        rows(countElements(pick(left.argument.shape, left.groups[1]))),
        columns(countElements(pick(right.argument.shape, right.groups[2]))) {}

  /// Adds it to the call; whether oneDNN has it. Products of bf16 are of
  /// operands where they lie, or there is none.
  bool add(DnnlCall &call, const CallSpec &spec) {
    memory a, b;
    if (view(Batch::Merged) || (batch.size() > 1 && view(Batch::Apart))) {
      a = call.at(left.argument, *leftView);
      b = call.at(right.argument, *rightView);
    } else if (type == memory::data_type::bf16) {
      return false;
    } else {
      a = copyToMatrices(call, left, context.threads);
      b = copyToMatrices(call, right, context.threads);
      if (!describe(a.get_desc(), b.get_desc(), Batch::Merged))
        return false;
    }
    memory y = call.at(spec.results[0], product);
    if (hasBias)
      call.add<matmul>(desc, {{DNNL_ARG_SRC, a},
                              {DNNL_ARG_WEIGHTS, b},
                              {DNNL_ARG_BIAS, call.at(spec.operands[2], bias)},
                              {DNNL_ARG_DST, y}});
    else
      call.add<matmul>(
          desc, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, y}});
    return true;
  }

private:
  /// Whether both lie as matrices, and oneDNN multiplies them well.
  bool view(Batch form) {
    leftView = viewAsMatrices(left, form);
    rightView = viewAsMatrices(right, form);
    return leftView && rightView && describe(*leftView, *rightView, form) &&
           !isReference(desc.impl_info_str());
  }

  bool describe(const memory::desc &a, const memory::desc &b, Batch form) {
    Shape parts = countBatch(batch, form);
    product = denseMatrices(parts, rows, columns, type);
    bias = denseMatrices(Shape(parts.size(), 1), 1, columns, type);
    matmul::desc wanted = hasBias ? matmul::desc(a, b, bias, product)
                                  : matmul::desc(a, b, product);
    desc = matmul::primitive_desc(wanted, defaultAttributes(), context.engine,
                                  /*allow_empty=*/true);
    return bool(desc);
  }

  const Library::Context &context;
  const Operand &left, &right;
  bool hasBias;
  memory::data_type type;
  Shape batch;
  int64_t rows, columns;
  std::optional<memory::desc> leftView, rightView;
  memory::desc product, bias;
  matmul::primitive_desc desc;
};

} // namespace

Expected<std::unique_ptr<Call>> makeDot(const Library::Context &context,
                                        const CallSpec &spec, Config &config) {
  DotConfig dot(config);
  if (auto checked = config.check(); !checked)
    return Unexpected(checked.error());
  bool isBf16 = isOfBf16(spec);
  if (auto checked = expectFloats(spec, dot.hasBias ? 3 : 2, 1, -1, isBf16);
      !checked)
    return Unexpected(checked.error());
  auto operands = pairOperands(spec, dot);
  if (!operands)
    return Unexpected(operands.error());
  auto &[left, right] = *operands;
  const Argument &result = spec.results[0];

  auto call = std::make_unique<DnnlCall>(context, spec.thing);
  bool isOwn =
      !isBf16 && addBlockedProduct(*call, context, left, right, result);
  if (!isOwn && !isBf16 && !dot.hasBias && !dot.relu)
    if (auto product = TransposedProduct::make(context, left, right)) {
      product->add(*call, left.argument, right.argument, result);
      return call;
    }
  // The primitive's bias is along the columns: those of the right operand, all
  // in the result's last dimension.
  const std::vector<int64_t> &columns = right.groups[2];
  bool biasFits =
      !columns.empty() &&
      countElements(pick(right.argument.shape, columns)) == result.shape.back();
  // The loops behind the primitive are of float32.
  if (isBf16 && (dot.relu || (dot.hasBias && !biasFits)))
    return nullptr;
  if (!isOwn && !Product(context, left, right, dot.hasBias && biasFits)
                     .add(*call, spec)) {
    if (isBf16)
      return nullptr;
    return fail(spec.thing, "has no implementation in oneDNN", "",
                "report this with the model");
  }
  const float *added =
      dot.hasBias && (isOwn || !biasFits)
          ? reinterpret_cast<const float *>(spec.operands[2].data)
          : nullptr;
  if (added || dot.relu)
    call->addLoop(makeEpilogue(result, added, dot.relu, context.threads));
  return call;
}

} // namespace dlc::host
