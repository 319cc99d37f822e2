// The places where a toolkit, a package or a wheel puts libnvrtc.
#include "compiler/emit/cuda/device/Nvrtc.h"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <fmt/format.h>
#include <optional>

using namespace dlc;
namespace fs = std::filesystem;

static std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

/// The newest libnvrtc.so.N of a folder; the one without a number is for
/// linkers.
static void addFrom(const fs::path &folder, std::vector<fs::path> &found) {
  std::error_code error;
  std::vector<fs::path> here;
  for (const fs::directory_entry &entry : fs::directory_iterator(folder, error))
    if (std::string name = entry.path().filename();
        name.starts_with("libnvrtc.so.") && name.find(".alt.") == name.npos)
      here.push_back(entry.path());
  std::ranges::sort(here, std::greater());
  if (!here.empty())
    found.push_back(here.front());
}

static void addToolkit(const fs::path &toolkit, std::vector<fs::path> &found) {
  for (const char *folder : {"lib64", "lib", "targets/x86_64-linux/lib"})
    addFrom(toolkit / folder, found);
}

/// lib/python3.11/site-packages/nvidia/cu13/lib: the folder below nvidia is
/// cuda_nvrtc up to CUDA 12.
static void addWheels(const fs::path &venv, std::vector<fs::path> &found) {
  std::error_code error;
  for (const fs::directory_entry &python :
       fs::directory_iterator(venv / "lib", error)) {
    std::error_code inner;
    std::vector<fs::path> packages;
    for (const fs::directory_entry &package : fs::directory_iterator(
             python.path() / "site-packages" / "nvidia", inner))
      packages.push_back(package.path());
    std::ranges::sort(packages);
    for (const fs::path &package : packages)
      addFrom(package / "lib", found);
  }
}

/// The folder of the library or program that this code is in.
static fs::path findOwnFolder() {
  Dl_info info;
  if (!::dladdr(reinterpret_cast<void *>(&findOwnFolder), &info) ||
      !info.dli_fname)
    return {};
  std::error_code error;
  return fs::canonical(info.dli_fname, error).parent_path();
}

std::vector<fs::path> dlc::emit::cuda::listNvrtcCandidates() {
  std::vector<fs::path> found;
  if (fs::path named = environment("DLC_NVRTC"); !named.empty()) {
    std::error_code error;
    if (!fs::is_directory(named, error))
      return {named};
    addToolkit(named, found);
    addWheels(named, found);
    return found;
  }
  for (const std::string &toolkit :
       {environment("CUDA_HOME"), environment("CUDA_PATH"),
        std::string("/usr/local/cuda")})
    if (!toolkit.empty())
      addToolkit(toolkit, found);
  found.push_back("libnvrtc.so.13");
  found.push_back("libnvrtc.so.12");
  if (std::string venv = environment("VIRTUAL_ENV"); !venv.empty())
    addWheels(venv, found);
  for (fs::path folder = findOwnFolder(); folder.has_relative_path();
       folder = folder.parent_path())
    addWheels(folder / ".venv", found);
  return found;
}

const Expected<dlc::emit::cuda::Nvrtc> &dlc::emit::cuda::Nvrtc::get() {
  static const Expected<Nvrtc> opened = []() -> Expected<Nvrtc> {
    const std::string named = environment("DLC_NVRTC");
    std::optional<Error> error;
    for (const fs::path &candidate : listNvrtcCandidates()) {
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
