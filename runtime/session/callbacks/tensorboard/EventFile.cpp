// The event files that TensorBoard reads.
#include "runtime/session/callbacks/tensorboard/EventFile.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <unistd.h>

namespace dlc::callbacks {

namespace {

std::array<uint32_t, 256> makeCrcTable() {
  std::array<uint32_t, 256> table;
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
    table[i] = crc;
  }
  return table;
}

/// What TFRecord stores of a checksum, so that a file of records within a
/// record has other ones.
uint32_t mask(uint32_t crc) { return std::rotr(crc, 15) + 0xa282ead8u; }

/// Appends the bytes of a number, the lowest first.
template <typename T> void appendFixed(std::string &to, T value) {
  for (size_t i = 0; i < sizeof value; ++i)
    to += char(value >> (8 * i));
}

/// The wire form of a message: fields with their numbers, one after the other.
class Message {
public:
  Message &varint(uint32_t field, uint64_t value) {
    appendVarint(field << 3);
    appendVarint(value);
    return *this;
  }
  Message &real(uint32_t field, double value) {
    appendVarint(field << 3 | 1);
    appendFixed(bytes, std::bit_cast<uint64_t>(value));
    return *this;
  }
  Message &text(uint32_t field, std::string_view value) {
    appendVarint(field << 3 | 2);
    appendVarint(value.size());
    bytes += value;
    return *this;
  }
  Message &message(uint32_t field, const Message &value) {
    return text(field, value.bytes);
  }
  const std::string &encode() const { return bytes; }

private:
  void appendVarint(uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      bytes += char(value | 0x80);
    bytes += char(value);
  }
  std::string bytes;
};

// Numbers of fields, as the .proto files give them.
namespace event {
constexpr uint32_t wallTime = 1, step = 2, fileVersion = 3, summary = 5;
}
namespace summary {
constexpr uint32_t value = 1;
constexpr uint32_t tag = 1, tensor = 8, metadata = 9; // of a Value
constexpr uint32_t pluginData = 1, dataClass = 4;     // of its metadata
constexpr uint32_t pluginName = 1;
constexpr uint64_t scalars = 1; // DATA_CLASS_SCALAR
} // namespace summary
namespace tensor {
constexpr uint32_t dtype = 1, shape = 2, content = 4;
constexpr uint64_t float32 = 1; // DT_FLOAT
} // namespace tensor

double now() {
  std::chrono::duration<double> since =
      std::chrono::system_clock::now().time_since_epoch();
  return since.count();
}

} // namespace

uint32_t computeCrc32c(std::span<const std::byte> bytes) {
  static const std::array<uint32_t, 256> table = makeCrcTable();
  uint32_t crc = ~0u;
  for (std::byte byte : bytes)
    crc = table[(crc ^ uint32_t(byte)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

Expected<EventFile> EventFile::create(const std::filesystem::path &folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return fail(folder.string(), "could not be made",
                "TensorBoard's files are to stand in it",
                "check the path, its permissions and the disk: " +
                    failed.message());
  char host[256] = "host";
  ::gethostname(host, sizeof host - 1);
  // Several files of one process within a second need names of their own.
  static std::atomic<int> count = 0;
  std::string name =
      fmt::format("events.out.tfevents.{}.{}.{}.{}.v2", int64_t(now()), host,
                  ::getpid(), count.fetch_add(1));
  auto file = AppendFile::open(folder / name, AppendFile::Start::Empty);
  if (!file)
    return Unexpected(file.error());
  EventFile events(*std::move(file));
  Message version;
  version.real(event::wallTime, now())
      .text(event::fileVersion, "brain.Event:2");
  if (auto written = events.writeRecord(version.encode()); !written)
    return Unexpected(written.error());
  return events;
}

Expected<void> EventFile::writeScalar(std::string_view tag, double value,
                                      int64_t step, double seconds) {
  std::string bytes;
  appendFixed(bytes, std::bit_cast<uint32_t>(float(value)));
  Message tensor;
  tensor.varint(tensor::dtype, tensor::float32)
      .message(tensor::shape, {})
      .text(tensor::content, bytes);
  Message metadata;
  metadata
      .message(summary::pluginData,
               Message().text(summary::pluginName, "scalars"))
      .varint(summary::dataClass, summary::scalars);
  Message scalar;
  scalar.text(summary::tag, tag)
      .message(summary::tensor, tensor)
      .message(summary::metadata, metadata);
  Message event;
  event.real(event::wallTime, seconds)
      .varint(event::step, uint64_t(step))
      .message(event::summary, Message().message(summary::value, scalar));
  return writeRecord(event.encode());
}

/// Length, its checksum, the bytes, their checksum.
Expected<void> EventFile::writeRecord(const std::string &event) {
  auto checksum = [](std::string_view text) {
    return mask(computeCrc32c(std::as_bytes(std::span(text))));
  };
  std::string record;
  appendFixed(record, uint64_t(event.size()));
  appendFixed(record, checksum(record));
  record += event;
  appendFixed(record, checksum(event));
  return file.append(record);
}

} // namespace dlc::callbacks
