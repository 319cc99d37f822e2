// Declarations of our own: there is no nvrtc.h where there is no toolkit.
#include "compiler/emit/cuda/device/Nvrtc.h"
#include "compiler/emit/cuda/device/NvrtcError.h"

#include <cstring>
#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace dlc;
using namespace dlc::emit::cuda;
namespace fs = std::filesystem;

namespace {

using Program = struct _nvrtcProgram *;
constexpr int success = 0, compilationFailed = 6;

/// What every unit is compiled with. Sums of products become fused
/// multiply-adds; nothing else is done for speed at the cost of a bit. A
/// position or helper that a kernel has no use for is no mistake (177).
constexpr const char *options[] = {"--std=c++17", "-default-device",
                                   "--fmad=true", "--diag-suppress=177"};

} // namespace

#define DLC_NVRTC_FUNCTIONS(X)                                                 \
  X(nvrtcVersion, (int *major, int *minor))                                    \
  X(nvrtcGetNumSupportedArchs, (int *count))                                   \
  X(nvrtcGetSupportedArchs, (int *list))                                       \
  X(nvrtcCreateProgram,                                                        \
    (Program * program, const char *text, const char *name, int headers,       \
     const char *const *texts, const char *const *names))                      \
  X(nvrtcCompileProgram,                                                       \
    (Program program, int count, const char *const *list))                     \
  X(nvrtcDestroyProgram, (Program * program))                                  \
  X(nvrtcGetProgramLogSize, (Program program, size_t *size))                   \
  X(nvrtcGetProgramLog, (Program program, char *log))                          \
  X(nvrtcGetPTXSize, (Program program, size_t *size))                          \
  X(nvrtcGetPTX, (Program program, char *ptx))                                 \
  X(nvrtcGetCUBINSize, (Program program, size_t *size))                        \
  X(nvrtcGetCUBIN, (Program program, char *cubin))

struct Nvrtc::Functions {
#define DLC_MEMBER(name, parameters) int(*name) parameters = nullptr;
  DLC_NVRTC_FUNCTIONS(DLC_MEMBER)
#undef DLC_MEMBER
};

/// NVRTC opens its headers by name from the loader; those that lie beside it
/// are opened first, and then found.
static void openBuiltins(const fs::path &library) {
  std::error_code error;
  for (const fs::directory_entry &entry :
       fs::directory_iterator(library.parent_path(), error))
    if (std::string name = entry.path().filename();
        name.starts_with("libnvrtc-builtins.so.") &&
        name.find(".alt.") == name.npos)
      ::dlopen(entry.path().c_str(), RTLD_NOW | RTLD_LOCAL);
}

Expected<Nvrtc> Nvrtc::open(const fs::path &library) {
  if (library.has_parent_path())
    openBuiltins(library);
  void *handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return fail(library.string(), fmt::format("does not open: {}", ::dlerror()),
                "it is to be NVRTC",
                "install a CUDA toolkit or the wheel nvidia-cuda-nvrtc");
  auto functions = new Functions; // as long as the library: for good
#define DLC_FIND(name, parameters)                                             \
  functions->name =                                                            \
      reinterpret_cast<int(*) parameters>(::dlsym(handle, #name));             \
  if (!functions->name)                                                        \
    return fail(library.string(), "has no function " #name,                    \
                "dlc needs NVRTC 11.2 or later", "install a newer one");
  DLC_NVRTC_FUNCTIONS(DLC_FIND)
#undef DLC_FIND
  Nvrtc nvrtc;
  nvrtc.functions = functions;
  nvrtc.file = library;
  int major = 0, minor = 0, count = 0;
  functions->nvrtcVersion(&major, &minor);
  nvrtc.number = fmt::format("{}.{}", major, minor);
  functions->nvrtcGetNumSupportedArchs(&count);
  nvrtc.known.resize(count);
  functions->nvrtcGetSupportedArchs(nvrtc.known.data());
  return nvrtc;
}

std::string Nvrtc::describe() const {
  return fmt::format("NVRTC {} {}", number, fmt::join(options, " "));
}

/// A string of the size that one function gives, filled by another.
template <typename Size, typename Get>
static std::string read(Program program, Size size, Get get) {
  size_t bytes = 0;
  std::string text;
  if (size(program, &bytes) != success)
    return text;
  text.resize(bytes);
  get(program, text.data());
  return text;
}

Expected<Compiled> Nvrtc::compile(std::string_view text,
                                  std::string_view architecture) const {
  bool isCubin = architecture.starts_with("sm_");
  std::vector<std::string> list(std::begin(options), std::end(options));
  list.push_back(fmt::format("--gpu-architecture={}", architecture));
  if (isCubin)
    list.push_back("--ptxas-options=-v");
  std::vector<const char *> pointers;
  for (const std::string &option : list)
    pointers.push_back(option.c_str());

  std::string source(text);
  Program program = nullptr;
  int result = functions->nvrtcCreateProgram(&program, source.c_str(), "dlc.cu",
                                             0, nullptr, nullptr);
  if (result == success)
    result = functions->nvrtcCompileProgram(program, int(pointers.size()),
                                            pointers.data());
  Compiled compiled;
  if (program) {
    compiled.log = read(program, functions->nvrtcGetProgramLogSize,
                        functions->nvrtcGetProgramLog);
    compiled.log.resize(std::strlen(compiled.log.c_str()));
    if (result == success)
      compiled.image = isCubin ? read(program, functions->nvrtcGetCUBINSize,
                                      functions->nvrtcGetCUBIN)
                               : read(program, functions->nvrtcGetPTXSize,
                                      functions->nvrtcGetPTX);
    functions->nvrtcDestroyProgram(&program);
  }
  // PTX ends with a zero byte.
  if (!isCubin && !compiled.image.empty())
    compiled.image.resize(std::strlen(compiled.image.c_str()));
  if (result == compilationFailed)
    return Unexpected(explainLog(source, compiled.log, architecture));
  if (result != success)
    return fail(fmt::format("NVRTC {} for {}", number, architecture),
                fmt::format("failed with code {}", result), "",
                "check that libnvrtc and libnvrtc-builtins are of one version");
  return compiled;
}
