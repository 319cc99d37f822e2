// Parses JSON within limits.
#include "compiler/import/config/Json.h"

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

Expected<Json> importer::parseJson(const std::string &text,
                                   const std::string &thing) {
  if (nestsTooDeep(text))
    return fail(thing,
                "nests deeper than " + std::to_string(maxNesting) + " levels",
                "no Keras model does", "check where the file is from");
  try {
    return Json::parse(text);
  } catch (const Json::parse_error &error) {
    return fail(thing,
                "is not valid JSON at byte " + std::to_string(error.byte), "",
                "save the model again");
  } catch (const Json::exception &) {
    return fail(thing, "holds a number beyond 1.8e308",
                "numbers of a model are doubles", "save the model again");
  }
}

std::string importer::printJson(const Json &json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
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
