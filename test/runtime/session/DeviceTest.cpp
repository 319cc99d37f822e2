// One model on the host and on ptx-sim: a session does the same on both.
#include "runtime/session/Session.h"

#include "runtime/core/AtomicFile.h"
#include "runtime/keras/KerasFile.h"
#include "test/runtime/session/LinearModel.h"
#include "tools/ptx-sim/driver/PtxSim.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace dlc::test {
namespace {

class DeviceTest : public testing::Test {
protected:
  DeviceTest() {
    setenv("DLC_PTX_SIM", DLC_TEST_PTX_SIM, 1);
    ptxSimReset();
  }

  static Session open(const std::string &device) {
    auto session =
        Session::open(makeLinearModelForGpu(), {.seed = 3, .device = device});
    EXPECT_TRUE(session) << session.error().message();
    return std::move(*session);
  }

  static std::string explain(artifact::Artifact artifact,
                             const std::string &device) {
    auto session = Session::open(std::move(artifact), {.device = device});
    return session ? "" : session.error().message();
  }
};

void expectNear(const Tensor &a, const Tensor &b) {
  ASSERT_EQ(a.shape(), b.shape());
  for (int64_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a.as<float>()[size_t(i)], b.as<float>()[size_t(i)], 1e-6f);
}

void expectNear(const Logs &a, const Logs &b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_NEAR(a[i].second, b[i].second, 1e-5);
  }
}

TEST_F(DeviceTest, FitsAsTheHostDoes) {
  Session host = open("host"), sim = open("sim");
  Dataset data = makeLine(29); // batches of 8, the last of 5
  FitOptions options;
  options.batch = 8;
  options.epochs = 3;
  options.validationSplit = 0.25;
  options.logBatchLoss = true;
  auto onHost = host.fit(data, options), onSim = sim.fit(data, options);
  ASSERT_TRUE(onHost) << onHost.error().message();
  ASSERT_TRUE(onSim) << onSim.error().message();
  ASSERT_EQ(onHost->batchLoss.size(), onSim->batchLoss.size());
  for (size_t i = 0; i < onHost->batchLoss.size(); ++i)
    EXPECT_NEAR(onHost->batchLoss[i], onSim->batchLoss[i], 1e-5);
  ASSERT_EQ(onHost->epochs.size(), onSim->epochs.size());
  for (size_t i = 0; i < onHost->epochs.size(); ++i)
    for (size_t epoch = 0; epoch < 3; ++epoch)
      EXPECT_NEAR(onHost->epochs[i].second[epoch],
                  onSim->epochs[i].second[epoch], 1e-5)
          << onHost->epochs[i].first;
  expectNear(*host.state("fc/kernel"), *sim.state("fc/kernel"));
  expectNear(*host.state("fc/bias"), *sim.state("fc/bias"));
  EXPECT_EQ(sim.state("optimizer/iteration")->as<int32_t>()[0], 9);
  EXPECT_EQ(sim.state("seed")->as<int32_t>()[0], 3);
  // "train" on 8 and on 5 samples, "evaluate" on 8.
  PtxSimCounters counters;
  ptxSimCounters(&counters);
  EXPECT_EQ(counters.graphs, 3u);
}

TEST_F(DeviceTest, EvaluatesPredictsAndTrainsOnBatches) {
  Session host = open("host"), sim = open("sim");
  Dataset data = makeLine(21, 2);
  auto onHost = host.evaluate(data, 8), onSim = sim.evaluate(data, 8);
  ASSERT_TRUE(onSim) << onSim.error().message();
  expectNear(*onHost, *onSim);
  expectNear(host.metrics(), sim.metrics());
  auto yHost = host.predict(data, 4), ySim = sim.predict(data, 4);
  ASSERT_TRUE(ySim) << ySim.error().message();
  expectNear((*yHost)[0].second, (*ySim)[0].second);
  auto lossHost = host.trainOnBatch(makeLine(6)),
       lossSim = sim.trainOnBatch(makeLine(6));
  ASSERT_TRUE(lossSim) << lossSim.error().message();
  EXPECT_NEAR(*lossHost, *lossSim, 1e-6);
  expectNear(*host.state("fc/kernel"), *sim.state("fc/kernel"));
  sim.resetMetrics();
  EXPECT_EQ(sim.metrics()[0].second, 0);
}

TEST_F(DeviceTest, SavesWhatTheDeviceHolds) {
  Session sim = open("sim");
  ASSERT_TRUE(sim.trainOnBatch(makeLine(6)));
  std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / "device.weights.h5";
  auto saved = sim.save(path);
  ASSERT_TRUE(saved) << saved.error().message();
  auto bytes = readFile(path);
  ASSERT_TRUE(bytes);
  auto weights = keras::readWeights(*bytes, path.string());
  ASSERT_TRUE(weights) << weights.error().message();
  expectNear(weights->at("layers/fc/vars/0"), *sim.state("fc/kernel"));
  std::filesystem::remove(path);
}

TEST_F(DeviceTest, LogsMayBeOlderThanTheStep) {
  Session sim = open("sim");
  std::vector<double> seen;
  FitOptions options;
  options.batch = 4;
  options.callbacks.logSeconds = 1e6;
  options.callbacks.onStep = [&](const EpochInfo &info) {
    seen.push_back(info.logs[0].second);
  };
  auto history = sim.fit(makeLine(16), options);
  ASSERT_TRUE(history) << history.error().message();
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen[0], seen[3]);
  EXPECT_NE(seen[3], history->epochs[0].second[0]);
}

TEST_F(DeviceTest, ChoosesTheHostUnlessAskedOrAlone) {
  EXPECT_EQ(open("auto").program("train")->device, artifact::onHost);
  EXPECT_EQ(open("sim").program("train")->device, artifact::onCuda);
  EXPECT_EQ(open("sim").program("gradients"), nullptr);
}

TEST_F(DeviceTest, SaysWhatTheModelOrTheMachineLacks) {
  EXPECT_EQ(explain(makeLinearModel(), "sim"),
            "model \"linear\": was compiled for the host only but device "
            "\"sim\" needs code for a GPU; compile it with --target "
            "cuda:sm_80");
  artifact::Artifact gpuOnly = makeLinearModelForGpu();
  std::erase_if(gpuOnly.manifest.programs, [](const auto &program) {
    return program.device == artifact::onHost;
  });
  EXPECT_EQ(explain(gpuOnly, "host"),
            "model \"linear\": was compiled for GPUs only but device \"host\" "
            "needs code for this CPU; compile it with --target host, or choose "
            "--device cuda or sim");
  EXPECT_EQ(explain(makeLinearModel(), "tpu"),
            "device \"tpu\": is not known but the devices are host, cuda, "
            "cuda:N and sim; choose one of them");
  for (const char *wrong : {"cuda:", "cuda:x", "cuda1", "cuda:-1", ""})
    EXPECT_NE(explain(makeLinearModel(), wrong).find("is not known"),
              std::string::npos)
        << wrong;
  setenv("DLC_PTX_SIM", "/no/such/library.so", 1);
  EXPECT_NE(explain(makeLinearModelForGpu(), "sim").find("cannot be opened"),
            std::string::npos);
  setenv("DLC_PTX_SIM", DLC_TEST_PTX_SIM, 1);
}

} // namespace
} // namespace dlc::test
