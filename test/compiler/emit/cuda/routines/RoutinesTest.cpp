// The text of routines against the host's routines: same operands, same results
// but for the order of sums.
#include "compiler/emit/cuda/routines/Routines.h"
#include "compiler/attributes/Json.h"
#include "compiler/emit/cuda/kernels/Fused.h"
#include "compiler/emit/cuda/routines/attention/AttentionText.h"
#include "compiler/emit/cuda/routines/product/TensorText.h"
#include "dialects/kernel/Libraries.h"
#include "runtime/core/Half.h"
#include "runtime/host/library/Library.h"
#include "test/compiler/emit/cuda/routines/Cases.h"
#include "test/compiler/emit/cuda/routines/Device.h"
#include "tools/ptx-sim/engine/math/Halves.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <random>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

namespace {

/// The ops of all cases. Each test has a device with the text of its own.
class Routines : public testing::Test {
public:
  static void SetUpTestSuite();
  static void TearDownTestSuite() {
    module = OwningOpRef<ModuleOp>();
    context.reset();
  }

  static std::unique_ptr<Device> makeDevice(const std::vector<Case> &cases);
  static void check(const std::vector<Case> &cases);

  static std::unique_ptr<MLIRContext> context;
  static OwningOpRef<ModuleOp> module;
};

std::unique_ptr<MLIRContext> Routines::context;
OwningOpRef<ModuleOp> Routines::module;

} // namespace

static kernel::LibraryOp findOp(ModuleOp module, const std::string &name) {
  auto func = module.lookupSymbol<func::FuncOp>(name);
  return *func.getOps<kernel::LibraryOp>().begin();
}

static std::string substitute(std::string text, const std::string &name) {
  const std::string mark = "@NAME@";
  for (size_t at; (at = text.find(mark)) != std::string::npos;)
    text.replace(at, mark.size(), name);
  return text;
}

void Routines::SetUpTestSuite() {
  context = std::make_unique<MLIRContext>();
  context->loadDialect<func::FuncDialect, kernel::KernelDialect>();
  std::string ir;
  for (const Case &it : listCases())
    ir += it.toMlir();
  module = parseSourceString<ModuleOp>(ir, context.get());
  ASSERT_TRUE(module);
}

std::unique_ptr<Device> Routines::makeDevice(const std::vector<Case> &cases) {
  std::string text = emit::cuda::getPrelude().str();
  text += emit::cuda::routines::getTensorText();
  text += emit::cuda::routines::getAttentionText();
  text += emit::cuda::routines::getTensorAttentionText();
  for (const Case &it : cases) {
    auto kernel =
        emit::cuda::emitRoutine(findOp(*module, it.name), it.maxBatch);
    if (!kernel) {
      ADD_FAILURE() << kernel.error().message();
      return nullptr;
    }
    text += substitute(kernel->text, it.name) + "\n";
  }
  if (const char *path = std::getenv("DLC_TEST_DUMP"))
    std::ofstream(path) << text;
  return Device::create(text);
}

static DType dtypeOf(Type type) {
  Type element = cast<RankedTensorType>(type).getElementType();
  return element.isF32()         ? DType::F32
         : element.isBF16()      ? DType::BF16
         : element.isF16()       ? DType::F16
         : element.isInteger(32) ? DType::I32
                                 : DType::Bool;
}

static Shape shapeOf(Type type, int64_t n) {
  Shape shape;
  for (int64_t size : cast<RankedTensorType>(type).getShape())
    shape.push_back(ShapedType::isDynamic(size) ? n : size);
  return shape;
}

/// The same numbers as float32, where they are halves.
static Tensor widen(const Tensor &tensor) {
  bool isBf16 = tensor.dtype() == DType::BF16;
  if (!isBf16 && tensor.dtype() != DType::F16)
    return tensor;
  Tensor wide(DType::F32, tensor.shape());
  const uint16_t *bits = tensor.as<uint16_t>().data();
  for (float &value : wide.as<float>()) {
    value = isBf16 ? ptxsim::fromBf16(*bits) : ptxsim::fromF16(*bits);
    ++bits;
  }
  return wide;
}

static Tensor round(const Tensor &wide, DType dtype) {
  if (dtype != DType::BF16 && dtype != DType::F16)
    return wide;
  Tensor tensor(dtype, wide.shape());
  uint16_t *bits = tensor.as<uint16_t>().data();
  for (float value : wide.as<float>())
    *bits++ = dtype == DType::BF16 ? roundToBf16(value) : roundToF16(value);
  return tensor;
}

static Tensor makeOperand(Type type, const Case &it, int64_t n,
                          std::mt19937 &random) {
  DType dtype = dtypeOf(type);
  bool isHalf = dtype == DType::BF16 || dtype == DType::F16;
  Tensor tensor(isHalf ? DType::F32 : dtype, shapeOf(type, n));
  if (tensor.dtype() == DType::F32) {
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (float &value : tensor.as<float>()) {
      value = it.ties ? float(random() % 4) : uniform(random);
      if (it.ties && random() % 50 == 0)
        value = NAN;
    }
  } else if (tensor.dtype() == DType::I32) {
    // Around the rows of a table: some beyond either end.
    const Case::Shape &table =
        it.routine == "scatter_add" ? it.result : it.operands[0];
    int64_t rows = table.empty() || table[0] < 0 ? 9 : table[0];
    for (int32_t &value : tensor.as<int32_t>())
      value = int32_t(int64_t(random() % (2 * rows + 4)) - rows - 2);
  } else {
    for (uint8_t &value : tensor.as<uint8_t>())
      value = random() % 2;
  }
  return round(tensor, dtype);
}

/// What the host's routine gives, whose floats are float32.
static std::vector<Tensor> runOnHost(kernel::LibraryOp op,
                                     std::vector<Tensor> operands, int64_t n) {
  auto library = host::Library::create(1);
  for (Tensor &operand : operands)
    operand = widen(operand);
  std::vector<Tensor> results;
  for (Type type : op->getResultTypes())
    results.push_back(widen(Tensor(dtypeOf(type), shapeOf(type, n))));
  attributes::Json config = attributes::toJson(op.getConfig());
  // JSON has no infinity; the library takes a word for it.
  if (auto value = op.getConfig().getAs<FloatAttr>("value"))
    if (value.getValue().isInfinity())
      config["value"] = value.getValue().isNegative() ? "-inf" : "inf";
  config.erase("precision"); // the host's is always IEEE's
  host::CallSpec spec{
      op.getName().str(), op.getRoutine().str(), config.dump(), {}, {}};
  for (Tensor &operand : operands)
    spec.operands.push_back({operand.dtype(), operand.shape(), operand.data()});
  for (Tensor &result : results)
    spec.results.push_back({result.dtype(), result.shape(), result.data()});
  auto call = library->make(spec);
  if (!call) {
    ADD_FAILURE() << call.error().message();
    return results;
  }
  std::vector<std::byte> scratch((*call)->scratchBytes() + 64);
  auto address = reinterpret_cast<uintptr_t>(scratch.data());
  (*call)->bindScratch(scratch.data() + (64 - address % 64));
  EXPECT_TRUE((*call)->run());
  return results;
}

static std::vector<Tensor>
runOnDevice(Device &device, const emit::cuda::KernelText &kernel,
            const std::string &name, const std::vector<Tensor> &operands,
            TypeRange types, int64_t n, uint64_t seed) {
  std::vector<Tensor> results;
  for (Type type : types)
    results.emplace_back(dtypeOf(type), shapeOf(type, n));
  std::vector<void *> pointers;
  for (const Tensor &operand : operands) {
    pointers.push_back(device.allocate(operand.bytes()));
    std::memcpy(pointers.back(), operand.data(), operand.bytes());
  }
  for (const Tensor &result : results)
    pointers.push_back(device.allocate(result.bytes()));
  if (kernel.scratchBytes)
    pointers.push_back(device.allocate(kernel.scratchBytes));
  for (artifact::DeviceStage stage : kernel.stages) {
    stage.symbol = substitute(stage.symbol, name);
    device.launch(stage, pointers, n, seed);
  }
  for (auto [i, result] : llvm::enumerate(results))
    std::memcpy(result.data(), pointers[operands.size() + i], result.bytes());
  device.freeAll();
  return results;
}

static void expectEqual(const Tensor &actual, const Tensor &expected,
                        double share, const std::string &what) {
  if (actual.dtype() != DType::F32) {
    EXPECT_EQ(std::memcmp(actual.data(), expected.data(), actual.bytes()), 0)
        << what;
    return;
  }
  auto x = actual.as<float>(), y = expected.as<float>();
  for (size_t i = 0; i < x.size(); ++i) {
    if ((std::isnan(x[i]) && std::isnan(y[i])) || x[i] == y[i])
      continue;
    ASSERT_LE(std::abs(x[i] - y[i]), share * (std::abs(y[i]) + 1))
        << what << " element " << i << ": " << x[i] << " but " << y[i];
  }
}

/// Within a share of the norm of what is expected.
static void expectNear(const Tensor &actual, const Tensor &expected,
                       double share, const std::string &what) {
  auto x = actual.as<float>(), y = expected.as<float>();
  double error = 0, norm = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    error += (double(x[i]) - y[i]) * (double(x[i]) - y[i]);
    norm += double(y[i]) * y[i];
  }
  EXPECT_LE(std::sqrt(error), share * std::sqrt(norm) + 1e-6) << what;
}

/// How far products may be off, of the norm: results of halves are rounded.
static double shareOf(const std::string &precision) {
  static const std::map<std::string, double> shares{
      {"tf32", 1e-3}, {"tf32x3", 1e-6}, {"bf16", 4e-3}, {"f16", 5e-4}};
  return shares.at(precision);
}

void Routines::check(const std::vector<Case> &cases) {
  std::unique_ptr<Device> device = makeDevice(cases);
  ASSERT_TRUE(device);
  for (const Case &it : cases) {
    kernel::LibraryOp op = findOp(*module, it.name);
    auto kernel = emit::cuda::emitRoutine(op, it.maxBatch);
    ASSERT_TRUE(kernel);
    Type type = op.getOutput().getType();
    // All but products round but once.
    double ulp = dtypeOf(type) == DType::BF16  ? 8e-3
                 : dtypeOf(type) == DType::F16 ? 1e-3
                                               : 5e-5;
    for (int64_t n : {int64_t(1), it.maxBatch / 2 + 1, it.maxBatch}) {
      // Tensor cores take ptx-sim longer.
      if (!it.precision.empty() && n == it.maxBatch / 2 + 1)
        continue;
      std::mt19937 random(n);
      std::vector<Tensor> operands;
      for (Type type : op.getInputs().getTypes())
        operands.push_back(makeOperand(type, it, n, random));
      std::vector<Tensor> expected = runOnHost(op, operands, n);
      std::vector<Tensor> actual = runOnDevice(
          *device, *kernel, it.name, operands, op->getResultTypes(), n, n);
      std::string what = it.name + " with a batch of " + std::to_string(n);
      for (auto [got, wanted] : llvm::zip_equal(actual, expected))
        if (it.precision.empty())
          expectEqual(widen(got), wanted, ulp, what);
        else
          expectNear(widen(got), wanted, shareOf(it.precision), what);
      // The order in which threads run changes nothing.
      if (n != it.maxBatch)
        continue;
      std::vector<Tensor> again = runOnDevice(
          *device, *kernel, it.name, operands, op->getResultTypes(), n, ~n);
      for (auto [first, second] : llvm::zip_equal(actual, again))
        EXPECT_EQ(std::memcmp(first.data(), second.data(), first.bytes()), 0)
            << it.name;
    }
  }
}

/// What a library is asked for, computed as it says.
static Tensor computeProduct(const artifact::LibraryProduct &product,
                             const std::vector<Tensor> &operands,
                             const Tensor &like, int64_t n) {
  auto evaluate = [&](artifact::Extent extent) {
    return extent.trips * (extent.timesBatch ? n : 1);
  };
  auto place = [](const artifact::LibraryProduct::Matrix &matrix, int64_t part,
                  int64_t row, int64_t column) {
    if (matrix.transposed)
      std::swap(row, column);
    return size_t(part * matrix.stride + row * matrix.leading + column);
  };
  Tensor result(DType::F32, like.shape());
  auto lhs = operands[0].as<float>(), rhs = operands[1].as<float>();
  size_t next = 0;
  for (int64_t part = 0; part < evaluate(product.parts); ++part)
    for (int64_t i = 0; i < evaluate(product.rows); ++i)
      for (int64_t j = 0; j < evaluate(product.columns); ++j) {
        float sum = 0;
        for (int64_t k = 0; k < evaluate(product.depth); ++k)
          sum += lhs[place(product.lhs, part, i, k)] *
                 rhs[place(product.rhs, part, k, j)];
        if (product.bias)
          sum += operands[2].as<float>()[size_t(j)];
        result.as<float>()[next++] = product.relu ? std::max(sum, 0.0F) : sum;
      }
  EXPECT_EQ(next, result.as<float>().size());
  return result;
}

// Every dot that a library is given means the same to it.
TEST_F(Routines, LibraryProducts) {
  int products = 0;
  for (const Case &it : listDots()) {
    kernel::LibraryOp op = findOp(*module, it.name);
    op->setAttr(kernel::libraryKey, StringAttr::get(context.get(), "cublaslt"));
    auto kernel = emit::cuda::emitRoutine(op, it.maxBatch);
    op->removeAttr(kernel::libraryKey);
    if (!kernel) {
      EXPECT_EQ(kernel.error().limit, "cuBLASLt has no such product");
      continue;
    }
    ++products;
    EXPECT_TRUE(kernel->stages.empty());
    EXPECT_GT(kernel->scratchBytes, 0);
    ASSERT_TRUE(kernel->product);
    for (int64_t n : {int64_t(1), it.maxBatch}) {
      std::mt19937 random(n);
      std::vector<Tensor> operands;
      for (Type type : op.getInputs().getTypes())
        operands.push_back(makeOperand(type, it, n, random));
      Tensor expected = runOnHost(op, operands, n)[0];
      expectEqual(computeProduct(*kernel->product, operands, expected, n),
                  expected, 5e-5, it.name);
    }
  }
  EXPECT_GE(products, 5);
}

/// What a library is asked for, computed as it says, on its own kernel.
static void convolve(const artifact::LibraryConvolution &conv, float *x,
                     float *kernel, float *y, int64_t n) {
  using Direction = artifact::LibraryConvolution::Direction;
  const auto &rows = conv.rows, &columns = conv.columns;
  int64_t images = conv.images.trips * (conv.images.timesBatch ? n : 1);
  int64_t channels = conv.channels / conv.groups;
  auto multiply = [&](int64_t image, int64_t h, int64_t w, int64_t p,
                      int64_t q) {
    int64_t row = h * rows.stride + p * rows.dilation - rows.padding;
    int64_t column =
        w * columns.stride + q * columns.dilation - columns.padding;
    if (row < 0 || row >= rows.in || column < 0 || column >= columns.in)
      return;
    float *pixel =
        x + ((image * rows.in + row) * columns.in + column) * conv.channels;
    float *results =
        y + ((image * rows.out + h) * columns.out + w) * conv.filters;
    for (int64_t o = 0; o < conv.filters; ++o)
      for (int64_t c = 0; c < channels; ++c) {
        float &of = pixel[o / (conv.filters / conv.groups) * channels + c];
        float &by =
            kernel[((o * rows.window + p) * columns.window + q) * channels + c];
        if (conv.direction == Direction::Forward)
          results[o] += of * by;
        else if (conv.direction == Direction::InputGrad)
          of += results[o] * by;
        else
          by += of * results[o];
      }
  };
  for (int64_t image = 0; image < images; ++image)
    for (int64_t h = 0; h < rows.out; ++h)
      for (int64_t w = 0; w < columns.out; ++w)
        for (int64_t p = 0; p < rows.window; ++p)
          for (int64_t q = 0; q < columns.window; ++q)
            multiply(image, h, w, p, q);
}

/// A convolution by a library: our stage on the device, before or behind what
/// the library is asked for.
static Tensor runConvolution(Device &device,
                             const emit::cuda::KernelText &kernel,
                             const std::string &name,
                             const std::vector<Tensor> &operands, Type type,
                             int64_t n) {
  using Direction = artifact::LibraryConvolution::Direction;
  const artifact::LibraryConvolution &conv = *kernel.convolution;
  Tensor result(DType::F32, shapeOf(type, n));
  std::vector<void *> pointers;
  for (const Tensor &operand : operands) {
    pointers.push_back(device.allocate(operand.bytes()));
    std::memcpy(pointers.back(), operand.data(), operand.bytes());
  }
  pointers.push_back(device.allocate(result.bytes()));
  pointers.push_back(device.allocate(kernel.scratchBytes));
  std::vector<float *> arrays;
  for (void *pointer : pointers)
    arrays.push_back(static_cast<float *>(pointer));
  float *made = arrays[operands.size()], *turned = arrays.back();
  artifact::DeviceStage stage = kernel.stages[0];
  stage.symbol = substitute(stage.symbol, name);
  size_t size = result.as<float>().size();
  if (conv.direction == Direction::KernelGrad) {
    std::fill_n(turned, size, 0.0F);
    convolve(conv, arrays[0], turned, arrays[1], n);
    device.launch(stage, pointers, n, 1);
  } else {
    device.launch(stage, pointers, n, 1);
    std::fill_n(made, size, 0.0F);
    bool isForward = conv.direction == Direction::Forward;
    convolve(conv, isForward ? arrays[0] : made, turned,
             isForward ? made : arrays[0], n);
  }
  for (size_t i = 0; conv.bias && i < size; ++i) {
    made[i] += arrays[2][i % size_t(conv.filters)];
    made[i] = conv.relu ? std::max(made[i], 0.0F) : made[i];
  }
  std::memcpy(result.data(), made, result.bytes());
  device.freeAll();
  return result;
}

// Every convolution that a library is given means the same to it, and its
// kernel is turned round.
TEST_F(Routines, LibraryConvolutions) {
  std::vector<Case> taken;
  auto giveAway = [&](const Case &it) {
    kernel::LibraryOp op = findOp(*module, it.name);
    op->setAttr(kernel::libraryKey, StringAttr::get(context.get(), "cudnn"));
    return op;
  };
  for (const Case &it : listConvolutions()) {
    kernel::LibraryOp op = giveAway(it);
    if (auto kernel = emit::cuda::emitRoutine(op, it.maxBatch)) {
      taken.push_back(it);
      continue;
    } else {
      EXPECT_EQ(kernel.error().limit, "cuDNN has no such convolution")
          << it.name;
    }
    op->removeAttr(kernel::libraryKey);
  }
  EXPECT_GE(taken.size(), 20u);
  std::unique_ptr<Device> device = makeDevice(taken);
  ASSERT_TRUE(device);
  for (const Case &it : taken) {
    kernel::LibraryOp op = findOp(*module, it.name);
    auto kernel = emit::cuda::emitRoutine(op, it.maxBatch);
    ASSERT_TRUE(kernel && kernel->convolution && kernel->stages.size() == 1);
    op->removeAttr(kernel::libraryKey);
    for (int64_t n : {int64_t(1), it.maxBatch}) {
      std::mt19937 random(n);
      std::vector<Tensor> operands;
      for (Type type : op.getInputs().getTypes())
        operands.push_back(makeOperand(type, it, n, random));
      Tensor expected = runOnHost(op, operands, n)[0];
      Tensor actual = runConvolution(*device, *kernel, it.name, operands,
                                     op->getResult(0).getType(), n);
      expectEqual(actual, expected, 5e-5, it.name);
    }
  }
}

TEST_F(Routines, Dots) { check(listDots()); }
TEST_F(Routines, Convolutions) { check(listConvolutions()); }
TEST_F(Routines, TensorCores) { check(listTensorCases()); }
TEST_F(Routines, Halves) { check(listHalfCases()); }
TEST_F(Routines, Pools) { check(listPools()); }
TEST_F(Routines, Movements) { check(listMovements()); }
TEST_F(Routines, Attention) { check(listAttention()); }
TEST_F(Routines, TensorAttention) { check(listTensorAttention()); }
