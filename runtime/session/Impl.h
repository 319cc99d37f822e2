// What the files of the session share.
#pragma once

#include "runtime/core/Device.h"
#include "runtime/session/Session.h"
#include "runtime/session/fit/Turns.h"

#include <memory>
#include <optional>

namespace dlc {

struct Session::Impl {
  artifact::Artifact artifact; // the device refers to it
  SessionOptions options;
  /// What runs it: "host" or "cuda", as Program::device says.
  std::string deviceKind;
  std::unique_ptr<Device> device;
  /// Whose turn it is to use it: every call of the session asks.
  std::unique_ptr<session::Turns> turns;
  std::vector<std::string> classNames;
  std::string pictureFormat;

  const artifact::Manifest &manifest() const { return artifact.manifest; }

  /// A program of the device by name, as an index into Manifest::programs.
  std::optional<size_t> findProgram(std::string_view name) const;
  /// The same, or the error that says how to compile the model with it.
  Expected<size_t> requireProgram(std::string_view name) const;

  /// Whether batches of this size fit the plan.
  Expected<void> checkBatch(int64_t batch, const char *thing = "batch") const;

  /// Runs the program of this name once, on all samples of `data` as one batch;
  /// returns its index.
  Expected<size_t> runBatch(std::string_view name, const Dataset &data);

  /// The result of a program's last run on `n` samples.
  Expected<Tensor> readOutput(size_t program, const artifact::Port &port,
                              int64_t n) const;
  /// A scalar output by name of each of the last run's steps, 0 if the program
  /// has no such output.
  Expected<std::vector<double>>
  readScalars(size_t program, std::string_view output, int64_t steps) const;

  std::optional<size_t> findState(std::string_view name) const;
  Expected<Tensor> readState(size_t state) const;
  Expected<void> setState(std::string_view name, const Tensor &value);
  Expected<void> save(const std::filesystem::path &path) const;
  Expected<Logs> metrics() const;
  Expected<void> resetMetrics();
  std::string modelName() const;
  /// A blob that is text; empty for none.
  std::string readText(artifact::BlobId id) const;
};

} // namespace dlc
