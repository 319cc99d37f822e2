// Steps with groups of kernels, planned and run on ptx-sim: states are written
// in place and everything lies where the plan says.
#include "compiler/Passes.h"
#include "compiler/emit/cuda/EmitCuda.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "test/compiler/emit/cuda/routines/Device.h"
#include "test/compiler/emit/host/Evaluate.h"
#include "test/compiler/emit/host/HostCode.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

static constexpr int64_t largestBatch = 40;

namespace {

struct Case {
  const char *name;
  const char *text;
  int groups;
};

using Values = DenseMap<Value, std::shared_ptr<Array>>;

} // namespace

static const Case cases[] = {
#include "test/compiler/emit/cuda/GroupCases.inc"
};

/// What each value of the function is, by the meaning of its kernels.
static void evaluateAll(Block &block, Values &values, int64_t n) {
  for (Operation &op : block) {
    if (auto group = dyn_cast<kernel::GroupOp>(op)) {
      auto copy = [&](Value from, Value to) {
        std::shared_ptr<Array> array = values.at(from);
        values[to] = array;
      };
      for (BlockArgument argument : group.getBody().getArguments())
        copy(group.getOutside(argument), argument);
      evaluateAll(group.getBody().front(), values, n);
      for (OpResult result : group->getResults())
        copy(group.getInside(result), result);
    }
    auto kernel = dyn_cast<kernel::FusedOp>(op);
    if (!kernel)
      continue;
    std::vector<Array> inputs;
    for (Value input : kernel.getInputs())
      inputs.push_back(*values.at(input));
    for (auto [result, array] :
         llvm::zip_equal(kernel.getResults(), evaluate(kernel, inputs, n)))
      values[result] = std::make_shared<Array>(array);
  }
}

namespace {

/// The regions of a planned function on a device.
class Memory {
public:
  Memory(Device &device, ModuleOp module, func::FuncOp func)
      : arena(device.allocate(read(func, "dlc.arena_bytes") + 64)),
        states(device.allocate(read(module, "dlc.state_bytes") + 64)) {}

  void *at(Attribute place) const {
    auto attr = cast<kernel::PlaceAttr>(place);
    char *region = attr.getRegion() == "state" ? static_cast<char *>(states)
                                               : static_cast<char *>(arena);
    return region + attr.getOffset();
  }

  void *at(func::FuncOp func, Value value) const {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return at(func.getArgAttr(argument.getArgNumber(), "dlc.place"));
    auto result = cast<OpResult>(value);
    auto places = result.getOwner()->getAttrOfType<ArrayAttr>("kernel.places");
    return at(places[result.getResultNumber()]);
  }

private:
  static int64_t read(Operation *op, StringRef name) {
    return op->getAttrOfType<IntegerAttr>(name).getInt();
  }

  void *arena, *states;
};

class CudaGroups : public testing::TestWithParam<Case> {};

} // namespace

/// What the function returns after its launches, on a device.
static std::vector<Array> run(Device &device, ModuleOp planned,
                              const emit::cuda::DeviceText &text,
                              const std::vector<Array> &inputs, int64_t n,
                              uint64_t seed) {
  func::FuncOp func = *planned.getOps<func::FuncOp>().begin();
  Memory memory(device, planned, func);
  for (auto [argument, input] : llvm::zip_equal(func.getArguments(), inputs))
    std::memcpy(memory.at(func, argument), input.data(), input.bytes());
  for (Operation &op : func.getBody().front().without_terminator()) {
    std::vector<void *> pointers;
    for (Value operand : op.getOperands())
      pointers.push_back(memory.at(func, operand));
    for (Value result : op.getResults())
      pointers.push_back(memory.at(func, result));
    StringRef name = op.getAttrOfType<StringAttr>("name").getValue();
    for (const artifact::DeviceStage &stage : text.stages.at(name))
      device.launch(stage, pointers, n, seed);
  }
  std::vector<Array> outputs;
  for (Value value : func.getBody().front().getTerminator()->getOperands()) {
    Array &output = outputs.emplace_back(value.getType(), n);
    std::memcpy(output.data(), memory.at(func, value), output.bytes());
  }
  device.freeAll();
  return outputs;
}

static void expectClose(const Array &actual, const Array &expected,
                        const std::string &what) {
  ASSERT_EQ(actual.size(), expected.size());
  for (int64_t i = 0; i < actual.size(); ++i)
    ASSERT_LE(std::abs(actual.get(i) - expected.get(i)),
              2e-5 * (std::abs(expected.get(i)) + 1))
        << what << " element " << i;
}

TEST_P(CudaGroups, MeanWhatTheirMembersSay) {
  auto context = makeContext();
  auto module = parseSourceString<ModuleOp>(GetParam().text, context.get());
  ASSERT_TRUE(module);
  OwningOpRef<ModuleOp> planned = module->clone();
  PassManager passes(context.get());
  passes.addNestedPass<func::FuncOp>(createGroupKernels({largestBatch}));
  passes.addNestedPass<func::FuncOp>(createAssignStates());
  passes.addNestedPass<func::FuncOp>(createScheduleCuda({largestBatch}));
  passes.addPass(createPlanMemory({largestBatch, /*reuse=*/true}));
  ASSERT_TRUE(succeeded(passes.run(*planned)));
  int groups = 0;
  planned->walk([&](kernel::GroupOp) { ++groups; });
  EXPECT_EQ(groups, GetParam().groups);

  auto text = emit::cuda::emitCuda(*planned, largestBatch);
  ASSERT_TRUE(succeeded(text));
  auto device = Device::create(text->text);
  ASSERT_TRUE(device);
  func::FuncOp func = *module->getOps<func::FuncOp>().begin();
  Block &body = func.getBody().front();
  for (int64_t n : {int64_t(1), int64_t(7), largestBatch}) {
    std::mt19937 random(n);
    std::vector<Array> inputs;
    Values values;
    for (BlockArgument argument : func.getArguments()) {
      inputs.emplace_back(argument.getType(), n).randomise(random);
      values[argument] = std::make_shared<Array>(inputs.back());
    }
    evaluateAll(body, values, n);
    std::vector<Array> first = run(*device, *planned, *text, inputs, n, 1);
    std::vector<Array> second = run(*device, *planned, *text, inputs, n, 2);
    for (auto [i, value] :
         llvm::enumerate(body.getTerminator()->getOperands())) {
      std::string what =
          "n = " + std::to_string(n) + " result " + std::to_string(i);
      expectClose(first[i], *values.at(value), what);
      EXPECT_EQ(
          std::memcmp(first[i].data(), second[i].data(), first[i].bytes()), 0)
          << what << " differs in another order";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, CudaGroups, testing::ValuesIn(cases),
                         [](const testing::TestParamInfo<Case> &info) {
                           return std::string(info.param.name);
                         });
