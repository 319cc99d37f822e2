// What the text of routines and their stages look like, and what is refused.
#include "compiler/emit/cuda/routines/Routines.h"
#include "test/compiler/emit/cuda/routines/Cases.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>
#include <map>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;
using emit::cuda::KernelText;
using testing::Test;

namespace {

class RoutineText : public Test {
protected:
  RoutineText() {
    context.loadDialect<func::FuncDialect, kernel::KernelDialect>();
  }

  Expected<KernelText> emit(const Case &it) {
    OwningOpRef<ModuleOp> module =
        parseSourceString<ModuleOp>(it.toMlir(), &context);
    Expected<KernelText> text = fail("case", "does not parse");
    if (module)
      module->walk([&](kernel::LibraryOp op) {
        text = emit::cuda::emitRoutine(op, it.maxBatch);
      });
    return text;
  }

  static Case find(const std::string &name) {
    for (Case &it : listCases())
      if (it.name == name)
        return it;
    ADD_FAILURE() << name;
    return {};
  }

  std::string mistake(const Case &it) {
    auto text = emit(it);
    return text ? "" : text.error().message();
  }

  MLIRContext context;
};

} // namespace

TEST_F(RoutineText, IsTheSameEachTime) {
  for (const Case &it : listCases()) {
    auto first = emit(it), second = emit(it);
    ASSERT_TRUE(first && second) << it.name;
    EXPECT_EQ(first->text, second->text);
  }
}

// Kernels with one text share their stages.
TEST_F(RoutineText, DiffersWhereStagesDo) {
  std::map<std::string, KernelText> known;
  for (const Case &it : listCases()) {
    auto text = emit(it);
    ASSERT_TRUE(text);
    auto [entry, isNew] = known.emplace(text->text, *text);
    if (isNew)
      continue;
    ASSERT_EQ(entry->second.stages.size(), text->stages.size());
    for (size_t i = 0; i < text->stages.size(); ++i)
      EXPECT_EQ(entry->second.stages[i].extent.trips,
                text->stages[i].extent.trips)
          << it.name;
  }
  // Both fill their tiles, so that no bound stands in the loops.
  Case small{"a",
             "dot",
             "lhs_batch = array<i64>, rhs_batch = array<i64>, "
             "lhs_contract = array<i64: 1>, rhs_contract = array<i64: 0>",
             {{128, 64}, {64, 128}},
             {128, 128}};
  Case large = small;
  large.operands[0] = {256, 64};
  large.result = {256, 128};
  EXPECT_NE(emit(small)->text, emit(large)->text);
}

TEST_F(RoutineText, StandsAlone) {
  for (const Case &it : listCases()) {
    auto text = emit(it);
    ASSERT_TRUE(text);
    EXPECT_EQ(text->text.find("#include"), std::string::npos);
    EXPECT_EQ(text->text.find("atomic"), std::string::npos);
    for (const artifact::DeviceStage &stage : text->stages) {
      EXPECT_NE(text->text.find(stage.symbol + "("), std::string::npos);
      EXPECT_EQ(stage.sharedBytes != 0,
                text->text.find("tensor::") != std::string::npos);
      EXPECT_LE(stage.threads, 256U);
    }
  }
}

TEST_F(RoutineText, SaysWhatItIsFor) {
  std::string text = emit(find("dense"))->text;
  for (const char *line :
       {"extern \"C\" __global__ void __launch_bounds__(256, 2)\n@NAME@(const "
        "float *__restrict__ lhs, const float *__restrict__ rhs, const float "
        "*__restrict__ bias, float *__restrict__ y, int n) {\n",
        "// dot: [n, 36], [36, 20], [20] -> [n, 20]\n",
        "const float4 added = *reinterpret_cast<const float4 *>(bias + "
        "column);\n",
        "value.x = value.x <= 0.0f ? 0.0f : value.x;\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  EXPECT_NE(emit(find("conv_strided_input_grad"))
                ->text.find("// conv2d_input_grad: [n, 4, 5, 8], [3, 3, 4, 8] "
                            "-> [n, 8, 9, 4]; window 3 x 3, strides 2 x 2, "
                            "padding of 0 and 1 in front\n"),
            std::string::npos);
}

// A long sum with a small result is cut, in one launch; its scratch holds every
// slice of its one tile of 64 x 64.
TEST_F(RoutineText, CutsLongSums) {
  auto text = emit(find("kernel_grad"));
  ASSERT_EQ(text->stages.size(), 1U);
  EXPECT_EQ(text->stages[0].symbol, "@NAME@");
  EXPECT_EQ(text->scratchBytes, int64_t(text->stages[0].gridZ) * 64 * 64 * 4);
  EXPECT_GT(text->stages[0].gridZ, 1U);
  EXPECT_NE(text->text.find("__device__ unsigned int @NAME@_done[1];\n"),
            std::string::npos);
  EXPECT_NE(text->text.find("if (!isLastBlock(&@NAME@_done[tile], "),
            std::string::npos);

  auto square = emit(find("dense_square"));
  EXPECT_EQ(square->scratchBytes, 0);
}

// Halves go to tensor cores as they are: nothing widens them, and results are
// rounded once.
TEST_F(RoutineText, MultipliesHalvesOnTensorCores) {
  for (auto [name, multiply] :
       {std::pair("kernel_grad_bf16", "tensor::multiplyBf16("),
        std::pair("kernel_grad_f16", "tensor::multiplyF16(")}) {
    std::string text = emit(find(name))->text;
    for (const char *part : {multiply, "tensor::copy16(",
                             "tensor::loadTransposed(", "tensor::joinQuads("})
      EXPECT_NE(text.find(part), std::string::npos) << part << text;
    for (const char *widening : {"fromBf16(", "fromF16("})
      EXPECT_EQ(text.find(widening), std::string::npos) << text;
  }
  EXPECT_NE(emit(find("conv_same_bf16"))
                ->text.find("*reinterpret_cast<ushort4 *>(y + offset) = "
                            "toBf16(value);"),
            std::string::npos);
}

// Heads of up to 128 elements are on tensor cores as they are; wider ones are
// widened.
TEST_F(RoutineText, AttendsOnTensorCores) {
  for (auto [name, cores] :
       {std::pair("attention_long_bf16", "HalfCores<attention::Bf16>"),
        std::pair("attention_grad_grouped_f16", "HalfCores<attention::F16>"),
        std::pair("attention_grad_masked_tf32", "FloatCores<false>"),
        std::pair("attention_grouped_tf32x3", "FloatCores<true>")})
    EXPECT_NE(emit(find(name))->text.find(cores), std::string::npos) << name;
  for (const char *name : {"attention_wide_bf16", "attention_small"})
    EXPECT_EQ(emit(find(name))->text.find("tensor::"), std::string::npos);
  EXPECT_EQ(emit(find("attention_grad_long_bf16"))->stages.size(), 2U);
  EXPECT_EQ(emit(find("attention_grad_wide_bf16"))->stages.size(), 3U);
}

// 16 bytes, or as many as neighbours are aligned to.
TEST_F(RoutineText, CopiesHalvesAsWideAsTheyLie) {
  for (auto [name, copy] : {std::pair("conv_wide_bf16", "tensor::copy16("),
                            std::pair("dense_bf16", "tensor::copy8("),
                            std::pair("conv_strides_bf16", "tensor::copy4("),
                            std::pair("dense_odd_bf16", "tensor::copy2(")})
    EXPECT_NE(emit(find(name))->text.find(copy), std::string::npos) << name;
}

TEST_F(RoutineText, TakesManyArraysInATable) {
  auto text = emit(find("concat_many"));
  EXPECT_TRUE(text->stages[0].table);
  EXPECT_NE(text->text.find("@NAME@(void *const *table, int n)"),
            std::string::npos);
  EXPECT_FALSE(emit(find("concat_odd"))->stages[0].table);
}

// Offsets beyond 32 bits are not cut off.
TEST_F(RoutineText, CountsLargeArraysIn64Bits) {
  Case large = find("gather_rows");
  large.operands[0] = {300000000, 8};
  EXPECT_NE(emit(large)->text.find("(long long)row * 8"), std::string::npos);
  EXPECT_EQ(emit(find("gather_rows"))->text.find("long long"),
            std::string::npos);
}

TEST_F(RoutineText, NamesMistakes) {
  Case unknown = find("dense");
  unknown.routine = "fft";
  EXPECT_EQ(mistake(unknown), "kernel \"dense\": calls \"fft\" but CUDA has no "
                              "such routine; compile for host");
  Case shapes = find("dense");
  shapes.result = {-1, 21};
  EXPECT_EQ(mistake(shapes),
            "kernel \"dense\" (dot): has operands [n, 36], [36, 20], [20] and "
            "the result [n, 21] but the product of the operands has another "
            "shape; compile the model again");
  Case config = find("conv_same");
  config.config = "bias = true, strides = array<i64: 1>";
  EXPECT_EQ(mistake(config),
            "kernel \"conv_same\" (conv2d): has no proper \"strides\" in its "
            "configuration but it must be two positive integers; compile the "
            "model again");
  Case types = find("dense");
  types.types = {"bf16", "f32", "f32"};
  EXPECT_EQ(mistake(types),
            "kernel \"dense\" (dot): has operands [n, 36], [36, 20], [20] and "
            "the result [n, 20] but it takes 3 arrays and gives one, all of "
            "float32, of bfloat16 or of float16; compile the model again");
  Case heads = find("attention_grouped_bf16");
  heads.types[1] = "f32";
  EXPECT_EQ(mistake(heads),
            "kernel \"attention_grouped_bf16\" (attention): has operands [n, "
            "66, 4, 17], [n, 5, 2, 17], [n, 5, 2, 9] and the result [n, 66, 4, "
            "9] but attention works on heads [n, t, h, c] and [n, s, k, c] of "
            "one floating-point type, h a multiple of k; compile the model "
            "again");
  Case batch = find("batched_rows");
  batch.result = {6, -1};
  EXPECT_EQ(mistake(batch),
            "kernel \"batched_rows\" (dot): has an array whose later "
            "dimensions vary but only the first dimension may be the batch; "
            "transpose the array first");
  Case padding = find("max_pool2d_two");
  padding.config = "window = array<i64: 2, 2>, strides = array<i64: 2, 2>, "
                   "padding = [array<i64: 0, 2>, array<i64: 0, 0>]";
  padding.result[1] = 5;
  EXPECT_EQ(mistake(padding),
            "kernel \"max_pool2d_two\" (max_pool2d): has operands [n, 8, 6, 8] "
            "and the result [n, 5, 3, 8] but padding is smaller than the "
            "window; compile the model again");
}
