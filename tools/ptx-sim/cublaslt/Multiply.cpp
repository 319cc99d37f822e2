// The product itself, on the simulated device's memory.
#include "tools/ptx-sim/cublaslt/Multiply.h"

#include "tools/ptx-sim/driver/PtxSim.h"
#include "tools/ptx-sim/engine/math/Elements.h"

#include <algorithm>
#include <vector>

namespace dlc::cuda::lt {
namespace {

using ptxsim::bytesOf;
using ptxsim::Element;
using ptxsim::load;
using ptxsim::overlap;
using ptxsim::roundToTf32;
using ptxsim::store;

Element elementOf(DataType type) {
  return type == Real32F   ? Element::F32
         : type == Real16F ? Element::F16
                           : Element::BF16;
}
size_t bytesOf(DataType type) { return bytesOf(elementOf(type)); }

/// Bytes from the first to the last element of all matrices.
size_t spanOf(const OpaqueLayout &layout) {
  return size_t(uint64_t(layout.count - 1) * uint64_t(layout.stride) +
                (layout.columns - 1) * uint64_t(layout.leading) + layout.rows) *
         bytesOf(layout.type);
}

/// One matrix as `rows` x `columns` float32, column by column.
std::vector<float> pack(const void *array, const OpaqueLayout &layout,
                        uint64_t number, Operation operation, bool isTf32) {
  bool transposed = operation == OperationT;
  uint64_t rows = transposed ? layout.columns : layout.rows;
  uint64_t columns = transposed ? layout.rows : layout.columns;
  std::vector<float> packed(rows * columns);
  uint64_t begin = number * uint64_t(layout.stride);
  for (uint64_t j = 0; j < columns; ++j)
    for (uint64_t i = 0; i < rows; ++i) {
      uint64_t place = transposed ? i * uint64_t(layout.leading) + j
                                  : j * uint64_t(layout.leading) + i;
      float value = load(array, elementOf(layout.type), begin + place);
      packed[j * rows + i] = isTf32 ? roundToTf32(value) : value;
    }
  return packed;
}

bool isSound(const OpaqueLayout &layout) {
  return layout.rows > 0 && layout.columns > 0 && layout.count > 0 &&
         layout.leading >= 0 && uint64_t(layout.leading) >= layout.rows &&
         layout.stride >= 0;
}

} // namespace

bool Product::fits() const {
  bool transA = matmul.transA == OperationT,
       transB = matmul.transB == OperationT;
  return isSound(aLayout) && isSound(bLayout) && isSound(dLayout) &&
         aLayout.type == bLayout.type && aLayout.type == dLayout.type &&
         aLayout.count == dLayout.count && bLayout.count == dLayout.count &&
         (transA ? aLayout.columns : aLayout.rows) == dLayout.rows &&
         (transB ? bLayout.rows : bLayout.columns) == dLayout.columns &&
         (transB ? bLayout.columns : bLayout.rows) == depth() &&
         (matmul.compute == Compute32F || aLayout.type == Real32F) &&
         (!(matmul.epilogue & EpilogueBias) || matmul.bias);
}

std::string Product::findMistake() const {
  auto *bias = reinterpret_cast<const void *>(matmul.bias);
  size_t biasBytes = matmul.epilogue & EpilogueBias
                         ? size_t(rows()) * bytesOf(dLayout.type)
                         : 0;
  struct Array {
    const char *name;
    const void *begin;
    size_t bytes;
  };
  const Array read[] = {{"A", a, spanOf(aLayout)},
                        {"B", b, spanOf(bLayout)},
                        {"the bias", bias, biasBytes}};
  const Array written{"D", d, spanOf(dLayout)};
  for (const Array &array : {read[0], read[1], read[2], written})
    if (array.bytes > 0 && !ptxSimHolds(array.begin, array.bytes))
      return std::string("cublasLtMatmul: ") + array.name + " of " +
             std::to_string(array.bytes) + " bytes is not in one allocation";
  for (const Array &array : read)
    if (array.bytes > 0 &&
        overlap(array.begin, array.bytes, written.begin, written.bytes))
      return std::string("cublasLtMatmul: D is written over ") + array.name;
  return "";
}

void Product::compute() const {
  bool isTf32 = matmul.compute == Compute32FFastTf32;
  const uint64_t m = rows(), n = columns(), k = depth();
  std::vector<float> sums(m);
  for (int32_t number = 0; number < dLayout.count; ++number) {
    auto left = pack(a, aLayout, uint64_t(number), matmul.transA, isTf32);
    auto right = pack(b, bLayout, uint64_t(number), matmul.transB, isTf32);
    for (uint64_t j = 0; j < n; ++j) {
      std::ranges::fill(sums, 0.0F);
      for (uint64_t p = 0; p < k; ++p) {
        const float factor = right[j * k + p];
        const float *column = &left[p * m];
        for (uint64_t i = 0; i < m; ++i)
          sums[i] += column[i] * factor;
      }
      for (uint64_t i = 0; i < m; ++i) {
        float value = sums[i];
        if (matmul.epilogue & EpilogueBias)
          value += load(reinterpret_cast<const void *>(matmul.bias),
                        elementOf(dLayout.type), i);
        if (matmul.epilogue & EpilogueRelu && value <= 0)
          value = 0;
        store(d, elementOf(dLayout.type),
              uint64_t(number) * uint64_t(dLayout.stride) +
                  j * uint64_t(dLayout.leading) + i,
              value);
      }
    }
  }
}

} // namespace dlc::cuda::lt
