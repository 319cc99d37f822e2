// The model in training, as callbacks see it.
#include "runtime/session/fit/SessionTrainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace dlc::session {

using artifact::State;

namespace {

constexpr std::string_view rateState = "optimizer/learning_rate";
/// The program, and its output, of a rate that follows a schedule.
constexpr std::string_view rateProgram = "learning_rate";
constexpr std::string_view iterationState = "optimizer/iteration";

Unexpected<Error> failRate(const Session::Impl &impl) {
  return fail("the learning rate",
              fmt::format("is no variable of {}", impl.modelName()),
              "its optimizer follows a schedule, or it has none",
              "compile it with a number as learning_rate");
}

} // namespace

void SessionTrainer::startEpoch() {
  logs.clear();
  isCurrent = false;
}

Expected<Logs> SessionTrainer::readLogs(double maxAge) {
  std::chrono::duration<double> age = Clock::now() - lastRead;
  if (!logs.empty() && (isCurrent || age.count() < maxAge))
    return logs;
  auto read = impl.metrics();
  if (!read)
    return Unexpected(read.error());
  logs = *std::move(read);
  isCurrent = true;
  lastRead = Clock::now();
  return logs;
}

std::vector<std::string> SessionTrainer::logNames() const {
  std::vector<std::string> names;
  for (const artifact::Metric &metric : impl.manifest().metrics)
    names.push_back(metric.name);
  for (size_t i = 0, count = names.size(); validates && i < count; ++i)
    names.push_back("val_" + names[i]);
  return names;
}

Direction SessionTrainer::direction(std::string_view log) const {
  if (log.starts_with("val_"))
    log.remove_prefix(4);
  if (log == "loss")
    return Direction::Down;
  auto metric =
      std::ranges::find(impl.manifest().metrics, log, &artifact::Metric::name);
  if (metric == impl.manifest().metrics.end())
    return Direction::Unknown;
  return metric->direction == "up"     ? Direction::Up
         : metric->direction == "down" ? Direction::Down
                                       : Direction::Unknown;
}

Expected<double> SessionTrainer::learningRate() const {
  if (auto index = impl.findState(rateState)) {
    auto rate = impl.readState(*index);
    if (!rate)
      return Unexpected(rate.error());
    return double(rate->as<float>()[0]);
  }
  auto program = impl.findProgram(rateProgram);
  if (!program)
    return failRate(impl);
  if (auto ran = impl.device->run(*program, 1, 1); !ran)
    return Unexpected(ran.error());
  auto rates = impl.readScalars(*program, rateProgram, 1);
  if (!rates)
    return Unexpected(rates.error());
  return rates->front();
}

Expected<void> SessionTrainer::setLearningRate(double rate) {
  if (!impl.findState(rateState))
    return failRate(impl);
  return impl.setState(rateState,
                       Tensor::of<float>(DType::F32, {}, {float(rate)}));
}

Expected<int64_t> SessionTrainer::iterations() const {
  auto index = impl.findState(iterationState);
  if (!index)
    return 0;
  auto count = impl.readState(*index);
  if (!count)
    return Unexpected(count.error());
  return int64_t(count->as<int32_t>()[0]);
}

Expected<NamedTensors> SessionTrainer::weights() const {
  NamedTensors weights;
  for (size_t i = 0; i < impl.manifest().states.size(); ++i) {
    const State &state = impl.manifest().states[i];
    if (state.role != State::Role::Weight)
      continue;
    auto value = impl.readState(i);
    if (!value)
      return Unexpected(value.error());
    weights.emplace_back(state.name, *std::move(value));
  }
  return weights;
}

Expected<void> SessionTrainer::setWeights(const NamedTensors &weights) {
  for (const auto &[name, value] : weights)
    if (auto set = impl.setState(name, value); !set)
      return set;
  return {};
}

Expected<void> SessionTrainer::save(const std::filesystem::path &path) const {
  return impl.save(path);
}

void SessionTrainer::note(const std::string &text) {
  if (callbacks.onNote)
    callbacks.onNote(text);
  else
    fmt::print(stderr, "note: {}\n", text);
}

} // namespace dlc::session
