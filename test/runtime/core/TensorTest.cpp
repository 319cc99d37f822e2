// Shapes, element types and the sharing of Tensor.
#include "runtime/core/Tensor.h"

#include <gtest/gtest.h>

namespace {

using namespace dlc;

TEST(DTypeTest, HasNumpysNamesAndSizes) {
  EXPECT_EQ(nameOf(DType::F32), "float32");
  EXPECT_EQ(nameOf(DType::I32), "int32");
  EXPECT_EQ(nameOf(DType::Bool), "bool");
  EXPECT_EQ(sizeOf(DType::F32), 4u);
  EXPECT_EQ(sizeOf(DType::I32), 4u);
  EXPECT_EQ(sizeOf(DType::Bool), 1u);
}

TEST(ShapeTest, PrintsAsAPythonTuple) {
  EXPECT_EQ(formatShape({}), "()");
  EXPECT_EQ(formatShape({3}), "(3,)");
  EXPECT_EQ(formatShape({batchDim, 28, 1}), "(None, 28, 1)");
}

TEST(ShapeTest, CountsElements) {
  EXPECT_EQ(countElements({}), 1);
  EXPECT_EQ(countElements({2, 3, 4}), 24);
  EXPECT_EQ(countElements({2, 0, 4}), 0);
  EXPECT_EQ(countElements({batchDim, 5}, 7), 35);
}

TEST(TensorTest, StartsZeroedAndAligned) {
  for (Shape shape : {Shape{}, Shape{0}, Shape{1000, 3}, Shape{600, 1001}}) {
    Tensor tensor(DType::F32, shape);
    ASSERT_NE(tensor.data(), nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.data()) % 64, 0u);
    EXPECT_EQ(tensor.bytes(), size_t(countElements(shape)) * 4);
    for (float value : tensor.as<float>())
      EXPECT_EQ(value, 0.0f);
  }
}

TEST(TensorTest, EmptyByDefault) {
  Tensor tensor;
  EXPECT_EQ(tensor.size(), 0);
  EXPECT_EQ(tensor.clone().size(), 0);
}

TEST(TensorTest, CopiesShareAndClonesDoNot) {
  Tensor tensor = Tensor::of<int32_t>(DType::I32, {3}, {1, 2, 3});
  Tensor shared = tensor;
  Tensor own = tensor.clone();
  tensor.as<int32_t>()[1] = 9;
  EXPECT_EQ(shared.as<int32_t>()[1], 9);
  EXPECT_EQ(own.as<int32_t>()[1], 2);
  EXPECT_EQ(own.shape(), Shape({3}));
  EXPECT_EQ(own.dtype(), DType::I32);
}

} // namespace
