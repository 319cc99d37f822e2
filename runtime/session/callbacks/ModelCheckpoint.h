// Saves the model at the end of epochs or every few steps. Semantics:
// keras/src/callbacks/model_checkpoint.py.
#pragma once

#include "runtime/session/callbacks/FilePattern.h"
#include "runtime/session/callbacks/Monitor.h"

namespace dlc::callbacks {

class ModelCheckpoint : public Callback {
public:
  struct Options {
    /// Ends in .keras or .h5, or in .weights.h5 to save weights alone. May hold
    /// fields: {epoch:02d}, {val_loss:.4f}, {batch}. Folders are made. A file
    /// that is there is replaced once the new one is whole.
    std::string filepath;
    std::string monitor = "val_loss";
    /// 1: tells what it saves and why.
    int64_t verbose = 0;
    /// Save only when the monitored value is better than ever.
    bool saveBestOnly = false;
    bool saveWeightsOnly = false;
    Mode mode = Mode::Auto;
    /// Save after so many steps; none: at the end of each epoch.
    std::optional<int64_t> saveFreq = {};
    /// What the monitored value has to be better than at first.
    std::optional<double> initialValueThreshold = {};
  };
  explicit ModelCheckpoint(Options options);
  explicit ModelCheckpoint(std::string filepath);

  /// The best value seen of all fits.
  std::optional<double> best() const { return bestValue; }
  /// The file it saved last; empty before the first.
  const std::string &lastSaved() const { return saved; }

  std::string name() const override { return "ModelCheckpoint"; }
  Expected<void> onTrainBegin(Trainer &trainer) override;
  Expected<void> onEpochBegin(int64_t epoch, Trainer &trainer) override;
  Expected<void> onTrainBatchEnd(int64_t batch, Trainer &trainer) override;
  Expected<void> onEpochEnd(int64_t epoch, Logs &logs,
                            Trainer &trainer) override;
  CallbackState saveState() const override;
  Expected<void> loadState(const CallbackState &state,
                           Trainer &trainer) override;

private:
  Expected<void> checkOptions(const Trainer &trainer) const;
  bool isDue(int64_t batch);
  bool isWanted(const Logs &logs, const std::string &path, Trainer &trainer);
  Expected<void> save(std::optional<int64_t> batch, const Logs &logs,
                      Trainer &trainer);

  Options options;
  Monitor monitor;
  FilePattern pattern;
  std::optional<double> bestValue;
  int64_t epoch = 0;
  int64_t stepsSinceSaving = 0, lastBatch = -1;
  std::string saved;
  bool hasWarned = false;
};

} // namespace dlc::callbacks
