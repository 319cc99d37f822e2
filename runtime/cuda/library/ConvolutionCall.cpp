// A convolution of an artifact as calls of cuDNN.
#include "runtime/cuda/library/ConvolutionCall.h"

#include <fmt/format.h>

namespace dlc::cuda {
namespace {

using artifact::LibraryConvolution;
using artifact::LibraryProduct;
using dnn::Status;
using Direction = LibraryConvolution::Direction;

dnn::DataType typeOf(LibraryProduct::Compute compute) {
  switch (compute) {
  case LibraryProduct::Compute::Bf16:
    return dnn::BFloat16;
  case LibraryProduct::Compute::F16:
    return dnn::Half;
  case LibraryProduct::Compute::Ieee:
  case LibraryProduct::Compute::Tf32:
    return dnn::Float;
  }
  return dnn::Float;
}

void *address(DevicePointer pointer) {
  return reinterpret_cast<void *>(pointer);
}

Result toResult(Status status) {
  switch (status) {
  case dnn::Success:
    return Success;
  case dnn::HostAllocFailed:
  case dnn::DeviceAllocFailed:
    return OutOfMemory;
  default:
    return status >= dnn::ExecutionFailed ? LaunchFailed : InvalidValue;
  }
}

/// What a call is scaled by: the result is new.
constexpr float one = 1, zero = 0;

} // namespace

const char *
ConvolutionCall::nameFunction(const LibraryConvolution &convolution) {
  switch (convolution.direction) {
  case Direction::Forward:
    return convolution.bias ? "cudnnConvolutionBiasActivationForward"
                            : "cudnnConvolutionForward";
  case Direction::InputGrad:
    return "cudnnConvolutionBackwardData";
  case Direction::KernelGrad:
    return "cudnnConvolutionBackwardFilter";
  }
  return "";
}

Status ConvolutionCall::describeImages(dnn::Tensor &tensor, int64_t n,
                                       int64_t channels, int64_t rows,
                                       int64_t columns) const {
  Status status =
      make(tensor, *opened, &dnn::Functions::cudnnCreateTensorDescriptor);
  if (status == dnn::Success)
    status = opened->call.cudnnSetTensor4dDescriptor(
        tensor.get(), dnn::Nhwc, typeOf(convolution->compute), int(n),
        int(channels), int(rows), int(columns));
  return status;
}

Status ConvolutionCall::describeKernel(Prepared &prepared) const {
  Status status = make(prepared.kernel, *opened,
                       &dnn::Functions::cudnnCreateFilterDescriptor);
  if (status == dnn::Success)
    status = opened->call.cudnnSetFilter4dDescriptor(
        prepared.kernel.get(), typeOf(convolution->compute), dnn::Nhwc,
        int(convolution->filters),
        int(convolution->channels / convolution->groups),
        int(convolution->rows.window), int(convolution->columns.window));
  return status;
}

Status ConvolutionCall::describeWindow(Prepared &prepared) const {
  const dnn::Functions &call = opened->call;
  const LibraryConvolution::Side &rows = convolution->rows,
                                 &columns = convolution->columns;
  bool isIeee = convolution->compute == LibraryProduct::Compute::Ieee;
  Status status = make(prepared.convolution, *opened,
                       &dnn::Functions::cudnnCreateConvolutionDescriptor);
  dnn::ConvolutionHandle window = prepared.convolution.get();
  if (status == dnn::Success)
    status = call.cudnnSetConvolution2dDescriptor(
        window, int(rows.padding), int(columns.padding), int(rows.stride),
        int(columns.stride), int(rows.dilation), int(columns.dilation),
        dnn::CrossCorrelation, dnn::Float);
  if (status == dnn::Success)
    status = call.cudnnSetConvolutionMathType(
        window, isIeee ? dnn::FmaMath : dnn::TensorOpMath);
  if (status == dnn::Success && convolution->groups > 1)
    status =
        call.cudnnSetConvolutionGroupCount(window, int(convolution->groups));
  return status;
}

Status ConvolutionCall::describeBias(Prepared &prepared) const {
  Status status = describeImages(prepared.bias, 1, convolution->filters, 1, 1);
  if (status == dnn::Success)
    status = make(prepared.activation, *opened,
                  &dnn::Functions::cudnnCreateActivationDescriptor);
  if (status == dnn::Success)
    status = opened->call.cudnnSetActivationDescriptor(
        prepared.activation.get(),
        convolution->relu ? dnn::Relu : dnn::Identity, dnn::PropagateNan, 0);
  return status;
}

Status ConvolutionCall::askWorkspace(Prepared &prepared) const {
  const dnn::Functions &call = opened->call;
  size_t *bytes = &prepared.workspaceBytes;
  dnn::Handle handle = library->get();
  dnn::TensorHandle x = prepared.x.get(), y = prepared.y.get();
  dnn::FilterHandle kernel = prepared.kernel.get();
  dnn::ConvolutionHandle window = prepared.convolution.get();
  switch (convolution->direction) {
  case Direction::Forward:
    return call.cudnnGetConvolutionForwardWorkspaceSize(
        handle, x, kernel, window, y, dnn::ImplicitPrecompGemm, bytes);
  case Direction::InputGrad:
    return call.cudnnGetConvolutionBackwardDataWorkspaceSize(
        handle, kernel, y, window, x, dnn::DataAlgorithm1, bytes);
  case Direction::KernelGrad:
    return call.cudnnGetConvolutionBackwardFilterWorkspaceSize(
        handle, x, y, window, kernel, dnn::FilterAlgorithm1, bytes);
  }
  return dnn::NotSupported;
}

Status ConvolutionCall::describe(Prepared &prepared, int64_t n) const {
  const LibraryConvolution::Side &rows = convolution->rows,
                                 &columns = convolution->columns;
  int64_t images = convolution->images.timesBatch
                       ? convolution->images.trips * n
                       : convolution->images.trips;
  Status status = describeImages(prepared.x, images, convolution->channels,
                                 rows.in, columns.in);
  if (status == dnn::Success)
    status = describeImages(prepared.y, images, convolution->filters, rows.out,
                            columns.out);
  if (status == dnn::Success)
    status = describeKernel(prepared);
  if (status == dnn::Success)
    status = describeWindow(prepared);
  if (status == dnn::Success && convolution->bias)
    status = describeBias(prepared);
  return status == dnn::Success ? askWorkspace(prepared) : status;
}

Expected<void> ConvolutionCall::prepare(int64_t n, const std::string &thing) {
  if (sizes.contains(n))
    return {};
  auto refuse = [&](std::string value) {
    return fail(thing, std::move(value),
                fmt::format("it was compiled to be computed by it, here with a "
                            "batch of {}",
                            n),
                "install a newer cuDNN, or compile the model again with "
                "--libraries none");
  };
  Prepared prepared;
  if (Status status = describe(prepared, n); status != dnn::Success)
    return refuse(fmt::format("is not for cuDNN {} on this GPU: {}",
                              opened->call.cudnnGetVersion(),
                              opened->describe(status)));
  if (prepared.workspaceBytes > places.workspaceBytes)
    return refuse(fmt::format(
        "needs {} bytes to work in by cuDNN {} on this GPU, and has {}",
        prepared.workspaceBytes, opened->call.cudnnGetVersion(),
        places.workspaceBytes));
  sizes.emplace(n, std::move(prepared));
  return {};
}

Status ConvolutionCall::callForward(const Prepared &prepared) const {
  const dnn::Functions &call = opened->call;
  if (!convolution->bias)
    return call.cudnnConvolutionForward(
        library->get(), &one, prepared.x.get(), address(places.first),
        prepared.kernel.get(), address(places.second),
        prepared.convolution.get(), dnn::ImplicitPrecompGemm,
        address(places.workspace), places.workspaceBytes, &zero,
        prepared.y.get(), address(places.result));
  // It adds z times 0, which may be the result.
  return call.cudnnConvolutionBiasActivationForward(
      library->get(), &one, prepared.x.get(), address(places.first),
      prepared.kernel.get(), address(places.second), prepared.convolution.get(),
      dnn::ImplicitPrecompGemm, address(places.workspace),
      places.workspaceBytes, &zero, prepared.y.get(), address(places.result),
      prepared.bias.get(), address(places.bias), prepared.activation.get(),
      prepared.y.get(), address(places.result));
}

Status ConvolutionCall::call(const Prepared &prepared) const {
  const dnn::Functions &call = opened->call;
  switch (convolution->direction) {
  case Direction::Forward:
    return callForward(prepared);
  case Direction::InputGrad:
    return call.cudnnConvolutionBackwardData(
        library->get(), &one, prepared.kernel.get(), address(places.second),
        prepared.y.get(), address(places.first), prepared.convolution.get(),
        dnn::DataAlgorithm1, address(places.workspace), places.workspaceBytes,
        &zero, prepared.x.get(), address(places.result));
  case Direction::KernelGrad:
    return call.cudnnConvolutionBackwardFilter(
        library->get(), &one, prepared.x.get(), address(places.first),
        prepared.y.get(), address(places.second), prepared.convolution.get(),
        dnn::FilterAlgorithm1, address(places.workspace), places.workspaceBytes,
        &zero, prepared.kernel.get(), address(places.result));
  }
  return dnn::NotSupported;
}

Result ConvolutionCall::enqueue(int64_t n, StreamHandle stream) const {
  Status status = opened->call.cudnnSetStream(library->get(), stream);
  return toResult(status == dnn::Success ? call(sizes.at(n)) : status);
}

} // namespace dlc::cuda
