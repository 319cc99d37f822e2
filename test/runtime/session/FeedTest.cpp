// What data a session takes and what it says about the rest.
#include "test/runtime/session/LinearModel.h"

#include <gtest/gtest.h>

namespace dlc::test {
namespace {

Session openModel(artifact::Artifact artifact) {
  auto session = Session::open(std::move(artifact));
  EXPECT_TRUE(session) << session.error().message();
  return std::move(*session);
}

std::string mistake(const Dataset &data, FitOptions options = {.batch = 8}) {
  Session session = openModel(makeLinearModel());
  float before = session.state("fc/kernel")->as<float>()[0];
  auto history = session.fit(data, options);
  if (history)
    return "";
  EXPECT_EQ(session.state("fc/kernel")->as<float>()[0], before)
      << "an error comes before the first step";
  return history.error().message();
}

TEST(Feed, TakesShapesAsKerasDoes) {
  Dataset flat = makeLine(8);
  Tensor y(DType::F32, {8});
  for (size_t i = 0; i < 8; ++i)
    y.as<float>()[i] = flat.y[0].second.as<float>()[i];
  Session a = openModel(makeLinearModel()), b = openModel(makeLinearModel());
  float first = *a.trainOnBatch(flat);
  flat.y[0].second = y;
  EXPECT_EQ(*b.trainOnBatch(flat), first);
}

TEST(Feed, ConvertsElements) {
  Dataset data = makeLine(4);
  data.x[0].second =
      Tensor::of<int32_t>(DType::I32, {4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  Session session = openModel(makeLinearModel());
  auto outputs = session.predict(data, 4);
  ASSERT_TRUE(outputs) << outputs.error().message();
  EXPECT_FLOAT_EQ((*outputs)[0].second.as<float>()[1],
                  0.5f * 3 - 0.25f * 4 + 0.125f);
}

TEST(Feed, SaysWhatIsWrongWithArrays) {
  Dataset good = makeLine(8);
  EXPECT_EQ(mistake(good), "");

  Dataset data = good;
  data.x = {{"a", good.x[0].second}, {"b", good.x[0].second}};
  EXPECT_EQ(mistake(data), "input \"x\": is not in the data but the data's x "
                           "arrays are \"a\", \"b\"; add x_x");
  data = good;
  data.y.clear();
  EXPECT_EQ(mistake(data), "target \"out\": is not in the data but the data's "
                           "y arrays are none; add y_out");
  data = good;
  data.x[0].second = Tensor(DType::F32, {8, 3});
  EXPECT_EQ(mistake(data), "input \"x\": has shape (8, 3) but the model takes "
                           "(None, 2); reshape the array");
  data = good;
  data.y[0].second = Tensor(DType::F32, {7, 1});
  EXPECT_EQ(mistake(data),
            "target \"out\": has 7 samples but input \"x\" has 8; give each "
            "array the same number of samples");
  data = good;
  data.sampleWeight = Tensor(DType::F32, {7});
  EXPECT_EQ(mistake(data),
            "sample_weight: has 7 samples but input \"x\" has 8; give each "
            "array the same number of samples");
  data = good;
  data.x[0].second = Tensor(DType::F32, {0, 2});
  EXPECT_EQ(mistake(data), "data: has no samples; give at least one");
}

TEST(Feed, SaysWhatIsWrongWithOptions) {
  Dataset data = makeLine(8);
  EXPECT_EQ(mistake(data, {.batch = 9}),
            "batch: has 9 samples but model \"linear\" was compiled for 1 to "
            "8; use smaller batches or compile with a larger --batch");
  EXPECT_NE(mistake(data, {.batch = 0}), "");
  EXPECT_NE(mistake(data, {.batch = 8, .validationSplit = 1}), "");
  EXPECT_NE(mistake(data, {.batch = 8, .validationSplit = 0.95}), "");
  EXPECT_NE(mistake(data, {.batch = 8, .validationSplit = -0.5}), "");
  data.sampleWeight = Tensor(DType::F32, {8});
  EXPECT_NE(mistake(data, {.batch = 8, .classWeight = {{0, 2.0f}}}), "");
}

TEST(Feed, NeedsAnOptimizerToTrain) {
  Session session = openModel(makeLinearModel(false));
  EXPECT_EQ(session.fit(makeLine(8), {.batch = 8}).error().message(),
            "model \"linear\": was compiled without an optimizer and loss but "
            "training needs them; compile it with --optimizer and --loss");
  EXPECT_FALSE(session.evaluate(makeLine(8), 8));
  EXPECT_FALSE(session.trainOnBatch(makeLine(8)));
  EXPECT_FALSE(session.gradients(makeLine(8)));
  EXPECT_TRUE(session.predict(makeLine(8), 8));
}

/// Labels 0 to 3 as int32.
Dataset makeLabels(std::vector<int32_t> labels) {
  int64_t n = int64_t(labels.size());
  return {{{"x", Tensor(DType::F32, {n, 1})}},
          {{"y", Tensor::of(DType::I32, {n}, labels)}},
          {}};
}

TEST(Feed, ChecksLabels) {
  Session session = openModel(makeLabelModel());
  auto logs = session.evaluate(makeLabels({0, 3, 3, 2}), 8);
  ASSERT_TRUE(logs) << logs.error().message();
  EXPECT_DOUBLE_EQ((*logs)[0].second, 2.0);
  EXPECT_EQ(session.evaluate(makeLabels({0, 1, 4}), 8).error().message(),
            "target \"out\": label 2: is 4 but the model has 4 classes, 0 to "
            "3; correct the label or build the model with more classes");
  EXPECT_FALSE(session.evaluate(makeLabels({0, -1}), 8));
  Dataset halves = makeLabels({0, 1});
  halves.y[0].second = Tensor::of<float>(DType::F32, {2}, {0, 1.5f});
  EXPECT_FALSE(session.evaluate(halves, 8));
  halves.y[0].second = Tensor::of<float>(DType::F32, {2, 1}, {0, 1});
  EXPECT_TRUE(session.evaluate(halves, 8));
}

TEST(Feed, WeighsClassesAndSamples) {
  Session session = openModel(makeLabelModel());
  Dataset data = makeLabels({1, 2, 3, 3});
  FitOptions options;
  options.batch = 4;
  options.classWeight = {{1, 2.0f}, {3, 0.5f}};
  auto history = session.fit(data, options);
  ASSERT_TRUE(history) << history.error().message();
  EXPECT_DOUBLE_EQ(history->epochs[0].second[0],
                   (2 * 1 + 1 * 2 + 0.5 * 3 + 0.5 * 3) / 4);
  data.sampleWeight = Tensor::of<float>(DType::F32, {4}, {0.25f, 0.5f, 0, 1});
  auto logs = session.evaluate(data, 4);
  ASSERT_TRUE(logs);
  EXPECT_DOUBLE_EQ((*logs)[0].second, (0.25 + 1 + 3) / 4);
}

} // namespace
} // namespace dlc::test
