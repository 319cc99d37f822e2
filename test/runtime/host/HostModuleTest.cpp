// Which code is loaded on which CPU, and one OpenMP runtime for all.
#include "runtime/host/HostModule.h"

#include "runtime/host/CpuFeatures.h"
#include "test/runtime/host/Artifacts.h"
#include "test/runtime/host/Calls.h"
#include "test/runtime/host/CompileCode.h"

#include <algorithm>
#include <fstream>
#include <set>

namespace dlc::host::test {
namespace {

using artifact::Artifact;

void add(Artifact &artifact, int answer, const std::string &cpu,
         std::vector<std::string> features) {
  addCode(artifact,
          compileCode("KERNEL(answer) { *(i64 *)buffers[0] = " +
                      std::to_string(answer) + "; }"),
          cpu, std::move(features));
}

int64_t ask(const HostModule &module) {
  int64_t answer = 0;
  char *buffers[] = {reinterpret_cast<char *>(&answer)};
  auto function = module.find("answer");
  if (!function)
    return -1;
  (*function)(buffers, 1, 0, 1);
  return answer;
}

TEST(HostModule, TakesTheHighestLevelThatFits) {
  Artifact artifact;
  add(artifact, 3, "x86-64-v3", {});
  auto module = HostModule::load(artifact);
  ASSERT_TRUE(module) << module.error().message();
  EXPECT_EQ(ask(*module), 3);
  EXPECT_FALSE(module->find("question"));

  add(artifact, 4, "x86-64-v4", {"warp-drive"});
  EXPECT_EQ(ask(*HostModule::load(artifact)), 3);
  add(artifact, 5, "x86-64-v4", {});
  EXPECT_EQ(ask(*HostModule::load(artifact)), 5);
  add(artifact, 6, "native:znver3", {});
  EXPECT_EQ(ask(*HostModule::load(artifact)), 6);
  EXPECT_EQ(ask(*module), 3) << "modules stay apart";
}

TEST(CpuFeatures, AgreeWithTheCompilersOwnCheck) {
  EXPECT_EQ(hasFeature("avx2"), bool(__builtin_cpu_supports("avx2")));
  EXPECT_EQ(hasFeature("fma"), bool(__builtin_cpu_supports("fma")));
  EXPECT_EQ(hasFeature("bmi2"), bool(__builtin_cpu_supports("bmi2")));
  EXPECT_EQ(hasFeature("avx512f"), bool(__builtin_cpu_supports("avx512f")));
  EXPECT_EQ(hasFeature("avx512vl"), bool(__builtin_cpu_supports("avx512vl")));
  EXPECT_EQ(hasFeature("avx512vnni"),
            bool(__builtin_cpu_supports("avx512vnni")));
  EXPECT_FALSE(hasFeature("warp-drive"));
  std::vector<std::string> all = listFeatures();
  EXPECT_NE(std::ranges::find(all, "sse3"), all.end());
  EXPECT_FALSE(cpuBrand().empty());
}

TEST(OpenMP, HasOneRuntimeInTheProcess) {
  Array a = Array::random({64, 64}, 1), b = Array::random({64, 64}, 2);
  call("dot",
       R"({"lhs_batch":[],"rhs_batch":[],"lhs_contract":[1],)"
       R"("rhs_contract":[0]})",
       {a, b}, {64, 64});
  std::set<std::string> runtimes;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    size_t slash = line.find('/');
    if (slash == std::string::npos)
      continue;
    std::string path = line.substr(slash);
    std::string name = path.substr(path.rfind('/') + 1);
    for (const char *stem : {"libomp", "libgomp", "libiomp"})
      if (name.starts_with(stem))
        runtimes.insert(path);
  }
  ASSERT_EQ(runtimes.size(), 1u);
  EXPECT_NE(runtimes.begin()->find("libomp"), std::string::npos)
      << *runtimes.begin();
}

} // namespace
} // namespace dlc::host::test
