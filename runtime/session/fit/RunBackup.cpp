// A run of fit that is backed up while it trains, and goes on from its backup.
#include "runtime/session/fit/RunBackup.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace dlc::session {
namespace {

size_t sizeOfState(const artifact::State &state) {
  return size_t(countElements(state.shape)) * sizeOf(state.dtype);
}

std::string formatClassWeight(const std::map<int64_t, float> &weights) {
  std::string text;
  for (const auto &[label, weight] : weights)
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", label, weight);
  return text.empty() ? "none" : text;
}

std::string formatSteps(const std::optional<int64_t> &steps) {
  return steps ? fmt::format("{}", *steps) : "all";
}

std::string formatValidationFreq(const FitOptions &options) {
  return options.validationEpochs.empty()
             ? fmt::format("{}", options.validationFreq)
             : fmt::format("{}", options.validationEpochs);
}

std::string listCallbacks(const std::vector<Callback *> &callbacks) {
  std::string text;
  for (const Callback *callback : callbacks)
    text += (text.empty() ? "" : ", ") + callback->name();
  return text.empty() ? "none" : text;
}

/// Of arrays only their number is compared.
void addOrigin(Identity &identity, const Dataset *data, const char *what) {
  bool isKnown = data && data->origin;
  identity.emplace_back(fmt::format("{} that are", what),
                        isKnown ? "pictures"
                        : data  ? "arrays"
                                : "none of their own");
  identity.emplace_back(fmt::format("{} of", what),
                        isKnown ? data->origin() : "");
}

/// What to do after a backup that could not be written to `folder`.
Unexpected<Error> explain(Error error, const std::filesystem::path &folder) {
  error.remedy += holdsBackup(folder)
                      ? "; the backup before is whole, and --resume goes on "
                        "from it"
                      : "; there is no backup yet";
  return Unexpected(std::move(error));
}

} // namespace

Identity identifyRun(const Session::Impl &impl, const FitOptions &options,
                     const Dataset &data, int64_t training,
                     int64_t validation) {
  Identity model = identifyModel(impl.artifact);
  Identity identity = {{"--seed", fmt::format("{}", impl.options.seed)},
                       {"--batch", fmt::format("{}", options.batch)}};
  // Before the numbers of samples, which say less of what has changed.
  addOrigin(identity, &data, "data");
  addOrigin(identity, options.validationData, "validation data");
  Identity more = {
      {"samples to train on:", fmt::format("{}", training)},
      {"samples to validate on:", fmt::format("{}", validation)},
      {"--shuffle", options.shuffle ? "on" : "off"},
      {"--initial-epoch", fmt::format("{}", options.initialEpoch)},
      {"--steps-per-epoch", formatSteps(options.stepsPerEpoch)},
      {"--validation-batch",
       fmt::format("{}", options.validationBatch.value_or(options.batch))},
      {"--validation-freq", formatValidationFreq(options)},
      {"--class-weight", formatClassWeight(options.classWeight)},
      {"the callbacks", listCallbacks(options.callbacks.objects)},
      {"the losses of steps", options.logBatchLoss ? "kept" : "not kept"}};
  for (auto *list : {&more, &model})
    std::ranges::move(*list, std::back_inserter(identity));
  return identity;
}

Expected<void> checkReached(const Position &at, const FitOptions &options,
                            int64_t stepsOfEpoch) {
  std::string folder = options.backup->folder.string();
  if (at.step > stepsOfEpoch)
    return fail(folder, fmt::format("is at step {} of an epoch", at.step),
                fmt::format("the data has {} steps", stepsOfEpoch),
                "give the data of the first run");
  int64_t epochs = at.epoch + (at.step > 0);
  if (epochs > options.epochs)
    return fail(folder, fmt::format("is in epoch {}", epochs),
                fmt::format("this run has {}", options.epochs),
                fmt::format("give --epochs {} or more", epochs));
  if (options.maxSteps > 0 && at.steps > options.maxSteps)
    return fail(folder, fmt::format("is at step {}", at.steps),
                fmt::format("this run stops after {}", options.maxSteps),
                fmt::format("give --steps {} or more", at.steps));
  return {};
}

Expected<RunBackup> RunBackup::open(Session::Impl &impl,
                                    const BackupOptions &options,
                                    Identity identity) {
  auto folder = options.resume ? BackupFolder::reopen(options.folder)
                               : BackupFolder::create(options.folder);
  if (!folder)
    return Unexpected(folder.error());
  std::optional<Backup> restored;
  int64_t everySteps = options.everySteps;
  if (options.resume) {
    auto read = readBackup(folder->path());
    if (!read)
      return Unexpected(read.error());
    if (auto same = compareIdentities(read->identity, identity,
                                      folder->path().string());
        !same)
      return Unexpected(same.error());
    restored = *std::move(read);
    if (everySteps == 0)
      everySteps = restored->everySteps;
  }
  RunBackup run(impl, *std::move(folder), std::move(identity), everySteps);
  run.restored = std::move(restored);
  return run;
}

Expected<Backup> RunBackup::restore() {
  if (auto written = writeStates(restored->states); !written)
    return Unexpected(written.error());
  lastSteps = restored->position.steps;
  Backup backup = *std::move(restored);
  restored.reset();
  return backup;
}

bool RunBackup::isDue(int64_t steps) const {
  return everySteps > 0 && steps - lastSteps >= everySteps;
}

Expected<void>
RunBackup::readStates(std::vector<std::vector<std::byte>> &states) {
  const auto &all = impl.manifest().states;
  states.resize(all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    states[i].resize(sizeOfState(all[i]));
    if (auto read = impl.device->readState(i, states[i]); !read)
      return read;
  }
  return {};
}

/// And gives their memory back.
Expected<void>
RunBackup::writeStates(std::vector<std::vector<std::byte>> &states) {
  const auto &all = impl.manifest().states;
  for (size_t i = 0; i < all.size(); ++i)
    if (i >= states.size() || states[i].size() != sizeOfState(all[i]))
      return fail(folder.path().string(),
                  fmt::format("holds a value of another size for state \"{}\"",
                              all[i].name),
                  fmt::format("its shape is {}", formatShape(all[i].shape)),
                  "begin the run again, with another folder");
  for (size_t i = 0; i < all.size(); ++i) {
    if (auto written = impl.device->writeState(i, states[i]); !written)
      return written;
    states[i] = {};
  }
  return {};
}

Expected<void> RunBackup::write(const Position &position,
                                const History &history,
                                CallbackStates callbacks) {
  if (auto finished = finish(); !finished)
    return finished;
  Backup backup{
      identity,       position,          everySteps,          folder.reuse(),
      history.epochs, history.batchLoss, std::move(callbacks)};
  if (auto read = readStates(backup.states); !read)
    return read;
  lastSteps = position.steps;
  if (auto begun = folder.write(std::move(backup)); !begun)
    return explain(begun.error(), folder.path().parent_path());
  return {};
}

Expected<void> RunBackup::finish() {
  if (auto finished = folder.finish(); !finished)
    return explain(finished.error(), folder.path().parent_path());
  return {};
}

} // namespace dlc::session
