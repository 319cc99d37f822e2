// Options that several commands share, and the model that they lead to.
#pragma once

#include "compiler/Compile.h"
#include "runtime/artifact/Artifact.h"
#include "runtime/data/images/text/Settings.h"
#include "runtime/session/Session.h"

#include <CLI/CLI.hpp>

namespace dlc::tool {

/// MODEL and how it is compiled.
struct ModelOptions {
  std::string model;
  /// What --target says, parted: "host", "cuda", "cuda:sm_90".
  std::vector<std::string> targets;
  std::string cacheDir;
  std::optional<uint64_t> memoryLimit;
  std::optional<int64_t> batch;
  TrainingOptions training;
  std::string dtypePolicy;
  std::string trainingArgument;
  std::optional<uint64_t> seed;
  std::string weights;
  /// What --input-shape says: shapes of a sample, by input name.
  std::map<std::string, Shape> inputShapes;
  std::vector<std::string> cpus;
  bool noWinograd = false;
  std::optional<int64_t> streams;
  std::string float32Precision;
  /// "auto", "none", "always"; empty where none is said.
  std::string libraries;
  std::vector<std::string> plugins;
  bool zeroBiasGradients = false;
  /// Set by commands that neither train nor evaluate.
  bool mustTrain = true;
  /// Whether launches say why they are what they are.
  bool explain = false;
  /// What the command runs; none: all.
  std::vector<std::string> programs;

  /// What Compile.h takes.
  CompileOptions forCompiler() const;
};

/// --plugin, which every command that reads a model takes.
void addPluginOption(CLI::App &app, ModelOptions &options);

/// --weights, which every command that reads a model's weights takes.
void addWeightsOption(CLI::App &app, ModelOptions &options);

/// --input-shape, for inputs whose sizes a model's file leaves free, or that
/// are to get others.
void addInputShapeOption(CLI::App &app, ModelOptions &options);

/// A check of CLI11's: why the text is no seed, which it would cut to one.
std::string checkSeed(const std::string &text);

/// MODEL, --target, --batch, --seed, --dtype-policy, --weights, --input-shape,
/// --cpu, --no-winograd, --streams, --float32-precision, --libraries,
/// --training-arg, --optimizer, --loss, --metrics, --plugin,
/// --zero-bias-gradients.
void addModelOptions(CLI::App &app, ModelOptions &options);

/// An artifact from a .dlc file, or compiled from any other model.
struct LoadedModel {
  artifact::Artifact artifact;
  double compileSeconds = 0;
  /// What --batch says, else 32 as in Keras, or what a .dlc file was made for.
  int64_t batch = 32;
};

/// What is compiled here is for the CPU at hand. Flags that would need
/// compiling are errors for a .dlc file.
Expected<LoadedModel> loadModel(const ModelOptions &options);

/// MODEL with data, device and threads, for what runs it.
struct RunOptions {
  ModelOptions model;
  std::string data;
  std::string device = "auto";
  int threads = 0;
  std::string json;
  double rescueSeconds = 60;
  data::ImageSettings images;
};

/// addModelOptions, --data, --device, --threads, and --json where `json` says
/// what goes there.
void addRunOptions(CLI::App &app, RunOptions &options, const char *json);

/// Loads the model, compiled for the device if it has to be compiled.
Expected<LoadedModel> loadModel(const RunOptions &options);
Expected<Session> openSession(LoadedModel &model, const RunOptions &options);

/// The data set at `spec` by the names that a program reads.
enum class DataUse { Train, Evaluate, Predict };
Expected<Dataset> readData(const std::string &spec,
                           const artifact::Program &program, DataUse use);

/// The session's program, or an error that says how the model would get it.
Expected<const artifact::Program *> requireProgram(const Session &session,
                                                   const std::string &name,
                                                   const std::string &model);

/// Whether a file may be made at `path`: fails before the work, not after it.
/// A `suffix` is what the name has to end in.
Expected<void> checkOutput(const std::string &path,
                           const std::string &suffix = "");

/// The same for a file in one of Keras' formats, which its suffix tells.
Expected<void> checkModelOutput(const std::string &path);

} // namespace dlc::tool
