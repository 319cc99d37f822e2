// Which NVRTC of those on this machine is taken.
#include "compiler/emit/cuda/device/Nvrtc.h"
#include "runtime/core/CudaLibraries.h"

#include <fmt/format.h>
#include <optional>

using namespace dlc;
namespace fs = std::filesystem;

const Expected<dlc::emit::cuda::Nvrtc> &dlc::emit::cuda::Nvrtc::get() {
  static const Expected<Nvrtc> opened = []() -> Expected<Nvrtc> {
    const std::string named = readVariable(nvrtcLibrary());
    std::optional<Error> error;
    for (const fs::path &candidate : listCandidates(nvrtcLibrary())) {
      auto library = open(candidate);
      if (library)
        return library;
      error = library.error();
    }
    if (!named.empty() && error)
      return Unexpected(*error);
    if (!named.empty())
      return fail("DLC_NVRTC", fmt::format("is \"{}\"", named),
                  "no libnvrtc.so.13 or .12 is in this folder",
                  "name the library, a CUDA toolkit or a virtual environment "
                  "with the wheel nvidia-cuda-nvrtc");
    return fail("NVRTC", "is not on this machine",
                "compiling for a GPU needs it",
                "install a CUDA toolkit or run scripts/setup, or name "
                "libnvrtc.so.13 in DLC_NVRTC");
  }();
  return opened;
}
