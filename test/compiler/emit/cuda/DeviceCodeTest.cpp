// From text to PTX and cubins: NVRTC, its errors, the cache, the version of
// PTX.
#include "compiler/emit/cuda/device/Cache.h"
#include "compiler/emit/cuda/device/CompileDevice.h"
#include "compiler/emit/cuda/device/NvrtcError.h"
#include "compiler/emit/cuda/device/PtxVersion.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace dlc;
using namespace dlc::emit::cuda;
namespace fs = std::filesystem;

static const char *const twice =
    R"(extern "C" __global__ void __launch_bounds__(128)
twice(const float *in0, float *out0, int n) {
  const int i = blockIdx.x * 128 + threadIdx.x;
  if (i < n) out0[i] = 2.0f * in0[i];
}
)";

/// A folder that is gone after the test.
struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "dlc-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

TEST(DeviceCode, IsPtxAndACubinForEachCapability) {
  auto images = compileDevice(twice, {80, 90}, {});
  ASSERT_TRUE(images) << images.error().message();
  ASSERT_EQ(images->size(), 3u);
  EXPECT_EQ((*images)[0].target, "ptx");
  EXPECT_EQ((*images)[0].computeCapability, 80);
  EXPECT_NE((*images)[0].image.find(".visible .entry twice("),
            std::string::npos);
  EXPECT_EQ((*images)[1].target, "sm_80");
  EXPECT_EQ((*images)[2].target, "sm_90");
  EXPECT_EQ((*images)[2].computeCapability, 90);
  EXPECT_TRUE((*images)[2].image.starts_with("\x7f"
                                             "ELF"));
  const std::vector<artifact::KernelUsage> &usage = (*images)[2].usage;
  ASSERT_EQ(usage.size(), 1u);
  EXPECT_EQ(usage[0].kernel, "twice");
  EXPECT_GT(usage[0].registers, 0u);
  EXPECT_EQ(usage[0].spillStores + usage[0].spillLoads, 0u);
}

TEST(DeviceCode, RefusesWhatNoGpuOfOursIs) {
  auto old = compileDevice(twice, {75}, {});
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().message(),
            "target cuda:sm_75: is older than what dlc's kernels run on but "
            "that is sm_80 and later; leave it out");
  auto none = compileDevice(twice, {99}, {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().value.find("is not known to NVRTC"), 0u);
}

TEST(DeviceCode, ErrorsHoldTheKernel) {
  std::string text = std::string(twice) +
                     "\nextern \"C\" __global__ void "
                     "__launch_bounds__(128)\nwrong(int n) "
                     "{\n  absent();\n}\n";
  auto images = compileDevice(text, {}, {});
  ASSERT_FALSE(images);
  EXPECT_EQ(images.error().thing, "kernel wrong for compute_80");
  EXPECT_NE(images.error().value.find("absent"), std::string::npos);
  EXPECT_NE(images.error().remedy.find("wrong(int n) {\n  absent();\n}"),
            std::string::npos);
  EXPECT_EQ(images.error().remedy.find("twice"), std::string::npos);
}

TEST(DeviceCode, CacheFindsWhatWasStored) {
  Folder folder;
  Cache cache(folder.path);
  std::string key = Cache::makeKey("text", "sm_90", "NVRTC 13.0");
  EXPECT_FALSE(cache.find(key));
  cache.store(key, {std::string("image\0s", 7), "log"});
  auto found = cache.find(key);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->image, std::string("image\0s", 7));
  EXPECT_EQ(found->log, "log");
  for (const std::string &other :
       {Cache::makeKey("text2", "sm_90", "NVRTC 13.0"),
        Cache::makeKey("text", "sm_80", "NVRTC 13.0"),
        Cache::makeKey("text", "sm_90", "NVRTC 13.1")}) {
    EXPECT_NE(other, key);
    EXPECT_FALSE(cache.find(other));
  }
  Cache off{fs::path()};
  off.store(key, {"image", "log"});
  EXPECT_FALSE(off.find(key));
}

TEST(DeviceCode, CacheIgnoresDamage) {
  Folder folder;
  Cache cache(folder.path);
  std::string key = Cache::makeKey("text", "sm_90", "NVRTC 13.0");
  cache.store(key, {"image", "log"});
  auto size = fs::file_size(folder.path / key);
  for (uint64_t at = 0; at < size; ++at) {
    std::fstream file(folder.path / key,
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    char byte = char(file.get());
    file.seekp(at);
    file.put(char(byte ^ 1));
    file.close();
    EXPECT_FALSE(cache.find(key)) << "byte " << at;
    cache.store(key, {"image", "log"});
    EXPECT_TRUE(cache.find(key));
  }
  fs::resize_file(folder.path / key, size - 1);
  EXPECT_FALSE(cache.find(key));
}

/// The code comes all the same.
TEST(DeviceCode, CacheThatCannotBeWrittenIsNone) {
  Folder folder;
  std::ofstream(folder.path / "file");
  for (const fs::path &place :
       {folder.path / "file", folder.path / "file" / "below",
        fs::path("/proc/no-such-folder")}) {
    Cache cache(place);
    cache.store("key", {"image", "log"});
    EXPECT_FALSE(cache.find("key")) << place;
  }
  EXPECT_TRUE(compileDevice(twice, {}, folder.path / "file"));
  // A folder in the place of an entry.
  Cache cache(folder.path);
  fs::create_directory(folder.path / "key");
  cache.store("key", {"image", "log"});
  EXPECT_FALSE(cache.find("key"));
}

/// A disk that is full: no part of an entry stays.
TEST(DeviceCode, CacheLeavesNothingOnAFullDisk) {
  Folder folder;
  Cache cache(folder.path);
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit little = {1000, before.rlim_max};
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  cache.store("large", {std::string(5000, 'a'), "log"});
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(cache.find("large"));
  EXPECT_TRUE(fs::is_empty(folder.path));
}

TEST(DeviceCode, CacheTakesWritersAtOnce) {
  Folder folder;
  std::string key = Cache::makeKey("text", "sm_90", "NVRTC 13.0");
  std::vector<std::thread> threads;
  for (int writer = 0; writer < 8; ++writer)
    threads.emplace_back([&, writer] {
      Cache cache(folder.path);
      std::string image(100000, char('a' + writer));
      for (int round = 0; round < 20; ++round) {
        cache.store(key, {image, "log"});
        auto found = cache.find(key);
        ASSERT_TRUE(found);
        ASSERT_EQ(found->image.size(), image.size());
        ASSERT_EQ(found->image, std::string(image.size(), found->image[0]));
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path), {}), 1);
}

TEST(DeviceCode, IsNotCompiledTwice) {
  Folder folder;
  auto first = compileDevice(twice, {80}, folder.path);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path), {}), 2);
  auto second = compileDevice(twice, {80}, folder.path);
  ASSERT_TRUE(second);
  for (size_t i = 0; i < first->size(); ++i)
    EXPECT_EQ((*first)[i].image, (*second)[i].image);
  EXPECT_EQ((*second)[1].usage.size(), 1u);
}

TEST(PtxVersion, IsTheLeastThatHasAllInstructions) {
  auto lower = [](std::string body) {
    std::string text =
        lowerPtxVersion("//\n.version 9.0\n.target sm_80\n"
                        ".visible .entry k(\n\t.param .u64 p\n)\n"
                        "{\n" +
                        body + "}\n");
    size_t at = text.find(".version ") + 9;
    return text.substr(at, text.find('\n', at) - at);
  };
  EXPECT_EQ(lower("\t.reg .b32 %r<2>;\n$L:\n\t@%p1 bra \t$L;\n"
                  "\tmax.NaN.f32 \t%f1, %f2, %f3;\n\tret;\n"),
            "7.0");
  EXPECT_EQ(lower("\tld.global.L1::evict_last.f32 %f1, [%rd1];\n"), "7.4");
  EXPECT_EQ(lower("\tszext.wrap.s32 %r1, %r2, %r3;\n"), "7.6");
  // What is not known keeps its version.
  EXPECT_EQ(lower("\tfrobnicate.b32 %r1;\n"), "9.0");
}

TEST(Usage, IsReadFromTheLog) {
  auto usage = readUsage(
      "ptxas info    : 16 bytes gmem\n"
      "ptxas info    : Compiling entry function 'a' for 'sm_90'\n"
      "ptxas info    : Function properties for a\n"
      "ptxas         .     32 bytes stack frame, 8 bytes spill stores, 12 "
      "bytes spill loads\n"
      "ptxas info    : Used 24 registers, used 1 barriers, 1024 bytes smem\n"
      "ptxas info    : Compiling entry function 'b' for 'sm_90'\n"
      "ptxas info    : Used 255 registers\n");
  ASSERT_EQ(usage.size(), 2u);
  EXPECT_EQ(usage[0].kernel, "a");
  EXPECT_EQ(usage[0].stackBytes, 32u);
  EXPECT_EQ(usage[0].spillStores, 8u);
  EXPECT_EQ(usage[0].spillLoads, 12u);
  EXPECT_EQ(usage[0].registers, 24u);
  EXPECT_EQ(usage[0].sharedBytes, 1024u);
  EXPECT_EQ(usage[1].kernel, "b");
  EXPECT_EQ(usage[1].registers, 255u);
  EXPECT_EQ(usage[1].sharedBytes, 0u);
}
