// dlc doctor: what this machine offers, what would be used, and why.
#include "compiler/DeviceCompiler.h"
#include "runtime/core/CudaLibraries.h"
#include "runtime/host/CpuFeatures.h"
#include "tools/dlc/Commands.h"
#include "tools/dlc/Gpus.h"
#include "tools/dlc/show/Report.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <oneapi/dnnl/dnnl.hpp>
#include <thread>
#include <unistd.h>

namespace dlc::tool {

namespace {

/// The first of several library names that opens, or "".
std::string findLibrary(std::initializer_list<const char *> names) {
  for (const char *name : names) {
    if (void *library = ::dlopen(name, RTLD_LAZY | RTLD_LOCAL)) {
      ::dlclose(library);
      return name;
    }
  }
  return "";
}

std::string dnnlVersion() {
  const dnnl_version_t *version = ::dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor,
                     version->patch);
}

/// The highest level of compiled code that this CPU runs.
std::string bestLevel() {
  bool hasV4 = true;
  for (const char *feature :
       {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"})
    hasV4 &= host::hasFeature(feature);
  if (hasV4)
    return "x86-64-v4";
  if (host::hasFeature("avx2") && host::hasFeature("fma"))
    return "x86-64-v3";
  return "";
}

Json describeGpus(const std::vector<Gpu> &gpus) {
  Json list = Json::array();
  for (const Gpu &gpu : gpus)
    list.push_back({{"name", gpu.name}, {"target", gpu.target}});
  return list;
}

/// Why the default target is what it is.
std::string explainTarget(const std::string &target,
                          const std::vector<Gpu> &gpus) {
  if (target == "cuda")
    return fmt::format("{} answers; say --target host for the CPU",
                       gpus.empty() ? "a GPU" : gpus.front().name);
  std::string reason =
      gpus.empty() ? "no GPU answers"
                   : fmt::format("dlc's code for GPUs needs cuda:sm_80, and {} "
                                 "is older",
                                 gpus.front().name);
  if (bestLevel().empty())
    reason +=
        ", but code for the host needs AVX2 and FMA, which this CPU lacks";
  return reason;
}

/// The file of the NVRTC that the compiler would take, or "".
std::string findNvrtc() {
  auto found = findDeviceCompiler();
  return found ? found->file.string() : "";
}

Json examine() {
  Json json;
  Json &cpu = json["cpu"];
  cpu["name"] = host::cpuBrand();
  cpu["cores"] = std::thread::hardware_concurrency();
  cpu["features"] = host::listFeatures();
  cpu["level"] = bestLevel();
  cpu["l2_bytes"] = ::sysconf(_SC_LEVEL2_CACHE_SIZE);
  cpu["l3_bytes"] = ::sysconf(_SC_LEVEL3_CACHE_SIZE);
  json["memory_bytes"] =
      int64_t(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGE_SIZE);
  json["onednn"] = dnnlVersion();
  json["compiler"] = findLibrary({"libdlc-compiler.so.0"});
  Json &gpu = json["gpu"];
  gpu["driver"] = findLibrary({"libcuda.so.1"});
  const std::vector<Gpu> gpus = listGpus();
  gpu["devices"] = describeGpus(gpus);
  gpu["simulator"] = findLibrary({"libptx-sim.so.0"});
  gpu["nvrtc"] = findNvrtc();
  gpu["cublaslt"] = findLibrary(cublasLtLibrary()).value_or("").string();
  gpu["cudnn"] = findLibrary(cudnnLibrary()).value_or("").string();
  const std::string target = findDefaultTarget();
  json["target"] = target;
  json["reason"] = explainTarget(target, gpus);
  return json;
}

std::string orNone(const Json &value) {
  std::string text = value.get<std::string>();
  return text.empty() ? "not found" : text;
}

std::string format(const Json &json) {
  const Json &cpu = json["cpu"];
  const Json &gpu = json["gpu"];
  std::string text;
  auto line = [&](const char *what, const std::string &value) {
    text += fmt::format("{:<13}{}\n", what, value);
  };
  line("CPU", fmt::format("{}, {} cores", cpu["name"].get<std::string>(),
                          cpu["cores"].get<int>()));
  line("features",
       fmt::format(
           "{}",
           fmt::join(cpu["features"].get<std::vector<std::string>>(), " ")));
  line("code level", orNone(cpu["level"]));
  line("caches",
       fmt::format("L2 {} bytes, L3 {} bytes", cpu["l2_bytes"].get<int64_t>(),
                   cpu["l3_bytes"].get<int64_t>()));
  line("memory", fmt::format("{} bytes", json["memory_bytes"].get<int64_t>()));
  line("oneDNN", json["onednn"].get<std::string>());
  line("compiler", orNone(json["compiler"]));
  line("CUDA driver", orNone(gpu["driver"]));
  for (const Json &device : gpu["devices"])
    line("GPU", fmt::format("{}, {}", device["name"].get<std::string>(),
                            device["target"].get<std::string>()));
  line("ptx-sim", orNone(gpu["simulator"]));
  line("NVRTC", orNone(gpu["nvrtc"]));
  line("cuBLASLt", orNone(gpu["cublaslt"]));
  line("cuDNN", orNone(gpu["cudnn"]));
  line("target", fmt::format("{}: {}", json["target"].get<std::string>(),
                             json["reason"].get<std::string>()));
  return text;
}

Expected<int> run(const std::string &jsonPath) {
  Json json = examine();
  if (jsonPath != "-")
    fmt::print("{}", format(json));
  if (auto written = writeJson(json, jsonPath); !written)
    return Unexpected(written.error());
  return 0;
}

} // namespace

Command addDoctor(CLI::App &dlc) {
  CLI::App *app = dlc.add_subcommand(
      "doctor", "What this machine offers, what would be used, and why");
  app->footer("Example:\n  dlc doctor --json -");
  auto json = std::make_shared<std::string>();
  app->add_option("--json", *json, "file for the same as JSON, or -");
  return {app, [json] { return run(*json); }};
}

} // namespace dlc::tool
