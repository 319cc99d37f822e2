// The device that a session runs on, by the name that the user gives.
#include "runtime/session/OpenDevice.h"

#include "runtime/cuda/Executor.h"
#include "runtime/host/Executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>

namespace dlc::session {
namespace {

using artifact::Artifact;
using artifact::Program;

/// N of "cuda:N", 0 of "cuda".
std::optional<int> parseOrdinal(std::string_view device) {
  if (!device.starts_with("cuda"))
    return std::nullopt;
  device.remove_prefix(4);
  if (device.empty())
    return 0;
  int ordinal = 0;
  const char *end = device.data() + device.size();
  if (device.front() != ':' || device.size() < 2)
    return std::nullopt;
  auto [stop, status] = std::from_chars(device.data() + 1, end, ordinal);
  if (status != std::errc() || stop != end || ordinal < 0)
    return std::nullopt;
  return ordinal;
}

bool hasPrograms(const Artifact &artifact, std::string_view kind) {
  return std::ranges::any_of(
      artifact.manifest.programs,
      [&](const Program &program) { return program.device == kind; });
}

/// DLC_PTX_SIM, or the library beside the runtime's own.
std::string findSimulator() {
  const char *path = std::getenv("DLC_PTX_SIM");
  return path ? path : "libptx-sim.so.0";
}

/// The stand-in for a library beside ptx-sim, which the library itself could
/// not run on.
std::string findSimulatedLibrary(const std::filesystem::path &simulator,
                                 const char *name) {
  return simulator.parent_path() / name;
}

Expected<OpenedDevice> openHost(const Artifact &artifact,
                                const SessionOptions &options) {
  auto executor = host::Executor::create(
      artifact, {.threads = options.threads, .poison = options.poison});
  if (!executor)
    return Unexpected(executor.error());
  return OpenedDevice{std::string(artifact::onHost),
                      std::make_unique<host::Executor>(std::move(*executor))};
}

Expected<OpenedDevice> openCuda(const Artifact &artifact,
                                const cuda::ExecutorOptions &options) {
  auto executor = cuda::Executor::create(artifact, options);
  if (!executor)
    return Unexpected(executor.error());
  return OpenedDevice{std::string(artifact::onCuda), std::move(*executor)};
}

} // namespace

Expected<OpenedDevice> openDevice(const Artifact &artifact,
                                  const SessionOptions &options) {
  const std::string model =
      fmt::format("model \"{}\"", artifact.manifest.model);
  std::string device = options.device;
  if (device == "auto")
    device = hasPrograms(artifact, artifact::onHost) ||
                     !hasPrograms(artifact, artifact::onCuda)
                 ? "host"
                 : "cuda";
  bool isSimulated = device == "sim";
  std::optional<int> ordinal = isSimulated ? 0 : parseOrdinal(device);
  if (!ordinal && device != "host")
    return fail(fmt::format("device \"{}\"", device), "is not known",
                "the devices are host, cuda, cuda:N and sim",
                "choose one of them");
  if (!ordinal) {
    if (!hasPrograms(artifact, artifact::onHost) &&
        hasPrograms(artifact, artifact::onCuda))
      return fail(model, "was compiled for GPUs only",
                  "device \"host\" needs code for this CPU",
                  "compile it with --target host, or choose --device cuda or "
                  "sim");
    return openHost(artifact, options);
  }
  if (!hasPrograms(artifact, artifact::onCuda))
    return fail(model, "was compiled for the host only",
                fmt::format("device \"{}\" needs code for a GPU", device),
                "compile it with --target cuda:sm_80");
  cuda::ExecutorOptions cuda;
  cuda.ordinal = *ordinal;
  cuda.poison = options.poison;
  cuda.rescueSeconds = options.rescueSeconds;
  if (isSimulated) {
    cuda.library = findSimulator();
    cuda.cublasLt =
        findSimulatedLibrary(cuda.library, "libptx-sim-cublaslt.so.0");
    cuda.cudnn = findSimulatedLibrary(cuda.library, "libptx-sim-cudnn.so.0");
  }
  return openCuda(artifact, cuda);
}

} // namespace dlc::session
