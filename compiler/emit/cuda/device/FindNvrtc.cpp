// The places where a toolkit, a package or a wheel puts libnvrtc.
#include "compiler/emit/cuda/device/Nvrtc.h"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>

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
  for (const std::string &toolkit :
       {environment("CUDA_HOME"), environment("CUDA_PATH"),
        std::string("/usr/local/cuda")}) {
    if (toolkit.empty())
      continue;
    for (const char *folder : {"lib64", "lib", "targets/x86_64-linux/lib"})
      addFrom(fs::path(toolkit) / folder, found);
  }
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
    if (std::string named = environment("DLC_NVRTC"); !named.empty())
      return open(named);
    for (const fs::path &candidate : listNvrtcCandidates())
      if (auto library = open(candidate))
        return library;
    return fail("NVRTC", "is not on this machine",
                "compiling for a GPU needs it",
                "install a CUDA toolkit or run scripts/setup, or name "
                "libnvrtc.so.13 in DLC_NVRTC");
  }();
  return opened;
}
