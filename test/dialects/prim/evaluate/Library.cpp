// The prims that are no loop nest of scalars, each in plain loops.
#include "test/dialects/prim/evaluate/Library.h"
#include "dialects/prim/Prim.h"
#include "llvm/ADT/TypeSwitch.h"
#include <functional>
#include <limits>

using namespace mlir;
using namespace dlc;
using namespace dlc::prim;

namespace dlc::test {

static Array makeZeros(std::vector<int64_t> shape, double value = 0) {
  std::vector<double> data(count(shape), value);
  return {std::move(shape), std::move(data)};
}

//===-- dot ---------------------------------------------------------------===//

// Walks (every dim of lhs) x (the free dims of rhs): the other dims of rhs are
// paired with those of lhs.
static Array evaluateDot(DotOp op, const Array &lhs, const Array &rhs,
                         std::vector<int64_t> shape) {
  Array y = makeZeros(std::move(shape));
  if (lhs.data.empty() || rhs.data.empty())
    return y;
  std::vector<int64_t> l(lhs.shape.size(), 0);
  do {
    std::vector<int64_t> r(rhs.shape.size(), 0);
    do {
      bool paired = true;
      for (auto [a, b] : llvm::zip_equal(op.getLhsBatch(), op.getRhsBatch()))
        paired &= l[a] == r[b];
      for (auto [a, b] :
           llvm::zip_equal(op.getLhsContract(), op.getRhsContract()))
        paired &= l[a] == r[b];
      if (!paired)
        continue;
      std::vector<int64_t> position;
      for (int64_t dim : op.getLhsBatch())
        position.push_back(l[dim]);
      for (int64_t dim = 0; dim < static_cast<int64_t>(l.size()); ++dim)
        if (!llvm::is_contained(op.getLhsBatch(), dim) &&
            !llvm::is_contained(op.getLhsContract(), dim))
          position.push_back(l[dim]);
      for (int64_t dim = 0; dim < static_cast<int64_t>(r.size()); ++dim)
        if (!llvm::is_contained(op.getRhsBatch(), dim) &&
            !llvm::is_contained(op.getRhsContract(), dim))
          position.push_back(r[dim]);
      y.data[getOffset(y.shape, position)] +=
          lhs.data[getOffset(lhs.shape, l)] * rhs.data[getOffset(rhs.shape, r)];
    } while (advancePosition(rhs.shape, r));
  } while (advancePosition(lhs.shape, l));
  return y;
}

//===-- Convolution -------------------------------------------------------===//

// Calls `visit` with the offsets in x, kernel and y of every product.
template <typename Op>
static void
forEachProduct(Op op, const std::vector<int64_t> &x,
               const std::vector<int64_t> &kernel,
               const std::vector<int64_t> &y,
               const std::function<void(int64_t, int64_t, int64_t)> &visit) {
  ArrayRef<int64_t> strides = op.getStrides(), dilation = op.getDilation();
  int64_t top = op.getPadding()[0], left = op.getPadding()[2];
  int64_t filters = y[3] / static_cast<int64_t>(op.getGroups());
  // [n, i, j, o, p, q, c]
  std::vector<int64_t> space(y);
  space.insert(space.end(), kernel.begin(), kernel.end() - 1);
  if (count(space) == 0)
    return;
  std::vector<int64_t> at(7, 0);
  do {
    int64_t row = at[1] * strides[0] + at[4] * dilation[0] - top;
    int64_t column = at[2] * strides[1] + at[5] * dilation[1] - left;
    if (row < 0 || row >= x[1] || column < 0 || column >= x[2])
      continue;
    int64_t channel = at[3] / filters * kernel[2] + at[6];
    visit(getOffset(x, std::array{at[0], row, column, channel}),
          getOffset(kernel, std::array{at[4], at[5], at[6], at[3]}),
          getOffset(y, at));
  } while (advancePosition(space, at));
}

//===-- Windows -----------------------------------------------------------===//

// Calls `visit` for every window, with its offset in y and those of its
// elements in x, in row-major order.
template <typename Op>
static void
forEachWindow(Op op, const std::vector<int64_t> &x,
              const std::vector<int64_t> &y,
              const std::function<void(int64_t, ArrayRef<int64_t>)> &visit) {
  ArrayRef<int64_t> window = op.getWindow(), strides = op.getStrides();
  int64_t top = op.getPadding()[0], left = op.getPadding()[2];
  if (count(y) == 0)
    return;
  std::vector<int64_t> at(4, 0);
  do {
    SmallVector<int64_t> elements;
    for (int64_t p = 0; p < window[0]; ++p)
      for (int64_t q = 0; q < window[1]; ++q) {
        int64_t row = at[1] * strides[0] + p - top;
        int64_t column = at[2] * strides[1] + q - left;
        if (row >= 0 && row < x[1] && column >= 0 && column < x[2])
          elements.push_back(
              getOffset(x, std::array{at[0], row, column, at[3]}));
      }
    visit(getOffset(y, at), elements);
  } while (advancePosition(y, at));
}

static int64_t findFirstMaximum(const Array &x, ArrayRef<int64_t> elements) {
  int64_t best = elements.front();
  for (int64_t element : elements)
    if (x.data[element] > x.data[best])
      best = element;
  return best;
}

//===-- pad and concat ----------------------------------------------------===//

static Array evaluatePad(PadOp op, const Array &x, std::vector<int64_t> shape) {
  Array y = makeZeros(std::move(shape), op.getValue().convertToDouble());
  if (x.data.empty())
    return y;
  std::vector<int64_t> at(x.shape.size(), 0);
  do {
    std::vector<int64_t> target(at);
    for (size_t dim = 0; dim < at.size(); ++dim)
      target[dim] = op.getLow()[dim] + at[dim] * (1 + op.getInterior()[dim]);
    y.data[getOffset(y.shape, target)] = x.data[getOffset(x.shape, at)];
  } while (advancePosition(x.shape, at));
  return y;
}

static Array evaluateConcat(ConcatOp op, ArrayRef<Array> xs,
                            std::vector<int64_t> shape) {
  Array y = makeZeros(std::move(shape));
  int64_t start = 0;
  for (const Array &x : xs) {
    std::vector<int64_t> at(x.shape.size(), 0);
    for (double element : x.data) {
      std::vector<int64_t> target(at);
      target[op.getDim()] += start;
      y.data[getOffset(y.shape, target)] = element;
      advancePosition(x.shape, at);
    }
    start += x.shape[op.getDim()];
  }
  return y;
}

//===-- gather and scatter_add --------------------------------------------===//

// Calls `visit` with the offsets of each element in the table and at its place,
// and -1 in the table for an index outside.
static void
forEachGathered(const std::vector<int64_t> &table, const Array &indices,
                const std::function<void(int64_t, int64_t)> &visit) {
  int64_t rows = table.front();
  int64_t width = count({table.begin() + 1, table.end()});
  for (auto [place, index] : llvm::enumerate(indices.data)) {
    auto row = static_cast<int64_t>(index < 0 ? index + rows : index);
    bool inside = row >= 0 && row < rows;
    for (int64_t i = 0; i < width; ++i)
      visit(inside ? row * width + i : -1, place * width + i);
  }
}

FailureOr<Array> evaluateLibrary(Operation *op, ArrayRef<Array> x,
                                 std::vector<int64_t> shape) {
  using Result = FailureOr<Array>;
  Array y = makeZeros(shape);
  return TypeSwitch<Operation *, Result>(op)
      .Case([&](ReshapeOp) -> Result { return Array{shape, x[0].data}; })
      .Case([&](PadOp pad) -> Result { return evaluatePad(pad, x[0], shape); })
      .Case([&](ConcatOp concat) -> Result {
        return evaluateConcat(concat, x, shape);
      })
      .Case([&](GatherOp) -> Result {
        forEachGathered(x[0].shape, x[1], [&](int64_t from, int64_t place) {
          y.data[place] = from < 0 ? std::numeric_limits<double>::quiet_NaN()
                                   : x[0].data[from];
        });
        return y;
      })
      .Case([&](ScatterAddOp) -> Result {
        forEachGathered(shape, x[1], [&](int64_t to, int64_t place) {
          if (to >= 0)
            y.data[to] += x[0].data[place];
        });
        return y;
      })
      .Case([&](DotOp dot) -> Result {
        return evaluateDot(dot, x[0], x[1], shape);
      })
      .Case([&](Conv2DOp conv) -> Result {
        forEachProduct(conv, x[0].shape, x[1].shape, shape,
                       [&](int64_t i, int64_t k, int64_t o) {
                         y.data[o] += x[0].data[i] * x[1].data[k];
                       });
        return y;
      })
      .Case([&](Conv2DInputGradOp conv) -> Result {
        forEachProduct(conv, shape, x[1].shape, x[0].shape,
                       [&](int64_t i, int64_t k, int64_t o) {
                         y.data[i] += x[0].data[o] * x[1].data[k];
                       });
        return y;
      })
      .Case([&](Conv2DKernelGradOp conv) -> Result {
        forEachProduct(conv, x[0].shape, shape, x[1].shape,
                       [&](int64_t i, int64_t k, int64_t o) {
                         y.data[k] += x[0].data[i] * x[1].data[o];
                       });
        return y;
      })
      .Case([&](MaxPool2DOp pool) -> Result {
        forEachWindow(pool, x[0].shape, shape,
                      [&](int64_t o, ArrayRef<int64_t> elements) {
                        y.data[o] = x[0].data[findFirstMaximum(x[0], elements)];
                      });
        return y;
      })
      .Case([&](MaxPool2DGradOp pool) -> Result {
        forEachWindow(pool, shape, x[1].shape,
                      [&](int64_t o, ArrayRef<int64_t> elements) {
                        y.data[findFirstMaximum(x[0], elements)] +=
                            x[1].data[o];
                      });
        return y;
      })
      .Case([&](MaxPool2DPickOp pool) -> Result {
        forEachWindow(pool, x[0].shape, shape,
                      [&](int64_t o, ArrayRef<int64_t> elements) {
                        y.data[o] = x[1].data[findFirstMaximum(x[0], elements)];
                      });
        return y;
      })
      .Case([&](AvgPool2DOp pool) -> Result {
        forEachWindow(pool, x[0].shape, shape,
                      [&](int64_t o, ArrayRef<int64_t> elements) {
                        for (int64_t element : elements)
                          y.data[o] += x[0].data[element] / elements.size();
                      });
        return y;
      })
      .Case([&](AvgPool2DGradOp pool) -> Result {
        forEachWindow(pool, shape, x[0].shape,
                      [&](int64_t o, ArrayRef<int64_t> elements) {
                        for (int64_t element : elements)
                          y.data[element] += x[0].data[o] / elements.size();
                      });
        return y;
      })
      .Default([](Operation *unknown) -> Result {
        return unknown->emitOpError("is not known to the tests' evaluator; "
                                    "teach it in evaluate/Library.cpp");
      });
}

} // namespace dlc::test
