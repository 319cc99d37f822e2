// Which code of an artifact is loaded, and what is said of code that is
// refused.
#include "test/runtime/cuda/Tiny.h"

namespace dlc::cuda::test {
namespace {

using artifact::Artifact;

std::string explain(const Artifact &artifact) {
  ptxSimReset();
  auto executor = Executor::create(artifact, onSim());
  return executor ? "loads " + (*executor)->target()
                  : executor.error().message();
}

void addImage(Artifact &artifact, std::string target, int capability,
              std::string_view image) {
  artifact::BlobId blob = artifact.addBlob(bytesOf(image));
  artifact.manifest.deviceCode.push_back({std::move(target), capability, blob});
}

TEST(Module, TakesPtxWhereNoCubinFits) {
  Artifact tiny = makeTiny();
  addImage(tiny, "sm_90", 90,
           "\x7f"
           "ELF for a newer GPU");
  addImage(tiny, "ptx", 90, "for a newer GPU");
  EXPECT_EQ(explain(tiny), "loads ptx");
  // ptx-sim runs no cubins, as a driver may find one of no use.
  addImage(tiny, "sm_80", 80,
           "\x7f"
           "ELF");
  EXPECT_EQ(explain(tiny), "loads ptx");
}

TEST(Module, ListsWhatTheModelIsFor) {
  Artifact tiny = makeTiny();
  tiny.manifest.deviceCode[0].computeCapability = 100;
  addImage(tiny, "sm_90a", 90,
           "\x7f"
           "ELF");
  EXPECT_EQ(explain(tiny),
            "GPU \"ptx-sim\": has compute capability 8.0 but the compiled "
            "model's code is ptx for sm_100 and newer, sm_90a; compile the "
            "model again with --target cuda:sm_80");
}

TEST(Module, GivesTheLogOfBadPtx) {
  std::string text = tinyPtx;
  size_t at = text.find("ld.global.f32");
  text.replace(at, 13, "ld.nowhere.f32");
  std::string message = explain(makeTiny(text.c_str()));
  EXPECT_EQ(message.find("device code \"ptx\": is refused with "
                         "CUDA_ERROR_INVALID_PTX (a PTX JIT compilation "
                         "failed): "),
            0u)
      << message;
  EXPECT_NE(message.find("nowhere"), std::string::npos) << message;
}

} // namespace
} // namespace dlc::cuda::test
