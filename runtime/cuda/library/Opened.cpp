// A library of NVIDIA's that is opened when an artifact wants it.
#include "runtime/cuda/library/Opened.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace dlc::cuda {

Expected<std::string> OpenedFile::choose(const std::string &path,
                                         const CudaLibrary &library,
                                         const LibraryWords &words) {
  if (!path.empty())
    return path;
  if (auto found = findLibrary(library))
    return found->string();
  return fail(words.name, "is not on this machine",
              "the model was compiled to use it", words.remedy);
}

Expected<OpenedFile> OpenedFile::open(const std::string &path,
                                      const LibraryWords &words) {
  if (void *handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL))
    return OpenedFile(path, handle, words);
  const char *reason = ::dlerror();
  return fail(fmt::format("{} {}", words.name, path),
              fmt::format("cannot be opened: {}", reason ? reason : "?"),
              "the model was compiled to use it", words.remedy);
}

void *OpenedFile::findSymbol(const char *name) {
  void *symbol = ::dlsym(handle, name);
  if (!symbol && !missing)
    missing = name;
  return symbol;
}

Expected<void> OpenedFile::check() const {
  if (!missing)
    return {};
  return fail(
      fmt::format("{} {}", words->name, path), fmt::format("lacks {}", missing),
      fmt::format("dlc needs {} or newer", words->newest), words->remedy);
}

} // namespace dlc::cuda
