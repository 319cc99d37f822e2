// A library of NVIDIA's that is opened when an artifact wants it.
#pragma once

#include "runtime/core/CudaLibraries.h"
#include "runtime/core/Error.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace dlc::cuda {

/// What messages say of one.
struct LibraryWords {
  const char *name;   // "cuBLASLt"
  const char *newest; // "cuBLAS of CUDA 12"
  const char *remedy;
};

/// The file of a library, and how its functions are found.
class OpenedFile {
public:
  /// `path`, or what this machine has of `library`. An error where there is
  /// none.
  static Expected<std::string> choose(const std::string &path,
                                      const CudaLibrary &library,
                                      const LibraryWords &words);
  static Expected<OpenedFile> open(const std::string &path,
                                   const LibraryWords &words);

  /// Leaves null where the library lacks it, which `check` tells.
  template <typename Function>
  void find(Function *&function, const char *name) {
    function = reinterpret_cast<Function *>(findSymbol(name));
  }
  Expected<void> check() const;

private:
  OpenedFile(std::string path, void *handle, const LibraryWords &words)
      : path(std::move(path)), handle(handle), words(&words) {}
  void *findSymbol(const char *name);

  std::string path;
  void *handle;
  const LibraryWords *words;
  const char *missing = nullptr;
};

/// The library at `path`, or this machine's own for "". Each is opened once and
/// stays open until the process ends. Library::load fills a new one.
template <typename Library>
Expected<const Library *> openOnce(const std::string &path,
                                   const CudaLibrary &library,
                                   const LibraryWords &words) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<Library>> opened;
  std::lock_guard lock(mutex);
  auto chosen = OpenedFile::choose(path, library, words);
  if (!chosen)
    return Unexpected(chosen.error());
  std::unique_ptr<Library> &known = opened[*chosen];
  if (known)
    return known.get();
  auto file = OpenedFile::open(*chosen, words);
  if (!file)
    return Unexpected(file.error());
  auto made = std::make_unique<Library>();
  made->load(*file, *chosen);
  if (auto complete = file->check(); !complete)
    return Unexpected(complete.error());
  known = std::move(made);
  return known.get();
}

} // namespace dlc::cuda
