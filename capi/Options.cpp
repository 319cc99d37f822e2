// The options of dlc.h, which come as JSON text, as the structs that they fill.
#include "capi/Options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

namespace dlc::capi {
namespace {

using Json = nlohmann::ordered_json;

/// Fills one field; the string says what was wanted where the value is not it.
using Read = std::function<const char *(const Json &)>;
/// Each key, and how its value is read.
using Table = std::vector<std::pair<const char *, Read>>;

constexpr const char *good = nullptr;
constexpr int maxDepth = 100;

//===-- Kinds of values ---------------------------------------------------===//

Read readText(std::string &field) {
  return [&field](const Json &json) -> const char * {
    if (!json.is_string())
      return "it must be a string";
    field = json.get<std::string>();
    return good;
  };
}

Read readPath(std::filesystem::path &field) {
  return [&field](const Json &json) -> const char * {
    if (!json.is_string())
      return "it must be the name of a file";
    field = json.get<std::string>();
    return good;
  };
}

/// A Keras name or call, or the object that Keras serialises.
Read readObject(std::string &field) {
  return [&field](const Json &json) -> const char * {
    if (!json.is_string() && !json.is_object())
      return "it must be a string or an object";
    field = json.is_string() ? json.get<std::string>() : json.dump();
    return good;
  };
}

Read readFlag(bool &field) {
  return [&field](const Json &json) -> const char * {
    if (!json.is_boolean())
      return "it must be true or false";
    field = json.get<bool>();
    return good;
  };
}

Read readFlag(std::optional<bool> &field) {
  return [&field](const Json &json) { return readFlag(field.emplace())(json); };
}

/// Text, or a number as text.
Read readNumberText(std::string &field) {
  return [&field](const Json &json) -> const char * {
    if (!json.is_string() && !json.is_number())
      return "it must be a number, or a string such as \"1/255\"";
    field = json.is_string() ? json.get<std::string>() : json.dump();
    return good;
  };
}

template <typename T>
const char *readWhole(const Json &json, T &field, T least) {
  bool fits =
      json.is_number_unsigned()
          ? std::in_range<T>(json.get<uint64_t>())
          : json.is_number_integer() && std::in_range<T>(json.get<int64_t>());
  if (!fits || json.get<T>() < least)
    return least > 0 ? "it must be a whole number of 1 or more"
                     : "it must be a whole number of 0 or more";
  field = json.get<T>();
  return good;
}

template <typename T> Read readCount(T &field, T least) {
  return [&field, least](const Json &json) {
    return readWhole(json, field, least);
  };
}

template <typename T> Read readCount(std::optional<T> &field, T least) {
  return [&field, least](const Json &json) {
    return readWhole(json, field.emplace(), least);
  };
}

Read readNumber(double &field) {
  return [&field](const Json &json) -> const char * {
    if (!json.is_number() || json.get<double>() < 0)
      return "it must be a number of 0 or more";
    field = json.get<double>();
    return good;
  };
}

/// One text, or a list of them.
Read readTexts(std::vector<std::string> &field) {
  return [&field](const Json &json) -> const char * {
    for (const Json &item : json.is_array() ? json : Json::array({json})) {
      if (!item.is_string())
        return "it must be a string or a list of strings";
      field.push_back(item.get<std::string>());
    }
    return good;
  };
}

template <typename T> Read readList(std::vector<T> &field) {
  return [&field](const Json &json) -> const char * {
    if (!json.is_array())
      return "it must be a list of strings";
    for (const Json &item : json) {
      if (!item.is_string())
        return "it must be a list of strings";
      field.emplace_back(item.get<std::string>());
    }
    return good;
  };
}

Read readShapes(std::map<std::string, Shape> &field) {
  return [&field](const Json &json) -> const char * {
    const char *wanted = "it must be an object of lists of sizes of 1 or more";
    if (!json.is_object())
      return wanted;
    for (const auto &[name, sizes] : json.items()) {
      if (!sizes.is_array())
        return wanted;
      for (const Json &size : sizes)
        if (readWhole<int64_t>(size, field[name].emplace_back(), 1))
          return wanted;
    }
    return good;
  };
}

Read readClassWeight(data::NamedWeights &field) {
  return [&field](const Json &json) -> const char * {
    const char *wanted =
        "it must be an object of weights of 0 or more by class";
    if (!json.is_object())
      return wanted;
    for (const auto &[label, weight] : json.items()) {
      if (!weight.is_number() || !(weight.get<double>() >= 0))
        return wanted;
      field[label] = weight.get<float>();
    }
    return good;
  };
}

/// Each so many epochs, or a list of epochs.
Read readValidationFreq(FitOptions &fit) {
  return [&fit](const Json &json) -> const char * {
    if (!json.is_array())
      return readWhole<int64_t>(json, fit.validationFreq, 1);
    const char *wanted = "it must be a list of whole numbers of 1 or more";
    if (json.empty())
      return wanted;
    for (const Json &epoch : json)
      if (readWhole<int64_t>(epoch, fit.validationEpochs.emplace_back(), 1))
        return wanted;
    return good;
  };
}

/// One of several words.
template <typename Value>
Read readWord(Value &field, std::vector<std::pair<const char *, Value>> names,
              const char *mistake) {
  return [&field, names, mistake](const Json &json) -> const char * {
    for (auto [name, value] : names)
      if (json == name) {
        field = value;
        return good;
      }
    return mistake;
  };
}

Read readTrainingArgument(TrainingArgument &field) {
  return readWord(field,
                  {{"auto", TrainingArgument::Auto},
                   {"honour", TrainingArgument::Honour},
                   {"ignore", TrainingArgument::Ignore}},
                  "it must be \"auto\", \"honour\" or \"ignore\"");
}

Read readPrecision(Float32Precision &field) {
  return readWord(field,
                  {{"ieee", Float32Precision::Ieee},
                   {"tf32", Float32Precision::Tf32},
                   {"tf32x3", Float32Precision::Tf32x3}},
                  "it must be \"ieee\", \"tf32\" or \"tf32x3\"");
}

Read readLibraries(Libraries &field) {
  return readWord(field,
                  {{"auto", Libraries::Auto},
                   {"none", Libraries::None},
                   {"always", Libraries::Always}},
                  "it must be \"auto\", \"none\" or \"always\"");
}

/// Null is no cache, which the compiler knows as an empty path.
Read readCache(std::optional<std::filesystem::path> &field) {
  return [&field](const Json &json) -> const char * {
    if (!json.is_string() && !json.is_null())
      return "it must be the name of a folder, or null";
    field.emplace(json.is_string() ? json.get<std::string>() : "");
    return good;
  };
}

//===-- Objects -----------------------------------------------------------===//

/// Reads every key of the object by the table.
Expected<void> parse(const char *text, const char *kind, const Table &table) {
  if (!text)
    return {};
  int depth = 0;
  Json json = Json::parse(
      text,
      [&](int level, auto, auto &) {
        depth = std::max(depth, level);
        return true;
      },
      /*allow_exceptions=*/false);
  std::string thing = fmt::format("{} options", kind);
  // What writes them again for a message goes down as deep.
  if (depth > maxDepth)
    return fail(thing, fmt::format("nest {} levels", depth),
                fmt::format("the limit is {}", maxDepth), "correct them");
  if (!json.is_object())
    return fail(thing, json.is_discarded() ? "are no JSON" : "are no object",
                "they are a JSON object", "write them as {\"batch\": 32}");
  for (const auto &[key, value] : json.items()) {
    auto row = std::ranges::find_if(
        table, [&](const auto &row) { return row.first == key; });
    if (row == table.end()) {
      std::vector<const char *> keys;
      for (const auto &[known, read] : table)
        keys.push_back(known);
      return fail(thing, fmt::format("have a key \"{}\"", key),
                  fmt::format("the keys are {}", fmt::join(keys, ", ")),
                  "correct or remove it");
    }
    if (const char *wanted = row->second(value))
      return fail(
          fmt::format("{} option \"{}\"", kind, key),
          fmt::format("is {}", value.dump(-1, ' ', false,
                                          Json::error_handler_t::replace)),
          wanted, "correct it");
  }
  return {};
}

} // namespace

Expected<CompileOptions> parseCompileOptions(const char *text) {
  CompileOptions options;
  const Table table = {
      {"batch", readCount(options.batch, int64_t(1))},
      {"optimizer", readObject(options.training.optimizer)},
      {"loss", readObject(options.training.loss)},
      {"metrics", readText(options.training.metrics)},
      {"training_arg", readTrainingArgument(options.trainingArgument)},
      {"seed", readCount(options.seed, uint64_t(0))},
      {"weights", readPath(options.weights)},
      {"input_shapes", readShapes(options.inputShapes)},
      {"cpus", readList(options.cpus)},
      {"targets", readList(options.targets)},
      {"cache_dir", readCache(options.cacheDir)},
      {"for_this_cpu", readFlag(options.forThisCpu)},
      {"must_train", readFlag(options.mustTrain)},
      {"programs", readList(options.programs)},
      {"dtype_policy", readText(options.dtypePolicy)},
      {"zero_bias_gradients", readFlag(options.zeroBiasGradients)},
      {"fuse", readFlag(options.fuse)},
      {"winograd", readFlag(options.winograd)},
      {"streams", readCount(options.streams, int64_t(1))},
      {"float32_precision", readPrecision(options.float32Precision)},
      {"libraries", readLibraries(options.libraries)},
      {"memory_limit", readCount(options.memoryLimit, int64_t(1))},
      {"plugins", readList(options.plugins)},
  };
  if (auto parsed = parse(text, "compile", table); !parsed)
    return Unexpected(parsed.error());
  return options;
}

Expected<SessionOptions> parseSessionOptions(const char *text) {
  SessionOptions options;
  const Table table = {
      {"device", readText(options.device)},
      {"threads", readCount(options.threads, 0)},
      {"seed", readCount(options.seed, uint64_t(0))},
      {"rescue_seconds", readNumber(options.rescueSeconds)},
      {"predicts_at_once", readCount(options.predictsAtOnce, 0)},
  };
  if (auto parsed = parse(text, "session", table); !parsed)
    return Unexpected(parsed.error());
  return options;
}

std::string nameFitOption(std::string_view key) {
  return fmt::format("fit option \"{}\"", key);
}

Expected<FitSettings> parseFitOptions(const char *text) {
  FitSettings settings;
  FitOptions &options = settings.fit;
  BackupOptions backup;
  const Table table = {
      {"batch", readCount(options.batch, int64_t(1))},
      {"epochs", readCount(options.epochs, int64_t(1))},
      {"initial_epoch", readCount(options.initialEpoch, int64_t(0))},
      {"validation_split", readNumber(options.validationSplit)},
      {"validation_batch", readCount(options.validationBatch, int64_t(1))},
      {"validation_steps", readCount(options.validationSteps, int64_t(1))},
      {"validation_freq", readValidationFreq(options)},
      {"shuffle", readFlag(options.shuffle)},
      {"steps_per_epoch", readCount(options.stepsPerEpoch, int64_t(1))},
      {"max_steps", readCount(options.maxSteps, int64_t(0))},
      {"steps_per_launch", readCount(options.stepsPerLaunch, int64_t(1))},
      {"class_weight", readClassWeight(settings.classWeight)},
      {"log_batch_loss", readFlag(options.logBatchLoss)},
      {"log_seconds", readNumber(options.callbacks.logSeconds)},
      {"early_stopping", readText(settings.callbacks.earlyStopping)},
      {"reduce_lr", readText(settings.callbacks.reduceLR)},
      {"terminate_on_nan", readFlag(settings.callbacks.terminateOnNaN)},
      {"checkpoint", readTexts(settings.callbacks.checkpoints)},
      {"csv_log", readText(settings.callbacks.csvLog)},
      {"tensorboard", readText(settings.callbacks.tensorBoard)},
      {"backup", readPath(backup.folder)},
      {"backup_every", readCount(backup.everySteps, int64_t(0))},
      {"resume", readFlag(backup.resume)},
      {"profile", readPath(settings.profile)},
      {"trace", readPath(settings.trace)},
      {"trace_steps", readCount(settings.traceSteps, int64_t(1))},
  };
  if (auto parsed = parse(text, "fit", table); !parsed)
    return Unexpected(parsed.error());
  options.profile = !settings.profile.empty() || !settings.trace.empty();
  if (!settings.trace.empty())
    options.traceSteps = settings.traceSteps;
  if (!backup.folder.empty())
    options.backup = backup;
  else if (backup.resume || backup.everySteps > 0)
    return fail(nameFitOption("backup"), "is not given",
                fmt::format("{} needs its folder",
                            backup.resume ? "\"resume\"" : "\"backup_every\""),
                "give the folder's name");
  return settings;
}

std::string namePictureOption(std::string_view key) {
  return fmt::format("picture option \"{}\"", key);
}

Expected<data::ImageSettings> parsePictureOptions(const char *text) {
  data::ImageSettings settings;
  const Table table = {
      {"image_size", readText(settings.imageSize)},
      {"color_mode", readText(settings.colorMode)},
      {"interpolation", readText(settings.interpolation)},
      {"keep_aspect_ratio", readFlag(settings.keepAspectRatio)},
      {"rescale", readNumberText(settings.rescale)},
      {"preprocess", readText(settings.preprocess)},
      {"augment", readText(settings.augment)},
      {"on_bad_image", readText(settings.onBadImage)},
      {"workers", readCount(settings.workers, 0)},
  };
  if (auto parsed = parse(text, "picture", table); !parsed)
    return Unexpected(parsed.error());
  return settings;
}

} // namespace dlc::capi
