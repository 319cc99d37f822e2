// What the files of the session share.
#pragma once

#include "runtime/host/Executor.h"
#include "runtime/session/Session.h"

#include <optional>

namespace dlc {

struct Session::Impl {
  artifact::Artifact artifact; // the executor refers to it
  SessionOptions options;
  std::optional<host::Executor> executor;

  const artifact::Manifest &manifest() const { return artifact.manifest; }

  /// A program by name, as an index into Manifest::programs.
  std::optional<size_t> findProgram(std::string_view name) const;
  /// The same, or the error that says how to compile the model with it.
  Expected<size_t> requireProgram(std::string_view name) const;

  /// Whether batches of this size fit the plan.
  Expected<void> checkBatch(int64_t batch) const;

  /// Runs the program of this name once, on all samples of `data` as one batch;
  /// returns its index.
  Expected<size_t> runBatch(std::string_view name, const Dataset &data);

  /// The result of a program's last run on `n` samples.
  Tensor readOutput(size_t program, const artifact::Port &port,
                    int64_t n) const;
  /// A scalar output by name, 0 if the program has no such output.
  double readScalar(size_t program, std::string_view output) const;

  Tensor readState(size_t state) const;
  Logs metrics() const;
  void resetMetrics();
  std::string modelName() const;
};

} // namespace dlc
