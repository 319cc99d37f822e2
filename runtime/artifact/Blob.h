// Bytes of an artifact, such as a weight's first value or a program's code.
#pragma once

#include "runtime/core/Tensor.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace dlc::artifact {

/// Bytes that never change. Copies share them, and so do the tensor or the file
/// that they are from: weights are large.
class Blob {
public:
  Blob() = default;
  Blob(std::vector<std::byte> bytes)
      : Blob(std::make_shared<const std::vector<std::byte>>(std::move(bytes))) {
  }
  /// All of them.
  explicit Blob(std::shared_ptr<const std::vector<std::byte>> all)
      : bytes(*all), owner(std::move(all)) {}
  /// A part of what `owner` owns.
  Blob(std::shared_ptr<const void> owner, std::span<const std::byte> part)
      : bytes(part), owner(std::move(owner)) {}
  /// A tensor's elements, which nobody writes any more.
  explicit Blob(const Tensor &tensor)
      : bytes(tensor.data(), tensor.bytes()),
        owner(std::make_shared<const Tensor>(tensor)) {}

  const std::byte *data() const { return bytes.data(); }
  size_t size() const { return bytes.size(); }
  bool empty() const { return bytes.empty(); }
  auto begin() const { return bytes.begin(); }
  auto end() const { return bytes.end(); }
  /// As text, such as a config.json.
  std::string_view text() const {
    return {reinterpret_cast<const char *>(data()), size()};
  }

  friend bool operator==(const Blob &a, const Blob &b) {
    return std::ranges::equal(a.bytes, b.bytes);
  }

private:
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

} // namespace dlc::artifact
