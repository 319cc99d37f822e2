// NVIDIA's run-time compiler, opened when it is first needed: nothing of CUDA
// has to be there to build dlc or to compile for the host.
#pragma once

#include "runtime/core/Error.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dlc::emit::cuda {

/// What NVRTC made of a translation unit.
struct Compiled {
  /// PTX for "compute_80", a cubin for "sm_80".
  std::string image;
  /// Warnings, and of a cubin what each kernel uses (Usage.h).
  std::string log;
};

class Nvrtc {
public:
  /// The NVRTC of this machine: the file that DLC_NVRTC names, or what is in
  /// the folder that it names, a toolkit or a virtual environment; else that of
  /// a CUDA toolkit (CUDA_HOME, CUDA_PATH, /usr/local/cuda), one that the
  /// loader knows, or the wheel nvidia-cuda-nvrtc in a `.venv` beside or above
  /// this program or in VIRTUAL_ENV. Opened once.
  static const Expected<Nvrtc> &get();

  /// Opens a library by its path, or by its name where the loader knows it.
  static Expected<Nvrtc> open(const std::filesystem::path &library);

  /// May be called from several threads. An error holds the compiler's first
  /// complaint and the text of the kernel that it is about.
  Expected<Compiled> compile(std::string_view text,
                             std::string_view architecture) const;

  /// All that the image depends on beside text and architecture: the version of
  /// NVRTC and the options it is given.
  std::string describe() const;

  /// Compute capabilities that it compiles for: 75, 80, 90, ...
  const std::vector<int> &architectures() const { return known; }
  const std::string &version() const { return number; }
  const std::filesystem::path &path() const { return file; }

private:
  struct Functions;
  const Functions *functions = nullptr; // never unloaded
  std::vector<int> known;
  std::string number; // "13.0"
  std::filesystem::path file;
};

} // namespace dlc::emit::cuda
