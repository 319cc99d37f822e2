// The names of a model's classes, in metadata.json of its .keras file.
#include "runtime/session/ClassNames.h"
#include "runtime/session/Impl.h"

#include <nlohmann/json.hpp>

namespace dlc {

std::vector<std::string> session::readClassNames(const std::string &metadata) {
  using Json = nlohmann::json;
  Json object = Json::parse(metadata, nullptr, /*allow_exceptions=*/false);
  for (const char *key : {"dlc", "class_names"}) {
    if (!object.is_object() || !object.contains(key))
      return {};
    // By a copy first: it stands in what it replaces.
    Json inner = object[key];
    object = std::move(inner);
  }
  std::vector<std::string> names;
  if (!object.is_array())
    return {};
  for (const Json &name : object) {
    if (!name.is_string())
      return {};
    names.push_back(name.get<std::string>());
  }
  return names;
}

const std::vector<std::string> &Session::classNames() const {
  return impl->classNames;
}

void Session::setClassNames(std::vector<std::string> names) {
  impl->classNames = std::move(names);
}

} // namespace dlc
