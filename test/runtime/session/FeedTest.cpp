// What data a session takes and what it says about the rest.
#include "runtime/data/Batcher.h"
#include "runtime/data/Prefetch.h"
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

/// A class has a number, or a row with a place for each class.
TEST(Feed, TellsClassesInTheOtherForm) {
  Session session = openModel(makeLabelModel());
  Dataset data = makeLabels({0, 1});
  data.y[0].second = Tensor(DType::F32, {2, 4});
  EXPECT_EQ(
      session.evaluate(data, 8).error().message(),
      "target \"out\": has shape (2, 4) but its loss "
      "sparse_categorical_crossentropy takes class numbers of shape "
      "(None,); give these, as argmax over the last dimension makes them, "
      "or compile with categorical_crossentropy");
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

/// The rows of a tensor as if each had to be made first.
class MadeRows : public data::RowSource {
public:
  explicit MadeRows(Tensor tensor, int64_t damaged = -1)
      : tensor(std::move(tensor)), damaged(damaged) {}
  DType dtype() const override { return tensor.dtype(); }
  const Shape &shape() const override { return tensor.shape(); }
  Expected<std::unique_ptr<data::RowPass>> start(std::vector<int64_t> order,
                                                 int64_t batch,
                                                 int64_t epoch) const override {
    epochs.push_back(epoch);
    auto make = [this](int64_t row, std::byte *to) -> Expected<void> {
      if (row == damaged)
        return fail("row", "is damaged");
      data::gatherRows(tensor, std::span(&row, 1), to);
      return {};
    };
    return data::prefetch(make, std::move(order),
                          {tensor.bytes() / size_t(tensor.shape()[0]), 2, 4});
  }
  mutable std::vector<int64_t> epochs;

private:
  Tensor tensor;
  int64_t damaged;
};

/// The same samples, x made row by row.
std::pair<Dataset, std::shared_ptr<MadeRows>> makeRows(const Dataset &data,
                                                       int64_t damaged = -1) {
  auto rows = std::make_shared<MadeRows>(data.x[0].second, damaged);
  return {Dataset{{}, data.y, {}, {{"x", rows}}}, rows};
}

TEST(Feed, TakesRowsAsTheyAreMade) {
  Dataset data = makeLine(20);
  auto [made, rows] = makeRows(data);
  FitOptions options;
  options.batch = 8;
  options.epochs = 3;
  options.logBatchLoss = true;
  Session a = openModel(makeLinearModel()), b = openModel(makeLinearModel());
  options.validationData = &data;
  auto wanted = a.fit(data, options);
  options.validationData = &made;
  auto got = b.fit(made, options);
  ASSERT_TRUE(wanted && got) << got.error().message();
  EXPECT_EQ(got->batchLoss, wanted->batchLoss);
  EXPECT_EQ(got->epochs, wanted->epochs);
  // Each epoch's training, and its validation as epoch 0.
  EXPECT_EQ(rows->epochs, (std::vector<int64_t>{0, 0, 1, 0, 2, 0}));

  EXPECT_EQ(*b.evaluate(made, 8), *a.evaluate(data, 8));
  auto y = b.predict(made, 8), z = a.predict(data, 8);
  ASSERT_TRUE(y && z);
  EXPECT_TRUE(std::ranges::equal((*y)[0].second.as<float>(),
                                 (*z)[0].second.as<float>()));
  auto [few, unused] = makeRows(makeLine(8));
  EXPECT_EQ(*b.trainOnBatch(few), *a.trainOnBatch(makeLine(8)));
}

TEST(Feed, TellsTheRowThatCannotBeMade) {
  Session session = openModel(makeLinearModel());
  auto [made, rows] = makeRows(makeLine(20), 17);
  FitOptions options{.batch = 8};
  auto history = session.fit(made, options);
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().message(), "row: is damaged");
  EXPECT_FALSE(session.evaluate(made, 8));
  EXPECT_FALSE(session.predict(made, 8));
  // Where it is not asked for, it does no harm.
  options.shuffle = false;
  options.maxSteps = 2;
  EXPECT_TRUE(session.fit(made, options));
}

TEST(Feed, SaysWhatIsWrongWithRows) {
  Session session = openModel(makeLinearModel());
  auto refuse = [&](Tensor x) {
    Dataset data{{}, makeLine(8).y, {}, {{"x", std::make_shared<MadeRows>(x)}}};
    return session.fit(data, {.batch = 8}).error().message();
  };
  EXPECT_EQ(refuse(Tensor(DType::F32, {8, 3})),
            "input \"x\": has shape (8, 3) but the model takes (None, 2); "
            "reshape the array");
  EXPECT_EQ(refuse(Tensor(DType::I32, {8, 2})),
            "input \"x\": is made as int32 but the model takes float32; build "
            "the model with an input of the data's type");
  EXPECT_EQ(refuse(Tensor(DType::F32, {7, 2})),
            "target \"out\": has 8 samples but input \"x\" has 7; give each "
            "array the same number of samples");
}

TEST(Feed, TakesClassesWithNames) {
  Session session = openModel(makeLabelModel());
  Dataset data = makeLabels({0, 2, 1, 2});
  data.classNames = {"ant", "bee", "cat"};
  auto logs = session.evaluate(data, 4);
  ASSERT_TRUE(logs) << logs.error().message();
  EXPECT_DOUBLE_EQ((*logs)[0].second, 1.25);

  data.classNames = {"ant", "bee", "cat", "dog", "eel"};
  EXPECT_EQ(session.evaluate(data, 4).error().message(),
            "target \"out\": has places for 4 classes but the data has 5, and "
            "the first without a place is \"eel\"; build the model with as "
            "many outputs as there are classes");
  data.classNames.resize(3);

  // One number a sample cannot tell three classes.
  Session line = openModel(makeLinearModel());
  Dataset three{{{"x", Tensor(DType::F32, {4, 2})}}, data.y, {}};
  three.classNames = data.classNames;
  EXPECT_EQ(line.fit(three, {.batch = 4}).error().message(),
            "target \"out\": is one number a sample but the data has 3 classes "
            "and no more than 2 fit it; build the model with an output for "
            "each class");
}

TEST(Feed, GathersOneHotRows) {
  Tensor labels = Tensor::of<int32_t>(DType::I32, {3}, {2, 0, 1});
  std::vector<float> rows(6, 5.0f);
  const int64_t order[] = {2, 0};
  data::gatherOneHot(labels, 3, order,
                     reinterpret_cast<std::byte *>(rows.data()));
  EXPECT_EQ(rows, (std::vector<float>{0, 1, 0, 0, 0, 1}));
}

} // namespace
} // namespace dlc::test
