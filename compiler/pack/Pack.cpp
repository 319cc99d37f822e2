// Reads the planned module; every number in the manifest stands in the IR.
#include "compiler/pack/Pack.h"
#include "compiler/pack/ProgramPacker.h"
#include "runtime/artifact/ArtifactFile.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::artifact;

/// "seed" and "step" are the runtime's; what training adds says its kind.
static State::Role roleOf(func::FuncOp func, unsigned argument,
                          StringRef name) {
  auto kind = func.getArgAttrOfType<StringAttr>(argument, "dlc.kind");
  if (kind && kind == "optimizer")
    return State::Role::Optimizer;
  if (kind && kind == "metric")
    return State::Role::Metric;
  if (kind || name == "seed" || name == "step")
    return State::Role::Control;
  return State::Role::Weight;
}

/// A constant array of the model.
static Tensor copyArray(const State &state, DenseElementsAttr array) {
  Tensor tensor(state.dtype, state.shape);
  if (state.dtype == DType::F32)
    llvm::copy(array.getValues<float>(), tensor.as<float>().begin());
  else
    llvm::copy(array.getValues<int32_t>(), tensor.as<int32_t>().begin());
  return tensor;
}

namespace {

class Packer {
public:
  explicit Packer(const pack::PackInput &input)
      : input(input), module(input.host ? input.host : input.cuda) {}

  Expected<Artifact> run() {
    if (auto added = addPlan(); !added)
      return dlc::Unexpected(added.error());
    Manifest &manifest = artifact.manifest;
    for (const emit::cuda::DeviceImage &image : input.images)
      manifest.deviceCode.push_back({image.target, image.computeCapability,
                                     addText(image.image), image.usage});
    for (const emit::host::Object &object : input.objects)
      manifest.hostCode.push_back(
          {object.cpu, object.features, artifact.addBlob(object.sharedObject)});
    manifest.kerasConfig = addText(input.kerasConfig);
    manifest.kerasMetadata = addText(input.kerasMetadata);
    if (!input.kerasLegacy.empty())
      manifest.kerasLegacy = addText(input.kerasLegacy);
    if (auto valid = validate(artifact, input.modelName); !valid)
      return dlc::Unexpected(valid.error());
    return std::move(artifact);
  }

  /// Without first values no state can fail.
  Manifest describe() {
    (void)addPlan();
    return std::move(artifact.manifest);
  }

private:
  /// All that stands in the IR, and first values.
  Expected<void> addPlan() {
    Manifest &manifest = artifact.manifest;
    manifest.model = input.modelName;
    manifest.producer = "dlc 0.1.0";
    manifest.maxBatch = integer("dlc.max_batch");
    manifest.stepsPerLaunch = input.stepsPerLaunch;
    manifest.stateBytes = integer("dlc.state_bytes");
    for (auto func : module.getOps<func::FuncOp>())
      if (auto added = addStates(func); !added)
        return added;
    for (auto func : module.getOps<func::FuncOp>())
      addTargets(func);
    addPrograms(input.host, nullptr);
    addPrograms(input.cuda, input.device);
    addMetrics();
    return {};
  }

  int64_t integer(StringRef key) {
    return module->getAttrOfType<IntegerAttr>(key).getInt();
  }

  BlobId addText(const std::string &text) {
    if (text.empty())
      return none;
    auto bytes = std::as_bytes(std::span(text));
    return artifact.addBlob(std::vector(bytes.begin(), bytes.end()));
  }

  Expected<void> addStates(func::FuncOp func) {
    for (BlockArgument argument : func.getArguments()) {
      unsigned index = argument.getArgNumber();
      auto name = func.getArgAttrOfType<StringAttr>(index, "dlc.state");
      if (!name)
        continue;
      bool trainable = bool(func.getArgAttr(index, "dlc.trainable"));
      auto [entry, isNew] =
          known.try_emplace(name, artifact.manifest.states.size());
      if (!isNew) {
        artifact.manifest.states[entry->second].trainable |= trainable;
        continue;
      }
      State state;
      state.name = name.str();
      state.role = roleOf(func, index, name);
      state.dtype = pack::dtypeOf(argument.getType());
      state.shape = pack::shapeOf(argument.getType());
      state.trainable = trainable;
      state.offset =
          func.getArgAttrOfType<kernel::PlaceAttr>(index, "dlc.place")
              .getOffset();
      if (auto h5 = func.getArgAttrOfType<StringAttr>(index, "dlc.h5"))
        state.h5Path = h5.str();
      if (auto copies =
              func.getArgAttrOfType<ArrayAttr>(index, "dlc.h5_copies"))
        for (StringRef copy : copies.getAsValueRange<StringAttr>())
          state.h5Copies.push_back(copy.str());
      if (auto direction =
              func.getArgAttrOfType<StringAttr>(index, "dlc.direction"))
        directions[name] = direction.str();
      auto filled = fill(state, func.getArgAttr(index, "dlc.initial"));
      if (!filled)
        return filled;
      artifact.manifest.states.push_back(std::move(state));
    }
    return {};
  }

  /// The value from the model's file or initializer, else the constant: one
  /// number, or one for each element.
  Expected<void> fill(State &state, Attribute constant) {
    if (!input.initial)
      return {};
    Expected<std::optional<Tensor>> value = input.initial(state);
    if (!value)
      return dlc::Unexpected(value.error());
    Tensor tensor;
    auto number = dyn_cast_or_null<FloatAttr>(constant);
    if (*value)
      tensor = std::move(**value);
    else if (number && state.dtype == DType::F32)
      tensor = Tensor::of<float>(DType::F32, state.shape,
                                 {float(number.getValueAsDouble())});
    else if (auto array = dyn_cast_or_null<DenseElementsAttr>(constant))
      tensor = copyArray(state, array);
    else
      return {};
    state.initial = artifact.addBlob(artifact::Blob(tensor));
    return {};
  }

  void addPrograms(ModuleOp planned, const emit::cuda::DeviceText *device) {
    if (!planned)
      return;
    Manifest &manifest = artifact.manifest;
    for (auto func : planned.getOps<func::FuncOp>())
      manifest.programs.push_back(
          pack::ProgramPacker(func, manifest.maxBatch, device).pack());
  }

  /// Every function that has a loss has all of the targets.
  void addTargets(func::FuncOp func) {
    if (!artifact.manifest.targets.empty())
      return;
    for (BlockArgument argument : func.getArguments()) {
      unsigned index = argument.getArgNumber();
      auto output = func.getArgAttrOfType<StringAttr>(index, "dlc.target");
      if (!output)
        continue;
      auto classes = func.getArgAttrOfType<IntegerAttr>(index, "dlc.classes");
      auto loss = func.getArgAttrOfType<StringAttr>(index, "dlc.loss_class");
      artifact.manifest.targets.push_back({output.str(),
                                           classes ? classes.getInt() : 0,
                                           loss ? loss.str() : ""});
    }
  }

  /// A metric is a pair of states: metrics/NAME/total and metrics/NAME/count.
  void addMetrics() {
    for (auto [i, state] : llvm::enumerate(artifact.manifest.states)) {
      StringRef name = state.name;
      if (state.role != State::Role::Metric ||
          !name.consume_front("metrics/") || !name.consume_back("/total"))
        continue;
      auto count = known.find(("metrics/" + name + "/count").str());
      artifact.manifest.metrics.push_back({name.str(), uint32_t(i),
                                           uint32_t(count->second),
                                           directions.lookup(state.name)});
    }
  }

  const pack::PackInput &input;
  ModuleOp module;
  Artifact artifact;
  llvm::StringMap<size_t> known;           // state name to index
  llvm::StringMap<std::string> directions; // of metrics, by their totals
};

} // namespace

Expected<Artifact> dlc::pack::pack(const PackInput &input) {
  return Packer(input).run();
}

Manifest dlc::pack::describe(const PackInput &input) {
  return Packer(input).describe();
}
