// Reads "adam", "adam(learning_rate=1e-3)" and JSON.
#include "compiler/import/training/TrainingOptions.h"
#include "compiler/import/config/CallSyntax.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace dlc;
using namespace dlc::importer;
using llvm::StringRef;

bool importer::hasTraining(const TrainingOptions &training) {
  return !training.optimizer.empty() || !training.loss.empty() ||
         !training.metrics.empty();
}

/// Schedules are written with their rate in front; other arguments have keys.
static std::vector<std::string> listArguments(StringRef callee) {
  using Names = std::vector<std::string>;
  return llvm::StringSwitch<Names>(callee)
      .Cases({"ExponentialDecay", "InverseTimeDecay"},
             Names{"initial_learning_rate", "decay_steps", "decay_rate",
                   "staircase", "name"})
      .Case("PiecewiseConstantDecay", Names{"boundaries", "values", "name"})
      .Case("PolynomialDecay",
            Names{"initial_learning_rate", "decay_steps", "end_learning_rate",
                  "power", "cycle", "name"})
      .Case("CosineDecay",
            Names{"initial_learning_rate", "decay_steps", "alpha", "name",
                  "warmup_target", "warmup_steps"})
      .Case("CosineDecayRestarts",
            Names{"initial_learning_rate", "first_decay_steps", "t_mul",
                  "m_mul", "alpha", "name"})
      .Default({});
}

/// name(key=value, ...) as a serialised object.
static Expected<Json> readCall(const std::string &option, StringRef text) {
  auto call =
      parseCall(text.str(), option,
                {"name(key=1.5), if it is no name or JSON", listArguments});
  if (!call)
    return Unexpected(call.error());
  return Json{{"class_name", call->callee}, {"config", call->keywords}};
}

static Expected<Json> readSpec(const std::string &option,
                               const std::string &given) {
  StringRef text = StringRef(given).trim();
  if (text.starts_with("{") || text.starts_with("["))
    return parseJson(text.str(), option);
  if (text.contains('('))
    return readCall(option, text);
  for (StringRef quote : {"'", "\""})
    if (text.size() > 1 && text.starts_with(quote) && text.ends_with(quote))
      text = text.drop_front().drop_back();
  return Json(text.str());
}

/// Commas between metrics, but not those inside a call.
static std::vector<std::string> splitMetrics(StringRef text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (char c : text) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == ',' && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

static Expected<Json>
readMetricsOption(const std::string &text,
                  const std::vector<std::string> &outputs) {
  StringRef trimmed = StringRef(text).trim();
  // [accuracy, 'mae'] is a list as Python has it and no JSON.
  bool isList = trimmed.starts_with("[") && trimmed.ends_with("]");
  if (isList && !trimmed.contains('{') && !Json::accept(trimmed.str()))
    trimmed = trimmed.drop_front().drop_back();
  else if (trimmed.starts_with("{") || isList)
    return parseJson(trimmed.str(), "--metrics");
  Json metrics = Json::array();
  for (const std::string &part : splitMetrics(trimmed)) {
    if (StringRef(part).trim().empty())
      continue;
    Expected<Json> metric = readSpec("--metrics", part);
    if (!metric)
      return metric;
    metrics.push_back(std::move(*metric));
  }
  if (outputs.size() <= 1)
    return metrics;
  Json byOutput = Json::object();
  for (const std::string &output : outputs)
    byOutput[output] = metrics;
  return byOutput;
}

Expected<Json>
importer::applyTraining(Json config, const TrainingOptions &training,
                        const std::vector<std::string> &outputs) {
  if (!config.is_object())
    config = Json::object();
  if (!training.optimizer.empty()) {
    Expected<Json> optimizer = readSpec("--optimizer", training.optimizer);
    if (!optimizer)
      return optimizer;
    config["optimizer"] = std::move(*optimizer);
  }
  if (!training.loss.empty()) {
    Expected<Json> loss = readSpec("--loss", training.loss);
    if (!loss)
      return loss;
    config["loss"] = std::move(*loss);
    config.erase("loss_weights");
  }
  if (!training.metrics.empty()) {
    Expected<Json> metrics = readMetricsOption(training.metrics, outputs);
    if (!metrics)
      return metrics;
    config["metrics"] = std::move(*metrics);
  }
  return config;
}
