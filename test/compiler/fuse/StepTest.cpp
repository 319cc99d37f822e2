// A training step of a whole model, compiled to machine code with fusion and
// without: every state is the same but for rounding.
#include "compiler/Compile.h"
#include "runtime/session/Session.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>

using namespace dlc;

namespace {

// All kinds of kernels: statistics over columns, a softmax over rows, a norm
// over everything, masks of dropout, updates with momentum.
constexpr const char *model = R"mlir(
layer.model @model attributes {kind = "Sequential"} {
  %x = layer.input "x" {shape = [8, 8, 2]}
  %a = layer.conv2d "conv" %x {filters = 6, kernel_size = [3, 3], padding = "same", use_bias = false} : tensor<?x8x8x2xf32>
  %b = layer.batch_normalization "bn" %a : tensor<?x8x8x6xf32>
  %c = layer.activation "act" %b {activation = "relu"} : tensor<?x8x8x6xf32>
  %d = layer.max_pooling2d "pool" %c {pool_size = [2, 2]} : tensor<?x8x8x6xf32>
  %e = layer.flatten "flat" %d : tensor<?x4x4x6xf32>
  %f = layer.dense "fc1" %e {units = 10, activation = "tanh"} : tensor<?x96xf32>
  %g = layer.dropout "drop" %f {rate = 0.25} : tensor<?x10xf32>
  %h = layer.dense "fc2" %g {units = 5, activation = "softmax"} : tensor<?x10xf32>
  layer.output %h : tensor<?x5xf32>
}
layer.compile @model {
  layer.optimizer_sgd {learning_rate = 0.1, momentum = 0.9, global_clipnorm = 1.0}
  layer.loss_sparse_categorical_crossentropy
  layer.metric_accuracy "accuracy"
}
)mlir";

class Folder {
public:
  Folder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "dlc-step-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

Dataset makeBatch(int64_t n) {
  std::mt19937 random(n);
  std::uniform_real_distribution<float> uniform(-1, 1);
  Tensor x(DType::F32, {n, 8, 8, 2}), y(DType::I32, {n});
  for (float &element : x.as<float>())
    element = uniform(random);
  for (int32_t &label : y.as<int32_t>())
    label = random() % 5;
  return {{{"x", x}}, {{"fc2", y}}, {}};
}

/// What a session holds after a full batch and a smaller one.
std::map<std::string, Tensor> trainTwice(const std::filesystem::path &path,
                                         bool fuse) {
  CompileOptions options;
  options.batch = 16;
  options.fuse = fuse;
  options.cpus = {"native"};
  Expected<artifact::Artifact> artifact = compile(path, options);
  EXPECT_TRUE(artifact.has_value()) << artifact.error().message();
  if (!artifact)
    return {};
  Expected<Session> session = Session::open(
      std::move(*artifact), {.threads = 2, .seed = 3, .poison = true});
  EXPECT_TRUE(session.has_value()) << session.error().message();
  if (!session)
    return {};
  for (int64_t n : {16, 7}) {
    Expected<float> loss = session->trainOnBatch(makeBatch(n));
    EXPECT_TRUE(loss.has_value()) << loss.error().message();
  }
  std::map<std::string, Tensor> states;
  for (const artifact::State &state : session->manifest().states)
    if (Expected<Tensor> value = session->state(state.name))
      states[state.name] = *value;
  return states;
}

TEST(Step, IsTheSameUnfused) {
  Folder folder;
  std::filesystem::path path = folder.path / "model.mlir";
  std::ofstream(path) << model;
  auto fused = trainTwice(path, true), unfused = trainTwice(path, false);
  ASSERT_FALSE(fused.empty());
  ASSERT_EQ(fused.size(), unfused.size());
  for (const auto &[name, value] : fused) {
    const Tensor &other = unfused.at(name);
    ASSERT_EQ(value.shape(), other.shape()) << name;
    if (value.dtype() != DType::F32)
      continue;
    double difference = 0, norm = 0;
    for (int64_t i = 0; i < value.size(); ++i) {
      double a = value.as<float>()[i], b = other.as<float>()[i];
      difference += (a - b) * (a - b);
      norm += b * b;
    }
    if (name.ends_with("kernel"))
      EXPECT_GT(norm, 0) << name;
    EXPECT_LE(std::sqrt(difference), 1e-5 * (std::sqrt(norm) + 1e-2)) << name;
  }
}

} // namespace
