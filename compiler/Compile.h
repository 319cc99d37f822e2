// The one entry to the compiler: a model in, an artifact or an error out.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/core/Error.h"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dlc {

/// What `model.compile(...)` would say. An empty string keeps what the model's
/// file says.
struct TrainingOptions {
  /// A Keras name ("adam"), a call ("adam(learning_rate=1e-3)") or a JSON
  /// object as Keras serialises it.
  std::string optimizer;
  /// A Keras name, a call, a JSON object, or a JSON object of these by output.
  std::string loss;
  /// Comma-separated names ("accuracy").
  std::string metrics;
};

/// Whether `training=` arguments recorded in a file are followed: see
/// docs/dialects/layer.md. Auto goes by the file's keras_version.
enum class TrainingArgument { Auto, Honour, Ignore };

/// How products of float32 are computed on a GPU, always with sums of float32.
/// Ieee: on the ordinary multipliers. Tf32: on tensor cores, which round both
/// factors to 10 bits of fraction, as JAX and TensorFlow do; a relative error
/// of about 3e-4 of the norm. Tf32x3: on tensor cores, three products for one,
/// near IEEE's rounding, at a third of the speed; an infinity may become NaN.
/// The host's are always IEEE's.
enum class Float32Precision { Ieee, Tf32, Tf32x3 };

/// Whether products on a GPU may be cuBLASLt's, and convolutions cuDNN's. Auto:
/// where the machine that compiles has the library, and its time is predicted
/// to be less than that of our kernel with all that the library does not take
/// along. Always: wherever it has the call, to measure and to test. What it
/// computes is written into the artifact, which then needs the library where it
/// runs.
enum class Libraries { Auto, None, Always };

struct CompileOptions {
  /// The largest batch that the artifact will take.
  int64_t batch = 32;
  TrainingOptions training;
  /// Keras' dtype policy for layers that have none of their own: "float32",
  /// "mixed_bfloat16" or "mixed_float16". Empty: float32 for these.
  std::string dtypePolicy;
  TrainingArgument trainingArgument = TrainingArgument::Auto;
  /// Seeds the initializers of weights that no file gives.
  uint64_t seed = 0;
  /// A file whose weights replace the model's: .weights.h5, .keras, or legacy
  /// .h5, matched as Keras' load_weights does. Empty: the model's own.
  std::filesystem::path weights;
  /// Shapes of one sample for inputs that leave sizes free, by the name of the
  /// input; "" names the only one.
  std::map<std::string, Shape> inputShapes;
  /// CPU levels to emit code for: "x86-64-v3", "x86-64-v4" or "native". Empty:
  /// the first two, chosen between at load.
  std::vector<std::string> cpus;
  /// What the artifact runs on: "host", "cuda" (PTX, which every GPU of compute
  /// capability 8.0 or later takes) and "cuda:sm_90" (the same, and a cubin for
  /// 9.0). Empty: host.
  std::vector<std::string> targets;
  /// The folder of what NVRTC compiled before; empty for none. Not set:
  /// $XDG_CACHE_HOME/dlc, else ~/.cache/dlc.
  std::optional<std::filesystem::path> cacheDir;
  /// Whether the artifact is run by this process only. Of the two levels, just
  /// the one that this CPU would choose is then emitted.
  bool forThisCpu = false;
  /// Off: a compile_config that dlc cannot follow (a loss or metric that it
  /// does not know) is no error but kept as it is, and the model gets no steps
  /// that train or evaluate.
  bool mustTrain = true;
  /// Which of the programs "train", "evaluate", "predict" and "gradients" to
  /// compile. None: the first three. A model without an optimizer and a loss
  /// has "predict" only, whether named or not.
  std::vector<std::string> programs;
  /// On: the gradient of a bias in front of a BatchNormalization in training is
  /// zero, as mathematics has it, and is not computed. Off: it is what rounding
  /// leaves, as in Keras, and an optimizer such as Adam moves the bias by it.
  bool zeroBiasGradients = false;
  /// Off: every prim becomes a kernel of its own, and no two tensors share
  /// memory. Results differ by rounding only.
  bool fuse = true;
  /// Off: convolutions on the host are computed directly, never by Winograd's
  /// algorithm, whose rounding is about five times as coarse.
  bool winograd = true;
  /// Of contractions: Dense layers, convolutions, attention.
  Float32Precision float32Precision = Float32Precision::Tf32;
  Libraries libraries = Libraries::Auto;
  /// Bytes that weights, optimizer state and the tensors of a step may take
  /// together. A step that needs more computes some tensors twice, with the
  /// same results, or is an error that names what takes most. The scratch of
  /// the host's library is not counted: it depends on the CPU.
  std::optional<int64_t> memoryLimit;
  /// The most streams that a step on a GPU takes: launches that leave room on
  /// it run beside others where that saves time. 1: one after the other.
  /// Results are the same. With a memory limit there is one stream.
  int64_t streams = 4;
  /// On: each launch of the artifact says why its kernel was formed and what
  /// kept it from growing (artifact::Launch::reasons). Code and results are the
  /// same.
  bool explain = false;
  /// Shared libraries that define layers beside those of Keras that dlc knows:
  /// docs/AddALayer.md.
  std::vector<std::filesystem::path> plugins;
  /// Told what the user should know but need not change, a sentence at a time;
  /// may be empty.
  std::function<void(const std::string &)> onNote;
};

/// A phase of the pipeline, by the name that --emit takes, and a sentence.
struct Phase {
  std::string name;
  std::string summary;
};

/// The phases in order: layer, prim, train, simplify, fused, plan, then llvm
/// for the host or cuda and ptx for a GPU.
const std::vector<Phase> &listPhases();

/// Compiles a .keras file or folder, a legacy .h5 file, or a .mlir layer file.
Expected<artifact::Artifact> compile(const std::filesystem::path &model,
                                     const CompileOptions &options = {});

/// The IR, or for "llvm", "cuda" and "ptx" the text, after the phase of this
/// name. "plan" is that of the first target.
Expected<std::string> emitPhase(const std::filesystem::path &model,
                                const std::string &phase,
                                const CompileOptions &options = {});

/// A model planned for one target: all that can be known without running it.
struct Plan {
  /// Its programs are for the first of CompileOptions::targets. It has neither
  /// code nor first values of states, so it can be looked at but not run.
  artifact::Manifest manifest;
  /// By the name of a launch, CUDA C++ or the host's loop nest as IR; empty
  /// unless CompileOptions::explain.
  std::map<std::string, std::string> texts;
};
Expected<Plan> plan(const std::filesystem::path &model,
                    const CompileOptions &options = {});

/// The layer file for a Keras file, with its weights: `dlc import`.
struct ImportedModel {
  std::string text;               // MLIR; names `weightsName` if there are any
  std::vector<std::byte> weights; // HDF5 in Keras' own layout; may be empty
};
Expected<ImportedModel> importModel(const std::filesystem::path &model,
                                    const std::string &weightsName,
                                    const CompileOptions &options = {});

/// Writes a layer file (.mlir, with the weights that it names) or a Keras file
/// in the format that the name `keras` tells: .keras, .h5, or .weights.h5 for
/// weights alone.
Expected<void> exportModel(const std::filesystem::path &model,
                           const std::filesystem::path &keras,
                           const CompileOptions &options = {});

/// What `dlc edit` changes, in the order in which it does.
struct EditOptions {
  /// The layer whose output becomes the model's, by name or as an index ("-2",
  /// "layers[-2]"); empty for the model's own outputs.
  std::string cutAt;
  /// Other shapes of one sample, by the name of the input; "" names the only
  /// one.
  std::map<std::string, Shape> inputShapes;
  /// Shell patterns over names of layers ("conv*", "base/conv*" in a nested
  /// model), applied in their order to what is left of the model.
  struct Trainable {
    std::string pattern;
    bool trainable = false;
  };
  std::vector<Trainable> trainable;
  /// Layers as Python would call them: "Dense(10, activation='softmax')".
  std::vector<std::string> append;
  /// As CompileOptions::dtypePolicy, for the layers that are left and new ones.
  std::string dtypePolicy;
  /// "optimizer=adam,loss=mse,metrics=accuracy"; empty keeps what the file
  /// says.
  std::string compile;
  /// As in CompileOptions.
  std::filesystem::path weights;
  std::vector<std::filesystem::path> plugins;
  /// Of the new layers' initializers.
  uint64_t seed = 0;
  std::function<void(const std::string &)> onNote;
};

/// Writes `model`, a Keras or layer file, with these changes as exportModel
/// does.
/// Weights that stay are copied bit by bit.
Expected<void> edit(const std::filesystem::path &model,
                    const std::filesystem::path &keras,
                    const EditOptions &options);

/// One row of `model.summary()`.
struct LayerSummary {
  std::string name;
  std::string kerasClass;
  /// One shape an output, batchDim for the batch; several calls of a shared
  /// layer repeat its row's outputs as Keras does.
  std::vector<Shape> outputShapes;
  int64_t parameters = 0;
  /// Whether the model is Functional, and then the names of what it reads as
  /// Keras prints them ("conv2d[0][0]").
  std::vector<std::string> connectedTo;
  /// Of the outputs at the largest batch, and of the layer's forward pass.
  int64_t bytes = 0;
  double flops = 0;
};

struct ModelSummary {
  std::string name;
  bool sequential = false;
  std::vector<LayerSummary> layers;
  int64_t trainable = 0, nonTrainable = 0, optimizer = 0; // parameters
  bool compiled = false; // whether Keras would show optimizer parameters
};
Expected<ModelSummary> summarize(const std::filesystem::path &model,
                                 const CompileOptions &options = {});

/// A layer of a model and what it reads, for pictures. Keras' plot_model shows
/// the same.
struct LayerNode {
  std::string name;
  std::string kerasClass;
  /// What it is called in messages, "outer/inner" in a nested model.
  std::string path;
  /// Of all calls of the layer, batchDim for the batch.
  std::vector<Shape> inputShapes, outputShapes;
  /// The layers that it reads, as indices into the same list. A layer comes
  /// after those that its first call reads.
  std::vector<size_t> reads;
  /// The layers of a nested model; empty for any other layer.
  std::vector<LayerNode> layers;
};

struct LayerGraph {
  std::string name;
  std::vector<LayerNode> layers;
};
Expected<LayerGraph> describeGraph(const std::filesystem::path &model,
                                   const CompileOptions &options = {});

} // namespace dlc
