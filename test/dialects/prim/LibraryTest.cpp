// What library routines are told about the prims that they compute.
#include "test/dialects/prim/cases/Cases.h"
#include <gtest/gtest.h>

using namespace mlir;

namespace dlc::test {

static std::string print(Attribute attribute) {
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  return text;
}

static const char *const convArguments =
    "%x: tensor<?x5x5x4xf32>, %k: tensor<3x3x2x6xf32>";
static const char *const conv =
    "prim.conv2d %x, %k strides [2, 1] padding [1, 0, 2, 1] dilation [1, 2] "
    "groups 2 : tensor<?x5x5x4xf32>, tensor<3x3x2x6xf32>";

TEST(PrimLibrary, ConvolutionsTellTheirConfiguration) {
  OneOp parsed = parse(convArguments, conv);
  auto op = cast<prim::LibraryOpInterface>(parsed.op);
  EXPECT_EQ(op.getRoutine(), "conv2d");
  EXPECT_EQ(print(op.getConfig()),
            "{dilation = array<i64: 1, 2>, groups = 2 : i64, "
            "padding = [array<i64: 1, 0>, array<i64: 2, 1>], "
            "strides = array<i64: 2, 1>}");
}

TEST(PrimLibrary, PoolsTellTheirConfiguration) {
  OneOp parsed = parse("%x: tensor<?x4x4x2xf32>",
                       "prim.max_pool2d %x window [3, 2] strides [2, 1] "
                       "padding [1, 0, 0, 1] : tensor<?x4x4x2xf32>");
  auto op = cast<prim::LibraryOpInterface>(parsed.op);
  EXPECT_EQ(op.getRoutine(), "max_pool2d");
  EXPECT_EQ(print(op.getConfig()),
            "{padding = [array<i64: 1, 0>, array<i64: 0, 1>], "
            "strides = array<i64: 2, 1>, window = array<i64: 3, 2>}");
}

TEST(PrimLibrary, OthersTellTheirAttributes) {
  OneOp parsed = parse("%x: tensor<?x2xf32>",
                       "prim.pad %x low [0, 1] high [0, 0] interior [0, 2] "
                       ": tensor<?x2xf32>");
  auto op = cast<prim::LibraryOpInterface>(parsed.op);
  EXPECT_EQ(op.getRoutine(), "pad");
  EXPECT_EQ(print(op.getConfig()),
            "{high = array<i64: 0, 0>, interior = array<i64: 0, 2>, "
            "low = array<i64: 0, 1>, value = 0.000000e+00 : f32}");
}

TEST(PrimLibrary, AttentionTellsWhatMayBeAttendedTo) {
  OneOp parsed =
      parse("%q: tensor<?x4x2x3xf32>",
            "prim.attention %q, %q, %q {scale = 0.5 : f32, causal = true} : "
            "tensor<?x4x2x3xf32>, tensor<?x4x2x3xf32>, tensor<?x4x2x3xf32>");
  auto op = cast<prim::LibraryOpInterface>(parsed.op);
  EXPECT_EQ(op.getRoutine(), "attention");
  EXPECT_EQ(print(op.getConfig()),
            "{causal = true, scale = 5.000000e-01 : f32, window = 0 : i64, "
            "zero_empty = false}");
  // Products of queries by keys and of shares by values: 2 heads of 4 by 4.
  EXPECT_EQ(op.getFlops(5), 2.0 * 5 * (2 * 4 * 4) * (3 + 3));
}

// Two for each product: of a dot [n, 3] . [3, 4] there are n * 3 * 4, of the
// convolution, whose y is [n, 2, 4, 6], n * 2 * 4 * 6 * (3 * 3 * 2).
TEST(PrimLibrary, FlopsCountProductsTwice) {
  OneOp dense = parse("%x: tensor<?x3xf32>, %w: tensor<3x4xf32>",
                      "prim.dot %x, %w batch [] x [] contract [1] x [0] "
                      ": tensor<?x3xf32>, tensor<3x4xf32>");
  EXPECT_EQ(cast<prim::LibraryOpInterface>(dense.op).getFlops(5), 2.0 * 5 * 12);
  OneOp batched = parse("%x: tensor<?x3xf32>, %g: tensor<?x4xf32>",
                        "prim.dot %x, %g batch [] x [] contract [0] x [0] "
                        ": tensor<?x3xf32>, tensor<?x4xf32>");
  EXPECT_EQ(cast<prim::LibraryOpInterface>(batched.op).getFlops(5),
            2.0 * 5 * 12);
  OneOp convolution = parse(convArguments, conv);
  EXPECT_EQ(cast<prim::LibraryOpInterface>(convolution.op).getFlops(7),
            2.0 * 7 * 2 * 4 * 6 * 18);
}

} // namespace dlc::test
