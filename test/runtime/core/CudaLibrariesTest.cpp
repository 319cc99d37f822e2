// Where NVIDIA's libraries are looked for.
#include "runtime/core/CudaLibraries.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace dlc {
namespace {

namespace fs = std::filesystem;

/// A folder that is gone after the test.
struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "dlc-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

/// An environment variable while a test runs.
struct Variable {
  Variable(const char *name, const fs::path &value) : name(name) {
    if (const char *before = std::getenv(name))
      old = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (old)
      ::setenv(name, old->c_str(), 1);
    else
      ::unsetenv(name);
  }
  const char *name;
  std::optional<std::string> old;
};

/// Empty files where toolkits and wheels of several versions keep NVRTC.
struct FakeNvrtc : Folder {
  FakeNvrtc() {
    for (const char *file :
         {"cuda/lib64/libnvrtc.so", "cuda/lib64/libnvrtc.so.12",
          "cuda/lib64/libnvrtc.so.13", "cuda/lib64/libnvrtc.alt.so.13",
          "cuda/lib64/libnvrtc-builtins.so.13.0",
          "venv/lib/python3.11/site-packages/nvidia/cu13/lib/libnvrtc.so.13",
          "venv/lib/python3.11/site-packages/nvidia/cu13/lib/"
          "libnvrtc.alt.so.13",
          "venv/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib/"
          "libnvrtc.so.12"}) {
      fs::create_directories((path / file).parent_path());
      std::ofstream(path / file);
    }
    wheels = path / "venv/lib/python3.11/site-packages/nvidia";
  }
  fs::path wheels;
};

TEST(CudaLibraries, LooksInOneFolderWhereOneIsNamed) {
  FakeNvrtc fake;
  using List = std::vector<fs::path>;
  Variable home("CUDA_HOME", fake.path / "cuda");
  {
    Variable named("DLC_NVRTC", fake.path / "venv");
    EXPECT_EQ(listCandidates(nvrtcLibrary()),
              (List{fake.wheels / "cu13/lib/libnvrtc.so.13",
                    fake.wheels / "cuda_nvrtc/lib/libnvrtc.so.12"}));
  }
  {
    Variable named("DLC_NVRTC", fake.path / "cuda");
    EXPECT_EQ(listCandidates(nvrtcLibrary()),
              (List{fake.path / "cuda/lib64/libnvrtc.so.13"}));
  }
  {
    Variable named("DLC_NVRTC", fake.wheels);
    EXPECT_EQ(listCandidates(nvrtcLibrary()), List());
  }
  {
    Variable named("DLC_NVRTC", fake.path / "cuda/lib64/libnvrtc.so.12");
    EXPECT_EQ(listCandidates(nvrtcLibrary()),
              (List{fake.path / "cuda/lib64/libnvrtc.so.12"}));
  }
}

TEST(CudaLibraries, TakesToolkitsBeforeWheels) {
  FakeNvrtc fake;
  Variable named("DLC_NVRTC", ""), home("CUDA_HOME", fake.path / "cuda"),
      venv("VIRTUAL_ENV", fake.path / "venv");
  std::vector<fs::path> list = listCandidates(nvrtcLibrary());
  auto at = [&](const fs::path &path) {
    return std::ranges::find(list, path) - list.begin();
  };
  EXPECT_EQ(at(fake.path / "cuda/lib64/libnvrtc.so.13"), 0);
  EXPECT_LT(at("libnvrtc.so.13"), at("libnvrtc.so.12"));
  EXPECT_LT(at("libnvrtc.so.12"), at(fake.wheels / "cu13/lib/libnvrtc.so.13"));
  EXPECT_LT(at(fake.wheels / "cu13/lib/libnvrtc.so.13"), std::ssize(list));
  EXPECT_EQ(at(fake.path / "cuda/lib64/libnvrtc.so.12"), std::ssize(list));
}

TEST(CudaLibraries, KnowsEachLibraryByItsOwnName) {
  FakeNvrtc fake;
  Variable named("DLC_CUBLASLT", fake.path / "cuda");
  EXPECT_TRUE(listCandidates(cublasLtLibrary()).empty());
  std::ofstream(fake.path / "cuda/lib64/libcublasLt.so.12");
  EXPECT_EQ(listCandidates(cublasLtLibrary()),
            std::vector<fs::path>{fake.path / "cuda/lib64/libcublasLt.so.12"});
  // It is no library.
  EXPECT_FALSE(findLibrary(cublasLtLibrary()));
  Variable other("DLC_CUDNN", fake.path / "cuda");
  EXPECT_TRUE(listCandidates(cudnnLibrary()).empty());
  std::ofstream(fake.path / "cuda/lib64/libcudnn.so.9");
  std::ofstream(fake.path / "cuda/lib64/libcudnn_ops.so.9");
  EXPECT_EQ(listCandidates(cudnnLibrary()),
            std::vector<fs::path>{fake.path / "cuda/lib64/libcudnn.so.9"});
}

} // namespace
} // namespace dlc
