// Names of files, as a listing of pictures takes, leaves out and orders them.
#include "runtime/data/images/Listing.h"
#include "runtime/data/images/ImageFiles.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <fmt/format.h>
#include <utility>

namespace dlc::data {

namespace {

/// ImageDataGenerator's white list, matched as it matches, and GIF. Of kinds
/// that are not decoded the error says so, where leaving them out would train
/// on less than is there.
constexpr std::array<std::string_view, 8> suffixes = {
    "png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff", "gif"};

} // namespace

bool hasImageSuffix(std::string_view name) {
  return std::ranges::any_of(suffixes, [&](std::string_view suffix) {
    return name.size() >= suffix.size() &&
           std::ranges::equal(
               name.substr(name.size() - suffix.size()), suffix,
               [](unsigned char a, char b) { return std::tolower(a) == b; });
  });
}

bool isIgnoredName(std::string_view name) {
  return name.starts_with('.') || name == "__MACOSX";
}

bool isUtf8(std::string_view name) {
  while (!name.empty()) {
    auto first = static_cast<unsigned char>(name[0]);
    size_t length = first < 0x80       ? 1
                    : first >> 5 == 6  ? 2
                    : first >> 4 == 14 ? 3
                    : first >> 3 == 30 ? 4
                                       : 0;
    if (length == 0 || name.size() < length)
      return false;
    uint32_t point = length == 1 ? first : first & (0x7fu >> length);
    for (char c : name.substr(1, length - 1)) {
      auto byte = static_cast<unsigned char>(c);
      if (byte >> 6 != 2)
        return false;
      point = point << 6 | (byte & 0x3fu);
    }
    constexpr uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    bool isSurrogate = point >= 0xd800 && point < 0xe000;
    if (point < smallest[length] || isSurrogate || point > 0x10ffff)
      return false;
    name.remove_prefix(length);
  }
  return true;
}

std::string escapeName(std::string_view name) {
  std::string escaped;
  for (char c : name) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f)
      escaped += c;
    else
      escaped += fmt::format("\\x{:02x}", byte);
  }
  return escaped;
}

std::string_view folderOf(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : path.substr(0, slash);
}

bool isListedBefore(std::string_view a, std::string_view b) {
  auto key = [](std::string_view path) {
    std::string_view folder = folderOf(path);
    return std::pair(folder, path.substr(folder.size()));
  };
  return key(a) < key(b);
}

} // namespace dlc::data
