// The manifest as JSON text: the readable part of a .dlc file.
#include "runtime/artifact/ManifestJson.h"
#include "runtime/artifact/ManifestFields.h"

#include <concepts>
#include <nlohmann/json.hpp>
#include <utility>

namespace dlc::artifact {

namespace {

// Keys keep the order of the fields, so that equal manifests give equal bytes.
using Json = nlohmann::ordered_json;

template <typename T>
concept Enum = std::is_enum_v<T>;
template <typename T>
concept Struct = requires { sizeof(Fields<T>); };

//===-- Writing -----------------------------------------------------------===//

template <typename T> Json toJson(const T &value) { return value; }

template <Enum T> Json toJson(const T &value) {
  return EnumNames<T>::names[size_t(value)];
}

template <Struct T> Json toJson(const T &value);

template <typename T> Json toJson(const std::optional<T> &value) {
  return value ? toJson(*value) : Json(nullptr);
}

template <typename T> Json toJson(const std::vector<T> &list) {
  Json array = Json::array();
  for (const T &item : list)
    array.push_back(toJson(item));
  return array;
}

template <Struct T> Json toJson(const T &value) {
  Json object = Json::object();
  Fields<T>::visit([&](const char *key, const auto &field,
                       auto...) { object[key] = toJson(field); },
                   value);
  return object;
}

//===-- Reading -----------------------------------------------------------===//

template <typename T> constexpr bool isOptional(const T &) { return false; }
template <typename T> constexpr bool isOptional(const std::optional<T> &) {
  return true;
}

/// Fills structs from JSON and stops at the first mistake.
class Reader {
public:
  explicit Reader(const std::string &file) : file(file) {}

  std::optional<Error> error;

  template <typename T>
  void read(const Json &json, const std::string &path, T &value) {
    if (!error)
      convert(json, path, value);
  }

private:
  void refuse(const std::string &path, const std::string &value,
              const std::string &limit) {
    error = Error{file + ": " + path, value, limit,
                  "compile the model again with this version of dlc"};
  }
  void refuseType(const Json &json, const std::string &path,
                  const std::string &wanted) {
    refuse(path, std::string("is ") + json.type_name(), "must be " + wanted);
  }

  void convert(const Json &json, const std::string &path, std::string &value) {
    if (!json.is_string())
      return refuseType(json, path, "a string");
    value = json.get<std::string>();
  }
  void convert(const Json &json, const std::string &path, bool &value) {
    if (!json.is_boolean())
      return refuseType(json, path, "true or false");
    value = json.get<bool>();
  }
  void convert(const Json &json, const std::string &path, double &value) {
    if (!json.is_number())
      return refuseType(json, path, "a number");
    value = json.get<double>();
  }
  template <std::integral T>
  void convert(const Json &json, const std::string &path, T &value) {
    bool fits =
        json.is_number_unsigned()
            ? std::in_range<T>(json.get<uint64_t>())
            : json.is_number_integer() && std::in_range<T>(json.get<int64_t>());
    if (!fits)
      return refuse(path, "is " + json.dump(),
                    "must be a whole number of " +
                        std::to_string(sizeof(T) * 8) + " bits");
    value = json.get<T>();
  }
  template <Enum T>
  void convert(const Json &json, const std::string &path, T &value) {
    if (!json.is_string())
      return refuseType(json, path, "a string");
    const auto &text = json.get_ref<const std::string &>();
    for (size_t i = 0; i < std::size(EnumNames<T>::names); ++i) {
      if (EnumNames<T>::names[i] == text) {
        value = T(i);
        return;
      }
    }
    refuse(path, "is \"" + text + "\"", "this dlc does not know it");
  }
  template <typename T>
  void convert(const Json &json, const std::string &path,
               std::optional<T> &value) {
    if (!json.is_null())
      read(json, path, value.emplace());
  }
  template <typename T>
  void convert(const Json &json, const std::string &path,
               std::vector<T> &list) {
    if (!json.is_array())
      return refuseType(json, path, "an array");
    // One by one: a long array of wrong items costs no memory.
    for (size_t i = 0; i < json.size() && !error; ++i)
      read(json[i], path + "[" + std::to_string(i) + "]", list.emplace_back());
  }
  template <Struct T>
  void convert(const Json &json, const std::string &path, T &value) {
    if (!json.is_object())
      return refuseType(json, path, "an object");
    Fields<T>::visit(
        [&](const char *key, auto &field, auto... absent) {
          if (error)
            return;
          auto member = json.find(key);
          // What may be null may be absent: files of older versions lack it.
          if (member == json.end() && (isOptional(field) || sizeof...(absent)))
            return;
          if (member == json.end())
            return refuse(path + "." + key, "is missing",
                          "this format's version has it");
          read(*member, path + "." + key, field);
        },
        value);
  }

  std::string file;
};

} // namespace

std::string writeManifest(const Manifest &manifest) {
  // A name that is not UTF-8 becomes readable text instead of an exception.
  return toJson(manifest).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Expected<Manifest> readManifest(std::string_view text,
                                const std::string &name) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return fail(name + ": manifest", "is not JSON", "every .dlc file has one",
                "compile the model again");
  Manifest manifest;
  Reader reader(name);
  reader.read(json, "manifest", manifest);
  if (reader.error)
    return Unexpected(*std::move(reader.error));
  return manifest;
}

} // namespace dlc::artifact
