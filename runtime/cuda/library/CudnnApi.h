// What dlc needs of cuDNN 9, declared here so that dlc builds where no CUDA is.
// A test compares it with cudnn.h where there is one.
#pragma once

#include "runtime/cuda/driver/Api.h"

namespace dlc::cuda::dnn {

/// cudnnStatus_t. The library gives more values than are named here.
enum Status : int {
  Success = 0,
  NotInitialized = 1001,
  BadParameter = 2000,
  BadShape = 2008,
  NotSupported = 3000,
  HostAllocFailed = 4003,
  DeviceAllocFailed = 4004,
  ExecutionFailed = 5000, // and those above it
};

/// cudnnDataType_t, cudnnTensorFormat_t, cudnnMathType_t,
/// cudnnConvolutionMode_t, cudnnActivationMode_t, cudnnNanPropagation_t.
enum DataType : int { Float = 0, Half = 2, BFloat16 = 9 };
enum Format : int { Nhwc = 1 };
enum MathType : int { TensorOpMath = 1, FmaMath = 3 };
enum ConvolutionMode : int { CrossCorrelation = 1 };
enum ActivationMode : int { Relu = 1, Identity = 5 };
enum NanPropagation : int { PropagateNan = 1 };

/// cudnnConvolutionFwdAlgo_t, cudnnConvolutionBwdDataAlgo_t and
/// cudnnConvolutionBwdFilterAlgo_t: those that add up in one order. Of the
/// gradients' others some add by atomics.
enum ForwardAlgorithm : int { ImplicitPrecompGemm = 1 };
enum DataAlgorithm : int { DataAlgorithm1 = 1 };
enum FilterAlgorithm : int { FilterAlgorithm1 = 1 };

using Handle = struct OpaqueHandle *;
using TensorHandle = struct OpaqueTensor *;
using FilterHandle = struct OpaqueFilter *;
using ConvolutionHandle = struct OpaqueConvolution *;
using ActivationHandle = struct OpaqueActivation *;

} // namespace dlc::cuda::dnn

/// Every function of the library that the runtime calls, once: F(result, name,
/// (parameters)), by the names that it exports.
#define DLC_CUDNN_FUNCTIONS(F)                                                 \
  F(size_t, cudnnGetVersion, ())                                               \
  F(const char *, cudnnGetErrorString, (Status status))                        \
  F(Status, cudnnCreate, (Handle * handle))                                    \
  F(Status, cudnnDestroy, (Handle handle))                                     \
  F(Status, cudnnSetStream, (Handle handle, StreamHandle stream))              \
  F(Status, cudnnCreateTensorDescriptor, (TensorHandle * tensor))              \
  F(Status, cudnnDestroyTensorDescriptor, (TensorHandle tensor))               \
  F(Status, cudnnSetTensor4dDescriptor,                                        \
    (TensorHandle tensor, Format format, DataType type, int n, int c, int h,   \
     int w))                                                                   \
  F(Status, cudnnCreateFilterDescriptor, (FilterHandle * filter))              \
  F(Status, cudnnDestroyFilterDescriptor, (FilterHandle filter))               \
  F(Status, cudnnSetFilter4dDescriptor,                                        \
    (FilterHandle filter, DataType type, Format format, int k, int c, int h,   \
     int w))                                                                   \
  F(Status, cudnnCreateConvolutionDescriptor,                                  \
    (ConvolutionHandle * convolution))                                         \
  F(Status, cudnnDestroyConvolutionDescriptor,                                 \
    (ConvolutionHandle convolution))                                           \
  F(Status, cudnnSetConvolution2dDescriptor,                                   \
    (ConvolutionHandle convolution, int paddingH, int paddingW, int strideH,   \
     int strideW, int dilationH, int dilationW, ConvolutionMode mode,          \
     DataType compute))                                                        \
  F(Status, cudnnSetConvolutionMathType,                                       \
    (ConvolutionHandle convolution, MathType math))                            \
  F(Status, cudnnSetConvolutionGroupCount,                                     \
    (ConvolutionHandle convolution, int groups))                               \
  F(Status, cudnnCreateActivationDescriptor, (ActivationHandle * activation))  \
  F(Status, cudnnDestroyActivationDescriptor, (ActivationHandle activation))   \
  F(Status, cudnnSetActivationDescriptor,                                      \
    (ActivationHandle activation, ActivationMode mode, NanPropagation nan,     \
     double coefficient))                                                      \
  F(Status, cudnnGetConvolutionForwardWorkspaceSize,                           \
    (Handle handle, TensorHandle x, FilterHandle w,                            \
     ConvolutionHandle convolution, TensorHandle y,                            \
     ForwardAlgorithm algorithm, size_t *bytes))                               \
  F(Status, cudnnGetConvolutionBackwardDataWorkspaceSize,                      \
    (Handle handle, FilterHandle w, TensorHandle dy,                           \
     ConvolutionHandle convolution, TensorHandle dx, DataAlgorithm algorithm,  \
     size_t *bytes))                                                           \
  F(Status, cudnnGetConvolutionBackwardFilterWorkspaceSize,                    \
    (Handle handle, TensorHandle x, TensorHandle dy,                           \
     ConvolutionHandle convolution, FilterHandle dw,                           \
     FilterAlgorithm algorithm, size_t *bytes))                                \
  F(Status, cudnnConvolutionForward,                                           \
    (Handle handle, const void *alpha, TensorHandle xTensor, const void *x,    \
     FilterHandle wFilter, const void *w, ConvolutionHandle convolution,       \
     ForwardAlgorithm algorithm, void *workspace, size_t workspaceBytes,       \
     const void *beta, TensorHandle yTensor, void *y))                         \
  F(Status, cudnnConvolutionBiasActivationForward,                             \
    (Handle handle, const void *alpha1, TensorHandle xTensor, const void *x,   \
     FilterHandle wFilter, const void *w, ConvolutionHandle convolution,       \
     ForwardAlgorithm algorithm, void *workspace, size_t workspaceBytes,       \
     const void *alpha2, TensorHandle zTensor, const void *z,                  \
     TensorHandle biasTensor, const void *bias, ActivationHandle activation,   \
     TensorHandle yTensor, void *y))                                           \
  F(Status, cudnnConvolutionBackwardData,                                      \
    (Handle handle, const void *alpha, FilterHandle wFilter, const void *w,    \
     TensorHandle dyTensor, const void *dy, ConvolutionHandle convolution,     \
     DataAlgorithm algorithm, void *workspace, size_t workspaceBytes,          \
     const void *beta, TensorHandle dxTensor, void *dx))                       \
  F(Status, cudnnConvolutionBackwardFilter,                                    \
    (Handle handle, const void *alpha, TensorHandle xTensor, const void *x,    \
     TensorHandle dyTensor, const void *dy, ConvolutionHandle convolution,     \
     FilterAlgorithm algorithm, void *workspace, size_t workspaceBytes,        \
     const void *beta, FilterHandle dwFilter, void *dw))
