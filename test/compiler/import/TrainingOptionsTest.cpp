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

TEST(TrainingOptions, WrongFormIsNamed) {
  auto open = applyTraining(nullptr, {"adam(learning_rate=1", "", ""}, one);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().thing, "--optimizer");
  auto noKey = applyTraining(nullptr, {"adam(0.1)", "", ""}, one);
  ASSERT_FALSE(noKey);
  EXPECT_EQ(noKey.error().value, "is \"adam(0.1)\"");
}

} // namespace
