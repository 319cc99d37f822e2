// The device code of an artifact, loaded on a GPU.
#include "runtime/cuda/driver/Module.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <tuple>

namespace dlc::cuda {
namespace {

using artifact::DeviceCode;

/// Without opting in, a kernel gets this much shared memory.
constexpr uint32_t sharedBytesOfAll = 48 << 10;
constexpr size_t logBytes = 8 << 10;

bool isPtx(const DeviceCode &code) { return code.target == "ptx"; }

/// A cubin runs on its own capability and, unless its name ends in a letter, on
/// those above of the same first number; PTX on all above.
bool runsOn(const DeviceCode &code, int capability) {
  if (isPtx(code))
    return code.computeCapability <= capability;
  bool isExact = code.target.back() < '0' || code.target.back() > '9';
  if (isExact)
    return code.computeCapability == capability;
  return code.computeCapability / 10 == capability / 10 &&
         code.computeCapability <= capability;
}

/// Cubins before PTX, the nearest capability, and the GPU's own features.
auto rank(const DeviceCode &code) {
  return std::tuple(!isPtx(code), code.computeCapability, code.target.size());
}

std::string listTargets(const artifact::Manifest &manifest) {
  std::vector<std::string> targets;
  for (const DeviceCode &code : manifest.deviceCode)
    targets.push_back(isPtx(code) ? fmt::format("ptx for sm_{} and newer",
                                                code.computeCapability)
                                  : code.target);
  return fmt::format("{}", fmt::join(targets, ", "));
}

/// The first lines of a log, in one line.
std::string shorten(std::string_view log) {
  std::string text(log.substr(0, 600));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  for (size_t at; (at = text.find('\n')) != std::string::npos;)
    text.replace(at, 1, " | ");
  return text;
}

} // namespace

Expected<Module> Module::load(const Context &context,
                              const artifact::Artifact &artifact) {
  int capability = context.computeCapability();
  std::vector<const DeviceCode *> fitting;
  for (const DeviceCode &code : artifact.manifest.deviceCode)
    if (runsOn(code, capability))
      fitting.push_back(&code);
  std::ranges::sort(fitting, std::greater(),
                    [](const DeviceCode *code) { return rank(*code); });
  Module module(context.driver);
  for (const DeviceCode *code : fitting) {
    auto loaded = module.tryLoad(*code, artifact.blobs[size_t(code->image)]);
    if (!loaded)
      return Unexpected(loaded.error());
    if (*loaded)
      return module;
  }
  return fail(fmt::format("GPU \"{}\"", context.name()),
              fmt::format("has compute capability {}.{}", capability / 10,
                          capability % 10),
              artifact.manifest.deviceCode.empty()
                  ? "the compiled model has no device code"
                  : fmt::format("the compiled model's code is {}",
                                listTargets(artifact.manifest)),
              fmt::format("compile the model again with --target cuda:sm_{}",
                          capability));
}

Expected<bool> Module::tryLoad(const DeviceCode &code,
                               const artifact::Blob &blob) {
  // PTX must end in a NUL, which a blob has none of.
  std::string text;
  const void *image = blob.data();
  if (isPtx(code)) {
    text = blob.text();
    image = text.c_str();
  }
  std::string log(logBytes, '\0');
  JitOption options[] = {JitErrorLogBuffer, JitErrorLogBufferBytes};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size() - 1)};
  ModuleHandle handle = nullptr;
  Result result =
      driver.call.cuModuleLoadDataEx(&handle, image, 2, options, values);
  // A cubin for another family, or in a form that came after the driver: PTX
  // may do.
  if (result == NoBinaryForGpu ||
      (!isPtx(code) &&
       (result == InvalidImage || result == UnsupportedPtxVersion)))
    return false;
  if (result != Success) {
    std::string lines = shorten(log.c_str());
    return fail(fmt::format("device code \"{}\"", code.target),
                fmt::format("is refused with {}{}{}", driver.describe(result),
                            lines.empty() ? "" : ": ", lines),
                "",
                result == UnsupportedPtxVersion
                    ? "install a newer driver of NVIDIA's, or compile the "
                      "model again with a cubin for this GPU"
                    : "compile the model again");
  }
  module = LoadedModule(driver, handle);
  loadedTarget = code.target;
  return true;
}

Expected<FunctionHandle> Module::find(const std::string &symbol,
                                      uint32_t sharedBytes) const {
  std::string thing = fmt::format("kernel \"{}\"", symbol);
  FunctionHandle function = nullptr;
  Result result =
      driver.call.cuModuleGetFunction(&function, module.get(), symbol.c_str());
  if (result == NotFound)
    return fail(thing,
                fmt::format("is not in the device code for {}", loadedTarget),
                "", "compile the model again");
  if (auto found = driver.check(result, thing); !found)
    return Unexpected(found.error());
  if (sharedBytes > sharedBytesOfAll) {
    Result set = driver.call.cuFuncSetAttribute(
        function, FunctionMaxDynamicSharedBytes, int(sharedBytes));
    if (set != Success)
      return fail(thing,
                  fmt::format("takes {} bytes of shared memory, refused with "
                              "{}",
                              sharedBytes, driver.describe(set)),
                  "", "compile the model again for this GPU");
  }
  return function;
}

} // namespace dlc::cuda
