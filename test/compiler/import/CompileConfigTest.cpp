// Optimizers, losses and metrics in the forms that Keras takes.
#include "compiler/import/training/CompileConfig.h"
#include "dialects/layer/Layer.h"

#include <gtest/gtest.h>

using namespace dlc;
using namespace dlc::importer;

namespace {

class CompileConfig : public testing::Test {
protected:
  CompileConfig() { context.loadDialect<layer::LayerDialect>(); }

  /// "layer.loss_mean_squared_error {output = "a"}", an op a line.
  std::string print(const Expected<CompileObjects> &objects) {
    if (!objects)
      return objects.error().message();
    std::string text;
    llvm::raw_string_ostream os(text);
    for (const CompileObject &object : *objects)
      os << object.op << " " << object.attributes.getDictionary(&context)
         << "\n";
    return text;
  }
  std::string losses(const char *json, const char *weights = "null") {
    return print(
        readLosses(&context, Json::parse(json), Json::parse(weights), outputs));
  }
  std::string metrics(const char *json, bool weighted = false) {
    return print(readMetrics(&context, Json::parse(json), weighted, outputs));
  }
  std::string optimizer(const char *json) {
    return print(readOptimizer(&context, Json::parse(json)));
  }

  mlir::MLIRContext context;
  std::vector<std::string> outputs = {"out"};
};

TEST_F(CompileConfig, LossForms) {
  const char *mse = "layer.loss_mean_squared_error {}\n";
  EXPECT_EQ(losses(R"("mse")"), mse);
  EXPECT_EQ(losses(R"("mean_squared_error")"), mse);
  EXPECT_EQ(losses(R"("MeanSquaredError")"), mse);
  EXPECT_EQ(losses(R"(["MSE"])"), mse);
  EXPECT_EQ(losses(R"({"out": "mse"})"), mse);
  EXPECT_EQ(losses(R"({"module": "keras.losses", "class_name":
      "MeanSquaredError", "config": {"name": "mean_squared_error",
      "reduction": "sum_over_batch_size"}, "registered_name": null})"),
            mse);
  EXPECT_EQ(losses("null"), "");
}

TEST_F(CompileConfig, LossConfigAndName) {
  EXPECT_EQ(losses(R"({"class_name": "SparseCategoricalCrossentropy", "config":
      {"name": "mine", "from_logits": true, "ignore_class": null}})"),
            "layer.loss_sparse_categorical_crossentropy {from_logits = true, "
            "keras = {name = \"mine\"}}\n");
}

TEST_F(CompileConfig, SeveralOutputs) {
  outputs = {"a", "b"};
  const char *both = "layer.loss_mean_squared_error {output = \"a\"}\n"
                     "layer.loss_mean_squared_error {loss_weight = 5.000000e-01"
                     " : f64, output = \"b\"}\n";
  EXPECT_EQ(losses(R"("mse")", "[1, 0.5]"), both);
  EXPECT_EQ(losses(R"({"b": "mse", "a": "mse"})", R"({"a": 1, "b": 0.5})"),
            both);
  EXPECT_EQ(losses(R"([null, "mse"])", "[1, 0.5]"),
            "layer.loss_mean_squared_error {loss_weight = 5.000000e-01 : f64, "
            "output = \"b\"}\n");
  EXPECT_EQ(losses(R"({"c": "mse"})"),
            "loss: is given for \"c\" but the model's outputs are a, b; name "
            "one of them");
  EXPECT_EQ(losses(R"(["mse", "mse", "mse"])"),
            "loss: is a list of 3 but the model has 2 outputs; give one for "
            "each output");
}

TEST_F(CompileConfig, MetricForms) {
  const char *accuracy = "layer.metric_accuracy {name = \"acc\"}\n";
  EXPECT_EQ(metrics(R"(["acc"])"), accuracy);
  EXPECT_EQ(metrics(R"([["acc"]])"), accuracy);
  EXPECT_EQ(metrics(R"({"out": ["acc"]})"), accuracy);
  EXPECT_EQ(metrics("[]"), "");
  EXPECT_EQ(metrics("null"), "");
  EXPECT_EQ(metrics(R"([{"module": "keras.metrics", "class_name":
      "BinaryAccuracy", "config": {"name": "b", "dtype": "float32",
      "threshold": 0.25}}])"),
            "layer.metric_binary_accuracy {name = \"b\", threshold = "
            "2.500000e-01 : f64}\n");
}

TEST_F(CompileConfig, MetricsOfSeveralOutputs) {
  outputs = {"a", "b"};
  const char *onB =
      "layer.metric_accuracy {name = \"accuracy\", output = \"b\"}\n";
  EXPECT_EQ(metrics(R"({"b": "accuracy"})"), onB);
  EXPECT_EQ(metrics(R"([[], ["accuracy"]])"), onB);
  EXPECT_EQ(metrics(R"("accuracy")"),
            "metrics: is \"accuracy\" but a model with several outputs takes a "
            "list or a dict of them; give the metrics of each output by its "
            "name");
}

TEST_F(CompileConfig, OptimizerForms) {
  EXPECT_EQ(optimizer(R"("Adam")"), "layer.optimizer_adam {}\n");
  EXPECT_EQ(optimizer(R"("rmsprop")"), "layer.optimizer_rmsprop {}\n");
  EXPECT_EQ(optimizer(R"({"class_name": "SGD", "config": {"name": "sgd",
      "learning_rate": 0.5, "momentum": 0, "weight_decay": null}})"),
            "layer.optimizer_sgd {learning_rate = 5.000000e-01 : f64}\n");
  // Keras 2
  EXPECT_EQ(optimizer(R"({"class_name": "Adam", "config": {"lr": 0.5,
      "decay": 0.0, "is_legacy_optimizer": true}})"),
            "layer.optimizer_adam {learning_rate = 5.000000e-01 : f64}\n");
}

TEST_F(CompileConfig, UnknownNamesSuggestNearOnes) {
  std::string message = optimizer(R"("adamm")");
  EXPECT_TRUE(llvm::StringRef(message).starts_with(
      "optimizer \"adamm\": is of class adamm but dlc knows no such "
      "optimizer; did you mean \"Adam\""))
      << message;
  EXPECT_NE(optimizer(R"("cudnn")").find("--target cuda"), std::string::npos);
  EXPECT_NE(losses(R"("binary_crossentropi")").find("BinaryCrossentropy"),
            std::string::npos);
}

TEST_F(CompileConfig, WeightedMetrics) {
  EXPECT_EQ(metrics(R"(["acc"])", true),
            "layer.metric_accuracy {name = \"acc\", weighted = true}\n");
  outputs = {"a", "b"};
  EXPECT_EQ(metrics(R"("acc")", true),
            "weighted_metrics: is \"acc\" but a model with several outputs "
            "takes a list or a dict of them; give the metrics of each output "
            "by its name");
}

TEST_F(CompileConfig, ASchedulesOpStandsBehindTheOptimizers) {
  EXPECT_EQ(optimizer(R"({"class_name": "Adam", "config": {"learning_rate":
      {"module": "keras.optimizers.schedules", "class_name": "CosineDecay",
       "config": {"initial_learning_rate": 0.5, "decay_steps": 10, "alpha": 0.0,
                  "name": "CosineDecay", "warmup_target": null,
                  "warmup_steps": 0}}}})"),
            "layer.optimizer_adam {}\n"
            "layer.schedule_cosine_decay {decay_steps = 10 : i64, "
            "initial_learning_rate = 5.000000e-01 : f64}\n");
  // Of two schedules the usual name is not the class.
  EXPECT_EQ(
      optimizer(R"({"class_name": "SGD", "config": {"learning_rate":
      {"class_name": "PiecewiseConstantDecay", "config": {"boundaries": [1],
       "values": [0.5, 0.25], "name": "PiecewiseConstant"}}}})"),
      "layer.optimizer_sgd {}\n"
      "layer.schedule_piecewise_constant_decay {boundaries = [1], values = "
      "[5.000000e-01, 2.500000e-01]}\n");
  EXPECT_NE(optimizer(R"({"class_name": "SGD", "config": {"learning_rate":
      {"class_name": "CosineDecayRestarts", "config":
       {"initial_learning_rate": 0.5, "first_decay_steps": 3, "name": "mine"}}
      }})")
                .find("name = \"mine\""),
            std::string::npos);
  std::string unknown = optimizer(R"({"class_name": "Adam", "config":
      {"learning_rate": {"class_name": "CosineDecai", "config": {}}}})");
  EXPECT_TRUE(llvm::StringRef(unknown).starts_with(
      "optimizer \"Adam\": learning_rate: is of class CosineDecai but dlc "
      "knows no such learning-rate schedule; did you mean \"CosineDecay\""))
      << unknown;
}

} // namespace
