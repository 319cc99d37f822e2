// What fit tells those that listen, and what they may ask of it: Keras'
// Callback, and the parts of a Keras model that callbacks use.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/data/Dataset.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dlc {

/// Values by name in Keras' order: loss, metrics, val_loss, ...
using Logs = std::vector<std::pair<std::string, double>>;

/// The value of this name, or null.
const double *findLog(const Logs &logs, std::string_view name);
/// Replaces the value of this name, or adds it at the end.
void setLog(Logs &logs, std::string_view name, double value);
/// "loss,accuracy", as Keras lists them.
std::string listNames(const Logs &logs);

/// Which way a logged value goes when the model improves.
enum class Direction : uint8_t { Unknown, Down, Up };

/// The model that fit trains, as callbacks see it (`self.model` in Keras). To
/// be used only within their hooks.
class Trainer {
public:
  virtual ~Trainer() = default;

  /// Ends fit: after this step, whose epoch still ends as others do, with
  /// validation; or after this epoch. Keras' `model.stop_training = True`.
  virtual void stopTraining() = 0;

  /// Running means over the steps of this epoch so far. Reading them makes a
  /// GPU wait for the CPU.
  virtual Expected<Logs> batchLogs() = 0;
  /// The names that an epoch's logs have before callbacks add to them: loss,
  /// metrics, and with validation val_loss, ...
  virtual std::vector<std::string> logNames() const = 0;
  /// Of a log by its name, with or without "val_".
  virtual Direction direction(std::string_view log) const = 0;

  /// The optimizer's rate; by a schedule that of the step to come, which cannot
  /// be set.
  virtual Expected<double> learningRate() const = 0;
  virtual Expected<void> setLearningRate(double rate) = 0;
  /// Steps that the optimizer has taken since the model was made.
  virtual Expected<int64_t> iterations() const = 0;

  /// All weights by name, copied out, or back in: `model.get_weights()`.
  virtual Expected<NamedTensors> weights() const = 0;
  virtual Expected<void> setWeights(const NamedTensors &weights) = 0;
  /// Writes the model as Session::save does: weights and optimizer of now.
  virtual Expected<void> save(const std::filesystem::path &path) const = 0;

  /// Tells the user something that is no error (Callbacks::onNote).
  virtual void note(const std::string &text) = 0;
};

/// What a callback has to know to go on in another process.
struct CallbackState {
  std::string json = "{}";
  NamedTensors tensors = {};
};

/// Listens to fit, as subclasses of keras.callbacks.Callback do. Epochs and
/// batches are counted from 0, as in Keras. An error ends fit, which gives it;
/// the model keeps what it has learned.
class Callback {
public:
  virtual ~Callback() = default;
  /// Its class as Keras names it, for errors and for what is saved.
  virtual std::string name() const = 0;

  /// Starts anew: an object may listen to one fit after the other. Wrong
  /// arguments are told here, before the first step.
  virtual Expected<void> onTrainBegin(Trainer &) { return {}; }
  virtual Expected<void> onEpochBegin(int64_t epoch, Trainer &) { return {}; }
  /// After a step; with several steps at a launch after the last of them, whose
  /// number is `batch`.
  virtual Expected<void> onTrainBatchEnd(int64_t batch, Trainer &) {
    return {};
  }
  /// After validation, with its logs (without "val_").
  virtual Expected<void> onTestEnd(const Logs &logs, Trainer &) { return {}; }
  /// What is added to `logs` stands in the history and is seen by the callbacks
  /// after this one.
  virtual Expected<void> onEpochEnd(int64_t epoch, Logs &logs, Trainer &) {
    return {};
  }
  /// With the last epoch's logs. Not called when fit is interrupted
  /// (Callbacks::shouldStop) or fails.
  virtual Expected<void> onTrainEnd(const Logs &logs, Trainer &) { return {}; }

  /// What `loadState` needs; asked for after any hook.
  virtual CallbackState saveState() const { return {}; }
  /// Takes the place of onTrainBegin in a fit that goes on where another one
  /// was, at the moment of saveState.
  virtual Expected<void> loadState(const CallbackState &, Trainer &trainer) {
    return onTrainBegin(trainer);
  }
};

} // namespace dlc
