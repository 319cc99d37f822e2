// Runs the phases over a model and packs what comes out.
#include "compiler/Compile.h"
#include "compiler/Graph.h"
#include "compiler/KernelTexts.h"
#include "compiler/Pipeline.h"
#include "compiler/Summary.h"
#include "compiler/Targets.h"
#include "compiler/build/Model.h"
#include "compiler/build/graph/Materialize.h"
#include "compiler/emit/cuda/EmitCuda.h"
#include "compiler/emit/cuda/device/Cache.h"
#include "compiler/emit/cuda/device/CompileDevice.h"
#include "compiler/emit/host/CpuLevel.h"
#include "compiler/expand/Initialize.h"
#include "compiler/import/DataNotes.h"
#include "compiler/import/Diagnostics.h"
#include "compiler/import/DtypePolicy.h"
#include "compiler/import/Import.h"
#include "compiler/import/InputShapes.h"
#include "compiler/import/Plugins.h"
#include "compiler/import/training/CompileOps.h"
#include "compiler/pack/Pack.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/layer/Layer.h"
#include "dialects/prim/Prim.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "runtime/keras/SaveModel.h"

#include <fmt/format.h>
#include <fstream>

using namespace mlir;
using namespace dlc;

/// Sets a variable to the value of an expression, or returns its error.
#define DLC_TRY(variable, expression)                                          \
  if (auto value = (expression); value)                                        \
    variable = std::move(*value);                                              \
  else                                                                         \
    return dlc::Unexpected(value.error())

namespace {

/// A model on its way through the phases, with the context that owns its IR.
class Compilation {
public:
  Compilation(std::filesystem::path file, CompileOptions compileOptions)
      : file(std::move(file)), options(std::move(compileOptions)) {
    context.loadDialect<layer::LayerDialect, prim::PrimDialect,
                        kernel::KernelDialect, func::FuncDialect,
                        arith::ArithDialect, math::MathDialect>();
  }

  Expected<void> read() {
    if (auto checked = checkBatch(); !checked)
      return checked;
    auto read = importer::readModel(context, file, options);
    if (!read)
      return dlc::Unexpected(read.error());
    model = std::move(*read);
    if (options.onNote)
      for (const std::string &note : model.notes)
        options.onNote(note);
    auto main = layer::findMainModel(*model.module);
    modelName =
        succeeded(main) ? main->getSymName().str() : file.stem().string();
    return checkInputs();
  }

  /// A built model instead of a file; contexts share no IR, so it comes as
  /// text.
  Expected<void> take(build::Source source) {
    if (auto checked = checkBatch(); !checked)
      return checked;
    if (auto loaded = importer::loadPlugins(context, options.plugins); !loaded)
      return loaded;
    std::string name = file.string();
    auto read = importer::readLayerText(
        context, importer::printModel(*source.module, ""), name, options);
    if (!read)
      return dlc::Unexpected(read.error());
    model = std::move(*read);
    if (auto done =
            importer::applyDtypePolicy(model, options.dtypePolicy, name);
        !done)
      return done;
    model.weights = std::move(source.weights);
    if (!source.metadata.empty())
      model.metadataJson = std::move(source.metadata);
    modelName = name;
    if (options.onNote)
      for (const std::string &note : source.notes)
        options.onNote(note);
    return checkInputs();
  }

  Expected<void> runTo(StringRef phase, Device device = Device::Host) {
    // Before expansion forgets the layers, and training what it was told.
    collectInitialWeights();
    stepsPerLaunch = importer::readStepsPerExecution(*model.module);
    importer::DiagnosticCatcher diagnostics(&context);
    PassManager pm(&context);
    buildPipeline(pm, options, phase, device);
    if (failed(pm.run(*model.module)))
      return diagnostics.error(file.string());
    return {};
  }

  /// A copy of the fused module, planned for a device.
  Expected<OwningOpRef<ModuleOp>> plan(Device device) {
    OwningOpRef<ModuleOp> planned = (*model.module).clone();
    importer::DiagnosticCatcher diagnostics(&context);
    PassManager pm(&context);
    buildPlan(pm, options, device);
    if (failed(pm.run(*planned)))
      return diagnostics.error(file.string());
    return planned;
  }

  Expected<std::vector<emit::host::Object>> emitHost(ModuleOp planned,
                                                     std::string *text) {
    std::vector<std::string> cpus = options.cpus;
    if (cpus.empty() && options.forThisCpu)
      cpus = {emit::host::findBestLevel()};
    else if (cpus.empty())
      cpus = {"x86-64-v3", "x86-64-v4"};
    importer::DiagnosticCatcher diagnostics(&context);
    auto objects = emit::host::emitHost(planned, cpus, text);
    if (failed(objects))
      return diagnostics.error(file.string());
    return std::move(*objects);
  }

  Expected<emit::cuda::DeviceText> emitCuda(ModuleOp planned) {
    importer::DiagnosticCatcher diagnostics(&context);
    auto text = emit::cuda::emitCuda(planned, options.batch);
    if (failed(text))
      return diagnostics.error(file.string());
    return std::move(*text);
  }

  Expected<std::vector<emit::cuda::DeviceImage>>
  compileCuda(const emit::cuda::DeviceText &device,
              const std::vector<int> &capabilities) {
    return emit::cuda::compileDevice(
        device.text, capabilities,
        options.cacheDir.value_or(emit::cuda::Cache::defaultFolder()));
  }

  /// All that comes after fusion, for each target.
  Expected<artifact::Artifact> finish(const Targets &targets) {
    pack::PackInput input;
    OwningOpRef<ModuleOp> host, cuda;
    std::vector<emit::host::Object> objects;
    emit::cuda::DeviceText device;
    std::vector<emit::cuda::DeviceImage> images;
    if (targets.host) {
      DLC_TRY(host, plan(Device::Host));
      DLC_TRY(objects, emitHost(*host, nullptr));
    }
    if (targets.cuda) {
      DLC_TRY(cuda, plan(Device::Cuda));
      DLC_TRY(device, emitCuda(*cuda));
      DLC_TRY(images, compileCuda(device, targets.capabilities));
    }
    if (host)
      input.host = *host;
    if (cuda)
      input.cuda = *cuda;
    input.modelName = modelName;
    input.stepsPerLaunch = stepsPerLaunch;
    input.objects = objects;
    input.device = &device;
    input.images = images;
    input.initial = [&](const artifact::State &state) {
      return findInitial(state);
    };
    input.kerasConfig = model.configJson;
    input.kerasMetadata = model.metadataJson;
    input.kerasLegacy = keras::printLayout(model.legacy);
    return pack::pack(input);
  }

  /// What can be known of the fused module without code for it.
  Expected<Plan> describePlan(Device device) {
    pack::PackInput input;
    OwningOpRef<ModuleOp> planned;
    emit::cuda::DeviceText text;
    DLC_TRY(planned, plan(device));
    if (device == Device::Cuda) {
      DLC_TRY(text, emitCuda(*planned));
      input.cuda = *planned;
      input.device = &text;
    } else {
      input.host = *planned;
    }
    input.modelName = modelName;
    input.stepsPerLaunch = stepsPerLaunch;
    Plan described{pack::describe(input), {}};
    if (options.explain)
      described.texts = printKernels(*planned, device, options.batch);
    return described;
  }

  Expected<std::string> printLlvm() {
    std::string text;
    if (auto objects = emitHost(*model.module, &text); !objects)
      return dlc::Unexpected(objects.error());
    return text;
  }

  Expected<std::string> printCuda() {
    auto device = emitCuda(*model.module);
    if (!device)
      return dlc::Unexpected(device.error());
    return std::move(device->text);
  }

  /// One text for all GPUs; machine code for the given ones has to follow.
  Expected<std::string> printPtx(const std::vector<int> &capabilities) {
    auto device = emitCuda(*model.module);
    if (!device)
      return dlc::Unexpected(device.error());
    auto images = compileCuda(*device, capabilities);
    if (!images)
      return dlc::Unexpected(images.error());
    return std::move(images->front().image);
  }

  std::string print() {
    std::string text;
    llvm::raw_string_ostream os(text);
    model.module->print(os);
    return text;
  }

  std::filesystem::path file;
  CompileOptions options;
  MLIRContext context;
  importer::Model model;
  std::string modelName;

private:
  Expected<void> checkBatch() const {
    if (options.batch < 1)
      return fail("batch", fmt::format("is {}", options.batch),
                  "a batch holds at least one sample",
                  "give --batch 1 or more");
    return {};
  }

  Expected<void> checkInputs() {
    importer::DiagnosticCatcher diagnostics(&context);
    auto main = layer::findMainModel(*model.module);
    if (failed(main))
      return diagnostics.error(file.string());
    return importer::checkInputShapes(*main, options.inputShapes);
  }

  void collectInitialWeights() {
    if (model.weights.empty())
      initialWeights = expand::collectInitialWeights(*model.module);
  }

  using Initial = Expected<std::optional<Tensor>>;

  /// From the file, else from the layer's initializer.
  Initial findInitial(const artifact::State &state) {
    using Role = artifact::State::Role;
    bool keepsOptimizer = options.training.optimizer.empty();
    if (state.role == Role::Optimizer && !keepsOptimizer)
      return std::nullopt;
    auto found = model.weights.find(state.h5Path);
    if (!state.h5Path.empty() && found != model.weights.end())
      // It is asked for once: a copy would be all weights a second time.
      return checkShape(state, std::exchange(found->second, Tensor()));
    if (state.role != Role::Weight)
      return std::nullopt;
    if (!model.weights.empty())
      return fail(fmt::format("{}: weight \"{}\"", file.string(), state.name),
                  fmt::format("has no dataset {}", state.h5Path),
                  "the file holds the model's other weights",
                  "save the model again with model.save(...)");
    // A layer file may leave weights to initializers; in a Keras file their
    // absence is a mistake.
    if (file.extension() != ".mlir")
      return fail(file.string(), "has no weights in a member model.weights.h5",
                  fmt::format("the model has \"{}\"", state.name),
                  "save the model again with model.save(...)");
    auto value = expand::initializeWeight(
        state.name, initialWeights.at(state.name), options.seed);
    if (!value)
      return dlc::Unexpected(value.error());
    return std::move(*value);
  }

  Initial checkShape(const artifact::State &state, Tensor value) {
    if (value.shape() != state.shape || value.dtype() != state.dtype)
      return fail(
          fmt::format("{}: {} \"{}\"", file.string(), state.h5Path, state.name),
          fmt::format("is {} {}", nameOf(value.dtype()),
                      formatShape(value.shape())),
          fmt::format("the model needs {} {}", nameOf(state.dtype),
                      formatShape(state.shape)),
          "use the weights that were saved with this model");
    return std::move(value);
  }

  expand::InitialWeights initialWeights;
  int64_t stepsPerLaunch = 1;
};

} // namespace

/// The targets that are asked for; an error where one of them is none.
static Expected<Targets> readTargets(const CompileOptions &options) {
  auto targets = parseTargets(options.targets);
  if (!targets)
    return targets;
  if (auto checked = emit::cuda::checkCapabilities(targets->capabilities);
      !checked)
    return dlc::Unexpected(checked.error());
  return targets;
}

static Expected<artifact::Artifact> finish(Compilation &compilation) {
  auto targets = readTargets(compilation.options);
  if (!targets)
    return dlc::Unexpected(targets.error());
  if (auto fused = compilation.runTo("fused"); !fused)
    return dlc::Unexpected(fused.error());
  return compilation.finish(*targets);
}

Expected<artifact::Artifact> dlc::compile(const std::filesystem::path &model,
                                          const CompileOptions &options) {
  Compilation compilation(model, options);
  if (auto read = compilation.read(); !read)
    return dlc::Unexpected(read.error());
  return finish(compilation);
}

Expected<artifact::Artifact> dlc::compile(const Model &model,
                                          const CompileOptions &options) {
  auto source = build::materialize(model.state(), options.seed);
  if (!source)
    return dlc::Unexpected(source.error());
  Compilation compilation(model.state().name, options);
  if (auto taken = compilation.take(std::move(*source)); !taken)
    return dlc::Unexpected(taken.error());
  return finish(compilation);
}

Expected<std::string> dlc::emitPhase(const std::filesystem::path &model,
                                     const std::string &phase,
                                     const CompileOptions &options) {
  const std::vector<Phase> &all = listPhases();
  if (llvm::none_of(all, [&](const Phase &p) { return p.name == phase; })) {
    std::vector<std::string> names;
    for (const Phase &known : all)
      names.push_back(known.name);
    return fail("--emit", fmt::format("is \"{}\"", phase),
                fmt::format("the phases are {}", fmt::join(names, ", ")),
                "choose one of them");
  }
  auto targets = readTargets(options);
  if (!targets)
    return dlc::Unexpected(targets.error());
  Compilation compilation(model, options);
  if (auto read = compilation.read(); !read)
    return dlc::Unexpected(read.error());
  bool isCuda = phase == "cuda" || phase == "ptx";
  bool wantsCode = isCuda || phase == "llvm";
  bool onCuda = isCuda || (phase != "llvm" && !targets->host);
  if (auto run = compilation.runTo(wantsCode ? "plan" : phase,
                                   onCuda ? Device::Cuda : Device::Host);
      !run)
    return dlc::Unexpected(run.error());
  if (!wantsCode)
    return compilation.print();
  if (phase == "ptx")
    return compilation.printPtx(targets->capabilities);
  return isCuda ? compilation.printCuda() : compilation.printLlvm();
}

Expected<Plan> dlc::plan(const std::filesystem::path &model,
                         const CompileOptions &options) {
  auto targets = readTargets(options);
  if (!targets)
    return dlc::Unexpected(targets.error());
  Compilation compilation(model, options);
  if (auto read = compilation.read(); !read)
    return dlc::Unexpected(read.error());
  if (auto fused = compilation.runTo("fused"); !fused)
    return dlc::Unexpected(fused.error());
  return compilation.describePlan(targets->host ? Device::Host : Device::Cuda);
}

Expected<LayerGraph> dlc::describeGraph(const std::filesystem::path &model,
                                        const CompileOptions &options) {
  Compilation compilation(model, options);
  if (auto read = compilation.read(); !read)
    return dlc::Unexpected(read.error());
  return describeModule(*compilation.model.module);
}

Expected<ImportedModel> dlc::importModel(const std::filesystem::path &model,
                                         const std::string &weightsName,
                                         const CompileOptions &options) {
  Compilation compilation(model, options);
  if (auto read = compilation.read(); !read)
    return dlc::Unexpected(read.error());
  ImportedModel imported;
  bool hasWeights = !compilation.model.weights.empty();
  if (hasWeights) {
    auto bytes = keras::writeWeights(compilation.model.weights);
    if (!bytes)
      return dlc::Unexpected(bytes.error());
    imported.weights = std::move(*bytes);
  }
  importer::writeDataNotes(*compilation.model.module,
                           compilation.model.metadataJson);
  imported.text = importer::printModel(*compilation.model.module,
                                       hasWeights ? weightsName : "");
  return imported;
}

Expected<void> dlc::exportModel(const std::filesystem::path &model,
                                const std::filesystem::path &keras,
                                const CompileOptions &options) {
  Compilation compilation(model, options);
  if (auto read = compilation.read(); !read)
    return read;
  importer::Model &source = compilation.model;
  if (source.weights.empty()) {
    // Keras' file has weights: those that training would start from.
    auto filled = expand::initializeWeights(
        expand::collectInitialWeights(*source.module), options.seed);
    if (!filled)
      return dlc::Unexpected(filled.error());
    source.weights = std::move(*filled);
  }
  return keras::saveModel(
      {std::move(source.configJson), std::move(source.metadataJson),
       keras::fromMemory(std::move(source.weights)), std::move(source.legacy)},
      keras);
}

Expected<ModelSummary> dlc::summarize(const std::filesystem::path &model,
                                      const CompileOptions &options) {
  Compilation compilation(model, options);
  if (auto read = compilation.read(); !read)
    return dlc::Unexpected(read.error());
  importer::DiagnosticCatcher diagnostics(&compilation.context);
  auto summary = summarizeModule(*compilation.model.module, options.batch);
  if (failed(summary))
    return diagnostics.error(model.string());
  return std::move(*summary);
}

Expected<ModelSummary> dlc::summarize(const Model &model,
                                      const CompileOptions &options) {
  auto source = build::makeModule(model.state());
  if (!source)
    return dlc::Unexpected(source.error());
  importer::DiagnosticCatcher diagnostics(source->module->getContext());
  auto summary = summarizeModule(*source->module, options.batch);
  if (failed(summary))
    return diagnostics.error(model.state().name);
  return std::move(*summary);
}
