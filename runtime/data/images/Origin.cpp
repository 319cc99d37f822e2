// What a set of pictures was made from, for a run that goes on with it.
#include "runtime/data/images/Origin.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace dlc::data {

namespace {

using Json = nlohmann::json;

/// FNV-1a of 64 bits, over one text after the other.
class Digest {
public:
  void add(std::string_view text) {
    for (unsigned char byte : text)
      addByte(byte);
    addByte(0); // which no name holds
  }
  uint64_t value() const { return hash; }

private:
  void addByte(unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; }
  uint64_t hash = 0xcbf29ce484222325;
};

/// A picture's name in its class: the same for a folder and a zip of it.
std::string_view nameInClass(std::string_view name,
                             std::string_view className) {
  if (!name.starts_with(className) || name[className.size()] != '/')
    name.remove_prefix(name.find('/') + 1);
  return name.substr(className.size() + 1);
}

std::string describeClass(const ImageFiles &images, const ImageClass &one) {
  Digest digest;
  uint64_t bytes = 0;
  for (uint32_t file : one.files) {
    uint64_t size = images.size(file);
    bytes += size;
    digest.add(nameInClass(images.names()[file], one.name));
    digest.add(fmt::format("{}", size));
  }
  return fmt::format("{} pictures, {} bytes, names and sizes {:08x}",
                     one.files.size(), bytes,
                     uint32_t(digest.value() ^ digest.value() >> 32));
}

std::string_view nameOf(image::ColorMode mode) {
  switch (mode) {
  case image::ColorMode::Grayscale:
    return "grayscale";
  case image::ColorMode::Rgb:
    return "rgb";
  case image::ColorMode::Rgba:
    return "rgba";
  }
  return {};
}

} // namespace

std::string describeOrigin(const ImageFiles &images,
                           const std::vector<ImageClass> &classes,
                           const ImageFormat &format, double validationSplit) {
  Json json;
  for (const ImageClass &one : classes)
    json[fmt::format("class \"{}\":", one.name)] = describeClass(images, one);
  json["--image-size"] = fmt::format("{}x{}", format.height, format.width);
  json["--color-mode"] = nameOf(format.colors);
  json["--interpolation"] = image::nameOf(format.interpolation);
  json["--keep-aspect-ratio"] = format.keepAspectRatio ? "on" : "off";
  json["--preprocess"] = nameOf(format.preprocess);
  json["--augment"] =
      Json::parse(image::printAugmentation(format.augmentation));
  json["--rescale"] = std::exchange(json["--augment"]["rescale"], Json());
  json["--augment"].erase("rescale");
  json["--validation-split"] = validationSplit;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace dlc::data
