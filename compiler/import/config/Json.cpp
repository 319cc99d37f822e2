// Parses JSON within limits.
#include "compiler/import/config/Json.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

using namespace dlc;
using namespace dlc::importer;

/// Deeper than any model's config; Keras nests about 12 levels a nested model.
static constexpr int maxNesting = 200;

/// Whether brackets outside strings nest deeper than the limit.
static bool nestsTooDeep(const std::string &text) {
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
      continue;
    }
    if (c == '"')
      inString = true;
    else if ((c == '{' || c == '[') && ++depth > maxNesting)
      return true;
    else if (c == '}' || c == ']')
      --depth;
  }
  return false;
}

//===-- Numbers that JSON has not -----------------------------------------===//

/// As Python writes them.
static const std::pair<std::string_view, double> nonFinite[] = {
    {"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};

/// Begins the strings that stand for them on their way through the library.
static constexpr char mark = '\1';
static constexpr std::string_view markAsText = "\\u0001";

/// The text with such strings in place of the numbers.
static std::string markNonFinite(const std::string &text) {
  std::string marked;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    auto stands = [&](const auto &known) {
      return std::string_view(text).substr(i).starts_with(known.first);
    };
    const auto *known = inString ? std::end(nonFinite)
                                 : std::ranges::find_if(nonFinite, stands);
    if (known != std::end(nonFinite)) {
      ((marked += '"') += markAsText) += known->first;
      marked += '"';
      i += known->first.size() - 1;
      continue;
    }
    marked += text[i];
    if (inString && text[i] == '\\' && i + 1 < text.size())
      marked += text[++i];
    else if (text[i] == '"')
      inString = !inString;
  }
  return marked;
}

/// Makes numbers of marked strings.
static void unmark(Json &json) {
  for (Json &element : json)
    if (element.is_structured())
      unmark(element);
    else if (element.is_string())
      for (const auto &[name, number] : nonFinite)
        if (const auto &text = element.get_ref<const std::string &>();
            text.starts_with(mark) && text.substr(1) == name) {
          element = number;
          break;
        }
}

static bool isNonFinite(const Json &json) {
  return json.is_number_float() && !std::isfinite(json.get<double>());
}

static bool holdsNonFinite(const Json &json) {
  return json.is_structured() ? std::ranges::any_of(json, holdsNonFinite)
                              : isNonFinite(json);
}

/// The inverse of unmark.
static void markNumbers(Json &json) {
  for (Json &element : json)
    if (element.is_structured()) {
      markNumbers(element);
    } else if (isNonFinite(element)) {
      double number = element.get<double>();
      std::string_view name = std::isnan(number) ? "NaN"
                              : number > 0       ? "Infinity"
                                                 : "-Infinity";
      element = std::string(1, mark).append(name);
    }
}

//===----------------------------------------------------------------------===//

Expected<Json> importer::parseJson(const std::string &text,
                                   const std::string &thing) {
  if (nestsTooDeep(text))
    return fail(thing,
                "nests deeper than " + std::to_string(maxNesting) + " levels",
                "no Keras model does", "check where the file is from");
  try {
    if (text.find("NaN") == std::string::npos &&
        text.find("Infinity") == std::string::npos)
      return Json::parse(text);
    Json json = Json::parse(markNonFinite(text));
    unmark(json);
    return json;
  } catch (const Json::parse_error &error) {
    return fail(thing,
                "is not valid JSON at byte " + std::to_string(error.byte), "",
                "save the model again");
  } catch (const Json::exception &) {
    return fail(thing, "holds a number beyond 1.8e308",
                "numbers of a model are doubles", "save the model again");
  }
}

static std::string dump(const Json &json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string importer::printJson(const Json &json) {
  if (!holdsNonFinite(json))
    return dump(json);
  Json marked = json;
  markNumbers(marked);
  std::string text = dump(marked);
  for (const auto &[name, number] : nonFinite) {
    std::string quoted = '"' + std::string(markAsText).append(name) + '"';
    for (size_t at = 0; (at = text.find(quoted, at)) != std::string::npos;)
      text.replace(at, quoted.size(), name);
  }
  return text;
}

const Json *importer::find(const Json &object, const char *key) {
  if (!object.is_object())
    return nullptr;
  auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::string importer::findString(const Json &object, const char *key) {
  const Json *value = find(object, key);
  return value && value->is_string() ? value->get<std::string>() : "";
}
