// Saves the model at the end of epochs or every few steps.
#include "runtime/session/callbacks/ModelCheckpoint.h"

#include "runtime/core/AtomicFile.h"
#include "runtime/session/callbacks/StateJson.h"

#include <fmt/format.h>

#include <algorithm>

namespace dlc::callbacks {

namespace {

/// "None" or five decimals, as Keras tells the best value.
std::string formatBest(std::optional<double> best) {
  return best ? fmt::format("{:.5f}", *best) : "None";
}

/// A folder that is there and takes no files would be noticed after an epoch.
Expected<void> checkFolder(const std::filesystem::path &file) {
  std::error_code ignored;
  std::filesystem::path folder = file.parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored))
    return {}; // it is made, or has fields in its name
  auto probe = TemporaryFile::create(file);
  return probe ? Expected<void>() : Unexpected(probe.error());
}

} // namespace

ModelCheckpoint::ModelCheckpoint(Options given)
    : options(std::move(given)), monitor(options.monitor, options.mode),
      bestValue(options.initialValueThreshold) {}

ModelCheckpoint::ModelCheckpoint(std::string filepath)
    : ModelCheckpoint(Options{.filepath = std::move(filepath)}) {}

Expected<void> ModelCheckpoint::checkOptions(const Trainer &trainer) const {
  const std::string &path = options.filepath;
  bool isWeights = path.ends_with(".weights.h5");
  if (options.saveWeightsOnly && !isWeights)
    return fail(path, "is to hold weights alone",
                "the name of such a file ends in .weights.h5",
                "give another name or save the model");
  if (!options.saveWeightsOnly && isWeights)
    return fail(path, "is to hold the model",
                "a .weights.h5 file holds weights alone",
                "give a name that ends in .keras, or save_weights_only=true");
  if (!isWeights && !path.ends_with(".keras") && !path.ends_with(".h5"))
    return fail(path, "has an unknown suffix",
                "a model is saved as a .keras or .h5 file",
                "give a name that ends in one of these");
  if (options.saveFreq && *options.saveFreq < 1)
    return fail(name(), fmt::format("has save_freq={}", *options.saveFreq),
                "it saves after 1 or more steps", "give a larger number");
  // A name that cannot be made would be noticed after an epoch.
  std::vector<std::string> known = trainer.logNames();
  for (const std::string &field : pattern.fields()) {
    bool ofEpoch = !options.saveFreq || !field.starts_with("val_");
    if (field == "epoch" || field.starts_with("learning_rate") ||
        (field == "batch" && options.saveFreq) ||
        (ofEpoch && std::ranges::count(known, field)))
      continue;
    std::string names;
    for (const std::string &one : known)
      names += (names.empty() ? "" : ", ") + one;
    return fail(path, fmt::format("has the field {{{}}}", field),
                fmt::format("the logs are {}", names),
                "name one of these, epoch, or, where a step is saved, batch");
  }
  return checkFolder(path);
}

Expected<void> ModelCheckpoint::onTrainBegin(Trainer &trainer) {
  hasWarned = false;
  auto parsed = FilePattern::parse(options.filepath);
  if (!parsed)
    return Unexpected(parsed.error());
  pattern = *std::move(parsed);
  if (auto checked = checkOptions(trainer); !checked)
    return checked;
  return monitor.begin(trainer, name());
}

Expected<void> ModelCheckpoint::onEpochBegin(int64_t now, Trainer &) {
  epoch = now;
  return {};
}

/// Whether enough steps have passed, of which several may come at once.
bool ModelCheckpoint::isDue(int64_t batch) {
  bool isNewEpoch = batch <= lastBatch;
  stepsSinceSaving += isNewEpoch ? batch + 1 : batch - lastBatch;
  lastBatch = batch;
  if (stepsSinceSaving < *options.saveFreq)
    return false;
  stepsSinceSaving = 0;
  return true;
}

Expected<void> ModelCheckpoint::onTrainBatchEnd(int64_t batch,
                                                Trainer &trainer) {
  if (!options.saveFreq || !isDue(batch))
    return {};
  auto logs = trainer.batchLogs();
  if (!logs)
    return Unexpected(logs.error());
  return save(batch, *logs, trainer);
}

Expected<void> ModelCheckpoint::onEpochEnd(int64_t, Logs &logs,
                                           Trainer &trainer) {
  if (options.saveFreq)
    return {};
  return save(std::nullopt, logs, trainer);
}

bool ModelCheckpoint::isWanted(const Logs &logs, const std::string &path,
                               Trainer &trainer) {
  auto tell = [&](const std::string &text) {
    if (options.verbose > 0)
      trainer.note(fmt::format("Epoch {}: {}", epoch + 1, text));
  };
  if (!options.saveBestOnly) {
    tell("saving model to " + path);
    return true;
  }
  const double *current = monitor.find(logs);
  if (!current) {
    if (!hasWarned)
      trainer.note(fmt::format("Can save best model only with {} available. "
                               "Available metrics are: {}",
                               monitor.name(), listNames(logs)));
    hasWarned = true;
    return true;
  }
  if (!monitor.improves(*current, bestValue)) {
    tell(fmt::format("{} did not improve from {}", monitor.name(),
                     formatBest(bestValue)));
    return false;
  }
  tell(fmt::format("{} improved from {} to {:.5f}, saving model to {}",
                   monitor.name(), formatBest(bestValue), *current, path));
  bestValue = *current;
  return true;
}

Expected<void> ModelCheckpoint::save(std::optional<int64_t> batch,
                                     const Logs &logs, Trainer &trainer) {
  auto path = pattern.format(
      epoch + 1, batch ? std::optional(*batch + 1) : std::nullopt, logs);
  if (!path)
    return Unexpected(path.error());
  if (!isWanted(logs, *path, trainer))
    return {};
  std::filesystem::path folder = std::filesystem::path(*path).parent_path();
  std::error_code failed;
  if (!folder.empty())
    std::filesystem::create_directories(folder, failed);
  if (failed)
    return fail(
        folder.string(), "could not be made", "checkpoints are to stand in it",
        "check the path, its permissions and the disk: " + failed.message());
  if (auto written = trainer.save(*path); !written)
    return written;
  saved = *path;
  if (options.verbose > 0)
    trainer.note(
        fmt::format("Epoch {}: finished saving model to {}", epoch + 1, *path));
  return {};
}

CallbackState ModelCheckpoint::saveState() const {
  Json json = {{"best", toJson(bestValue)},
               {"epoch", epoch},
               {"steps_since_saving", stepsSinceSaving},
               {"last_batch", lastBatch}};
  return {json.dump()};
}

Expected<void> ModelCheckpoint::loadState(const CallbackState &state,
                                          Trainer &trainer) {
  if (auto begun = onTrainBegin(trainer); !begun)
    return begun;
  auto reader = StateReader::parse(state, name());
  if (!reader)
    return Unexpected(reader.error());
  for (auto [key, to] : {std::pair{"epoch", &epoch},
                         {"steps_since_saving", &stepsSinceSaving},
                         {"last_batch", &lastBatch}})
    if (auto read = reader->read(key, *to); !read)
      return read;
  return reader->read("best", bestValue);
}

} // namespace dlc::callbacks
