// What must be the same in a run and in the one that goes on with it.
#include "runtime/session/backup/Identity.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace dlc::session {
namespace {

using Json = nlohmann::json;

/// The values of a key in two configurations; none where it is not there.
struct Difference {
  std::string key;
  std::optional<std::string> before, now;
};

/// What a line of text can hold of a value.
std::string shorten(std::string text) {
  constexpr size_t longest = 80;
  if (text.size() > longest)
    text = text.substr(0, longest) + "...";
  return text;
}

std::string print(const Json &json) {
  // What is nested is told by its kind: it may be nested without an end.
  if (json.is_structured())
    return json.is_array() ? "a list" : "an object";
  if (json.is_string())
    return shorten(json.get<std::string>());
  return shorten(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// Whether a key that only one of two objects has is a difference.
enum class Lacking : uint8_t { Counts, IsIgnored };

/// The first key whose values differ. Values nested deeper than any model's are
/// taken to differ.
std::optional<Difference> findDifference(const Json &before, const Json &now,
                                         Lacking lacking,
                                         const std::string &key = "",
                                         int depth = 0) {
  constexpr int deepest = 64;
  auto nameItem = [&](const std::string &item) {
    return key.empty() ? item : key + "." + item;
  };
  if (before.type() != now.type() || depth == deepest ||
      (before.is_array() && before.size() != now.size()))
    return Difference{key, print(before), print(now)};
  if (before.is_array()) {
    for (size_t i = 0; i < before.size(); ++i)
      if (auto found =
              findDifference(before[i], now[i], lacking,
                             nameItem(fmt::format("{}", i)), depth + 1))
        return found;
    return std::nullopt;
  }
  if (before.is_object()) {
    for (const auto &[item, value] : before.items()) {
      auto other = now.find(item);
      if (other == now.end() && lacking == Lacking::Counts)
        return Difference{nameItem(item), print(value), {}};
      if (other == now.end())
        continue;
      if (auto found =
              findDifference(value, *other, lacking, nameItem(item), depth + 1))
        return found;
    }
    for (const auto &[item, value] : now.items())
      if (!before.contains(item) && lacking == Lacking::Counts)
        return Difference{nameItem(item), {}, print(value)};
    return std::nullopt;
  }
  if (before == now)
    return std::nullopt;
  return Difference{key, print(before), print(now)};
}

Unexpected<Error> failDifferent(const std::string &file,
                                const std::string &what,
                                const std::optional<std::string> &before,
                                const std::optional<std::string> &now) {
  return fail(file,
              before
                  ? fmt::format("was made with {} {}", what, shorten(*before))
                  : fmt::format("was made without {}", what),
              now ? fmt::format("this run has {}{}",
                                before ? "" : "it: ", shorten(*now))
                  : std::string("this run has none"),
              "give what the first run was given, or begin a new run with "
              "--backup and another folder");
}

/// Two JSON objects, which may mean the same where their texts differ.
Expected<void> compareObjects(const std::string &what,
                              const std::string &before, const std::string &now,
                              const std::string &file) {
  Json left = Json::parse(before, nullptr, /*allow_exceptions=*/false);
  Json right = Json::parse(now, nullptr, /*allow_exceptions=*/false);
  if (!left.is_object() || !right.is_object())
    return failDifferent(file, what, before, now);
  // A value that changed says more than a key that came or went with it.
  auto found = findDifference(left, right, Lacking::IsIgnored);
  if (!found)
    found = findDifference(left, right, Lacking::Counts);
  if (!found)
    return {};
  return failDifferent(file, found->key, found->before, found->now);
}

} // namespace

Identity identifyModel(const artifact::Artifact &artifact) {
  const artifact::Manifest &manifest = artifact.manifest;
  Identity identity = {{"model", fmt::format("\"{}\"", manifest.model)}};
  if (manifest.kerasConfig != artifact::none)
    identity.emplace_back(
        "model's configuration",
        std::string(artifact.blobs[size_t(manifest.kerasConfig)].text()));
  identity.emplace_back("so many states:",
                        fmt::format("{}", manifest.states.size()));
  for (const artifact::State &state : manifest.states)
    identity.emplace_back(
        fmt::format("\"{}\" of", state.name),
        fmt::format("{} {}", nameOf(state.dtype), formatShape(state.shape)));
  return identity;
}

Expected<void> compareIdentities(const Identity &before, const Identity &now,
                                 const std::string &file) {
  for (size_t i = 0; i < std::max(before.size(), now.size()); ++i) {
    // A thing that one of them lacks is another model's state.
    if (i >= before.size() || i >= now.size())
      return failDifferent(file, "as many things to compare as",
                           fmt::format("{}", before.size()),
                           fmt::format("{}", now.size()));
    const auto &[what, value] = before[i];
    if (what != now[i].first)
      return failDifferent(file, what, value,
                           fmt::format("{} {}", now[i].first, now[i].second));
    if (value == now[i].second)
      continue;
    if (auto same = compareObjects(what, value, now[i].second, file); !same)
      return same;
  }
  return {};
}

} // namespace dlc::session
