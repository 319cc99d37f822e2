// Our declarations of cuDNN against those of cudnn.h, where one is, and against
// the library's own names.
#include "runtime/core/CudaLibraries.h"
#include "runtime/cuda/library/Cudnn.h"
#include "test/runtime/cuda/Alike.h"

#include <gtest/gtest.h>

#ifdef DLC_TEST_CUDNN_H

#include DLC_TEST_CUDNN_H

namespace dlc::cuda::dnn {
namespace {

#define DLC_COMPARE(result, name, parameters)                                  \
  static_assert(test::Alike<result parameters, decltype(::name)>::value,       \
                #name " differs from cudnn.h");
DLC_CUDNN_FUNCTIONS(DLC_COMPARE)
#undef DLC_COMPARE

#define DLC_COMPARE(ours, theirs)                                              \
  static_assert(int(ours) == int(theirs), #ours " differs from cudnn.h");
DLC_COMPARE(Success, CUDNN_STATUS_SUCCESS)
DLC_COMPARE(NotInitialized, CUDNN_STATUS_NOT_INITIALIZED)
DLC_COMPARE(BadParameter, CUDNN_STATUS_BAD_PARAM)
DLC_COMPARE(BadShape, CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH)
DLC_COMPARE(NotSupported, CUDNN_STATUS_NOT_SUPPORTED)
DLC_COMPARE(HostAllocFailed, CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED)
DLC_COMPARE(DeviceAllocFailed,
            CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED)
DLC_COMPARE(ExecutionFailed, CUDNN_STATUS_EXECUTION_FAILED)
DLC_COMPARE(Float, CUDNN_DATA_FLOAT)
DLC_COMPARE(Half, CUDNN_DATA_HALF)
DLC_COMPARE(BFloat16, CUDNN_DATA_BFLOAT16)
DLC_COMPARE(Nhwc, CUDNN_TENSOR_NHWC)
DLC_COMPARE(TensorOpMath, CUDNN_TENSOR_OP_MATH)
DLC_COMPARE(FmaMath, CUDNN_FMA_MATH)
DLC_COMPARE(CrossCorrelation, CUDNN_CROSS_CORRELATION)
DLC_COMPARE(Relu, CUDNN_ACTIVATION_RELU)
DLC_COMPARE(Identity, CUDNN_ACTIVATION_IDENTITY)
DLC_COMPARE(PropagateNan, CUDNN_PROPAGATE_NAN)
DLC_COMPARE(ImplicitPrecompGemm,
            CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM)
DLC_COMPARE(DataAlgorithm1, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1)
DLC_COMPARE(FilterAlgorithm1, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1)
#undef DLC_COMPARE

} // namespace
} // namespace dlc::cuda::dnn

#endif

namespace dlc::cuda::dnn {
namespace {

// The machine's own where it has one, else the stand-in.
TEST(CudnnApi, IsWhatTheLibraryExports) {
  auto found = findLibrary(cudnnLibrary());
  std::string path = found ? found->string() : DLC_TEST_CUDNN;
  auto opened = Cudnn::open(path);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_GE((*opened)->call.cudnnGetVersion(), 90000u);
  EXPECT_EQ((*opened)->describe(NotSupported), "CUDNN_STATUS_NOT_SUPPORTED");
  // Once is enough.
  EXPECT_EQ(*Cudnn::open(path), *opened);
}

// Without a GPU, too: what needs none of its functions takes what we say.
TEST(CudnnApi, TakesWhatIsDescribed) {
  auto found = findLibrary(cudnnLibrary());
  auto opened = Cudnn::open(found ? found->string() : DLC_TEST_CUDNN);
  ASSERT_TRUE(opened) << opened.error().message();
  const Functions &call = (*opened)->call;
  Tensor tensor;
  Filter filter;
  Convolution convolution;
  Activation activation;
  EXPECT_EQ(make(tensor, **opened, &Functions::cudnnCreateTensorDescriptor),
            Success);
  EXPECT_EQ(make(filter, **opened, &Functions::cudnnCreateFilterDescriptor),
            Success);
  EXPECT_EQ(
      make(convolution, **opened, &Functions::cudnnCreateConvolutionDescriptor),
      Success);
  EXPECT_EQ(
      make(activation, **opened, &Functions::cudnnCreateActivationDescriptor),
      Success);
  for (DataType type : {Float, Half, BFloat16}) {
    EXPECT_EQ(
        call.cudnnSetTensor4dDescriptor(tensor.get(), Nhwc, type, 5, 8, 9, 10),
        Success);
    EXPECT_EQ(
        call.cudnnSetFilter4dDescriptor(filter.get(), type, Nhwc, 16, 4, 3, 2),
        Success);
  }
  EXPECT_EQ(call.cudnnSetConvolution2dDescriptor(convolution.get(), 1, 0, 2, 1,
                                                 1, 2, CrossCorrelation, Float),
            Success);
  for (MathType math : {TensorOpMath, FmaMath})
    EXPECT_EQ(call.cudnnSetConvolutionMathType(convolution.get(), math),
              Success);
  EXPECT_EQ(call.cudnnSetConvolutionGroupCount(convolution.get(), 2), Success);
  for (ActivationMode mode : {Relu, Identity})
    EXPECT_EQ(call.cudnnSetActivationDescriptor(activation.get(), mode,
                                                PropagateNan, 0),
              Success);
  EXPECT_NE(
      call.cudnnSetTensor4dDescriptor(tensor.get(), Nhwc, Float, 5, -8, 9, 10),
      Success);
}

TEST(CudnnApi, ErrorsSayWhatToDo) {
  auto absent = Cudnn::open("/nowhere/libcudnn.so.9");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().thing, "cuDNN /nowhere/libcudnn.so.9");
  EXPECT_EQ(absent.error().value.find("cannot be opened: "), 0u);
  EXPECT_NE(absent.error().remedy.find("--libraries none"), std::string::npos);
  auto other = Cudnn::open(DLC_TEST_PTX_SIM);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().value, "lacks cudnnGetVersion");
}

} // namespace
} // namespace dlc::cuda::dnn
