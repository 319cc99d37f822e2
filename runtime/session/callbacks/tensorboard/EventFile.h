// The event files that TensorBoard reads: records of protocol buffers, each
// with checksums. Forms: tensorflow/core/lib/io/record_writer (TFRecord),
// tensorflow/core/util/event.proto and framework/summary.proto.
#pragma once

#include "runtime/core/AppendFile.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace dlc::callbacks {

/// CRC32C of some bytes (polynomial 0x1EDC6F41, reflected).
uint32_t computeCrc32c(std::span<const std::byte> bytes);

/// Writes scalars as tf.summary.scalar does: a float32 tensor for the plug-in
/// "scalars".
class EventFile {
public:
  /// A new file in `folder`, which is made, named by time, host and process.
  static Expected<EventFile> create(const std::filesystem::path &folder);

  /// `seconds` is the time since 1970.
  Expected<void> writeScalar(std::string_view tag, double value, int64_t step,
                             double seconds);

private:
  explicit EventFile(AppendFile file) : file(std::move(file)) {}
  Expected<void> writeRecord(const std::string &event);

  AppendFile file;
};

} // namespace dlc::callbacks
