// The places where a toolkit, a package or a wheel puts a library.
#include "runtime/core/CudaLibraries.h"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>

namespace dlc {
namespace {

namespace fs = std::filesystem;

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

/// The candidates for one library while they are gathered.
class Search {
public:
  explicit Search(const CudaLibrary &library) : library(library) {}

  void addToolkit(const fs::path &toolkit) {
    for (const char *folder : {"lib64", "lib", "targets/x86_64-linux/lib"})
      addFrom(toolkit / folder);
  }

  /// lib/python3.11/site-packages/nvidia/cu13/lib: the folder below nvidia is
  /// the library's own up to CUDA 12, as in cuda_nvrtc and cublas; cuDNN has
  /// one of its own in all.
  void addWheels(const fs::path &venv) {
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
        addFrom(package / "lib");
    }
  }

  void addByName() {
    for (const std::string &number : library.numbers)
      found.push_back(library.prefix + number);
  }

  std::vector<fs::path> found;

private:
  /// The newest of a folder; the one without a number is for linkers.
  void addFrom(const fs::path &folder) {
    std::error_code error;
    std::vector<fs::path> here;
    for (const fs::directory_entry &entry :
         fs::directory_iterator(folder, error))
      if (std::string name = entry.path().filename();
          name.starts_with(library.prefix) &&
          name.find(".alt.") == std::string::npos)
        here.push_back(entry.path());
    std::ranges::sort(here, std::greater());
    if (!here.empty())
      found.push_back(here.front());
  }

  const CudaLibrary &library;
};

/// The folder of the library or program that this code is in.
fs::path findOwnFolder() {
  Dl_info info;
  if (!::dladdr(reinterpret_cast<void *>(&findOwnFolder), &info) ||
      !info.dli_fname)
    return {};
  std::error_code error;
  return fs::canonical(info.dli_fname, error).parent_path();
}

} // namespace

const CudaLibrary &nvrtcLibrary() {
  static const CudaLibrary library{"DLC_NVRTC", "libnvrtc.so.", {"13", "12"}};
  return library;
}

const CudaLibrary &cublasLtLibrary() {
  static const CudaLibrary library{
      "DLC_CUBLASLT", "libcublasLt.so.", {"13", "12"}};
  return library;
}

const CudaLibrary &cudnnLibrary() {
  static const CudaLibrary library{"DLC_CUDNN", "libcudnn.so.", {"9"}};
  return library;
}

std::string readVariable(const CudaLibrary &library) {
  return environment(library.variable);
}

std::vector<fs::path> listCandidates(const CudaLibrary &library) {
  Search search(library);
  if (fs::path named = readVariable(library); !named.empty()) {
    std::error_code error;
    if (!fs::is_directory(named, error))
      return {named};
    search.addToolkit(named);
    search.addWheels(named);
    return search.found;
  }
  for (const std::string &toolkit :
       {environment("CUDA_HOME"), environment("CUDA_PATH"),
        std::string("/usr/local/cuda")})
    if (!toolkit.empty())
      search.addToolkit(toolkit);
  search.addByName();
  if (std::string venv = environment("VIRTUAL_ENV"); !venv.empty())
    search.addWheels(venv);
  for (fs::path folder = findOwnFolder(); folder.has_relative_path();
       folder = folder.parent_path())
    search.addWheels(folder / ".venv");
  return search.found;
}

std::optional<fs::path> findLibrary(const CudaLibrary &library) {
  for (const fs::path &candidate : listCandidates(library))
    if (::dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL))
      return candidate;
  return std::nullopt;
}

} // namespace dlc
