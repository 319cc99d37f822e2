// A tiny model made by hand.
#include "test/runtime/session/LinearModel.h"

#include "test/runtime/host/Artifacts.h"
#include "test/runtime/host/CompileCode.h"
#include "test/runtime/session/LinearPtx.h"

#include <cstring>
#include <random>

namespace dlc::test {
namespace {

using artifact::Artifact;
using artifact::Port;
using artifact::State;
using host::test::addState;
using host::test::ProgramBuilder;

// train: x, y, weight, w, b, iteration, loss total and count, mae total and
// count, loss. evaluate: the same without w, b and iteration as results.
const char *const code = R"(
static float error(char *const *buffers, i64 i) {
  return F(0)[2 * i] * F(3)[0] + F(0)[2 * i + 1] * F(3)[1] + F(4)[0] - F(1)[i];
}
static float measure(char *const *buffers, i64 n) {
  float loss = 0, mae = 0;
  for (i64 i = 0; i < n; ++i) {
    float e = error(buffers, i);
    loss += F(2)[i] * e * e;
    mae += e < 0 ? -e : e;
  }
  F(6)[0] += loss;
  F(7)[0] += n;
  F(8)[0] += mae;
  F(9)[0] += n;
  return loss / n;
}
KERNEL(evaluate) { measure(buffers, n); }
KERNEL(train) {
  F(10)[0] = measure(buffers, n);
  float w0 = 0, w1 = 0, b = 0;
  for (i64 i = 0; i < n; ++i) {
    float g = 2 * F(2)[i] * error(buffers, i) / n;
    w0 += g * F(0)[2 * i];
    w1 += g * F(0)[2 * i + 1];
    b += g;
  }
  F(3)[0] -= 0.05f * w0;
  F(3)[1] -= 0.05f * w1;
  F(4)[0] -= 0.05f * b;
  ((int *)buffers[5])[0] += 1;
}
KERNEL(predict) {
  for (i64 i = begin; i < end; ++i)
    F(3)[i] = F(0)[2 * i] * F(1)[0] + F(0)[2 * i + 1] * F(1)[1] + F(2)[0];
}
KERNEL(count_labels) {
  for (i64 i = 0; i < n; ++i) {
    F(3)[0] += F(2)[i] * ((int *)buffers[1])[i];
    F(4)[0] += 1;
  }
}
)";

const std::vector<std::byte> &compiled() {
  static const std::vector<std::byte> bytes = host::test::compileCode(code);
  return bytes;
}

std::vector<std::byte> bytesOf(std::initializer_list<float> values) {
  std::vector<std::byte> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), std::data(values), bytes.size());
  return bytes;
}

std::vector<std::byte> bytesOf(const std::string &text) {
  const auto *data = reinterpret_cast<const std::byte *>(text.data());
  return {data, data + text.size()};
}

void addMetric(Artifact &artifact, const std::string &name) {
  auto add = [&](const char *part) {
    return addState(artifact, "metrics/" + name + "/" + part,
                    State::Role::Metric, DType::F32, {});
  };
  uint32_t total = add("total"), count = add("count");
  artifact.manifest.metrics.push_back({name, total, count});
}

/// The inputs of training and evaluation.
ProgramBuilder::Buffers addInputs(ProgramBuilder &program) {
  uint32_t x = program.arena(DType::F32, {batchDim, 2});
  uint32_t y = program.arena(DType::F32, {batchDim, 1});
  uint32_t weight = program.arena(DType::F32, {batchDim});
  program.input(Port::Role::Input, "x", x);
  program.input(Port::Role::Target, "out", y);
  program.input(Port::Role::SampleWeight, "sample_weight", weight);
  return {x, y, weight};
}

} // namespace

Artifact makeLinearModel(bool training) {
  Artifact artifact;
  artifact::Manifest &manifest = artifact.manifest;
  manifest.model = "linear";
  manifest.maxBatch = linearMaxBatch;
  host::test::addCode(artifact, compiled());
  uint32_t w = addState(artifact, "fc/kernel", State::Role::Weight, DType::F32,
                        {2, 1}, "layers/fc/vars/0");
  manifest.states[w].initial = artifact.addBlob(bytesOf({0.5f, -0.25f}));
  uint32_t b = addState(artifact, "fc/bias", State::Role::Weight, DType::F32,
                        {1}, "layers/fc/vars/1");
  manifest.states[b].initial = artifact.addBlob(bytesOf({0.125f}));
  uint32_t iteration =
      addState(artifact, "optimizer/iteration", State::Role::Optimizer,
               DType::I32, {}, "optimizer/vars/0");
  addState(artifact, "seed", State::Role::Control, DType::I32, {});
  manifest.kerasConfig = artifact.addBlob(bytesOf("{\"class_name\": \"M\"}"));
  manifest.kerasMetadata = artifact.addBlob(
      bytesOf("{\"keras_version\": \"3.15.1\", \"date_saved\": \"then\"}"));

  if (training) {
    addMetric(artifact, "loss");
    addMetric(artifact, "mae");
    manifest.targets.push_back({"out", 0});
    for (std::string name : {"train", "evaluate"}) {
      ProgramBuilder program(artifact, name);
      ProgramBuilder::Buffers buffers = addInputs(program);
      buffers.push_back(program.state(w));
      buffers.push_back(program.state(b));
      buffers.push_back(program.state(iteration));
      for (const artifact::Metric &metric : manifest.metrics) {
        buffers.push_back(program.state(metric.total));
        buffers.push_back(program.state(metric.count));
      }
      if (name == "train") {
        uint32_t loss = program.arena(DType::F32, {});
        program.output("loss", loss);
        program.kernel("train_k0", buffers, {loss}, {{"train", {1}}});
      } else {
        program.kernel("evaluate_k0", buffers, {}, {{"evaluate", {1}}});
      }
      program.finish();
    }
  }
  ProgramBuilder program(artifact, "predict");
  uint32_t x = program.arena(DType::F32, {batchDim, 2});
  uint32_t y = program.arena(DType::F32, {batchDim, 1});
  program.input(Port::Role::Input, "x", x);
  program.output("out", y);
  program.kernel("predict_k0", {x, program.state(w), program.state(b)}, {y},
                 {{"predict", {1, true}}});
  program.finish();
  return artifact;
}

Artifact makeLinearModelForGpu() {
  Artifact artifact = makeLinearModel();
  artifact::Manifest &manifest = artifact.manifest;
  manifest.deviceCode.push_back(
      {"ptx", 80, artifact.addBlob(bytesOf(std::string(linearPtx)))});
  for (artifact::Program program : std::vector(manifest.programs)) {
    program.device = artifact::onCuda;
    for (artifact::Launch &launch : program.launches) {
      for (const artifact::Launch::Stage &stage : launch.stages)
        launch.deviceStages.push_back({stage.symbol, stage.extent,
                                       stage.extent.timesBatch ? 32 : 1, 1, 1,
                                       stage.extent.timesBatch ? 32u : 1u});
      launch.stages.clear();
    }
    manifest.programs.push_back(std::move(program));
  }
  return artifact;
}

Artifact makeLabelModel() {
  Artifact artifact;
  artifact::Manifest &manifest = artifact.manifest;
  manifest.model = "labels";
  manifest.maxBatch = linearMaxBatch;
  host::test::addCode(artifact, compiled());
  addMetric(artifact, "loss");
  manifest.targets.push_back({"out", 4, "sparse_categorical_crossentropy"});
  for (const char *name : {"evaluate", "train"}) {
    ProgramBuilder program(artifact, name);
    uint32_t x = program.arena(DType::F32, {batchDim, 1});
    uint32_t y = program.arena(DType::I32, {batchDim});
    uint32_t weight = program.arena(DType::F32, {batchDim});
    program.input(Port::Role::Input, "x", x);
    program.input(Port::Role::Target, "out", y);
    program.input(Port::Role::SampleWeight, "sample_weight", weight);
    program.kernel("k0", {x, y, weight, program.state(0), program.state(1)}, {},
                   {{"count_labels", {1}}});
    program.finish();
  }
  return artifact;
}

Dataset makeLine(int64_t n, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  Tensor x(DType::F32, {n, 2}), y(DType::F32, {n, 1});
  for (float &value : x.as<float>())
    value = uniform(generator);
  for (int64_t i = 0; i < n; ++i)
    y.as<float>()[i] =
        2 * x.as<float>()[2 * i] - 3 * x.as<float>()[2 * i + 1] + 1;
  return {{{"x", x}}, {{"y", y}}, {}};
}

float LinearReference::trainOnBatch(const float *x, const float *y, int64_t n) {
  float loss = 0, dw[2] = {}, db = 0;
  for (int64_t i = 0; i < n; ++i) {
    float e = x[2 * i] * w[0] + x[2 * i + 1] * w[1] + b - y[i];
    loss += e * e / float(n);
    dw[0] += 2 * e * x[2 * i] / float(n);
    dw[1] += 2 * e * x[2 * i + 1] / float(n);
    db += 2 * e / float(n);
  }
  w[0] -= linearRate * dw[0];
  w[1] -= linearRate * dw[1];
  b -= linearRate * db;
  return loss;
}

} // namespace dlc::test
