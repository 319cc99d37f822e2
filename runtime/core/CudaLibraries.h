// Where a CUDA toolkit, a package or a wheel puts one of its libraries.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dlc {

/// A library of NVIDIA's that is opened at run time.
struct CudaLibrary {
  /// The environment variable that names the file, or the folder, toolkit or
  /// virtual environment in which alone it is looked for.
  const char *variable;
  /// "libnvrtc.so."; a number follows.
  const char *prefix;
  /// The numbers that dlc knows, newest first: what the loader is asked for.
  std::vector<std::string> numbers;
};

/// The compiler of CUDA C++.
const CudaLibrary &nvrtcLibrary();
/// cuBLASLt: products of matrices.
const CudaLibrary &cublasLtLibrary();
/// cuDNN: convolutions.
const CudaLibrary &cudnnLibrary();

/// Where it may be, best first: what its variable says; else a toolkit
/// (CUDA_HOME, CUDA_PATH, /usr/local/cuda), what the loader knows by name, and
/// wheels in VIRTUAL_ENV or in a `.venv` beside or above this program.
std::vector<std::filesystem::path> listCandidates(const CudaLibrary &library);

/// The value of the library's variable, or "".
std::string readVariable(const CudaLibrary &library);

/// The first candidate that the loader opens. It stays open, so that opening it
/// again costs nothing. None if there is none.
std::optional<std::filesystem::path> findLibrary(const CudaLibrary &library);

} // namespace dlc
