// The operands of a contraction as matrices where they lie, or copied so.
#include "runtime/host/library/product/Matrices.h"

#include "runtime/host/library/StridedCopy.h"

#include <tuple>

namespace dlc::host {

using dnnl::memory;

namespace {

/// Some dimensions of an operand, walked as one.
struct Group {
  int64_t size = 1;
  int64_t stride = 1;
};

std::vector<int64_t> stridesOf(const Shape &shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
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

} // namespace

Shape pick(const Shape &shape, const std::vector<int64_t> &dims) {
  Shape sizes;
  for (int64_t dim : dims)
    sizes.push_back(shape[dim]);
  return sizes;
}

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
  return memory::desc(sizes, typeOf(operand.argument), strides);
}

memory::desc denseMatrices(const Shape &batch, int64_t rows, int64_t columns,
                           memory::data_type type) {
  Shape sizes = batch;
  sizes.insert(sizes.end(), {rows, columns});
  std::vector<int64_t> strides = stridesOf(sizes);
  return memory::desc(memory::dims(sizes.begin(), sizes.end()), type,
                      memory::dims(strides.begin(), strides.end()));
}

Shape countBatch(const Shape &batch, Batch form) {
  if (form == Batch::Apart)
    return batch;
  int64_t count = countElements(batch);
  return count == 1 ? Shape() : Shape{count};
}

memory copyToMatrices(DnnlCall &call, const Operand &operand, int threads) {
  const Shape &shape = operand.argument.shape;
  std::vector<int64_t> strides = stridesOf(shape);
  std::vector<StridedLoop> loops;
  for (const std::vector<int64_t> &group : operand.groups)
    for (int64_t dim : group)
      loops.push_back({shape[dim], strides[dim]});
  memory copy = call.inScratch(denseMatrices(
      countBatch(pick(shape, operand.groups[0]), Batch::Merged),
      countElements(pick(shape, operand.groups[1])),
      countElements(pick(shape, operand.groups[2])), memory::data_type::f32));
  const float *from = reinterpret_cast<const float *>(operand.argument.data);
  call.addLoop([=] {
    copyStrided(from, static_cast<float *>(copy.get_data_handle()), loops,
                threads);
  });
  return copy;
}

} // namespace dlc::host
