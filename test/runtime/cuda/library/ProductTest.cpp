// Products by cuBLASLt's stand-in on ptx-sim, beside sums in double: all ways
// to lie in memory, all types, batches of several sizes, alone and in a graph.
#include "test/runtime/cuda/OnSim.h"
#include "test/runtime/cuda/library/Numbers.h"

namespace dlc::cuda::test {
namespace {

using artifact::Extent;
using artifact::LibraryProduct;
using Matrix = LibraryProduct::Matrix;

constexpr int64_t maxBatch = 5;
constexpr Extent samples{1, true};

struct Case {
  const char *name;
  Extent parts, rows, columns, depth;
  Matrix lhs, rhs;
  Shape lhsShape, rhsShape, resultShape;
  bool bias = false, relu = false;
};

/// What a Dense layer's steps are, forward and backward, and products of parts.
const Case cases[] = {
    {"forward",
     {},
     samples,
     {4},
     {6},
     {false, 6},
     {false, 4},
     {batchDim, 6},
     {6, 4},
     {batchDim, 4},
     true,
     true},
    {"bias",
     {},
     {7},
     {4},
     {6},
     {false, 6},
     {false, 4},
     {7, 6},
     {6, 4},
     {7, 4},
     true},
    {"relu",
     {},
     samples,
     {4},
     {6},
     {false, 6},
     {false, 4},
     {batchDim, 6},
     {6, 4},
     {batchDim, 4},
     false,
     true},
    {"input_gradient",
     {},
     samples,
     {6},
     {4},
     {false, 4},
     {true, 4},
     {batchDim, 4},
     {6, 4},
     {batchDim, 6}},
    {"kernel_gradient",
     {},
     {6},
     {4},
     samples,
     {true, 6},
     {false, 4},
     {batchDim, 6},
     {batchDim, 4},
     {6, 4}},
    {"both", {}, {6}, {4}, {9}, {true, 6}, {true, 9}, {9, 6}, {4, 9}, {6, 4}},
    {"parts",
     samples,
     {3},
     {2},
     {5},
     {false, 5, 15},
     {false, 2, 10},
     {batchDim, 3, 5},
     {batchDim, 5, 2},
     {batchDim, 3, 2}},
    // [n, 3, 2, 5] by [n, 4, 2, 5] for each of two heads of one sample.
    {"heads",
     {2},
     {3},
     {4},
     {5},
     {false, 10, 5},
     {true, 10, 5},
     {3, 2, 5},
     {4, 2, 5},
     {2, 3, 4}},
};

size_t placeIn(const Matrix &matrix, int64_t part, int64_t row,
               int64_t column) {
  if (matrix.transposed)
    std::swap(row, column);
  return size_t(part * matrix.stride + row * matrix.leading + column);
}

std::vector<double> multiply(const Case &it, int64_t n,
                             const std::vector<float> &lhs,
                             const std::vector<float> &rhs,
                             const std::vector<float> &bias) {
  std::vector<double> result;
  for (int64_t part = 0; part < evaluate(it.parts, n); ++part)
    for (int64_t i = 0; i < evaluate(it.rows, n); ++i)
      for (int64_t j = 0; j < it.columns.trips; ++j) {
        double sum = 0;
        for (int64_t k = 0; k < evaluate(it.depth, n); ++k)
          sum += double(lhs[placeIn(it.lhs, part, i, k)]) *
                 double(rhs[placeIn(it.rhs, part, k, j)]);
        sum += it.bias ? double(bias[size_t(j)]) : 0;
        result.push_back(it.relu ? std::max(sum, 0.0) : sum);
      }
  return result;
}

class ProductTest : public OnSim {
protected:
  artifact::Artifact make(const Case &it, Compute compute) {
    artifact::Artifact made;
    made.manifest.model = "product";
    made.manifest.maxBatch = maxBatch;
    made.manifest.deviceCode.push_back(
        {"ptx", 80, made.addBlob(bytesOf(tinyPtx))});
    DType type = typeOf(compute);
    ProgramBuilder builder(made, "predict");
    std::vector<uint32_t> operands{builder.arena(type, it.lhsShape),
                                   builder.arena(type, it.rhsShape)};
    if (it.bias)
      operands.push_back(builder.arena(
          type, it.columns.trips > 0 ? Shape{it.columns.trips} : Shape{}));
    uint32_t result = builder.arena(type, it.resultShape);
    uint32_t scratch = builder.arena(DType::Bool, {8192});
    for (uint32_t operand : operands)
      builder.input(artifact::Port::Role::Input, "x" + std::to_string(operand),
                    operand);
    builder.output("y", result);
    builder.library("k0", "dot", "{}", operands, {result});
    builder.finish();
    artifact::Program &program = made.manifest.programs.back();
    program.device = artifact::onCuda;
    program.launches[0].scratch = scratch;
    program.launches[0].product =
        LibraryProduct{LibraryProduct::Library::CublasLt,
                       compute,
                       it.parts,
                       it.rows,
                       it.columns,
                       it.depth,
                       it.lhs,
                       it.rhs,
                       it.bias,
                       it.relu};
    return made;
  }

  static ExecutorOptions options() {
    return {.library = DLC_TEST_PTX_SIM, .cublasLt = DLC_TEST_CUBLASLT};
  }
};

TEST_F(ProductTest, IsTheSumOfProducts) {
  uint64_t calls = 0;
  for (Compute compute :
       {Compute::Ieee, Compute::Tf32, Compute::Bf16, Compute::F16})
    for (const Case &it : cases) {
      artifact::Artifact model = make(it, compute);
      auto valid = artifact::validate(model, it.name);
      ASSERT_TRUE(valid) << valid.error().message();
      auto executor = Executor::create(model, options());
      ASSERT_TRUE(executor) << executor.error().message();
      const artifact::Program &program = model.manifest.programs[0];
      std::mt19937 random(1);
      // A first run, which is no graph, and two that are, in turn.
      for (int64_t n : {5, 2, 5, 2, 1, 5, 1}) {
        std::vector<std::vector<float>> arrays;
        for (const artifact::Port &port : program.inputs) {
          size_t count =
              size_t(countElements(program.buffers[port.buffer].shape, n));
          arrays.push_back(draw(count, compute, random));
          auto place = (*executor)->stageInput(0, port.buffer, 0);
          ASSERT_TRUE(place) << place.error().message();
          pack(arrays.back(), compute, *place);
        }
        arrays.resize(3);
        auto ran = (*executor)->run(0, n, 1);
        ASSERT_TRUE(ran) << it.name << ": " << ran.error().message();
        ++calls;
        auto expected = multiply(it, n, arrays[0], arrays[1], arrays[2]);
        std::vector<std::byte> bytes(expected.size() * sizeOf(typeOf(compute)));
        auto read =
            (*executor)->readBuffer(0, program.outputs[0].buffer, bytes);
        ASSERT_TRUE(read) << it.name << ": " << read.error().message();
        std::vector<float> actual = unpack(bytes, compute);
        for (size_t i = 0; i < expected.size(); ++i)
          ASSERT_NEAR(double(actual[i]), expected[i], toleranceOf(compute))
              << it.name << " element " << i << ", batch " << n;
      }
    }
  // Each a call of the library's; no kernel has run.
  EXPECT_EQ(countSim().libraryCalls, calls);
  EXPECT_EQ(countSim().kernels, 0u);
  EXPECT_EQ(countSim().graphs, 3 * 4 * std::size(cases));
}

TEST_F(ProductTest, SaysWhatItNeeds) {
  artifact::Artifact model = make(cases[0], Compute::Ieee);
  ExecutorOptions elsewhere = options();
  elsewhere.cublasLt = "/nowhere/libcublasLt.so.13";
  auto executor = Executor::create(model, elsewhere);
  ASSERT_FALSE(executor);
  EXPECT_EQ(executor.error().thing,
            "program \"predict\": launch \"k0\" (fc1, fc2): cuBLASLt "
            "/nowhere/libcublasLt.so.13");
  EXPECT_NE(executor.error().remedy.find("--libraries none"),
            std::string::npos);
  // One that needs no library opens none.
  auto other = Executor::create(tiny, elsewhere);
  EXPECT_TRUE(other) << other.error().message();
}

TEST_F(ProductTest, IsRefusedBeforeTheFirstStepWhereThereIsNoAlgorithm) {
  artifact::Artifact model = make(cases[0], Compute::Ieee);
  model.manifest.programs[0].launches[0].product->lhs.leading = 3;
  auto executor = Executor::create(model, options());
  ASSERT_FALSE(executor);
  EXPECT_EQ(executor.error().value, "is not for cuBLASLt 130000 on this GPU: "
                                    "CUBLAS_STATUS_NOT_SUPPORTED");
  EXPECT_NE(executor.error().remedy.find("--libraries none"),
            std::string::npos);
}

// What the stand-in is for: the library would write over what it reads.
TEST_F(ProductTest, IsRefusedWhereTheResultLiesOverAFactor) {
  artifact::Artifact model = make(cases[2], Compute::Ieee);
  artifact::Program &program = model.manifest.programs[0];
  program.buffers[2].offset = program.buffers[0].offset;
  auto executor = Executor::create(model, options());
  ASSERT_TRUE(executor) << executor.error().message();
  for (const artifact::Port &port : program.inputs)
    ASSERT_TRUE((*executor)->stageInput(0, port.buffer, 0));
  auto ran = (*executor)->run(0, 4, 1);
  ASSERT_FALSE(ran);
  EXPECT_NE(ran.error().message().find("CUDA_ERROR_INVALID_VALUE"),
            std::string::npos);
}

} // namespace
} // namespace dlc::cuda::test
