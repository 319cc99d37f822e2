// Names of files, as a listing of pictures takes, leaves out and orders them.
#include "runtime/data/images/Listing.h"
#include "runtime/data/images/ImageFiles.h"

#include <algorithm>
#include <array>
#include <cctype>
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
