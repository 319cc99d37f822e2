// A routine and the kernel behind it as one launch on ptx-sim, against both by
// themselves: the routine on the host, the kernel as it is meant.
#include "compiler/Passes.h"
#include "compiler/attributes/Json.h"
#include "compiler/emit/cuda/EmitCuda.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "runtime/core/Half.h"
#include "runtime/host/library/Library.h"
#include "test/compiler/emit/cuda/routines/Device.h"
#include "test/compiler/fuse/EvaluateKernels.h"
#include "tools/ptx-sim/engine/math/Halves.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

namespace {

struct Case {
  const char *name;
  const char *text;
  int64_t maxBatch;
};

} // namespace

static const Case cases[] = {
#include "test/compiler/emit/cuda/chains/Cases.inc"
};

//===-- Arrays ------------------------------------------------------------===//

static Tensor makeTensor(Type type, int64_t n) {
  auto tensor = cast<RankedTensorType>(type);
  Shape shape;
  for (int64_t size : tensor.getShape())
    shape.push_back(ShapedType::isDynamic(size) ? n : size);
  Type element = tensor.getElementType();
  return Tensor(element.isF32()         ? DType::F32
                : element.isBF16()      ? DType::BF16
                : element.isF16()       ? DType::F16
                : element.isInteger(32) ? DType::I32
                                        : DType::Bool,
                shape);
}

static Tensor toTensor(const Array &array, Type type, int64_t n) {
  Tensor tensor = makeTensor(type, n);
  for (size_t i = 0; i < array.data.size(); ++i) {
    if (tensor.dtype() == DType::F32)
      tensor.as<float>()[i] = float(array.data[i]);
    else if (tensor.dtype() == DType::BF16)
      tensor.as<uint16_t>()[i] = roundToBf16(float(array.data[i]));
    else if (tensor.dtype() == DType::F16)
      tensor.as<uint16_t>()[i] = roundToF16(float(array.data[i]));
    else if (tensor.dtype() == DType::I32)
      tensor.as<int32_t>()[i] = int32_t(array.data[i]);
    else
      tensor.as<uint8_t>()[i] = uint8_t(array.data[i]);
  }
  return tensor;
}

static double readElement(const Tensor &tensor, int64_t i) {
  switch (tensor.dtype()) {
  case DType::F32:
    return tensor.as<float>()[i];
  case DType::BF16:
    return ptxsim::fromBf16(tensor.as<uint16_t>()[i]);
  case DType::F16:
    return ptxsim::fromF16(tensor.as<uint16_t>()[i]);
  case DType::I32:
    return tensor.as<int32_t>()[i];
  case DType::Bool:
    return tensor.as<uint8_t>()[i];
  }
  return NAN;
}

static Array toArray(const Tensor &tensor) {
  Array array{{tensor.shape().begin(), tensor.shape().end()}, {}};
  for (int64_t i = 0; i < count(array.shape); ++i)
    array.data.push_back(readElement(tensor, i));
  return array;
}

static bool isHalf(Type type) {
  Type element = cast<RankedTensorType>(type).getElementType();
  return element.isBF16() || element.isF16();
}

/// The type that the host's routine takes in its place.
static Type widen(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return isHalf(type) ? tensor.clone(Float32Type::get(type.getContext()))
                      : tensor;
}

static Array makeInput(Type type, int64_t n, std::mt19937 &random) {
  Array array = toArray(makeTensor(type, n));
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (double &value : array.data) {
    if (cast<RankedTensorType>(widen(type)).getElementType().isF32())
      value = uniform(random);
    else
      value = random() % 2;
  }
  return toArray(toTensor(array, type, n));
}

/// The host's routine.
static FailureOr<Array> runOnHost(kernel::LibraryOp call,
                                  ArrayRef<Array> inputs, int64_t n) {
  auto library = host::Library::create(1);
  std::vector<Tensor> operands;
  for (auto [type, input] :
       llvm::zip_equal(call.getInputs().getTypes(), inputs))
    operands.push_back(toTensor(input, widen(type), n));
  Type type = call.getOutput().getType();
  Tensor result = makeTensor(widen(type), n);
  host::CallSpec spec{call.getName().str(),
                      call.getRoutine().str(),
                      attributes::toJson(call.getConfig()).dump(),
                      {},
                      {}};
  for (Tensor &operand : operands)
    spec.operands.push_back({operand.dtype(), operand.shape(), operand.data()});
  spec.results.push_back({result.dtype(), result.shape(), result.data()});
  auto made = library->make(spec);
  if (!made)
    return call.emitError() << made.error().message();
  std::vector<std::byte> scratch((*made)->scratchBytes() + 64);
  auto address = reinterpret_cast<uintptr_t>(scratch.data());
  (*made)->bindScratch(scratch.data() + (64 - address % 64));
  EXPECT_TRUE((*made)->run());
  return toArray(toTensor(toArray(result), type, n));
}

//===-- Running -----------------------------------------------------------===//

namespace {

class CudaChains : public testing::TestWithParam<Case> {
protected:
  CudaChains() {
    context.loadDialect<arith::ArithDialect, func::FuncDialect,
                        kernel::KernelDialect, math::MathDialect>();
    separate = parseSourceString<ModuleOp>(GetParam().text, &context);
  }

  void check(const char *precision);

  /// The one chain that the pass makes of the case's function.
  kernel::ChainOp makeChain(const char *precision) {
    chained = separate->clone();
    PassManager pm(&context);
    ChoosePrecisionOptions choice;
    choice.precision = precision;
    pm.addNestedPass<func::FuncOp>(createChoosePrecision(choice));
    pm.addNestedPass<func::FuncOp>(createChainKernels());
    EXPECT_TRUE(succeeded(pm.run(*chained)));
    auto chains =
        llvm::to_vector(getFunction(*chained).getOps<kernel::ChainOp>());
    EXPECT_EQ(chains.size(), 1u);
    return chains.empty() ? kernel::ChainOp() : chains[0];
  }

  static func::FuncOp getFunction(ModuleOp module) {
    return *module.getOps<func::FuncOp>().begin();
  }

  /// Outputs of the chain, whose inputs are the function's arguments and views
  /// of them; memory that it is to write is full of NaN.
  std::vector<Tensor> run(Device &device, kernel::ChainOp chain,
                          const emit::cuda::KernelText &text,
                          ArrayRef<Array> inputs, int64_t n, uint64_t seed) {
    std::vector<void *> pointers;
    auto allocate = [&](const Tensor &tensor) {
      pointers.push_back(device.allocate(tensor.bytes()));
      return pointers.back();
    };
    for (Value input : chain.getInputs()) {
      Value argument = input;
      while (auto view = argument.getDefiningOp<kernel::ViewOp>())
        argument = view.getX();
      Tensor tensor =
          toTensor(inputs[cast<BlockArgument>(argument).getArgNumber()],
                   argument.getType(), n);
      std::memcpy(allocate(tensor), tensor.data(), tensor.bytes());
    }
    std::vector<Tensor> outputs;
    for (Type type : chain.getOutputs().getTypes())
      allocate(outputs.emplace_back(makeTensor(type, n)));
    if (text.scratchBytes != 0)
      pointers.push_back(device.allocate(text.scratchBytes));
    EXPECT_EQ(text.stages.size(), 1u);
    artifact::DeviceStage stage = text.stages[0];
    stage.symbol = "chain";
    // Twice: counters must be zero again.
    device.launch(stage, pointers, n, seed);
    device.launch(stage, pointers, n, seed + 1);
    for (auto [i, output] : llvm::enumerate(outputs))
      std::memcpy(output.data(), pointers[chain.getInputs().size() + i],
                  output.bytes());
    device.freeAll();
    return outputs;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> separate, chained;
};

} // namespace

static void expectClose(const Array &actual, const Array &expected,
                        double share, const std::string &what) {
  ASSERT_EQ(actual.shape, expected.shape) << what;
  for (size_t i = 0; i < actual.data.size(); ++i) {
    double x = actual.data[i], y = expected.data[i];
    ASSERT_LE(std::abs(x - y), share * (std::abs(y) + 1))
        << what << " element " << i << ": " << x << " but " << y;
  }
}

void CudaChains::check(const char *precision) {
  ASSERT_TRUE(separate);
  kernel::ChainOp chain = makeChain(precision);
  ASSERT_TRUE(chain);
  int64_t maxBatch = GetParam().maxBatch;
  auto text = emit::cuda::emitCuda(*chained, maxBatch);
  ASSERT_TRUE(succeeded(text));
  auto one = emit::cuda::emitKernel(chain, maxBatch);
  ASSERT_TRUE(succeeded(one));
  std::string named = text->text;
  std::string symbol = text->stages.at(chain.getName())[0].symbol;
  for (size_t at; (at = named.find(symbol)) != std::string::npos;)
    named.replace(at, symbol.size(), "chain");
  auto device = Device::create(named);
  ASSERT_TRUE(device);

  // A bf16 has 8 bits, and an f16 11.
  double share = llvm::any_of(getFunction(*separate).getArgumentTypes(), isHalf)
                     ? 8e-3
                     : 5e-5;
  for (int64_t n : {int64_t(1), int64_t(5), std::min<int64_t>(maxBatch, 40)}) {
    std::mt19937 random(n);
    std::vector<Array> inputs;
    for (Type type : getFunction(*separate).getArgumentTypes())
      inputs.push_back(makeInput(type, n, random));
    auto expected =
        evaluateKernels(getFunction(*separate), inputs, n, runOnHost);
    ASSERT_TRUE(succeeded(expected));
    std::vector<Tensor> first = run(*device, chain, *one, inputs, n, 1);
    // The function returns the chain's outputs, perhaps as views, in any order.
    Operation *exit = getFunction(*chained).getBody().front().getTerminator();
    for (auto [i, value] : llvm::enumerate(exit->getOperands())) {
      Value result = value;
      while (auto view = result.getDefiningOp<kernel::ViewOp>())
        result = view.getX();
      Array actual = toArray(first[cast<OpResult>(result).getResultNumber()]);
      actual.shape = (*expected)[i].shape;
      expectClose(actual, (*expected)[i], share,
                  "n = " + std::to_string(n) + " result " + std::to_string(i));
    }
    // Threads and blocks in another order give the same bits.
    std::vector<Tensor> second = run(*device, chain, *one, inputs, n, 7);
    for (size_t i = 0; i < first.size(); ++i)
      EXPECT_EQ(
          std::memcmp(first[i].data(), second[i].data(), first[i].bytes()), 0);
  }
}

TEST_P(CudaChains, MeanWhatTheirPartsMean) { check("ieee"); }

using CudaTensorChains = CudaChains;

// The same elements are handed on, to the same threads in another order.
TEST_P(CudaTensorChains, MeanWhatTheirPartsMean) { check("tf32x3"); }

/// Those that begin with a product.
static std::vector<Case> listProducts() {
  std::vector<Case> products;
  for (const Case &it : cases) {
    llvm::StringRef text(it.text);
    bool isProduct = text.contains("\"dot\"") || text.contains("\"conv2d");
    if (isProduct && !llvm::StringRef(it.name).starts_with("depthwise"))
      products.push_back(it);
  }
  return products;
}

static std::string nameCase(const testing::TestParamInfo<Case> &info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Cases, CudaChains, testing::ValuesIn(cases), nameCase);
INSTANTIATE_TEST_SUITE_P(Cases, CudaTensorChains,
                         testing::ValuesIn(listProducts()), nameCase);
