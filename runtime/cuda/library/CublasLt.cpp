// cuBLASLt, opened when an artifact wants it.
#include "runtime/cuda/library/CublasLt.h"

#include "runtime/core/CudaLibraries.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <mutex>

namespace dlc::cuda::lt {
namespace {

const char *const remedy =
    "install cuBLAS of CUDA 12 or 13 or name its libcublasLt.so.13 in "
    "DLC_CUBLASLT, or compile the model again with --libraries none";

} // namespace

Expected<const CublasLt *> CublasLt::open(const std::string &library) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<CublasLt>> opened;
  std::lock_guard lock(mutex);
  std::string path = library;
  if (path.empty())
    if (auto found = findLibrary(cublasLtLibrary()))
      path = *found;
  if (path.empty())
    return fail("cuBLASLt", "is not on this machine",
                "the model was compiled to use it", remedy);
  std::unique_ptr<CublasLt> &known = opened[path];
  if (known)
    return known.get();
  auto made = std::make_unique<CublasLt>();
  if (auto loaded = made->load(path); !loaded)
    return Unexpected(loaded.error());
  known = std::move(made);
  return known.get();
}

Expected<void> CublasLt::load(const std::string &library) {
  file = library;
  const std::string thing = fmt::format("cuBLASLt {}", library);
  void *handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = ::dlerror();
    return fail(thing,
                fmt::format("cannot be opened: {}", reason ? reason : "?"),
                "the model was compiled to use it", remedy);
  }
  const char *missing = nullptr;
  auto find = [&]<typename Function>(Function *&function, const char *name) {
    function = reinterpret_cast<Function *>(::dlsym(handle, name));
    if (!function && !missing)
      missing = name;
  };
#define DLC_CUBLASLT_FIND(result, name, parameters) find(call.name, #name);
  DLC_CUBLASLT_FUNCTIONS(DLC_CUBLASLT_FIND)
#undef DLC_CUBLASLT_FIND
  if (missing)
    return fail(thing, fmt::format("lacks {}", missing),
                "dlc needs cuBLAS of CUDA 12 or newer", remedy);
  return {};
}

std::string CublasLt::describe(Status status) const {
  return call.cublasLtGetStatusName(status);
}

} // namespace dlc::cuda::lt
