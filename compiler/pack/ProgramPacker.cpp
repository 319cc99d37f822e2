// Arguments become ports, kernels become launches, places become buffers.
#include "compiler/pack/ProgramPacker.h"
#include "compiler/attributes/Json.h"
#include "compiler/emit/host/EmitHost.h"
#include "dialects/kernel/Layers.h"
#include "dialects/kernel/Work.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::artifact;

DType dlc::pack::dtypeOf(Type tensor) {
  Type element = cast<RankedTensorType>(tensor).getElementType();
  if (element.isF32())
    return DType::F32;
  if (element.isBF16())
    return DType::BF16;
  if (element.isF16())
    return DType::F16;
  return element.isInteger(1) ? DType::Bool : DType::I32;
}

Shape dlc::pack::shapeOf(Type tensor) {
  Shape shape;
  for (int64_t size : cast<RankedTensorType>(tensor).getShape())
    shape.push_back(ShapedType::isDynamic(size) ? batchDim : size);
  return shape;
}

static std::vector<std::string> listLayers(Operation *op) {
  llvm::SetVector<StringRef> layers = kernel::findLayers(op->getLoc());
  return {layers.begin(), layers.end()};
}

/// What fusion said about a launch (compiler/fuse/explain/Reasons.h).
static std::vector<std::string> listReasons(Operation *op) {
  std::vector<std::string> reasons;
  if (auto list = op->getAttrOfType<ArrayAttr>("kernel.reasons"))
    for (auto reason : list.getAsRange<StringAttr>())
      reasons.push_back(reason.str());
  return reasons;
}

Program dlc::pack::ProgramPacker::pack() {
  program.name = func.getName().str();
  program.device = device ? onCuda : onHost;
  program.arenaBytes =
      func->getAttrOfType<IntegerAttr>("dlc.arena_bytes").getInt();
  program.maxLiveBytes =
      func->getAttrOfType<IntegerAttr>("dlc.max_live_bytes").getInt();
  addArguments();
  addKernels();
  addOutputs();
  return std::move(program);
}

//===-- Buffers -----------------------------------------------------------===//

uint32_t dlc::pack::ProgramPacker::addBuffer(kernel::PlaceAttr place,
                                             Type type) {
  Buffer buffer;
  buffer.region = place.getRegion() == "state" ? Buffer::Region::State
                                               : Buffer::Region::Arena;
  buffer.offset = place.getOffset();
  buffer.dtype = dtypeOf(type);
  buffer.shape = shapeOf(type);
  program.buffers.push_back(std::move(buffer));
  return program.buffers.size() - 1;
}

uint32_t dlc::pack::ProgramPacker::bufferOf(Value value) {
  auto [entry, isNew] = buffers.try_emplace(value, 0);
  if (!isNew)
    return entry->second;
  kernel::PlaceAttr place;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    place = func.getArgAttrOfType<kernel::PlaceAttr>(argument.getArgNumber(),
                                                     "dlc.place");
  } else {
    auto result = cast<OpResult>(value);
    auto places = result.getOwner()->getAttrOfType<ArrayAttr>("kernel.places");
    place = cast<kernel::PlaceAttr>(places[result.getResultNumber()]);
  }
  return buffers[value] = addBuffer(place, value.getType());
}

//===-- Ports -------------------------------------------------------------===//

void dlc::pack::ProgramPacker::addPort(std::vector<Port> &ports,
                                       Port::Role role, StringRef name,
                                       Value value) {
  ports.push_back({role, name.str(), bufferOf(value)});
}

void dlc::pack::ProgramPacker::addArguments() {
  const std::pair<StringRef, Port::Role> roles[] = {
      {"dlc.input", Port::Role::Input},
      {"dlc.target", Port::Role::Target},
      {"dlc.sample_weight", Port::Role::SampleWeight}};
  for (auto [key, role] : roles)
    for (BlockArgument argument : func.getArguments())
      if (auto name =
              func.getArgAttrOfType<StringAttr>(argument.getArgNumber(), key))
        addPort(program.inputs, role, name, argument);
}

void dlc::pack::ProgramPacker::addOutputs() {
  Operation *exit = func.getBody().front().getTerminator();
  for (auto [i, value] : llvm::enumerate(exit->getOperands()))
    if (auto name = func.getResultAttrOfType<StringAttr>(i, "dlc.output"))
      addPort(program.outputs, Port::Role::Output, name, value);
}

//===-- Launches ----------------------------------------------------------===//

Launch dlc::pack::ProgramPacker::describe(kernel::FusedOp kernel) {
  Launch launch;
  launch.kind = Launch::Kind::Kernel;
  launch.name = kernel.getName().str();
  launch.pattern = stringifyPattern(kernel.getPattern()).str();
  if (!device) {
    auto stages = emit::host::stagesOf(kernel);
    launch.stages.assign(stages.begin(), stages.end());
  }
  return launch;
}

Launch dlc::pack::ProgramPacker::describe(kernel::GroupOp group) {
  Launch launch;
  launch.kind = Launch::Kind::Kernel;
  launch.name = group.getName().str();
  launch.pattern = "group";
  return launch;
}

void dlc::pack::ProgramPacker::addScratch(Operation *kernel, Launch &launch) {
  auto place = kernel->getAttrOfType<kernel::PlaceAttr>("kernel.scratch_place");
  if (!place)
    return;
  auto bytes = RankedTensorType::get({place.getBytes()},
                                     IntegerType::get(kernel->getContext(), 1));
  launch.scratch = addBuffer(place, bytes);
}

void dlc::pack::ProgramPacker::addStream(Operation *kernel, Launch &launch) {
  if (auto stream = kernel->getAttrOfType<IntegerAttr>("kernel.stream"))
    launch.stream = uint32_t(stream.getInt());
  if (auto waits = kernel->getAttrOfType<DenseI64ArrayAttr>("kernel.waits"))
    launch.waits.assign(waits.asArrayRef().begin(), waits.asArrayRef().end());
}

Launch dlc::pack::ProgramPacker::describe(kernel::LibraryOp library) {
  Launch launch;
  launch.kind = Launch::Kind::Library;
  launch.name = library.getName().str();
  launch.pattern = "library";
  launch.routine = library.getRoutine().str();
  launch.config = attributes::toJson(library.getConfig()).dump();
  return launch;
}

/// Of the routine's name, for that is most of its work.
Launch dlc::pack::ProgramPacker::describe(kernel::ChainOp chain) {
  Launch launch = describe(chain.getCall());
  launch.name = chain.getName().str();
  return launch;
}

void dlc::pack::ProgramPacker::addKernels() {
  for (Operation &op : func.getBody().front().without_terminator()) {
    if (isa<kernel::ViewOp>(op))
      continue;
    Launch launch = TypeSwitch<Operation *, Launch>(&op)
                        .Case<kernel::FusedOp, kernel::GroupOp,
                              kernel::LibraryOp, kernel::ChainOp>(
                            [&](auto launch) { return describe(launch); });
    launch.flops = kernel::countFlops(&op, maxBatch);
    launch.layers = listLayers(&op);
    launch.reasons = listReasons(&op);
    addScratch(&op, launch);
    if (device) {
      launch.deviceStages = device->stages.at(launch.name);
      if (auto found = device->products.find(launch.name);
          found != device->products.end())
        launch.product = found->second;
      if (auto found = device->convolutions.find(launch.name);
          found != device->convolutions.end())
        launch.convolution = found->second;
      addStream(&op, launch);
    }
    for (Value operand : op.getOperands())
      launch.operands.push_back(bufferOf(operand));
    for (Value result : op.getResults())
      launch.results.push_back(bufferOf(result));
    program.launches.push_back(std::move(launch));
  }
}
