// A matrix product of our own, for where oneDNN's leaves half of a core's
// multipliers idle.
//
// Each thread has some of the columns to itself, or of the rows where there are
// more of those, and what it copies: a line that one core has written costs the
// other a tenth of a microsecond. For some of the depth and of its columns it
// copies the right matrix to panels of 16 columns; then some of its rows of the
// left one to panels of six, and multiplies them with one panel of columns
// after the other.
#include "runtime/host/library/product/BlockedProduct.h"

#include "runtime/host/Parallel.h"
#include "runtime/host/library/product/PanelProduct.h"

#include <algorithm>

namespace dlc::host {

using dnnl::memory;

namespace {

constexpr int64_t rowStep = PanelProduct::rowStep,
                  panelWidth = PanelProduct::panelWidth;

/// Of the depth, of columns and of rows at a time: a panel of columns takes 16
/// KB and stays in the first cache, 96 rows 96 KB and 256 columns a quarter of
/// a megabyte, which stay in the second.
constexpr int64_t depthBlock = 256, columnBlock = 256, rowBlock = 96;

/// From panel to panel of columns: not a multiple of the first cache's 4 KB, as
/// a row of the matrix goes to all of them.
constexpr int64_t panelStride = depthBlock * panelWidth + panelWidth;

/// Below these the copies are not made up for.
constexpr int64_t leastRows = 16, leastColumns = 256, leastDepth = 16;

/// Of a left matrix that lies column by column, as in the gradient of a kernel,
/// whose depth is the number of samples. oneDNN's code for that
/// (TransposedProduct) is as fast for few, and for more than are copied at a
/// time.
constexpr int64_t leastTurnedDepth = 128, mostTurnedDepth = depthBlock;

/// Where the element [i, j] lies.
struct Matrix {
  const float *data;
  int64_t rows, columns, rowStride, columnStride;

  const float *at(int64_t row, int64_t column) const {
    return data + row * rowStride + column * columnStride;
  }
};

/// The operand as a matrix, if it is one.
std::optional<Matrix> viewAsMatrix(const Operand &operand) {
  std::optional<memory::desc> view = viewAsMatrices(operand, Batch::Merged);
  if (!view || view->dims().size() != 2)
    return std::nullopt;
  const auto &strides = view->data.format_desc.blocking.strides;
  return Matrix{reinterpret_cast<const float *>(operand.argument.data),
                view->dims()[0], view->dims()[1], strides[0], strides[1]};
}

/// Six rows side by side, zero for those from `count` on.
void packRows(const float *from, int64_t rowStride, int64_t depthStride,
              int64_t count, int64_t depth, float *to) {
  if (count < rowStep)
    std::fill_n(to, depth * rowStep, 0.0f);
  if (rowStride == 1) {
    for (int64_t k = 0; k < depth; ++k)
      std::copy_n(from + k * depthStride, count, to + k * rowStep);
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    for (int64_t k = 0; k < depth; ++k)
      to[k * rowStep + i] = from[i * rowStride + k * depthStride];
}

/// The lines [begin, end) of a matrix.
struct Range {
  int64_t begin, end;

  int64_t size() const { return end - begin; }
};

class BlockedProduct {
public:
  BlockedProduct(int threads, const Matrix &left, const Matrix &right,
                 float *result, memory scratch)
      : threads(threads), left(left), right(right), result(result),
        scratch(std::move(scratch)) {}

  static int64_t scratchFloats(int threads) { return threads * ownFloats; }

  void operator()() const {
    if (right.columns >= left.rows)
      parallelFor(threads, right.columns, panelWidth,
                  [&](int64_t begin, int64_t end) {
                    multiply({0, left.rows}, {begin, end});
                  });
    else
      parallelFor(threads, left.rows, rowStep, [&](int64_t begin, int64_t end) {
        multiply({begin, end}, {0, right.columns});
      });
  }

private:
  /// What a thread has to itself: panels of columns, panels of rows, and
  /// results that stick out of the matrix.
  static constexpr int64_t columnFloats =
                               columnBlock / panelWidth * panelStride,
                           rowFloats = rowBlock * depthBlock,
                           ownFloats =
                               columnFloats + rowFloats + rowBlock * panelWidth;

  void multiply(Range rows, Range columns) const;
  void multiplyBlock(Range rows, Range columns, Range depth, float *own) const;
  void multiplyPanel(const float *a, const float *b, float *spare, Range rows,
                     int64_t column, Range depth) const;

  int threads;
  Matrix left, right;
  float *result;
  memory scratch;
};

/// By one thread.
void BlockedProduct::multiply(Range rows, Range columns) const {
  float *own = static_cast<float *>(scratch.get_data_handle()) +
               omp_get_thread_num() * ownFloats;
  for (int64_t column = columns.begin; column < columns.end;
       column += columnBlock)
    for (int64_t depth = 0; depth < left.columns; depth += depthBlock)
      multiplyBlock(rows, {column, std::min(column + columnBlock, columns.end)},
                    {depth, std::min(depth + depthBlock, left.columns)}, own);
}

/// Adds what some of the depth, at most a block, gives.
void BlockedProduct::multiplyBlock(Range rows, Range columns, Range depth,
                                   float *own) const {
  float *const a = own + columnFloats, *const spare = a + rowFloats;
  int64_t panels = (columns.size() + panelWidth - 1) / panelWidth;
  for (int64_t k = 0; k < depth.size(); ++k)
    for (int64_t panel = 0; panel < panels; ++panel) {
      int64_t column = columns.begin + panel * panelWidth;
      int64_t width = std::min(panelWidth, columns.end - column);
      float *to = own + panel * panelStride + k * panelWidth;
      const float *from = right.at(depth.begin + k, column);
      if (width == panelWidth) {
        std::copy_n(from, panelWidth, to);
        continue;
      }
      std::copy_n(from, width, to);
      std::fill(to + width, to + panelWidth, 0.0f);
    }
  for (int64_t first = rows.begin; first < rows.end; first += rowBlock) {
    Range block{first, std::min(first + rowBlock, rows.end)};
    for (int64_t row = first; row < block.end; row += rowStep)
      packRows(left.at(row, depth.begin), left.rowStride, left.columnStride,
               std::min(rowStep, block.end - row), depth.size(),
               a + (row - first) * depthBlock);
    for (int64_t panel = 0; panel < panels; ++panel)
      multiplyPanel(a, own + panel * panelStride, spare, block,
                    columns.begin + panel * panelWidth, depth);
  }
}

/// Rows in panels by one panel of columns; what sticks out of the result goes
/// by way of `spare`.
void BlockedProduct::multiplyPanel(const float *a, const float *b, float *spare,
                                   Range rows, int64_t column,
                                   Range depth) const {
  int64_t stride = right.columns;
  int64_t width = std::min(panelWidth, stride - column);
  int64_t whole = width == panelWidth ? rows.size() / rowStep * rowStep : 0;
  float *const c = result + rows.begin * stride + column;
  PanelProduct part{.rows = whole,
                    .panels = 1,
                    .depth = depth.size(),
                    .a = a,
                    .aRow = 1,
                    .aDepth = rowStep,
                    .aStep = rowStep * depthBlock,
                    .b = b,
                    .bPanel = 0,
                    .c = c,
                    .cRow = stride,
                    .adds = depth.begin > 0};
  part.run();
  int64_t left = rows.size() - whole;
  if (left == 0)
    return;
  part.rows = (left + rowStep - 1) / rowStep * rowStep;
  part.a += whole * depthBlock;
  part.c = spare;
  part.cRow = panelWidth;
  for (int64_t i = whole; part.adds && i < rows.size(); ++i)
    std::copy_n(c + i * stride, width, spare + (i - whole) * panelWidth);
  part.run();
  for (int64_t i = whole; i < rows.size(); ++i)
    std::copy_n(spare + (i - whole) * panelWidth, width, c + i * stride);
}

bool isWorthCopying(const Matrix &left, const Matrix &right) {
  int64_t depth = left.columns;
  if (right.columnStride != 1 || left.rows < leastRows ||
      right.columns < leastColumns || depth < leastDepth)
    return false;
  return left.columnStride == 1 ||
         (depth >= leastTurnedDepth && depth <= mostTurnedDepth);
}

} // namespace

bool addBlockedProduct(DnnlCall &call, const Library::Context &context,
                       const Operand &left, const Operand &right,
                       const Argument &result) {
  std::optional<Matrix> a = viewAsMatrix(left), b = viewAsMatrix(right);
  if (hasAvx512() || !a || !b || !isWorthCopying(*a, *b))
    return false;
  memory scratch = call.inScratch(describe(
      {BlockedProduct::scratchFloats(context.threads)}, memory::format_tag::a));
  call.addLoop(BlockedProduct(context.threads, *a, *b,
                              reinterpret_cast<float *>(result.data), scratch),
               "blocked");
  return true;
}

} // namespace dlc::host
