// Settings as a user writes them in one word: 'monitor=val_loss,patience=3'.
#include "runtime/core/SettingList.h"

#include "runtime/core/Nearest.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace dlc {

namespace {

std::string quote(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

std::string_view trim(std::string_view text) {
  size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

/// The part of `text` before the first comma outside brackets and quotes.
std::string_view takeItem(std::string_view &text) {
  int depth = 0;
  char quoted = 0;
  size_t end = 0;
  for (; end < text.size(); ++end) {
    char c = text[end];
    if (quoted) {
      quoted = c == quoted ? 0 : quoted;
      continue;
    }
    if (c == '"' || c == '\'')
      quoted = c;
    else if (c == '(' || c == '[' || c == '{')
      ++depth;
    else if (c == ')' || c == ']' || c == '}')
      --depth;
    else if (c == ',' && depth <= 0)
      break;
  }
  std::string_view item = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return item;
}

std::string_view unquote(std::string_view text) {
  bool isQuoted = text.size() >= 2 &&
                  (text.front() == '"' || text.front() == '\'') &&
                  text.back() == text.front();
  return isQuoted ? text.substr(1, text.size() - 2) : text;
}

template <typename T> bool readNumber(std::string_view text, T &to) {
  T value{};
  auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size())
    return false;
  to = value;
  return true;
}

bool readReal(std::string_view text, double &to) {
  double value;
  if (!readNumber(text, value) || !std::isfinite(value))
    return false;
  to = value;
  return true;
}

} // namespace

void SettingList::add(std::string name, std::string &to) {
  add(std::move(name), "a text", [&to](std::string_view text) {
    to = unquote(text);
    return !to.empty();
  });
}

void SettingList::add(std::string name, bool &to) {
  add(std::move(name), "true or false", [&to](std::string_view text) {
    to = text == "true" || text == "True";
    return to || text == "false" || text == "False";
  });
}

void SettingList::add(std::string name, int64_t &to) {
  add(std::move(name), "an integer",
      [&to](std::string_view text) { return readNumber(text, to); });
}

void SettingList::add(std::string name, double &to) {
  add(std::move(name), "a number",
      [&to](std::string_view text) { return readReal(text, to); });
}

void SettingList::add(std::string name, std::optional<double> &to) {
  add(std::move(name), "a number or None", [&to](std::string_view text) {
    to.reset();
    double value;
    if (text == "None" || text == "null")
      return true;
    if (!readReal(text, value))
      return false;
    to = value;
    return true;
  });
}

void SettingList::add(std::string name, std::vector<std::string> choices,
                      std::function<void(size_t)> choose) {
  std::string kind;
  for (size_t i = 0; i < choices.size(); ++i)
    kind += (i == 0                    ? ""
             : i + 1 == choices.size() ? " or "
                                       : ", ") +
            choices[i];
  add(std::move(name), std::move(kind),
      [choices = std::move(choices),
       choose = std::move(choose)](std::string_view text) {
        auto it = std::ranges::find(choices, unquote(text));
        if (it == choices.end())
          return false;
        choose(size_t(it - choices.begin()));
        return true;
      });
}

void SettingList::add(std::string name, std::string kind,
                      std::function<bool(std::string_view)> read) {
  entries.push_back({std::move(name), std::move(kind), std::move(read)});
}

bool SettingList::isList(std::string_view text) {
  size_t end = text.find_first_not_of(
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ ");
  return end != 0 && end != std::string_view::npos && text[end] == '=';
}

Expected<void> SettingList::readOne(std::string_view name,
                                    std::string_view value) const {
  auto entry = std::ranges::find(entries, name, &Entry::name);
  if (entry == entries.end()) {
    std::vector<std::string> names;
    std::string all;
    for (const Entry &known : entries) {
      names.push_back(known.name);
      all += (all.empty() ? "" : ", ") + known.name;
    }
    std::string nearest = findNearest(name, names);
    return fail(thing, "has a setting " + quote(name),
                "its settings are " + all,
                nearest.empty() ? "leave it out"
                                : "did you mean " + quote(nearest) + "?");
  }
  if (!entry->read(value))
    return fail(thing, "has " + std::string(name) + "=" + std::string(value),
                std::string(name) + " is " + entry->kind, "give another value");
  return {};
}

Expected<void> SettingList::read(std::string_view text) const {
  std::set<std::string_view> seen;
  while (!text.empty()) {
    std::string_view item = trim(takeItem(text));
    size_t equals = item.find('=');
    if (equals == std::string_view::npos)
      return fail(thing, "has " + quote(item),
                  "it is a list of settings, each a name and its value",
                  "write it as NAME=VALUE,NAME=VALUE");
    std::string_view name = trim(item.substr(0, equals));
    if (!seen.insert(name).second)
      return fail(thing, "gives " + std::string(name) + " twice", "",
                  "give it once");
    if (auto done = readOne(name, trim(item.substr(equals + 1))); !done)
      return done;
  }
  return {};
}

} // namespace dlc
