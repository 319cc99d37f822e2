// What a model keeps of the data that it was trained on, in metadata.json of
// its .keras file under "dlc".
#include "runtime/session/Metadata.h"
#include "runtime/session/Impl.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <ctime>

namespace dlc {

namespace {

using Json = nlohmann::json;

constexpr const char *ours = "dlc", *namesKey = "class_names",
                     *picturesKey = "pictures";

std::string print(const Json &json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// What stands under a key of "dlc"; null for nothing.
Json find(const std::string &metadata, const char *key) {
  Json object = Json::parse(metadata, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || !object.contains(ours))
    return {};
  const Json &inner = object[ours];
  return inner.is_object() && inner.contains(key) ? inner[key] : Json();
}

/// Now, as Keras writes it: "2026-07-31@12:00:00".
std::string formatDate() {
  std::time_t now =
      std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm local{};
  localtime_r(&now, &local);
  char text[32];
  size_t length = std::strftime(text, sizeof text, "%Y-%m-%d@%H:%M:%S", &local);
  return std::string(text, length);
}

} // namespace

std::vector<std::string> session::readClassNames(const std::string &metadata) {
  std::vector<std::string> names;
  Json list = find(metadata, namesKey);
  if (!list.is_array())
    return {};
  for (const Json &name : list) {
    if (!name.is_string())
      return {};
    names.push_back(name.get<std::string>());
  }
  return names;
}

std::string session::readPictureFormat(const std::string &metadata) {
  Json format = find(metadata, picturesKey);
  return format.is_object() ? print(format) : "";
}

std::string session::updateMetadata(const std::string &metadata,
                                    const std::vector<std::string> &classNames,
                                    const std::string &pictureFormat) {
  Json object = Json::parse(metadata, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object())
    object = Json::object();
  object["date_saved"] = formatDate();
  if (!object[ours].is_object())
    object.erase(ours);
  if (!classNames.empty())
    object[ours][namesKey] = classNames;
  if (!pictureFormat.empty())
    object[ours][picturesKey] =
        Json::parse(pictureFormat, nullptr, /*allow_exceptions=*/false);
  return print(object);
}

const std::vector<std::string> &Session::classNames() const {
  return impl->classNames;
}

void Session::setClassNames(std::vector<std::string> names) {
  session::Turns::Alone alone(*impl->turns);
  impl->classNames = std::move(names);
}

const std::string &Session::pictureFormat() const {
  return impl->pictureFormat;
}

} // namespace dlc
