// Logs for TensorBoard.
#include "runtime/session/callbacks/tensorboard/TensorBoard.h"

#include "runtime/session/callbacks/StateJson.h"

#include <fmt/format.h>

namespace dlc::callbacks {

TensorBoard::TensorBoard() : TensorBoard(Options()) {}
TensorBoard::TensorBoard(Options options) : options(std::move(options)) {}
TensorBoard::TensorBoard(std::string logDir)
    : TensorBoard(Options{.logDir = std::move(logDir)}) {}

/// Files are made when there is something to write.
Expected<void> TensorBoard::write(std::optional<EventFile> &file,
                                  const char *folder, const Logs &values,
                                  const std::string &prefix,
                                  const std::string &suffix, int64_t step) {
  if (!file) {
    auto made =
        EventFile::create(std::filesystem::path(options.logDir) / folder);
    if (!made)
      return Unexpected(made.error());
    file = *std::move(made);
  }
  std::chrono::duration<double> now =
      std::chrono::system_clock::now().time_since_epoch();
  for (const auto &[name, value] : values)
    if (auto written =
            file->writeScalar(prefix + name + suffix, value, step, now.count());
        !written)
      return written;
  return {};
}

Expected<void> TensorBoard::onTrainBegin(Trainer &) {
  batches = 0;
  train.reset();
  validation.reset();
  if (options.updateFreq && *options.updateFreq < 1)
    return fail(name(), fmt::format("has update_freq={}", *options.updateFreq),
                "it writes after 1 or more steps", "give a larger number");
  // As Keras' callback: a folder that cannot be made is told before training.
  return write(train, "train", {}, "", "", 0);
}

Expected<void> TensorBoard::onEpochBegin(int64_t, Trainer &trainer) {
  if (!options.writeStepsPerSecond)
    return {};
  auto iterations = trainer.iterations();
  if (!iterations)
    return Unexpected(iterations.error());
  iterationsBefore = *iterations;
  epochStart = Clock::now();
  return {};
}

Expected<void> TensorBoard::onTrainBatchEnd(int64_t, Trainer &trainer) {
  ++batches;
  if (!options.updateFreq || batches % *options.updateFreq != 0)
    return {};
  auto logs = trainer.batchLogs();
  if (!logs)
    return Unexpected(logs.error());
  return write(train, "train", *logs, "batch_", "", batches);
}

Expected<void> TensorBoard::onTestEnd(const Logs &logs, Trainer &trainer) {
  auto iterations = trainer.iterations();
  if (!iterations)
    return Unexpected(iterations.error());
  return write(validation, "validation", logs, "evaluation_", "_vs_iterations",
               *iterations);
}

Expected<void> TensorBoard::onEpochEnd(int64_t epoch, Logs &logs,
                                       Trainer &trainer) {
  Logs ofTraining, ofValidation;
  for (const auto &[name, value] : logs)
    if (name.starts_with("val_"))
      ofValidation.emplace_back(name.substr(4), value);
    else
      ofTraining.emplace_back(name, value);
  // The rate of now, which another callback may have changed.
  if (auto rate = trainer.learningRate())
    setLog(ofTraining, "learning_rate", *rate);
  if (options.writeStepsPerSecond) {
    auto iterations = trainer.iterations();
    if (!iterations)
      return Unexpected(iterations.error());
    std::chrono::duration<double> seconds = Clock::now() - epochStart;
    setLog(ofTraining, "steps_per_second",
           double(*iterations - iterationsBefore) / seconds.count());
  }
  if (auto written = write(train, "train", ofTraining, "epoch_", "", epoch);
      !written || ofValidation.empty())
    return written;
  return write(validation, "validation", ofValidation, "epoch_", "", epoch);
}

Expected<void> TensorBoard::onTrainEnd(const Logs &, Trainer &) {
  train.reset();
  validation.reset();
  return {};
}

CallbackState TensorBoard::saveState() const {
  Json json = Json::object();
  json["batches"] = batches;
  return {json.dump()};
}

Expected<void> TensorBoard::loadState(const CallbackState &state,
                                      Trainer &trainer) {
  if (auto begun = onTrainBegin(trainer); !begun)
    return begun;
  auto reader = StateReader::parse(state, name());
  if (!reader)
    return Unexpected(reader.error());
  return reader->read("batches", batches);
}

} // namespace dlc::callbacks
