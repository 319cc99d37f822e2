// The functions of cuDNN that dlc's runtime calls. They refuse what the library
// would, or would take without a word: sizes that do not fit, less to work in
// than was asked for, arrays out of line.
#include "tools/ptx-sim/cudnn/Convolve.h"
#include "tools/ptx-sim/driver/PtxSim.h"

#include <memory>

namespace dlc::cuda::dnn {
namespace {

template <typename Object> Status create(Object **object) {
  if (!object)
    return BadParameter;
  *object = new Object;
  return Success;
}

template <typename Object> Status destroy(Object *object) {
  delete object;
  return Success;
}

bool isKnown(DataType type) {
  return type == Float || type == Half || type == BFloat16;
}

/// A convolution that is on a stream.
struct Waiting {
  Convolved convolved;
  std::string mistake;
};

const char *run(void *data) {
  auto *waiting = static_cast<Waiting *>(data);
  waiting->mistake = waiting->convolved.findMistake();
  if (!waiting->mistake.empty())
    return waiting->mistake.c_str();
  waiting->convolved.compute();
  return nullptr;
}

void drop(void *data) { delete static_cast<Waiting *>(data); }

bool isAligned(const void *address) {
  return reinterpret_cast<uintptr_t>(address) % 16 == 0;
}

Convolved describe(Convolved::Direction direction, TensorHandle x,
                   FilterHandle w, ConvolutionHandle window, TensorHandle y) {
  return {direction, *x, *y, *w, *window};
}

/// Of the arrays of images and kernels one is written.
void give(Convolved &it, const void *x, const void *w, const void *y,
          void *workspace, size_t workspaceBytes) {
  it.x = const_cast<void *>(x);
  it.w = const_cast<void *>(w);
  it.y = const_cast<void *>(y);
  it.workspace = workspace;
  it.workspaceBytes = workspaceBytes;
}

Status askWorkspace(Handle handle, Convolved::Direction direction,
                    TensorHandle x, FilterHandle w, ConvolutionHandle window,
                    TensorHandle y, int algorithm, size_t *bytes) {
  if (!handle || !x || !w || !window || !y || !bytes)
    return BadParameter;
  Convolved convolved = describe(direction, x, w, window, y);
  if (!convolved.fits())
    return BadShape;
  if (algorithm != 1)
    return NotSupported;
  *bytes = convolved.neededBytes();
  return Success;
}

Status enqueue(Handle handle, Convolved convolved, int algorithm,
               const void *alpha, const void *beta) {
  if (!handle || !alpha || !beta || algorithm != 1 ||
      *static_cast<const float *>(alpha) != 1 ||
      *static_cast<const float *>(beta) != 0 || !convolved.fits() ||
      convolved.workspaceBytes < convolved.neededBytes() ||
      !isAligned(convolved.x) || !isAligned(convolved.w) ||
      !isAligned(convolved.y) || !isAligned(convolved.workspace) ||
      !convolved.findMistake().empty())
    return BadParameter;
  PtxSimWork work{run, drop, new Waiting{convolved, ""}};
  switch (ptxSimEnqueue(handle->stream, &work)) {
  case cuda::Success:
    return Success;
  case cuda::InvalidHandle:
    return BadParameter;
  default:
    return ExecutionFailed;
  }
}

} // namespace

size_t cudnnGetVersion() { return 91000; }

const char *cudnnGetErrorString(Status status) {
  switch (status) {
  case Success:
    return "CUDNN_STATUS_SUCCESS";
  case NotInitialized:
    return "CUDNN_STATUS_NOT_INITIALIZED";
  case BadParameter:
    return "CUDNN_STATUS_BAD_PARAM";
  case BadShape:
    return "CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH";
  case NotSupported:
    return "CUDNN_STATUS_NOT_SUPPORTED";
  case HostAllocFailed:
    return "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED";
  case DeviceAllocFailed:
    return "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED";
  case ExecutionFailed:
    return "CUDNN_STATUS_EXECUTION_FAILED";
  }
  return "CUDNN_STATUS_UNKNOWN";
}

Status cudnnCreate(Handle *handle) { return create(handle); }
Status cudnnDestroy(Handle handle) { return destroy(handle); }
Status cudnnSetStream(Handle handle, StreamHandle stream) {
  handle->stream = stream;
  return Success;
}

Status cudnnCreateTensorDescriptor(TensorHandle *tensor) {
  return create(tensor);
}
Status cudnnDestroyTensorDescriptor(TensorHandle tensor) {
  return destroy(tensor);
}
Status cudnnSetTensor4dDescriptor(TensorHandle tensor, Format format,
                                  DataType type, int n, int c, int h, int w) {
  if (!tensor || format != Nhwc || !isKnown(type) || n < 1 || c < 1 || h < 1 ||
      w < 1)
    return BadParameter;
  *tensor = {type, n, c, h, w};
  return Success;
}

Status cudnnCreateFilterDescriptor(FilterHandle *filter) {
  return create(filter);
}
Status cudnnDestroyFilterDescriptor(FilterHandle filter) {
  return destroy(filter);
}
Status cudnnSetFilter4dDescriptor(FilterHandle filter, DataType type,
                                  Format format, int k, int c, int h, int w) {
  if (!filter || format != Nhwc || !isKnown(type) || k < 1 || c < 1 || h < 1 ||
      w < 1)
    return BadParameter;
  *filter = {type, k, c, h, w};
  return Success;
}

Status cudnnCreateConvolutionDescriptor(ConvolutionHandle *convolution) {
  return create(convolution);
}
Status cudnnDestroyConvolutionDescriptor(ConvolutionHandle convolution) {
  return destroy(convolution);
}
Status cudnnSetConvolution2dDescriptor(ConvolutionHandle convolution,
                                       int paddingH, int paddingW, int strideH,
                                       int strideW, int dilationH,
                                       int dilationW, ConvolutionMode mode,
                                       DataType compute) {
  if (!convolution || paddingH < 0 || paddingW < 0 || strideH < 1 ||
      strideW < 1 || dilationH < 1 || dilationW < 1)
    return BadParameter;
  if (mode != CrossCorrelation || compute != Float)
    return NotSupported;
  *convolution = {
      {paddingH, paddingW}, {strideH, strideW}, {dilationH, dilationW}};
  return Success;
}
Status cudnnSetConvolutionMathType(ConvolutionHandle convolution,
                                   MathType math) {
  convolution->math = math;
  return math == TensorOpMath || math == FmaMath ? Success : BadParameter;
}
Status cudnnSetConvolutionGroupCount(ConvolutionHandle convolution,
                                     int groups) {
  convolution->groups = groups;
  return groups >= 1 ? Success : BadParameter;
}

Status cudnnCreateActivationDescriptor(ActivationHandle *activation) {
  return create(activation);
}
Status cudnnDestroyActivationDescriptor(ActivationHandle activation) {
  return destroy(activation);
}
Status cudnnSetActivationDescriptor(ActivationHandle activation,
                                    ActivationMode mode, NanPropagation,
                                    double) {
  activation->mode = mode;
  return mode == Relu || mode == Identity ? Success : BadParameter;
}

Status cudnnGetConvolutionForwardWorkspaceSize(Handle handle, TensorHandle x,
                                               FilterHandle w,
                                               ConvolutionHandle convolution,
                                               TensorHandle y,
                                               ForwardAlgorithm algorithm,
                                               size_t *bytes) {
  return askWorkspace(handle, Convolved::Direction::Forward, x, w, convolution,
                      y, algorithm, bytes);
}
Status cudnnGetConvolutionBackwardDataWorkspaceSize(
    Handle handle, FilterHandle w, TensorHandle dy,
    ConvolutionHandle convolution, TensorHandle dx, DataAlgorithm algorithm,
    size_t *bytes) {
  return askWorkspace(handle, Convolved::Direction::Data, dx, w, convolution,
                      dy, algorithm, bytes);
}
Status cudnnGetConvolutionBackwardFilterWorkspaceSize(
    Handle handle, TensorHandle x, TensorHandle dy,
    ConvolutionHandle convolution, FilterHandle dw, FilterAlgorithm algorithm,
    size_t *bytes) {
  return askWorkspace(handle, Convolved::Direction::Filter, x, dw, convolution,
                      dy, algorithm, bytes);
}

Status cudnnConvolutionForward(Handle handle, const void *alpha,
                               TensorHandle xTensor, const void *x,
                               FilterHandle wFilter, const void *w,
                               ConvolutionHandle convolution,
                               ForwardAlgorithm algorithm, void *workspace,
                               size_t workspaceBytes, const void *beta,
                               TensorHandle yTensor, void *y) {
  Convolved it = describe(Convolved::Direction::Forward, xTensor, wFilter,
                          convolution, yTensor);
  give(it, x, w, y, workspace, workspaceBytes);
  return enqueue(handle, it, algorithm, alpha, beta);
}

Status cudnnConvolutionBiasActivationForward(
    Handle handle, const void *alpha1, TensorHandle xTensor, const void *x,
    FilterHandle wFilter, const void *w, ConvolutionHandle convolution,
    ForwardAlgorithm algorithm, void *workspace, size_t workspaceBytes,
    const void *alpha2, TensorHandle zTensor, const void *z,
    TensorHandle biasTensor, const void *bias, ActivationHandle activation,
    TensorHandle yTensor, void *y) {
  if (!bias || !z || !activation || biasTensor->n != 1 || biasTensor->h != 1 ||
      biasTensor->w != 1 || biasTensor->c != yTensor->c ||
      biasTensor->type != yTensor->type || zTensor->type != yTensor->type ||
      zTensor->n != yTensor->n || zTensor->c != yTensor->c ||
      zTensor->h != yTensor->h || zTensor->w != yTensor->w)
    return BadParameter;
  Convolved it = describe(Convolved::Direction::Forward, xTensor, wFilter,
                          convolution, yTensor);
  give(it, x, w, y, workspace, workspaceBytes);
  it.bias = bias;
  it.relu = activation->mode == Relu;
  return enqueue(handle, it, algorithm, alpha1, alpha2);
}

Status cudnnConvolutionBackwardData(Handle handle, const void *alpha,
                                    FilterHandle wFilter, const void *w,
                                    TensorHandle dyTensor, const void *dy,
                                    ConvolutionHandle convolution,
                                    DataAlgorithm algorithm, void *workspace,
                                    size_t workspaceBytes, const void *beta,
                                    TensorHandle dxTensor, void *dx) {
  Convolved it = describe(Convolved::Direction::Data, dxTensor, wFilter,
                          convolution, dyTensor);
  give(it, dx, w, dy, workspace, workspaceBytes);
  return enqueue(handle, it, algorithm, alpha, beta);
}

Status cudnnConvolutionBackwardFilter(
    Handle handle, const void *alpha, TensorHandle xTensor, const void *x,
    TensorHandle dyTensor, const void *dy, ConvolutionHandle convolution,
    FilterAlgorithm algorithm, void *workspace, size_t workspaceBytes,
    const void *beta, FilterHandle dwFilter, void *dw) {
  Convolved it = describe(Convolved::Direction::Filter, xTensor, dwFilter,
                          convolution, dyTensor);
  give(it, x, dw, dy, workspace, workspaceBytes);
  return enqueue(handle, it, algorithm, alpha, beta);
}

} // namespace dlc::cuda::dnn
