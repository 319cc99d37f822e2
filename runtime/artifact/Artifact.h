// What a compiled model is: plain structs that the compiler fills, the file
// holds and the runtime executes. Knows nothing of MLIR, LLVM or Keras' layers.
#pragma once

#include "runtime/artifact/Blob.h"
#include "runtime/core/Error.h"
#include "runtime/core/Tensor.h"

#include <optional>
#include <string>
#include <vector>

namespace dlc::artifact {

/// Index into Artifact::blobs; none for "no blob".
using BlobId = int32_t;
inline constexpr BlobId none = -1;

/// A tensor that lives from step to step and is updated in place: weights,
/// optimizer state, metric sums, counters, learning rate, seed.
struct State {
  enum class Role : uint8_t { Weight, Optimizer, Metric, Control };
  /// Weight "conv2d/kernel"; optimizer "optimizer/iteration",
  /// "optimizer/learning_rate", "optimizer/conv2d/kernel/momentum"; metric
  /// "metrics/accuracy/total" and "metrics/accuracy/count"; control "seed".
  std::string name;
  Role role = Role::Weight;
  DType dtype = DType::F32;
  Shape shape; // static
  bool trainable = false;
  /// Byte offset in the state region, 64-byte aligned.
  uint64_t offset = 0;
  /// Path of its dataset in model.weights.h5 ("layers/conv2d/vars/0"); empty
  /// for what Keras does not save.
  std::string h5Path;
  /// Where it is written as well: a layer that stands in several models of a
  /// file is another one in each to Keras.
  std::vector<std::string> h5Copies = {};
  /// First value, `shape` elements of `dtype`; `none` means zeros.
  BlobId initial = none;
};

/// A place for one tensor while a program runs.
struct Buffer {
  enum class Region : uint8_t { Arena, State };
  Region region = Region::Arena;
  /// Byte offset in its region; planned for the largest batch.
  uint64_t offset = 0;
  DType dtype = DType::F32;
  Shape shape; // may hold batchDim, only as the first dimension
};

/// How many iterations a kernel's parallel loop has: `trips`, times the batch
/// if `timesBatch`.
struct Extent {
  int64_t trips = 1;
  bool timesBatch = false;
};

/// A function of the device code, and the shape of its launch.
///
/// All stages of a launch take the same parameters: a pointer for each operand,
/// then each result, then the scratch buffer if there is one, then `int n`, the
/// samples of the actual batch. With `table` the pointers lie in that order in
/// device memory, and the parameters are `void *const *table, int n`.
///
/// The grid has ceil(iterations / perBlock) x gridY x gridZ blocks of `threads`
/// threads in a row, where iterations are those of `extent`.
struct DeviceStage {
  std::string symbol;
  Extent extent;
  int64_t perBlock = 1;
  uint32_t gridY = 1, gridZ = 1;
  uint32_t threads = 128;
  uint32_t sharedBytes = 0; // dynamic shared memory
  bool table = false;
};

/// A product of matrices that a library of the GPU's computes: for each part p,
/// with i below `rows`, j below `columns` and k below `depth`,
///   result[p][i][j] = sum over k of lhs[p][i][k] * rhs[p][k][j],
/// then a bias of `columns` numbers and ReLU. Operand 0 is lhs, 1 is rhs, and 2
/// the bias if there is one; the result lies part by part and row by row.
struct LibraryProduct {
  enum class Library : uint8_t { CublasLt };
  /// What multiplies: float32 by IEEE's rules, float32 rounded to 10 bits of
  /// fraction, or bf16 and f16. Sums are of float32 in all of them.
  enum class Compute : uint8_t { Ieee, Tf32, Bf16, F16 };
  /// Element (row, column) is at part * stride + row * leading + column, or, if
  /// it is transposed, at part * stride + column * leading + row.
  struct Matrix {
    bool transposed = false;
    int64_t leading = 1;
    int64_t stride = 0;
  };
  Library library = Library::CublasLt;
  Compute compute = Compute::Ieee;
  Extent parts, rows, columns, depth;
  Matrix lhs, rhs;
  bool bias = false, relu = false;
};

/// A convolution of images, channels last, that a library of the GPU's
/// computes, or one of its gradients. Kernels are [height, width, channels of a
/// group, filters] in the artifact, and [filters, height, width, channels] to
/// the library, which has them in the scratch buffer, from its begin: the one
/// stage of the launch turns them round, before the call, or for KernelGrad
/// after it. The library works in what is behind them.
struct LibraryConvolution {
  enum class Library : uint8_t { Cudnn };
  /// Forward: x, kernel and a bias, if there is one, give y. InputGrad: dy and
  /// kernel give dx. KernelGrad: x and dy give the kernel's.
  enum class Direction : uint8_t { Forward, InputGrad, KernelGrad };
  /// One of the two dimensions of an image. `padding` is on both sides.
  struct Side {
    int64_t in = 1, out = 1, window = 1, stride = 1, dilation = 1, padding = 0;
  };
  Library library = Library::Cudnn;
  Direction direction = Direction::Forward;
  LibraryProduct::Compute compute = LibraryProduct::Compute::Ieee;
  Extent images;
  int64_t channels = 1, filters = 1; // of x and of y
  int64_t groups = 1;
  Side rows, columns;
  bool bias = false, relu = false; // relu only after a bias
};

/// One launch of a step.
///
/// A Kernel's stages run one after the other. Each is a function of the host
/// code with the signature
///   void symbol(char *const *buffers, int64_t n, int64_t begin, int64_t end)
/// that may be called on disjoint ranges of [0, extent) at once. `buffers`
/// holds the addresses of operands, then results, then the scratch buffer if
/// there is one; `n` is the actual batch.
///
/// A Library launch names a routine of runtime/host/library ("conv2d", "dot",
/// ...) and gives its configuration as JSON.
///
/// In a program for a GPU both kinds are functions of the device code:
/// `deviceStages`, run one after the other, and no `stages`. A Library launch
/// may have a `product` in their place, which a library of the GPU's computes;
/// its scratch buffer is what that library works in. Or it has a `convolution`
/// beside one stage.
struct Launch {
  enum class Kind : uint8_t { Kernel, Library };
  struct Stage {
    std::string symbol;
    Extent extent;
  };
  Kind kind = Kind::Kernel;
  std::string name;    // unique in its program
  std::string pattern; // "pointwise", "row_reduction", ... or "library"
  std::vector<std::string> layers; // the user's layers that it serves
  std::vector<uint32_t> operands;  // indices into Program::buffers
  std::vector<uint32_t> results;
  std::optional<uint32_t> scratch;
  std::vector<Stage> stages; // Kernel, on the host
  std::string routine;       // Library
  std::string config;        // Library: a JSON object
  double flops = 0;          // at the largest batch
  std::vector<DeviceStage> deviceStages = {};
  std::optional<LibraryProduct> product = {};         // absent from older files
  std::optional<LibraryConvolution> convolution = {}; // likewise
  /// Where it runs on a GPU: after the launches before it with the same number,
  /// and after those of `waits`, earlier ones by their place in the program.
  /// Beside others only where the plan keeps what they use apart.
  uint32_t stream = 0;
  std::vector<uint32_t> waits = {};
  /// Why this kernel was formed and what kept it from growing, a sentence each;
  /// empty unless it was compiled to explain.
  std::vector<std::string> reasons = {};
};

/// A tensor that goes in or comes out by name.
struct Port {
  enum class Role : uint8_t { Input, Target, SampleWeight, Output };
  Role role = Role::Input;
  std::string name;
  uint32_t buffer = 0;
};

/// The most streams of a program.
inline constexpr uint32_t maxStreams = 16;

/// What a program is compiled for.
inline constexpr std::string_view onHost = "host";
inline constexpr std::string_view onCuda = "cuda";

/// One compiled step function: "train", "evaluate", "predict", "gradients"; or
/// "learning_rate", what a schedule gives for the step to come. A name may be
/// there once for each device; all share the states.
struct Program {
  std::string name;
  std::string device = std::string(onHost);
  std::vector<Port> inputs;  // inputs, targets, sample weight
  std::vector<Port> outputs; // predictions; for train the batch's "loss"
  std::vector<Buffer> buffers;
  std::vector<Launch> launches;
  uint64_t arenaBytes = 0;
  uint64_t maxLiveBytes = 0;
};

/// Host code for one CPU level, as an ELF shared object.
struct HostCode {
  std::string cpu; // "x86-64-v3", "x86-64-v4", or "native:NAME"
  std::vector<std::string> features; // CPUID features that must be present
  BlobId object = none;
};

/// What a kernel takes of a GPU, as the assembler said when it made a cubin.
struct KernelUsage {
  std::string kernel; // its symbol
  uint32_t registers = 0;
  uint32_t stackBytes = 0;                  // a thread: spills and arrays
  uint32_t spillStores = 0, spillLoads = 0; // bytes a thread
  uint32_t sharedBytes = 0;                 // static, a block
};

/// Device code for all programs on "cuda": PTX that a driver compiles when it
/// loads it, or a cubin for one family of GPUs.
struct DeviceCode {
  std::string target; // "ptx", or "sm_90", "sm_90a" for a cubin
  /// 90 for compute capability 9.0. PTX runs on this one and all above, a cubin
  /// on this one and those above of the same first number.
  int32_t computeCapability = 0;
  BlobId image = none;
  /// Of a cubin's kernels; absent from files of older versions.
  std::vector<KernelUsage> usage = {};
};

/// A running mean shown to the user: state total over state count. The first is
/// "loss".
struct Metric {
  std::string name;   // "loss", "accuracy", "out_a_accuracy"
  uint32_t total = 0; // indices into Manifest::states
  uint32_t count = 0;
  /// "up" where larger values are better, "down" where smaller ones are; empty
  /// where neither is known, as in files of older versions.
  std::string direction = {};
};

/// A target that training and evaluation read.
struct Target {
  std::string output; // the model output's name
  /// Exclusive upper bound of integer class labels; 0 where y is not one.
  int64_t classes = 0;
  /// Keras' name of the loss that compares it with the output, for messages:
  /// "sparse_categorical_crossentropy"; empty in files of older versions.
  std::string loss = {};
};

struct Manifest {
  std::string model; // the model's name
  int64_t maxBatch = 32;
  /// How many steps fit gives a device at once unless it is told.
  int64_t stepsPerLaunch = 1;
  uint64_t stateBytes = 0;
  std::vector<State> states;
  std::vector<Program> programs;
  std::vector<HostCode> hostCode;
  std::vector<DeviceCode> deviceCode;
  std::vector<Metric> metrics;
  std::vector<Target> targets;
  /// What goes back into a .keras file, unchanged: config.json (with its
  /// compile_config) and metadata.json.
  BlobId kerasConfig = none;
  BlobId kerasMetadata = none;
  /// How a legacy .h5 file of this model names its weights
  /// (runtime/keras/Legacy.h); absent from files of older versions.
  std::optional<BlobId> kerasLegacy;
  /// dlc's version and options that made it, for inspect.
  std::string producer;
};

/// `program "train": launch "dense_0" (dense, relu)`, for messages.
std::string nameLaunch(const Program &program, const Launch &launch);

struct Artifact {
  Manifest manifest;
  std::vector<Blob> blobs;

  const Program *findProgram(std::string_view name,
                             std::string_view device = onHost) const;
  const State *findState(std::string_view name) const;
  BlobId addBlob(Blob blob);
};

} // namespace dlc::artifact
