// A backup as a file: JSON text, then the bytes of everything in its order:
// the states, the history's columns, the losses of all steps, and for each
// callback its values and its tensors.
#include "runtime/artifact/BlobFile.h"
#include "runtime/core/AtomicFile.h"
#include "runtime/session/backup/Backup.h"

#include <nlohmann/json.hpp>

#include <cstring>
#include <stdexcept>

namespace dlc::session {
namespace {

using artifact::Bytes;
using Json = nlohmann::json;

constexpr artifact::BlobFormat format = {
    .magic = {0x89, 'D', 'L', 'B', '\r', '\n', 0x1a, '\n'},
    .version = 1,
    .kind = "a backup of a run",
    .file = "such a file",
    .textName = "description",
    .makeOne = "give the folder that dlc train --backup wrote",
    .makeAgain = "go on with the dlc that made it",
    .replaceIt = "begin the run again, with another folder",
};

/// Ends the reading of a description, within this file.
struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <typename T> Bytes bytesOf(const std::vector<T> &values) {
  return std::as_bytes(std::span(values));
}

DType parseDType(const std::string &name) {
  for (DType dtype : {DType::F32, DType::I32, DType::Bool})
    if (name == nameOf(dtype))
      return dtype;
  throw Malformed("unknown dtype");
}

Json describe(const Backup &backup) {
  Json columns = Json::array(), callbacks = Json::array();
  for (const auto &column : backup.epochs)
    columns.push_back(column.first);
  for (const auto &[callback, state] : backup.callbacks) {
    Json tensors = Json::array();
    for (const auto &[name, tensor] : state.tensors)
      tensors.push_back({{"name", name},
                         {"dtype", nameOf(tensor.dtype())},
                         {"shape", tensor.shape()}});
    callbacks.push_back({{"name", callback}, {"tensors", tensors}});
  }
  const Position &position = backup.position;
  return {{"identity", backup.identity},    {"every_steps", backup.everySteps},
          {"epoch", position.epoch},        {"step", position.step},
          {"steps", position.steps},        {"stopped", position.stopped},
          {"states", backup.states.size()}, {"history", columns},
          {"callbacks", callbacks}};
}

/// Gives the blobs out one after the other.
class Blobs {
public:
  explicit Blobs(std::span<const Bytes> blobs) : rest(blobs) {}

  Bytes next() {
    if (rest.empty())
      throw Malformed("too few blobs");
    Bytes blob = rest.front();
    rest = rest.subspan(1);
    return blob;
  }
  std::vector<double> nextDoubles() {
    Bytes blob = next();
    std::vector<double> values(blob.size() / sizeof(double));
    if (blob.size() % sizeof(double) != 0)
      throw Malformed("a part of a number");
    if (!values.empty())
      std::memcpy(values.data(), blob.data(), blob.size());
    return values;
  }
  Tensor nextTensor(const Json &json) {
    Bytes blob = next();
    auto dtype = parseDType(json.at("dtype").get<std::string>());
    auto shape = json.at("shape").get<Shape>();
    // Dimensions that multiply to the bytes that are there make no overflow.
    uint64_t room = blob.size() / sizeOf(dtype), elements = 1;
    for (int64_t size : shape) {
      if (size < 0 || (size > 0 && elements > room / uint64_t(size)))
        throw Malformed("a wrong shape");
      elements *= uint64_t(size);
    }
    if (elements * sizeOf(dtype) != blob.size())
      throw Malformed("a wrong shape");
    Tensor tensor(dtype, shape);
    if (!blob.empty())
      std::memcpy(tensor.data(), blob.data(), blob.size());
    return tensor;
  }
  bool isEmpty() const { return rest.empty(); }

private:
  std::span<const Bytes> rest;
};

/// The inverse of describe and of the blobs' order. Throws.
Backup build(const Json &json, Blobs blobs) {
  Backup backup;
  json.at("identity").get_to(backup.identity);
  json.at("every_steps").get_to(backup.everySteps);
  json.at("epoch").get_to(backup.position.epoch);
  json.at("step").get_to(backup.position.step);
  json.at("steps").get_to(backup.position.steps);
  json.at("stopped").get_to(backup.position.stopped);
  for (auto i = json.at("states").get<uint64_t>(); i > 0; --i) {
    Bytes state = blobs.next();
    backup.states.emplace_back(state.begin(), state.end());
  }
  for (const auto &name : json.at("history").get<std::vector<std::string>>())
    backup.epochs.emplace_back(name, blobs.nextDoubles());
  backup.batchLoss = blobs.nextDoubles();
  for (const Json &item : json.at("callbacks")) {
    auto &[name, state] = backup.callbacks.emplace_back();
    item.at("name").get_to(name);
    Bytes values = blobs.next();
    state.json.assign(reinterpret_cast<const char *>(values.data()),
                      values.size());
    for (const Json &tensor : item.at("tensors"))
      state.tensors.emplace_back(tensor.at("name").get<std::string>(),
                                 blobs.nextTensor(tensor));
  }
  if (!blobs.isEmpty())
    throw Malformed("too many blobs");
  return backup;
}

} // namespace

Expected<void> writeBackup(const Backup &backup,
                           const std::filesystem::path &path) {
  std::vector<Bytes> blobs(backup.states.begin(), backup.states.end());
  for (const auto &column : backup.epochs)
    blobs.push_back(bytesOf(column.second));
  blobs.push_back(bytesOf(backup.batchLoss));
  for (const auto &[callback, state] : backup.callbacks) {
    blobs.push_back(std::as_bytes(std::span(state.json)));
    for (const auto &[name, tensor] : state.tensors)
      blobs.push_back({tensor.data(), tensor.bytes()});
  }
  std::string text =
      describe(backup).dump(-1, ' ', false, Json::error_handler_t::replace);
  return artifact::writeBlobFile(format, text, blobs, path);
}

Expected<Backup> readBackup(const std::filesystem::path &path) {
  auto bytes = readFile(path);
  if (!bytes)
    return Unexpected(bytes.error());
  auto parts = artifact::parseBlobs(format, *bytes, path.string());
  if (!parts)
    return Unexpected(parts.error());
  try {
    Json json = Json::parse(parts->text);
    Backup backup = build(json, Blobs(parts->blobs));
    if (const Position &at = backup.position; at.epoch < 0 || at.step < 0 ||
                                              at.steps < at.step ||
                                              backup.everySteps < 0)
      return fail(path.string(), "describes a place that no run can be at", "",
                  std::string(format.replaceIt));
    return backup;
  } catch (const std::exception &error) {
    return fail(path.string(),
                std::string("has a description that cannot be read: ") +
                    error.what(),
                "", std::string(format.replaceIt));
  }
}

} // namespace dlc::session
