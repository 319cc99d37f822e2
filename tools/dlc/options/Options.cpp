// Options that several commands share, and the model that they lead to.
#include "tools/dlc/options/Options.h"
#include "runtime/artifact/ArtifactFile.h"
#include "runtime/data/Reader.h"
#include "runtime/keras/SaveModel.h"
#include "tools/dlc/Gpus.h"
#include "tools/dlc/show/Line.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

namespace dlc::tool {

namespace {

constexpr int64_t kerasBatch = 32;

/// What a model is compiled for where only a device is given: all GPUs since,
/// and ptx-sim, run its PTX.
const char *const gpuTarget = "cuda";

bool isArtifact(const std::string &model) { return model.ends_with(".dlc"); }

/// What a .dlc file has fixed already.
Expected<void> checkNothingToCompile(const ModelOptions &options) {
  const std::pair<const char *, bool> flags[] = {
      {"--optimizer", !options.training.optimizer.empty()},
      {"--loss", !options.training.loss.empty()},
      {"--metrics", !options.training.metrics.empty()},
      {"--dtype-policy", !options.dtypePolicy.empty()},
      {"--training-arg", !options.trainingArgument.empty()},
      {"--cpu", !options.cpus.empty()},
      {"--target", !options.targets.empty()},
      {"--no-winograd", options.noWinograd},
      {"--streams", options.streams.has_value()},
      {"--float32-precision", !options.float32Precision.empty()},
      {"--libraries", !options.libraries.empty()},
      {"--plugin", !options.plugins.empty()},
      {"--weights", !options.weights.empty()},
      {"--zero-bias-gradients", options.zeroBiasGradients},
      {"--memory-limit", options.memoryLimit.has_value()},
      {"--input-shape", !options.inputShapes.empty()},
  };
  for (auto [flag, isGiven] : flags)
    if (isGiven)
      return fail(options.model, "is compiled already",
                  fmt::format("{} changes how a model is compiled", flag),
                  "give the option to dlc compile, or a .keras or .mlir model");
  return {};
}

Expected<LoadedModel> readArtifact(const ModelOptions &options) {
  if (auto checked = checkNothingToCompile(options); !checked)
    return Unexpected(checked.error());
  auto read = artifact::readFile(options.model);
  if (!read)
    return Unexpected(read.error());
  LoadedModel model;
  model.batch = options.batch.value_or(read->manifest.maxBatch);
  if (model.batch > read->manifest.maxBatch)
    return fail(
        options.model,
        fmt::format("takes batches of up to {}", read->manifest.maxBatch),
        fmt::format("--batch is {}", model.batch),
        "compile the model again with a larger --batch");
  model.artifact = *std::move(read);
  return model;
}

/// "96x96x3" or "image=96x96x3".
std::pair<std::string, Shape> parseShape(const std::string &text) {
  size_t equals = text.rfind('=');
  bool isNamed = equals != std::string::npos;
  Shape shape;
  const char *at = text.data() + (isNamed ? equals + 1 : 0);
  const char *end = text.data() + text.size();
  for (bool more = true; more; ++at) {
    int64_t &size = shape.emplace_back();
    auto [stop, error] = std::from_chars(at, end, size);
    more = stop != end && *stop == 'x';
    if (error != std::errc() || size < 1 || (stop != end && !more))
      throw CLI::ValidationError(
          "--input-shape",
          fmt::format("is \"{}\" but it is the sizes of one sample; write it "
                      "as 96x96x3 or NAME=96x96x3",
                      text));
    at = stop;
  }
  return {isNamed ? text.substr(0, equals) : "", shape};
}

} // namespace

CompileOptions ModelOptions::forCompiler() const {
  CompileOptions compile;
  compile.onNote = [](const std::string &note) {
    fmt::print(stderr, "dlc: note: {}\n", toLine(note));
  };
  compile.batch = batch.value_or(kerasBatch);
  compile.training = training;
  if (trainingArgument == "honour")
    compile.trainingArgument = TrainingArgument::Honour;
  if (trainingArgument == "ignore")
    compile.trainingArgument = TrainingArgument::Ignore;
  compile.seed = seed.value_or(0);
  compile.weights = weights;
  compile.inputShapes = inputShapes;
  compile.cpus = cpus;
  compile.targets =
      targets.empty() ? std::vector{findDefaultTarget()} : targets;
  // "cuda:sm_80,sm_90" names the device once.
  for (std::string &target : compile.targets)
    if (target.starts_with("sm_"))
      target = "cuda:" + target;
  if (cacheDir == "off")
    compile.cacheDir.emplace();
  else if (!cacheDir.empty())
    compile.cacheDir = cacheDir;
  compile.memoryLimit = memoryLimit;
  compile.plugins.assign(plugins.begin(), plugins.end());
  compile.dtypePolicy = dtypePolicy;
  compile.zeroBiasGradients = zeroBiasGradients;
  compile.winograd = !noWinograd;
  if (streams)
    compile.streams = *streams;
  if (float32Precision == "ieee")
    compile.float32Precision = Float32Precision::Ieee;
  if (float32Precision == "tf32x3")
    compile.float32Precision = Float32Precision::Tf32x3;
  if (libraries == "none")
    compile.libraries = Libraries::None;
  if (libraries == "always")
    compile.libraries = Libraries::Always;
  compile.explain = explain;
  compile.mustTrain = mustTrain;
  compile.programs = programs;
  return compile;
}

void addPluginOption(CLI::App &app, ModelOptions &options) {
  // One value each, or the next one would swallow MODEL.
  app.add_option("--plugin", options.plugins,
                 "a shared library with layers of your own; may be repeated")
      ->allow_extra_args(false);
}

void addWeightsOption(CLI::App &app, ModelOptions &options) {
  app.add_option("--weights", options.weights,
                 "a .weights.h5, .keras or legacy .h5 file whose weights "
                 "replace the model's");
}

void addInputShapeOption(CLI::App &app, ModelOptions &options) {
  app.add_option_function<std::vector<std::string>>(
         "--input-shape",
         [&options](const std::vector<std::string> &texts) {
           for (const std::string &text : texts)
             options.inputShapes.insert(parseShape(text));
         },
         "sizes of one sample, as in 96x96x3 or image=96x96x3")
      ->allow_extra_args(false);
}

std::string checkSeed(const std::string &text) {
  uint64_t seed = 0;
  const char *last = text.data() + text.size();
  auto [end, code] = std::from_chars(text.data(), last, seed);
  return code == std::errc() && end == last
             ? std::string()
             : fmt::format("{} is no whole number from 0 to {}", text,
                           UINT64_MAX);
}

void addModelOptions(CLI::App &app, ModelOptions &options) {
  app.add_option("MODEL", options.model,
                 "a .keras file or folder, a legacy .h5 file, a .mlir layer "
                 "file, or a .dlc file")
      ->required();
  app.add_option(
         "--target", options.targets,
         "what is to run the model: host, cuda or cuda:sm_90; several "
         "with commas, as in host,cuda:sm_80,sm_90 (default: cuda where a GPU "
         "answers, else host)")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--cache-dir", options.cacheDir,
                 "folder of compiled GPU code, or off (default: dlc in "
                 "XDG_CACHE_HOME or ~/.cache)");
  app.add_option("--memory-limit", options.memoryLimit,
                 "bytes for weights and a step's tensors, as in 8GiB or 500MB: "
                 "where more are needed some are computed twice")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/true));
  app.add_option("--batch", options.batch,
                 "samples a step (default: 32, or what a .dlc was made for)")
      ->check(CLI::Range(int64_t(1), int64_t(INT32_MAX)));
  app.add_option("--optimizer", options.training.optimizer,
                 "adam, 'adam(learning_rate=1e-3)' or Keras' JSON");
  app.add_option("--loss", options.training.loss,
                 "a Keras name, a call, JSON, or JSON by output");
  app.add_option("--metrics", options.training.metrics,
                 "names with commas between, as in accuracy");
  app.add_option("--seed", options.seed,
                 "of new weights, dropout and shuffling (default: 0)")
      ->check(checkSeed);
  app.add_option("--dtype-policy,--policy", options.dtypePolicy,
                 "of layers without one: mixed_bfloat16, mixed_float16 or "
                 "float32 (default: float32)");
  addWeightsOption(app, options);
  addInputShapeOption(app, options);
  app.add_option("--cpu", options.cpus,
                 "CPU levels to compile for: x86-64-v3, x86-64-v4 or native")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"x86-64-v3", "x86-64-v4", "native"}));
  app.add_flag("--no-winograd", options.noWinograd,
               "compute all convolutions on the host directly: slower, and a "
               "rounding five times as fine");
  app.add_option("--streams", options.streams,
                 "the most launches that run side by side on a GPU (default: "
                 "4; 1 saves memory)")
      ->check(CLI::Range(int64_t(1), int64_t(artifact::maxStreams)));
  app.add_option("--float32-precision", options.float32Precision,
                 "how a GPU multiplies float32: tf32, with 10 bits of "
                 "fraction, tf32x3, nearly exact, or ieee (default: tf32)")
      ->check(CLI::IsMember({"ieee", "tf32", "tf32x3"}));
  app.add_option("--libraries", options.libraries,
                 "auto: products that cuBLASLt, and convolutions that cuDNN "
                 "is expected to compute in less time on the GPU are its, "
                 "where this machine has it; none; always: all that they can, "
                 "to measure (default: auto)")
      ->check(CLI::IsMember({"auto", "none", "always"}));
  app.add_option("--training-arg", options.trainingArgument,
                 "whether recorded training= arguments are followed")
      ->check(CLI::IsMember({"honour", "ignore", "auto"}));
  app.add_flag(
      "--zero-bias-gradients", options.zeroBiasGradients,
      "the gradient of a bias before a BatchNormalization is zero, not "
      "what rounding leaves of it");
  addPluginOption(app, options);
}

Expected<LoadedModel> loadModel(const ModelOptions &options) {
  if (isArtifact(options.model))
    return readArtifact(options);
  CompileOptions compileOptions = options.forCompiler();
  compileOptions.forThisCpu = true;
  auto start = std::chrono::steady_clock::now();
  auto compiled = compile(options.model, compileOptions);
  if (!compiled)
    return Unexpected(compiled.error());
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return LoadedModel{*std::move(compiled), took.count(), compileOptions.batch};
}

void addRunOptions(CLI::App &app, RunOptions &options, const char *json) {
  addModelOptions(app, options.model);
  app.add_option("--data", options.data,
                 "an .npz, x.npy,y.npy, a folder in MNIST's IDX form, or a "
                 "folder or zip of pictures with a sub-folder for each class")
      ->required();
  app.add_option("--device", options.device,
                 "what runs the model: host; cuda or cuda:1 for a GPU; sim for "
                 "a GPU in software (default: cuda where a GPU answers and "
                 "the model has code for it, else host)");
  app.add_option("--threads", options.threads,
                 "threads to use (default: as many as there are cores)")
      ->check(CLI::Range(1, 4096));
  if (json)
    app.add_option("--json", options.json, json);
}

Expected<LoadedModel> loadModel(const RunOptions &options) {
  ModelOptions model = options.model;
  if (options.device != "auto" && model.targets.empty() &&
      !isArtifact(model.model))
    model.targets = {options.device == "host" ? "host" : gpuTarget};
  return loadModel(model);
}

Expected<Session> openSession(LoadedModel &model, const RunOptions &options) {
  SessionOptions session;
  session.threads = options.threads;
  session.seed = options.model.seed.value_or(0);
  session.device = options.device;
  auto isForGpu = [](const artifact::Program &program) {
    return program.device == artifact::onCuda;
  };
  if (session.device == "auto" && findDefaultTarget() == gpuTarget &&
      std::ranges::any_of(model.artifact.manifest.programs, isForGpu))
    session.device = gpuTarget;
  session.rescueSeconds = options.rescueSeconds;
  // For tests: docs/compiler/Plan.md.
  session.poison = std::getenv("DLC_POISON") != nullptr;
  // A number alone is a GPU's, as in CUDA_VISIBLE_DEVICES.
  if (!session.device.empty() &&
      session.device.find_first_not_of("0123456789") == std::string::npos)
    session.device = "cuda:" + session.device;
  return Session::open(std::move(model.artifact), session);
}

Expected<Dataset> readData(const std::string &spec,
                           const artifact::Program &program, DataUse use) {
  using Role = artifact::Port::Role;
  data::DataSpec wanted;
  wanted.use = use == DataUse::Train      ? data::DataSpec::Use::Train
               : use == DataUse::Evaluate ? data::DataSpec::Use::Evaluate
                                          : data::DataSpec::Use::Predict;
  for (const artifact::Port &port : program.inputs) {
    if (port.role == Role::Input)
      wanted.inputs.push_back(port.name);
    if (port.role == Role::Target)
      wanted.outputs.push_back(port.name);
  }
  return data::readDataset(spec, wanted);
}

Expected<const artifact::Program *> requireProgram(const Session &session,
                                                   const std::string &name,
                                                   const std::string &model) {
  if (const artifact::Program *found = session.program(name))
    return found;
  bool needsFlag = name == "gradients" && isArtifact(model);
  return fail(model, fmt::format("has no program \"{}\"", name),
              needsFlag ? "a .dlc file has none for gradients"
                        : "it was not compiled with an optimizer and a loss",
              needsFlag ? "give the .keras or .mlir model"
                        : "give --optimizer and --loss");
}

Expected<void> checkOutput(const std::string &path, const std::string &suffix) {
  if (!path.ends_with(suffix))
    return fail(path, "cannot be written",
                fmt::format("what is written is a {} file", suffix),
                fmt::format("give a name that ends in {}", suffix));
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty())
    folder = ".";
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    return fail(path, "cannot be written",
                fmt::format("there is no folder {}", folder.string()),
                "make the folder or check the path");
  if (::access(folder.c_str(), W_OK) != 0)
    return fail(path, "cannot be written",
                fmt::format("folder {} is not writable", folder.string()),
                "check its permissions");
  if (std::filesystem::is_directory(path, ignored))
    return fail(path, "cannot be written", "it is a folder",
                "give the name of a file");
  return {};
}

Expected<void> checkModelOutput(const std::string &path) {
  if (!keras::findFormat(path))
    return fail(path, "has an unknown suffix",
                "a model is a .keras or legacy .h5 file, its weights alone a "
                ".weights.h5 file",
                "give a name that ends in one of these");
  return checkOutput(path);
}

} // namespace dlc::tool
