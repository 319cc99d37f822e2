// Opens a compiled model and reads and writes its states.
#include "runtime/session/Session.h"

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/data/Convert.h"
#include "runtime/session/Impl.h"
#include "runtime/session/Metadata.h"
#include "runtime/session/OpenDevice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <thread>

namespace dlc {

using artifact::Artifact;
using artifact::Buffer;
using artifact::Port;
using artifact::State;

namespace {

/// Moves the first values of the states to where the steps find them: the
/// artifact is left without them, or they would be there twice.
Expected<void> initializeStates(Artifact &artifact, Device &device) {
  for (size_t i = 0; i < artifact.manifest.states.size(); ++i) {
    const State &state = artifact.manifest.states[i];
    size_t bytes = size_t(countElements(state.shape)) * sizeOf(state.dtype);
    if (state.initial == artifact::none)
      continue; // zeros, as memory is at first
    const artifact::Blob &blob = artifact.blobs[size_t(state.initial)];
    if (blob.size() != bytes)
      return fail(
          fmt::format("state \"{}\"", state.name),
          fmt::format("starts with {} bytes", blob.size()),
          fmt::format("its shape {} takes {}", formatShape(state.shape), bytes),
          "compile the model again");
    if (auto written = device.writeState(i, blob); !written)
      return written;
  }
  for (const State &state : artifact.manifest.states)
    if (state.initial != artifact::none)
      artifact.blobs[size_t(state.initial)] = {};
  return {};
}

/// Both halves of the seed count.
int32_t foldSeed(uint64_t seed) {
  return int32_t(uint32_t(seed) ^ uint32_t(seed >> 32));
}

/// One element as a number.
double readElement(DType dtype, const std::byte *data) {
  if (dtype == DType::F32) {
    float value;
    std::memcpy(&value, data, sizeof value);
    return value;
  }
  if (dtype == DType::I32) {
    int32_t value;
    std::memcpy(&value, data, sizeof value);
    return value;
  }
  return double(*data);
}

Unexpected<Error> failMissing(std::string_view state,
                              const std::string &model) {
  return fail(fmt::format("state \"{}\"", state),
              fmt::format("is not in {}", model), "",
              "look for its name in Session::manifest().states");
}

/// As many predictions as the cores can run, if each uses some of them.
int countPredicts(const SessionOptions &options) {
  if (options.predictsAtOnce > 0)
    return options.predictsAtOnce;
  if (options.threads <= 0)
    return 1;
  return std::max(1,
                  int(std::thread::hardware_concurrency()) / options.threads);
}

} // namespace

using session::Turns;

Session::Session(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Session::Session(Session &&) noexcept = default;
Session &Session::operator=(Session &&) noexcept = default;
Session::~Session() = default;

Expected<Session> Session::open(Artifact artifact, SessionOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->artifact = std::move(artifact);
  impl->options = options;
  const artifact::Manifest &manifest = impl->manifest();
  if (auto valid = artifact::validate(impl->artifact, impl->modelName());
      !valid)
    return Unexpected(valid.error());
  std::string metadata = impl->readText(manifest.kerasMetadata);
  impl->classNames = session::readClassNames(metadata);
  impl->pictureFormat = session::readPictureFormat(metadata);
  auto device = session::openDevice(impl->artifact, options);
  if (!device)
    return Unexpected(device.error());
  impl->deviceKind = device->kind;
  impl->device = std::move(device->device);
  if (auto filled = initializeStates(impl->artifact, *impl->device); !filled)
    return Unexpected(filled.error());
  if (auto seed = impl->findState("seed");
      seed && manifest.states[*seed].dtype == DType::I32) {
    int32_t value = foldSeed(options.seed);
    if (auto written = impl->device->writeState(
            *seed, std::as_bytes(std::span(&value, 1)));
        !written)
      return Unexpected(written.error());
  }
  impl->turns = std::make_unique<Turns>(
      *impl->device, impl->findProgram("predict"), countPredicts(options));
  return Session(std::move(impl));
}

Expected<Session> Session::open(const std::filesystem::path &path,
                                SessionOptions options) {
  auto artifact = artifact::readFile(path);
  if (!artifact)
    return Unexpected(artifact.error());
  return open(std::move(*artifact), options);
}

std::string Session::Impl::modelName() const {
  return fmt::format("model \"{}\"", manifest().model);
}

std::optional<size_t> Session::Impl::findProgram(std::string_view name) const {
  const auto &programs = manifest().programs;
  for (size_t i = 0; i < programs.size(); ++i)
    if (programs[i].name == name && programs[i].device == deviceKind)
      return i;
  return std::nullopt;
}

Expected<size_t> Session::Impl::requireProgram(std::string_view name) const {
  if (auto program = findProgram(name))
    return *program;
  if (name == "gradients")
    return fail(modelName(), "was compiled without gradients", "",
                "name it in CompileOptions::programs");
  return fail(
      modelName(), "was compiled without an optimizer and loss",
      fmt::format("{} needs them", name == "train" ? "training" : "evaluation"),
      "compile it with --optimizer and --loss");
}

Expected<void> Session::Impl::checkBatch(int64_t batch,
                                         const char *thing) const {
  if (batch >= 1 && batch <= manifest().maxBatch)
    return {};
  return fail(thing, fmt::format("has {} samples", batch),
              fmt::format("{} was compiled for 1 to {}", modelName(),
                          manifest().maxBatch),
              "use smaller batches or compile with a larger --batch");
}

Expected<Tensor> Session::Impl::readOutput(size_t program, const Port &port,
                                           int64_t n) const {
  const Buffer &buffer = manifest().programs[program].buffers[port.buffer];
  Shape shape = buffer.shape;
  std::ranges::replace(shape, batchDim, n);
  Tensor tensor(buffer.dtype, shape);
  auto read =
      device->readBuffer(program, port.buffer, {tensor.data(), tensor.bytes()});
  if (!read)
    return Unexpected(read.error());
  return tensor;
}

Expected<std::vector<double>>
Session::Impl::readScalars(size_t program, std::string_view output,
                           int64_t steps) const {
  std::vector<double> values(static_cast<size_t>(steps), 0.0);
  const artifact::Program &found = manifest().programs[program];
  auto port = std::ranges::find(found.outputs, output, &Port::name);
  if (port == found.outputs.end())
    return values;
  DType dtype = found.buffers[port->buffer].dtype;
  std::vector<std::byte> bytes(values.size() * sizeOf(dtype));
  if (auto read = device->readSteps(program, port->buffer, bytes); !read)
    return Unexpected(read.error());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = readElement(dtype, bytes.data() + i * sizeOf(dtype));
  return values;
}

std::optional<size_t> Session::Impl::findState(std::string_view name) const {
  auto it = std::ranges::find(manifest().states, name, &State::name);
  if (it == manifest().states.end())
    return std::nullopt;
  return size_t(it - manifest().states.begin());
}

Expected<Tensor> Session::Impl::readState(size_t index) const {
  const State &state = manifest().states[index];
  Tensor tensor(state.dtype, state.shape);
  auto read = device->readState(index, {tensor.data(), tensor.bytes()});
  if (!read)
    return Unexpected(read.error());
  return tensor;
}

Expected<Logs> Session::Impl::metrics() const {
  Logs logs;
  for (const artifact::Metric &metric : manifest().metrics) {
    auto total = readState(metric.total), count = readState(metric.count);
    if (!total || !count)
      return Unexpected(total ? count.error() : total.error());
    double sum = readElement(total->dtype(), total->data());
    double samples = readElement(count->dtype(), count->data());
    // Keras too reports 0 before the first sample.
    logs.emplace_back(metric.name, samples != 0 ? sum / samples : 0.0);
  }
  return logs;
}

Expected<void> Session::Impl::resetMetrics() {
  for (size_t i = 0; i < manifest().states.size(); ++i) {
    const State &state = manifest().states[i];
    if (state.role != State::Role::Metric)
      continue;
    Tensor zeros(state.dtype, state.shape);
    if (auto written = device->writeState(i, {zeros.data(), zeros.bytes()});
        !written)
      return written;
  }
  return {};
}

Logs Session::metrics() const {
  Turns::Alone alone(*impl->turns);
  // A device that fails here was of no use already when it was last used, or
  // fails the next run.
  auto logs = impl->metrics();
  return logs ? *std::move(logs) : Logs();
}
void Session::resetMetrics() {
  Turns::Alone alone(*impl->turns);
  (void)impl->resetMetrics();
}
const artifact::Program *Session::program(std::string_view name) const {
  auto index = impl->findProgram(name);
  return index ? &manifest().programs[*index] : nullptr;
}
const artifact::Manifest &Session::manifest() const { return impl->manifest(); }

Expected<Tensor> Session::state(std::string_view name) const {
  Turns::Alone alone(*impl->turns);
  if (auto index = impl->findState(name))
    return impl->readState(*index);
  return failMissing(name, impl->modelName());
}

Expected<void> Session::setState(std::string_view name, const Tensor &value) {
  Turns::Alone alone(*impl->turns);
  return impl->setState(name, value);
}

Expected<void> Session::Impl::setState(std::string_view name,
                                       const Tensor &value) {
  std::string thing = fmt::format("state \"{}\"", name);
  auto index = findState(name);
  if (!index)
    return failMissing(name, modelName());
  const State &state = manifest().states[*index];
  if (value.shape() != state.shape)
    return fail(
        thing,
        fmt::format("is given a value of shape {}", formatShape(value.shape())),
        fmt::format("its shape is {}", formatShape(state.shape)),
        "reshape the value");
  auto converted = data::convert(value, state.dtype, thing);
  if (!converted)
    return Unexpected(converted.error());
  return device->writeState(*index, {converted->data(), converted->bytes()});
}

} // namespace dlc
