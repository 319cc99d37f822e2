// A product of an artifact as calls of cuBLASLt.
#include "runtime/cuda/library/ProductCall.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dlc::cuda {
namespace {

using artifact::Extent;
using artifact::LibraryProduct;
using lt::Status;

/// What the library aligns memory by at most.
constexpr uint64_t mostAlignment = 256;

int64_t evaluate(const Extent &extent, int64_t n) {
  return extent.timesBatch ? extent.trips * n : extent.trips;
}

lt::DataType typeOf(LibraryProduct::Compute compute) {
  switch (compute) {
  case LibraryProduct::Compute::Bf16:
    return lt::Real16BF;
  case LibraryProduct::Compute::F16:
    return lt::Real16F;
  case LibraryProduct::Compute::Ieee:
  case LibraryProduct::Compute::Tf32:
    return lt::Real32F;
  }
  return lt::Real32F;
}

uint32_t alignmentOf(DevicePointer pointer) {
  uint64_t lowest = pointer & -pointer;
  return uint32_t(pointer ? std::min<uint64_t>(lowest, mostAlignment)
                          : mostAlignment);
}

template <typename Object, typename Set, typename Attribute, typename Value>
Status set(const lt::CublasLt &opened, const Object &object, Set set,
           Attribute attribute, const Value &value) {
  return (opened.call.*set)(object.get(), attribute, &value, sizeof value);
}

Result toResult(Status status) {
  switch (status) {
  case lt::Success:
    return Success;
  case lt::AllocFailed:
    return OutOfMemory;
  case lt::ExecutionFailed:
    return LaunchFailed;
  default:
    return InvalidValue;
  }
}

} // namespace

Status ProductCall::describeMatmul(lt::Matmul &matmul) const {
  const lt::Functions &call = opened->call;
  lt::ComputeType compute = product->compute == LibraryProduct::Compute::Tf32
                                ? lt::Compute32FFastTf32
                                : lt::Compute32F;
  if (Status status =
          make(matmul, *opened, &lt::Functions::cublasLtMatmulDescCreate,
               compute, lt::Real32F);
      status != lt::Success)
    return status;
  auto give = [&](lt::MatmulAttribute attribute, const auto &value) {
    return call.cublasLtMatmulDescSetAttribute(matmul.get(), attribute, &value,
                                               sizeof value);
  };
  auto side = [](const LibraryProduct::Matrix &matrix) {
    return matrix.transposed ? lt::OperationT : lt::OperationN;
  };
  lt::EpilogueKind epilogue =
      product->bias   ? product->relu ? lt::EpilogueReluBias : lt::EpilogueBias
      : product->relu ? lt::EpilogueRelu
                      : lt::EpilogueNone;
  Status status = give(lt::TransA, side(product->rhs));
  if (status == lt::Success)
    status = give(lt::TransB, side(product->lhs));
  if (status == lt::Success)
    status = give(lt::Epilogue, epilogue);
  if (status == lt::Success && product->bias)
    status = give(lt::BiasPointer, places.bias);
  return status;
}

Status ProductCall::describeMatrix(lt::Layout &layout, uint64_t rows,
                                   uint64_t columns, int64_t leading,
                                   int64_t parts, int64_t stride) const {
  Status status =
      make(layout, *opened, &lt::Functions::cublasLtMatrixLayoutCreate,
           typeOf(product->compute), rows, columns, leading);
  if (status != lt::Success || parts == 1)
    return status;
  auto give = &lt::Functions::cublasLtMatrixLayoutSetAttribute;
  status = set(*opened, layout, give, lt::BatchCount, int32_t(parts));
  if (status == lt::Success)
    status = set(*opened, layout, give, lt::StridedBatchOffset, stride);
  return status;
}

Status ProductCall::describe(Prepared &prepared, int64_t n) const {
  int64_t parts = evaluate(product->parts, n),
          rows = evaluate(product->rows, n),
          columns = evaluate(product->columns, n),
          depth = evaluate(product->depth, n);
  // A line of ours is a column of the library's.
  auto matrix = [&](lt::Layout &layout, const LibraryProduct::Matrix &of,
                    int64_t lines, int64_t across) {
    if (of.transposed)
      std::swap(lines, across);
    return describeMatrix(layout, uint64_t(across), uint64_t(lines), of.leading,
                          parts, of.stride);
  };
  Status status = describeMatmul(prepared.matmul);
  if (status == lt::Success)
    status = matrix(prepared.a, product->rhs, depth, columns);
  if (status == lt::Success)
    status = matrix(prepared.b, product->lhs, rows, depth);
  if (status == lt::Success)
    status = describeMatrix(prepared.result, uint64_t(columns), uint64_t(rows),
                            columns, parts, rows * columns);
  return status == lt::Success ? choose(prepared) : status;
}

Status ProductCall::choose(Prepared &prepared) const {
  lt::Preference preference;
  Status status =
      make(preference, *opened, &lt::Functions::cublasLtMatmulPreferenceCreate);
  auto prefer = [&](lt::PreferenceAttribute attribute, const auto &value) {
    if (status == lt::Success)
      status = set(*opened, preference,
                   &lt::Functions::cublasLtMatmulPreferenceSetAttribute,
                   attribute, value);
  };
  prefer(lt::MaxWorkspaceBytes, uint64_t(places.workspaceBytes));
  prefer(lt::ReductionSchemeMask, uint32_t(lt::ReduceInSecondStep));
  prefer(lt::MinAlignmentA, alignmentOf(places.rhs));
  prefer(lt::MinAlignmentB, alignmentOf(places.lhs));
  prefer(lt::MinAlignmentC, alignmentOf(places.result));
  prefer(lt::MinAlignmentD, alignmentOf(places.result));
  if (status != lt::Success)
    return status;
  lt::Heuristic found = {};
  int count = 0;
  status = opened->call.cublasLtMatmulAlgoGetHeuristic(
      library->get(), prepared.matmul.get(), prepared.a.get(), prepared.b.get(),
      prepared.result.get(), prepared.result.get(), preference.get(), 1, &found,
      &count);
  if (status == lt::Success && count == 0)
    return lt::NotSupported;
  prepared.algorithm = found.algorithm;
  return status == lt::Success ? found.status : status;
}

Expected<void> ProductCall::prepare(int64_t n, const std::string &thing) {
  if (sizes.contains(n))
    return {};
  Prepared prepared;
  if (Status status = describe(prepared, n); status != lt::Success)
    return fail(thing,
                fmt::format("is not for cuBLASLt {} on this GPU: {}",
                            opened->call.cublasLtGetVersion(),
                            opened->describe(status)),
                fmt::format("it was compiled to be computed by it, here with a "
                            "batch of {}",
                            n),
                "install a newer cuBLAS, or compile the model again with "
                "--libraries none");
  sizes.emplace(n, std::move(prepared));
  return {};
}

Result ProductCall::enqueue(int64_t n, StreamHandle stream) const {
  const Prepared &prepared = sizes.at(n);
  auto address = [](DevicePointer pointer) {
    return reinterpret_cast<void *>(pointer);
  };
  const float one = 1, zero = 0;
  return toResult(opened->call.cublasLtMatmul(
      library->get(), prepared.matmul.get(), &one, address(places.rhs),
      prepared.a.get(), address(places.lhs), prepared.b.get(), &zero,
      address(places.result), prepared.result.get(), address(places.result),
      prepared.result.get(), &prepared.algorithm, address(places.workspace),
      places.workspaceBytes, stream));
}

} // namespace dlc::cuda
