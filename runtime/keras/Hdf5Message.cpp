// A byte stream of numbers, texts and arrays.
//
// First 1 for content, 0 for an error of four texts. Content is a number of
// arrays, each a path, element type, rank, sizes and elements; then a number of
// groups, each a path and its attributes: name, whether a list, whether of
// fixed length, and the texts.
#include "runtime/keras/Hdf5Message.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <hdf5.h>
#include <optional>
#include <unistd.h>

namespace dlc::keras::hdf5 {

namespace {

class MessageWriter {
public:
  explicit MessageWriter(int fd) : fd(fd) {}

  void number(uint64_t value) { raw(&value, sizeof value); }
  void text(const std::string &value) {
    number(value.size());
    raw(value.data(), value.size());
  }
  void raw(const void *data, size_t size) {
    auto *bytes = static_cast<const char *>(data);
    while (good && size > 0) {
      ssize_t written = ::write(fd, bytes, size);
      if (written < 0 && errno == EINTR)
        continue;
      good = written >= 0;
      if (good) {
        bytes += written;
        size -= size_t(written);
      }
    }
  }
  bool succeeded() const { return good; }

private:
  int fd;
  bool good = true;
};

/// Reads the file in pieces, and large arrays at once to where they shall be:
/// a mapping of it would cost a page fault for each of its pages.
class MessageReader {
public:
  MessageReader(int fd, uint64_t bytes) : fd(fd), end(bytes) {}

  uint64_t number() {
    uint64_t value = 0;
    raw(&value, sizeof value);
    return value;
  }
  std::string text() {
    std::string value(checked(number()), '\0');
    raw(value.data(), value.size());
    return value;
  }
  void raw(void *data, size_t size) {
    if (checked(size) != size)
      return;
    auto *to = static_cast<std::byte *>(data);
    while (good && size > 0) {
      if (ahead.empty() && size >= sizeof buffer) {
        good = fetch(to, size);
        return;
      }
      if (ahead.empty()) {
        size_t step = size_t(std::min<uint64_t>(sizeof buffer, end - place));
        if (!(good = fetch(buffer, step)))
          return;
        ahead = {buffer, step};
      }
      size_t step = std::min(size, ahead.size());
      std::memcpy(to, ahead.data(), step);
      ahead = ahead.subspan(step);
      to += step;
      size -= step;
    }
  }
  /// `size` if so many bytes are left, else 0 and the message is bad: the child
  /// may have been taken over by the file that it read.
  size_t checked(uint64_t size) {
    good &= size <= end - taken();
    return good ? size_t(size) : 0;
  }
  bool succeeded() const { return good; }
  /// How many bytes have been read.
  uint64_t taken() const { return place - ahead.size(); }

private:
  bool fetch(std::byte *to, size_t size) {
    while (size > 0) {
      ssize_t got = ::pread(fd, to, size, off_t(place));
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return false;
      to += got;
      place += uint64_t(got);
      size -= size_t(got);
    }
    return true;
  }

  int fd;
  uint64_t end, place = 0;          // of the file; of what is fetched
  std::span<const std::byte> ahead; // fetched, and not read
  std::byte buffer[1 << 14];
  bool good = true;
};

void writeAttributes(MessageWriter &message, const AttributeMap &attributes) {
  message.number(attributes.size());
  for (const auto &[path, ofGroup] : attributes) {
    message.text(path);
    message.number(ofGroup.size());
    for (const auto &[name, attribute] : ofGroup) {
      message.text(name);
      message.number(attribute.isList);
      message.number(attribute.isFixed);
      message.number(attribute.values.size());
      for (const std::string &value : attribute.values)
        message.text(value);
    }
  }
}

/// One array; nothing where the message is bad.
std::optional<Tensor> readTensor(MessageReader &message) {
  uint64_t dtype = message.number(), rank = message.number();
  if (dtype > uint64_t(DType::Bool) || rank > H5S_MAX_RANK)
    return std::nullopt;
  Shape shape;
  uint64_t bytes = sizeOf(DType(dtype));
  for (uint64_t i = 0; i < rank; ++i) {
    uint64_t size = message.number();
    // Without zeros: sizes before one may not overflow either.
    if (size >> 62 ||
        __builtin_mul_overflow(bytes, std::max<uint64_t>(size, 1), &bytes))
      return std::nullopt;
    shape.push_back(int64_t(size));
  }
  if (std::ranges::find(shape, 0) != shape.end())
    bytes = 0;
  if (message.checked(bytes) != bytes)
    return std::nullopt;
  Tensor tensor(DType(dtype), std::move(shape));
  message.raw(tensor.data(), bytes);
  return message.succeeded() ? std::optional(std::move(tensor)) : std::nullopt;
}

TextAttribute readAttribute(MessageReader &message) {
  TextAttribute attribute;
  attribute.isList = message.number() != 0;
  attribute.isFixed = message.number() != 0;
  uint64_t left = message.number();
  for (; left > 0 && message.succeeded(); --left)
    attribute.values.push_back(message.text());
  return attribute;
}

AttributeMap readAttributes(MessageReader &message) {
  AttributeMap attributes;
  for (uint64_t groups = message.number(); groups > 0 && message.succeeded();
       --groups) {
    auto &ofGroup = attributes[message.text()];
    for (uint64_t left = message.number(); left > 0 && message.succeeded();
         --left) {
      std::string name = message.text();
      ofGroup[name] = readAttribute(message);
    }
  }
  return attributes;
}

} // namespace

bool writeMessage(int fd, const Expected<Hdf5File> &result) {
  MessageWriter message(fd);
  message.number(result.has_value());
  if (!result) {
    for (const std::string *part :
         {&result.error().thing, &result.error().value, &result.error().limit,
          &result.error().remedy})
      message.text(*part);
    return message.succeeded();
  }
  message.number(result->datasets.size());
  for (const auto &[path, tensor] : result->datasets) {
    message.text(path);
    message.number(uint64_t(tensor.dtype()));
    message.number(tensor.shape().size());
    for (int64_t size : tensor.shape())
      message.number(uint64_t(size));
    message.raw(tensor.data(), tensor.bytes());
  }
  writeAttributes(message, result->attributes);
  return message.succeeded();
}

Expected<Hdf5File> readMessage(int fd, uint64_t bytes, const std::string &name,
                               const std::function<void(uint64_t)> &onTaken) {
  MessageReader message(fd, bytes);
  if (message.number() == 0) {
    Error error;
    for (std::string *part :
         {&error.thing, &error.value, &error.limit, &error.remedy})
      *part = message.text();
    if (message.succeeded())
      return Unexpected(error);
  }
  Hdf5File content;
  uint64_t left = message.number();
  for (; left > 0 && message.succeeded(); --left) {
    std::string path = message.text();
    std::optional<Tensor> tensor = readTensor(message);
    if (!tensor)
      break;
    content.datasets.emplace(std::move(path), std::move(*tensor));
    onTaken(message.taken());
  }
  if (left == 0 && message.succeeded())
    content.attributes = readAttributes(message);
  if (left > 0 || !message.succeeded())
    return fail(name, "gave an incomplete answer", "", "try again");
  return content;
}

} // namespace dlc::keras::hdf5
