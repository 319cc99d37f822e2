// Names of files, as a listing of pictures takes, leaves out and orders them.
#pragma once

#include <string>
#include <string_view>

namespace dlc::data {

/// Whether a file or folder of this name, without its folder, is left out.
bool isIgnoredName(std::string_view name);

/// Whether it is text, as names of classes are kept.
bool isUtf8(std::string_view name);

/// The name with what is not printable ASCII as "\\xe9".
std::string escapeName(std::string_view name);

/// The part before the last /; empty for a name at the root.
std::string_view folderOf(std::string_view path);

/// The order of Keras' listing: by folder, then by name.
bool isListedBefore(std::string_view a, std::string_view b);

} // namespace dlc::data
