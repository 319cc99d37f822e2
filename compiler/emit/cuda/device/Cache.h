// What was compiled before, in files.
#pragma once

#include "compiler/emit/cuda/device/Nvrtc.h"

#include <optional>

namespace dlc::emit::cuda {

/// A folder of compiled units, each under the hash of all that it depends on.
/// Any number of processes may use it at once: files are written under another
/// name and renamed, and one that is cut off or changed is as good as none.
class Cache {
public:
  /// Off, if the folder is empty.
  explicit Cache(std::filesystem::path folder) : folder(std::move(folder)) {}

  /// The key of a unit: SHA-256 of text, architecture and the compiler with its
  /// options.
  static std::string makeKey(std::string_view text,
                             std::string_view architecture,
                             std::string_view compiler);

  std::optional<Compiled> find(const std::string &key) const;

  /// A cache that cannot be written is none: failures are not reported.
  void store(const std::string &key, const Compiled &compiled) const;

  /// $XDG_CACHE_HOME/dlc, else ~/.cache/dlc; empty where there is neither.
  static std::filesystem::path defaultFolder();

private:
  std::filesystem::path folder;
};

} // namespace dlc::emit::cuda
