// A compiled model in use: train, evaluate, predict, save. Knows no compiler.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/core/Error.h"
#include "runtime/core/Tensor.h"
#include "runtime/data/Dataset.h"
#include "runtime/session/callbacks/Callback.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dlc {

struct SessionOptions {
  /// 0: as many as there are cores. Results depend on it only through oneDNN.
  int threads = 0;
  /// Keys dropout and shuffling; the same seed gives the same bits.
  uint64_t seed = 0;
  /// Fills memory that a step may not read with NaN before each step, and on
  /// the host what is free after each launch: for tests.
  bool poison = false;
  /// What runs the steps: "host"; "cuda" or "cuda:N", a GPU, counted from 0;
  /// "sim", which runs a GPU's code on the CPU; "auto": "host" if the model has
  /// code for it, else "cuda".
  std::string device = "auto";
  /// How often, at most, a GPU's states are copied to the host, which after a
  /// fault are all that is left of them.
  double rescueSeconds = 60;
  /// How many calls of predict may run at the same time, each with memory of
  /// its own for a step; more wait. 0: as many as there are cores for, if each
  /// uses `threads` of them: 1 if `threads` is 0. A GPU takes them one by one.
  int predictsAtOnce = 0;
};

struct EpochInfo {
  // epoch is 1 in the first epoch, step is 1 after the first step; of several
  // steps at a launch it is the last
  int64_t epoch, epochs, step, steps;
  int64_t samples; // that this fit has trained on in this epoch so far
  double secondsInEpoch;
  /// Running means since the start of the epoch; at its end with validation and
  /// what the objects added.
  const Logs &logs;
  /// The model: to stop, to set the learning rate, to save.
  Trainer &trainer;
  /// Steps of the epoch that were done before fit began, which went on from a
  /// backup; secondsInEpoch does not count them.
  int64_t stepsBefore = 0;
};

/// What `fit` calls. With several steps at a launch "after a step" is after the
/// last of them.
struct Callbacks {
  /// Keras' classes (runtime/session/callbacks) and your own, called in this
  /// order, before the functions below. They must outlive fit.
  std::vector<Callback *> objects = {};

  // A plain function each; any may be empty.
  std::function<void(Trainer &)> onTrainBegin;
  /// `epoch` is 1 in the first epoch.
  std::function<void(int64_t epoch, Trainer &)> onEpochBegin;
  std::function<void(const EpochInfo &)> onStep;
  std::function<void(const EpochInfo &)> onEpochEnd;
  /// With the logs of the last epoch; not after an error or an interruption.
  std::function<void(const Logs &, Trainer &)> onTrainEnd;
  /// Asked after each step and after onEpochEnd; true interrupts fit there: an
  /// epoch that is not whole does not count, and nobody is told of the end of
  /// training.
  std::function<bool()> shouldStop;
  /// What a callback has to say that is no error, as that what it monitors is
  /// not there; empty: it goes to standard error.
  std::function<void(const std::string &)> onNote;
  /// How old, in seconds, the logs may be that onStep is given. Reading them
  /// makes a GPU wait for the CPU.
  double logSeconds = 0;
};

/// Backs up all that fit needs to go on where it was, to the bit: as Keras'
/// BackupAndRestore, with the optimizer, the metrics, the place in the epoch,
/// the history and the callbacks' states.
struct BackupOptions {
  /// A folder for this run alone, which is made if it is not there.
  std::filesystem::path folder;
  /// A backup is written when fit begins, at each epoch's end, when fit is
  /// stopped, and after every so many steps. 0: not within epochs; in a run
  /// that goes on, as often as before.
  int64_t everySteps = 0;
  /// Goes on from the folder's backup. All else must be as it was, but for
  /// `epochs`, `maxSteps`, which may be more, and what changes no result.
  bool resume = false;
};

/// Keras' fit arguments, with Keras' meaning and defaults.
struct FitOptions {
  int64_t batch = 32;
  int64_t epochs = 1;
  int64_t initialEpoch = 0;
  /// The last part of the data, cut off before shuffling, validates.
  double validationSplit = 0;
  const Dataset *validationData = nullptr;
  bool shuffle = true;
  /// So many batches make an epoch, and the next one goes on behind them; a
  /// new pass over the data, in a new order, begins when all have been seen,
  /// and the epoch before it ends there. Without a value: a pass.
  std::optional<int64_t> stepsPerEpoch = {};
  /// Only the first so many batches validate.
  std::optional<int64_t> validationSteps = {};
  /// Samples of a step of validation. Without a value: as many as `batch`.
  std::optional<int64_t> validationBatch = {};
  /// Validates after each so many epochs,
  int64_t validationFreq = 1;
  /// or, where there are any, after these alone, counted from 1.
  std::vector<int64_t> validationEpochs = {};
  /// Stop after this many steps in all; 0: no limit.
  int64_t maxSteps = 0;
  /// Steps that a device is given at once, and after which callbacks come:
  /// Keras' steps_per_execution. Results do not depend on it. Without a value
  /// it is what the model was compiled with, 1 by default.
  std::optional<int64_t> stepsPerLaunch;
  /// Keep the loss of every step in History::batchLoss.
  bool logBatchLoss = false;
  /// Time every launch of every step but the first, which touches memory for
  /// the first time, into History::launchMilliseconds.
  bool profile = false;
  /// With `profile`, keep the times of each of the first so many timed steps in
  /// History::trace.
  int64_t traceSteps = 0;
  std::map<int64_t, float> classWeight = {};
  Callbacks callbacks = {};
  std::optional<BackupOptions> backup = {};
};

/// When a step did what, in milliseconds since the start of fit.
struct StepTrace {
  int64_t step = 0;          // in all epochs, counted from 1
  double start = 0, end = 0; // with its data
  double gathering = 0;      // how long its batch was gathered, from `start` on
  double run = 0;            // when its launches began
  /// How long each launch of the program "train" took, in its order.
  std::vector<double> launches;
};

struct History {
  /// Keras' History.history: a list of epochs' values for each name, also for
  /// those that callbacks add, as learning_rate.
  std::vector<std::pair<std::string, std::vector<double>>> epochs;
  std::vector<double> batchLoss;
  /// From step to step. On a GPU, steps are put into a queue of a few: the
  /// first ones seem to take no time. Steps of one launch take a share of it
  /// each.
  std::vector<double> stepMilliseconds;
  /// Of each step, the part that waited for its batch to be gathered.
  std::vector<double> dataMilliseconds;
  /// Of each launch of the program "train", in its order, the sum over all
  /// steps but the first; empty unless FitOptions::profile.
  std::vector<double> launchMilliseconds;
  /// Of the first steps but the very first; empty unless
  /// FitOptions::traceSteps.
  std::vector<StepTrace> trace;
  /// What each of the library's launches runs, by the launch's name; for a
  /// full batch, and empty unless FitOptions::profile.
  std::vector<std::pair<std::string, std::string>> launchCode;
  bool stopped = false; // by shouldStop
  /// By a callback, as EarlyStopping: more epochs do not go on with it.
  bool ended = false;
  /// Of a run that went on from a backup: the steps that were done before. The
  /// lists of times begin after them; epochs and batchLoss hold all.
  int64_t stepsBefore = 0;
};

/// One model, its weights and its compiled steps.
///
/// Any number of threads may call a session at once, but for its move and its
/// end. Calls of `predict` run beside each other, as SessionOptions says, and
/// give the bits that they would give alone. All other calls that reach the
/// device take turns, and no prediction runs meanwhile; what waits longest does
/// not wait for ever. Callbacks of `fit` may call the session they train.
class Session {
public:
  static Expected<Session> open(artifact::Artifact artifact,
                                SessionOptions options = {});
  /// Reads a .dlc file first.
  static Expected<Session> open(const std::filesystem::path &path,
                                SessionOptions options = {});
  Session(Session &&) noexcept;
  Session &operator=(Session &&) noexcept;
  ~Session();

  /// Trains as `model.fit(x, y, ...)`. Labels out of range, missing arrays and
  /// shapes that do not fit are errors before the first step.
  Expected<History> fit(const Dataset &data, const FitOptions &options = {});
  Expected<Logs> evaluate(const Dataset &data, int64_t batch = 32);
  /// Outputs by name in the model's order. `batch` is at most what the model
  /// was compiled for; data may have any number of samples.
  Expected<NamedTensors> predict(const Dataset &data, int64_t batch = 32);

  /// One step on one batch; returns the batch's loss. Metrics accumulate until
  /// resetMetrics.
  Expected<float> trainOnBatch(const Dataset &batch);
  /// Adds one batch to loss and metrics without training. Metrics accumulate.
  Expected<void> testOnBatch(const Dataset &batch);
  /// What fit does at its end: where the optimizer keeps averages of weights
  /// (`use_ema`) the weights become these. After steps by trainOnBatch.
  Expected<void> overwriteWithAverages();
  /// Loss, then d loss/d input and d loss/d weight by name, without an update.
  Expected<NamedTensors> gradients(const Dataset &batch);
  /// Of the steps since resetMetrics; after a fault of a GPU, as last known.
  Logs metrics() const;
  void resetMetrics();

  /// Writes Keras' own file with the weights and optimizer state of now.
  /// By suffix: .keras; .weights.h5 for weights alone; .h5 or .hdf5 for a
  /// legacy file, which holds the model too unless its weights came from a
  /// legacy file of weights alone.
  Expected<void> save(const std::filesystem::path &path) const;

  /// What the classes are called that the model tells apart, in the order of
  /// its outputs; empty where it is not known. fit takes them from its data,
  /// and a .keras file keeps them.
  const std::vector<std::string> &classNames() const;
  void setClassNames(std::vector<std::string> names);
  /// How the pictures were read that it was trained on, as
  /// Dataset::pictureFormat says; empty where it was trained on none. fit takes
  /// it from its data, and a .keras file keeps it.
  const std::string &pictureFormat() const;

  const artifact::Manifest &manifest() const;
  /// The device's program of this name, or null: an artifact may hold one for
  /// each of several devices.
  const artifact::Program *program(std::string_view name) const;
  /// A state by name ("conv2d/kernel"), copied out or in.
  Expected<Tensor> state(std::string_view name) const;
  Expected<void> setState(std::string_view name, const Tensor &value);

  struct Impl; // of the session's own files

private:
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace dlc
