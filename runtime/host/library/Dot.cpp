// "dot": a contraction of two arrays over any of their dimensions, as one
// (batched) matrix product.
//
// {"lhs_batch": [..], "rhs_batch": [..], "lhs_contract": [..],
//  "rhs_contract": [..]}, and optionally "bias": true (a third operand, added
// along the last dimension of the result) and "activation": "relu".
// The result's dimensions are the batch ones, those of lhs left over, those of
// rhs left over.
#include "runtime/host/Parallel.h"
#include "runtime/host/library/DnnlCall.h"
#include "runtime/host/library/Epilogue.h"
#include "runtime/host/library/StridedCopy.h"

#include <optional>

namespace dlc::host {
namespace {

using dnnl::matmul;
using dnnl::memory;

/// Some dimensions of an operand, walked as one.
struct Group {
  int64_t size = 1;
  int64_t stride = 1;
};

/// An operand with its dimensions in the order of a matrix product: batch,
/// rows, columns.
struct Operand {
  Argument argument;
  std::vector<int64_t> groups[3]; // dimensions of the argument
};

std::vector<int64_t> stridesOf(const Shape &shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

int64_t countGroup(const Shape &shape, const std::vector<int64_t> &dims) {
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= shape[dim];
  return count;
}

/// The dimensions as one, if one stride walks them all in order.
std::optional<Group> merge(const Shape &shape,
                           const std::vector<int64_t> &dims) {
  std::vector<int64_t> strides = stridesOf(shape);
  Group group;
  for (size_t i = dims.size(); i-- > 0;) {
    if (shape[dims[i]] == 1)
      continue;
    if (group.size == 1)
      group.stride = strides[dims[i]];
    else if (strides[dims[i]] != group.size * group.stride)
      return std::nullopt;
    group.size *= shape[dims[i]];
  }
  return group;
}

/// Whether the batch is one dimension of the matrices, or, where no one stride
/// walks it, as many as it has: the heads of attention lie beside their places.
enum class Batch { Merged, Apart };

/// The matrices of an operand where they lie, or nothing if they must be
/// copied first.
std::optional<memory::desc> viewAsMatrices(const Operand &operand,
                                           Batch batch) {
  const Shape &shape = operand.argument.shape;
  std::optional<Group> groups[2];
  for (int i = 0; i < 2; ++i)
    if (!(groups[i] = merge(shape, operand.groups[i + 1])))
      return std::nullopt;
  auto [rows, columns] = std::tuple(*groups[0], *groups[1]);
  // The stride of a single row or column is free: make it a dense matrix's.
  if (columns.size == 1)
    columns.stride = rows.stride == 1 && rows.size > 1 ? rows.size : 1;
  if (rows.size == 1)
    rows.stride = columns.stride == 1 ? columns.size : 1;

  memory::dims sizes, strides;
  if (batch == Batch::Apart) {
    std::vector<int64_t> all = stridesOf(shape);
    for (int64_t dim : operand.groups[0]) {
      sizes.push_back(shape[dim]);
      strides.push_back(all[dim]);
    }
  } else if (auto merged = merge(shape, operand.groups[0]); !merged) {
    return std::nullopt;
  } else if (merged->size > 1) {
    sizes.push_back(merged->size);
    strides.push_back(merged->stride);
  }
  sizes.insert(sizes.end(), {rows.size, columns.size});
  strides.insert(strides.end(), {rows.stride, columns.stride});
  return memory::desc(sizes, memory::data_type::f32, strides);
}

/// Matrices one after the other.
memory::desc denseMatrices(const Shape &batch, int64_t rows, int64_t columns) {
  Shape sizes = batch;
  sizes.insert(sizes.end(), {rows, columns});
  std::vector<int64_t> strides = stridesOf(sizes);
  return memory::desc(memory::dims(sizes.begin(), sizes.end()),
                      memory::data_type::f32,
                      memory::dims(strides.begin(), strides.end()));
}

/// The dimensions of a batch of this shape, of which one matrix has none.
Shape countBatch(const Shape &batch, Batch form) {
  if (form == Batch::Apart)
    return batch;
  int64_t count = countElements(batch);
  return count == 1 ? Shape() : Shape{count};
}

memory packed(DnnlCall &call, const Operand &operand, int threads) {
  const Shape &shape = operand.argument.shape;
  std::vector<int64_t> strides = stridesOf(shape);
  std::vector<StridedLoop> loops;
  for (const std::vector<int64_t> &group : operand.groups)
    for (int64_t dim : group)
      loops.push_back({shape[dim], strides[dim]});
  Shape batch;
  for (int64_t dim : operand.groups[0])
    batch.push_back(shape[dim]);
  memory copy = call.inScratch(denseMatrices(
      countBatch(batch, Batch::Merged), countGroup(shape, operand.groups[1]),
      countGroup(shape, operand.groups[2])));
  const float *from = reinterpret_cast<const float *>(operand.argument.data);
  call.addLoop([=] {
    copyStrided(from, static_cast<float *>(copy.get_data_handle()), loops,
                threads);
  });
  return copy;
}

/// a^T b of two dense matrices, as in the gradient of a Dense layer's kernel:
/// a [k, rows], b [k, columns]. oneDNN has code for it under this name only
/// that takes a third of the time of its matmul for small k (25088 x 4096, k =
/// 8: 36 ms against 120), and a tenth less for large.
class TransposedProduct {
public:
  TransposedProduct(const Library::Context &context, const memory::desc &a,
                    const memory::desc &b) {
    using Tag = memory::format_tag;
    int64_t rows = a.dims()[1], columns = b.dims()[1];
    memory::desc kernel = describe({columns, rows}, Tag::ba);
    using Forward = dnnl::inner_product_forward;
    Forward::primitive_desc hint(
        Forward::desc(dnnl::prop_kind::forward_training, a, kernel, b),
        defaultAttributes(), context.engine, /*allow_empty=*/true);
    if (hint)
      desc = Backward::primitive_desc(Backward::desc(a, kernel, b),
                                      defaultAttributes(), context.engine, hint,
                                      /*allow_empty=*/true);
  }

  bool isFast() const { return desc && !isReference(desc.impl_info_str()); }

  void add(DnnlCall &call, const Argument &a, const Argument &b,
           const Argument &result) const {
    call.add<Backward>(
        desc,
        {{DNNL_ARG_SRC, call.at(a, desc.src_desc())},
         {DNNL_ARG_DIFF_DST, call.at(b, desc.diff_dst_desc())},
         {DNNL_ARG_DIFF_WEIGHTS, call.at(result, desc.diff_weights_desc())}});
  }

private:
  using Backward = dnnl::inner_product_backward_weights;
  Backward::primitive_desc desc;
};

/// The two operands as the matrices of a TransposedProduct, where they lie so.
std::optional<std::pair<memory::desc, memory::desc>>
viewAsTransposed(const Operand &left, const Operand &right) {
  Operand turned{left.argument,
                 {left.groups[0], left.groups[2], left.groups[1]}};
  auto a = viewAsMatrices(turned, Batch::Merged);
  auto b = viewAsMatrices(right, Batch::Merged);
  if (!a || !b || a->dims().size() != 2 || b->dims().size() != 2)
    return std::nullopt;
  auto isDense = [](const memory::desc &desc) {
    return desc == describe(desc.dims(), memory::format_tag::ab);
  };
  if (!isDense(*a) || !isDense(*b))
    return std::nullopt;
  return std::pair(*a, *b);
}

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

} // namespace

Expected<std::unique_ptr<Call>> makeDot(const Library::Context &context,
                                        const CallSpec &spec, Config &config) {
  std::vector<int64_t> lhsBatch = config.integers("lhs_batch");
  std::vector<int64_t> rhsBatch = config.integers("rhs_batch");
  std::vector<int64_t> lhsContract = config.integers("lhs_contract");
  std::vector<int64_t> rhsContract = config.integers("rhs_contract");
  bool hasBias = config.flag("bias");
  bool relu = config.relu();
  if (auto checked = config.check(); !checked)
    return Unexpected(checked.error());
  if (auto checked = expectFloats(spec, hasBias ? 3 : 2, 1, -1); !checked)
    return Unexpected(checked.error());
  const Argument &lhs = spec.operands[0], &rhs = spec.operands[1];
  const Argument &result = spec.results[0];

  std::vector<bool> lhsUsed(lhs.shape.size()), rhsUsed(rhs.shape.size());
  if (lhsBatch.size() != rhsBatch.size() ||
      lhsContract.size() != rhsContract.size() || !claim(lhsBatch, lhsUsed) ||
      !claim(lhsContract, lhsUsed) || !claim(rhsBatch, rhsUsed) ||
      !claim(rhsContract, rhsUsed))
    return failShapes(spec, "the dimensions in the configuration do not pair");
  std::vector<int64_t> lhsFree = leftOver(lhsUsed), rhsFree = leftOver(rhsUsed);

  Shape expected;
  bool paired = true;
  for (size_t i = 0; i < lhsBatch.size(); ++i) {
    paired &= lhs.shape[lhsBatch[i]] == rhs.shape[rhsBatch[i]];
    expected.push_back(lhs.shape[lhsBatch[i]]);
  }
  for (size_t i = 0; i < lhsContract.size(); ++i)
    paired &= lhs.shape[lhsContract[i]] == rhs.shape[rhsContract[i]];
  for (int64_t dim : lhsFree)
    expected.push_back(lhs.shape[dim]);
  for (int64_t dim : rhsFree)
    expected.push_back(rhs.shape[dim]);
  if (!paired || expected != result.shape)
    return failShapes(spec, "the product of the operands has another shape");
  int64_t lastSize = expected.empty() ? 1 : expected.back();
  if (hasBias && countElements(spec.operands[2].shape) != lastSize)
    return failShapes(spec, "the bias is as long as the last dimension");

  Operand left{lhs, {lhsBatch, lhsFree, lhsContract}};
  Operand right{rhs, {rhsBatch, rhsContract, rhsFree}};
  Shape batch;
  for (int64_t dim : lhsBatch)
    batch.push_back(lhs.shape[dim]);
  int64_t columns = countGroup(rhs.shape, rhsFree);
  bool biasFits = !rhsFree.empty() && columns == lastSize;
  memory::desc product, bias;
  auto describeProduct = [&](const memory::desc &a, const memory::desc &b,
                             Batch form) {
    Shape parts = countBatch(batch, form);
    product = denseMatrices(parts, countGroup(lhs.shape, lhsFree), columns);
    bias = denseMatrices(Shape(parts.size(), 1), 1, columns);
    matmul::desc desc = hasBias && biasFits ? matmul::desc(a, b, bias, product)
                                            : matmul::desc(a, b, product);
    return matmul::primitive_desc(desc, defaultAttributes(), context.engine,
                                  /*allow_empty=*/true);
  };

  auto call = std::make_unique<DnnlCall>(context, spec.thing);
  if (auto views = viewAsTransposed(left, right); views && !hasBias && !relu) {
    TransposedProduct product(context, views->first, views->second);
    if (product.isFast()) {
      product.add(*call, lhs, rhs, result);
      return call;
    }
  }
  matmul::primitive_desc desc;
  std::optional<memory::desc> leftView, rightView;
  auto viewBoth = [&](Batch form) {
    leftView = viewAsMatrices(left, form);
    rightView = viewAsMatrices(right, form);
    if (!leftView || !rightView)
      return false;
    desc = describeProduct(*leftView, *rightView, form);
    return desc && !isReference(desc.impl_info_str());
  };
  memory a, b;
  if (viewBoth(Batch::Merged) || (batch.size() > 1 && viewBoth(Batch::Apart))) {
    a = call->at(lhs, *leftView);
    b = call->at(rhs, *rightView);
  } else {
    a = packed(*call, left, context.threads);
    b = packed(*call, right, context.threads);
    desc = describeProduct(a.get_desc(), b.get_desc(), Batch::Merged);
    if (!desc)
      return fail(spec.thing, "has no implementation in oneDNN", "",
                  "report this with the model");
  }
  memory y = call->at(result, product);
  if (hasBias && biasFits)
    call->add<matmul>(desc, {{DNNL_ARG_SRC, a},
                             {DNNL_ARG_WEIGHTS, b},
                             {DNNL_ARG_BIAS, call->at(spec.operands[2], bias)},
                             {DNNL_ARG_DST, y}});
  else
    call->add<matmul>(
        desc, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, y}});
  const float *added =
      hasBias && !biasFits
          ? reinterpret_cast<const float *>(spec.operands[2].data)
          : nullptr;
  if (added || relu)
    call->addLoop(makeEpilogue(result, added, relu, context.threads));
  return call;
}

} // namespace dlc::host
