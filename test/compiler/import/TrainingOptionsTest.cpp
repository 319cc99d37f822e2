// --optimizer, --loss and --metrics in their three forms.
#include "compiler/import/training/TrainingOptions.h"

#include <gtest/gtest.h>

using namespace dlc;
using namespace dlc::importer;

namespace {

const std::vector<std::string> one = {"out"};
const std::vector<std::string> two = {"a", "b"};

Json change(const TrainingOptions &options,
            const std::vector<std::string> &outputs, Json config = nullptr) {
  auto changed = applyTraining(std::move(config), options, outputs);
  EXPECT_TRUE(changed) << changed.error().message();
  return changed ? *changed : Json();
}

TEST(TrainingOptions, Name) {
  EXPECT_EQ(change({"adam", "mse", ""}, one),
            Json::parse(R"({"optimizer": "adam", "loss": "mse"})"));
}

TEST(TrainingOptions, Call) {
  EXPECT_EQ(
      change({"SGD(learning_rate=1e-2, nesterov=True, momentum=0.9)", "", ""},
             one),
      Json::parse(R"({"optimizer": {"class_name": "SGD", "config":
        {"learning_rate": 0.01, "nesterov": true, "momentum": 0.9}}})"));
}

TEST(TrainingOptions, ScheduleInACall) {
  Json expected = Json::parse(R"({"class_name": "adam", "config":
      {"learning_rate": {"class_name": "ExponentialDecay", "config":
        {"initial_learning_rate": 0.001, "decay_steps": 100,
         "decay_rate": 0.96}}, "beta_1": 0.8}})");
  EXPECT_EQ(change({"adam(learning_rate=ExponentialDecay(1e-3, "
                    "decay_steps=100, decay_rate=0.96), beta_1=0.8)",
                    "", ""},
                   one)["optimizer"],
            expected);
  EXPECT_EQ(change({"adam(learning_rate=keras.optimizers.schedules."
                    "ExponentialDecay(1e-3, 100, 0.96), beta_1=0.8)",
                    "", ""},
                   one)["optimizer"],
            expected);
  EXPECT_EQ(
      change({"sgd(learning_rate=PiecewiseConstantDecay([1, 2], (0.5, 0.2, "
              "0.1)))",
              "", ""},
             one)["optimizer"]["config"]["learning_rate"]["config"],
      Json::parse(R"({"boundaries": [1, 2], "values": [0.5, 0.2, 0.1]})"));
}

TEST(TrainingOptions, JsonAndOtherKeysStay) {
  EXPECT_EQ(
      change({"", R"({"a": "mse", "b": null})", ""}, two,
             Json::parse(R"({"optimizer": "sgd", "loss": "mae",
                                  "loss_weights": [1, 2]})")),
      Json::parse(R"({"optimizer": "sgd", "loss": {"a": "mse", "b": null}})"));
}

TEST(TrainingOptions, MetricsByComma) {
  TrainingOptions options;
  options.metrics = "accuracy, BinaryAccuracy(threshold=0.4, name='b')";
  Json expected = Json::parse(R"(["accuracy", {"class_name": "BinaryAccuracy",
      "config": {"threshold": 0.4, "name": "b"}}])");
  EXPECT_EQ(change(options, one)["metrics"], expected);
  EXPECT_EQ(change(options, two)["metrics"]["b"], expected);
}

TEST(TrainingOptions, MetricsAsPythonLists) {
  Json expected = Json::parse(R"({"metrics": ["accuracy", "mae"]})");
  EXPECT_EQ(change({"", "", "[accuracy,mae]"}, one), expected);
  EXPECT_EQ(change({"", "", "['accuracy', \"mae\"]"}, one), expected);
  EXPECT_EQ(change({"", "", R"(["accuracy", "mae"])"}, one), expected);
}

TEST(TrainingOptions, WrongFormIsNamed) {
  auto open = applyTraining(nullptr, {"adam(learning_rate=1", "", ""}, one);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().thing, "--optimizer \"adam(learning_rate=1\"");
  EXPECT_EQ(open.error().value, "has no closing parenthesis");
  auto noKey = applyTraining(nullptr, {"adam(0.1)", "", ""}, one);
  ASSERT_FALSE(noKey);
  EXPECT_EQ(noKey.error().value, "gives adam an argument without a key");
  auto tooMany = applyTraining(
      nullptr,
      {"adam(learning_rate=PiecewiseConstantDecay([1], [1., 2.], a, b))", "",
       ""},
      one);
  ASSERT_FALSE(tooMany);
  EXPECT_EQ(tooMany.error().value,
            "gives PiecewiseConstantDecay an argument without a key");
}

} // namespace
