// Streams the logs of epochs to a CSV file. Semantics and form:
// keras/src/callbacks/csv_logger.py and Python's csv module.
#pragma once

#include "runtime/core/AppendFile.h"
#include "runtime/session/callbacks/Callback.h"

#include <optional>

namespace dlc::callbacks {

/// A row an epoch: its number from 0, then the logs of the first epoch by name,
/// and where it has no validation their val_ names too, as NA. A row is written
/// whole, at once.
class CSVLogger : public Callback {
public:
  struct Options {
    std::string filename;
    /// One character.
    std::string separator = ",";
    /// Write behind what the file holds, and no header where it holds
    /// anything; otherwise start it anew.
    bool append = false;
  };
  explicit CSVLogger(Options options) : options(std::move(options)) {}
  explicit CSVLogger(std::string filename)
      : CSVLogger(Options{.filename = std::move(filename)}) {}

  std::string name() const override { return "CSVLogger"; }
  Expected<void> onTrainBegin(Trainer &trainer) override;
  Expected<void> onEpochEnd(int64_t epoch, Logs &logs,
                            Trainer &trainer) override;
  Expected<void> onTrainEnd(const Logs &logs, Trainer &trainer) override;
  CallbackState saveState() const override;
  /// Rows behind those of the saved state are dropped: their epochs come again.
  Expected<void> loadState(const CallbackState &state,
                           Trainer &trainer) override;

private:
  Expected<void> start(AppendFile::Start start);
  std::string formatRow(const std::vector<std::string> &cells) const;

  Options options;
  std::optional<AppendFile> file;
  std::vector<std::string> keys;
  bool needsHeader = false;
};

} // namespace dlc::callbacks
