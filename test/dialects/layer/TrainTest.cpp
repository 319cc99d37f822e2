// Losses, metrics, optimizers and schedules against Keras.
#include "test/dialects/layer/ErrorCases.h"
#include "test/dialects/layer/LayerFixture.h"
#include "test/dialects/layer/ScheduleCases.h"
#include "test/dialects/layer/TrainCases.h"

using namespace mlir;

namespace dlc::test {

using TrainTest = LayerFixture;

TEST_F(TrainTest, LossesAndTheirGradientsAreThoseOfKeras) {
  const int64_t n = ShapedType::kDynamic;
  std::vector<LossCase> cases = lossCases;
  cases.insert(cases.end(), errorCases.begin(), errorCases.end());
  for (const LossCase &expected : cases) {
    auto loss = dyn_cast_or_null<layer::LossOpInterface>(
        parseCompiled(std::string("loss_") + expected.loss));
    ASSERT_TRUE(loss) << expected.loss;
    RankedTensorType predictions = f32({n, 3});
    RankedTensorType targets = loss.getTargetType(predictions);
    std::vector<int64_t> shape = {4};
    if (targets.getRank() == 2)
      shape.push_back(3);
    std::vector<Array> actual =
        compute({targets, predictions},
                {{shape, expected.targets}, {{4, 3}, expected.predictions}}, 4,
                [&](ImplicitLocOpBuilder &b, ValueRange args) {
                  Value y = loss.buildLoss(b, args[0], args[1]);
                  return SmallVector<Value>{y, gradient(b, y, args[1])};
                });
    ASSERT_EQ(actual.size(), 2u) << expected.loss;
    expectNear(actual[0].data, expected.values, 3e-6, expected.loss);
    expectNear(actual[1].data, expected.gradients, 1e-5,
               std::string("gradient of ") + expected.loss);
  }
}

TEST_F(TrainTest, OptimizersMoveAsThoseOfKeras) {
  RankedTensorType type = f32({3});
  RankedTensorType scalar = f32({});
  for (const OptimizerCase &expected : optimizerCases) {
    auto optimizer = dyn_cast_or_null<layer::OptimizerOpInterface>(
        parseCompiled(std::string("optimizer_") + expected.optimizer));
    ASSERT_TRUE(optimizer) << expected.optimizer;
    int slotCount = 0;
    for (const auto &block : optimizer.slotBlocks())
      slotCount += int(block.size());
    ASSERT_EQ(slotCount, expected.slotCount) << expected.optimizer;

    std::vector<Array> state(1 + slotCount, Array{{3}, {0, 0, 0}});
    state[0].data = startWeight;
    for (size_t step = 0; step < stepGradients.size(); ++step) {
      std::vector<Array> inputs = {
          {{}, {0.1}}, {{}, {double(step + 1)}}, {{3}, stepGradients[step]}};
      inputs.insert(inputs.end(), state.begin(), state.end());
      SmallVector<Type> types(inputs.size(), type);
      types[0] = types[1] = scalar;
      state = compute(
          types, inputs, 1, [&](ImplicitLocOpBuilder &b, ValueRange args) {
            return optimizer.buildUpdate(b, args[0], args[1], args[3], args[2],
                                         args.drop_front(4));
          });
      ASSERT_EQ(int(state.size()), 1 + slotCount) << expected.optimizer;
    }
    expectNear(state[0].data, expected.weight, 2e-6, expected.optimizer);
    std::vector<double> slots;
    for (size_t i = 1; i < state.size(); ++i)
      slots.insert(slots.end(), state[i].data.begin(), state[i].data.end());
    expectNear(slots, expected.slots, 2e-6,
               std::string("slots of ") + expected.optimizer);
  }
}

TEST_F(TrainTest, SchedulesGiveTheRatesOfKeras) {
  auto counter = RankedTensorType::get({}, IntegerType::get(&context, 32));
  for (const ScheduleCase &expected : scheduleCases) {
    auto schedule = dyn_cast_or_null<layer::ScheduleOpInterface>(
        parseCompiled(std::string("schedule_") + expected.schedule));
    ASSERT_TRUE(schedule) << expected.schedule;
    std::vector<double> rates;
    for (double step : scheduleSteps) {
      std::vector<Array> rate =
          compute({counter}, {{{}, {step}}}, 1,
                  [&](ImplicitLocOpBuilder &b, ValueRange args) {
                    return SmallVector<Value>{schedule.buildRate(b, args[0])};
                  });
      ASSERT_EQ(rate.size(), 1u) << expected.schedule;
      rates.push_back(rate[0].data[0]);
    }
    expectNear(rates, expected.rates, 2e-7, expected.schedule);
  }
}

TEST_F(TrainTest, ALabelThatIsIgnoredLosesNothing) {
  const int64_t n = ShapedType::kDynamic;
  for (const char *options : {"", ", from_logits = true"}) {
    auto loss = cast<layer::LossOpInterface>(parseCompiled(
        std::string("loss_sparse_categorical_crossentropy {ignore_class = 9") +
        options + "}"));
    EXPECT_EQ(loss.getIgnoredLabel(), 9);
    RankedTensorType predictions = f32({n, 2});
    // The second row's logarithm, and its gradient, would be NaN.
    std::vector<Array> actual =
        compute({loss.getTargetType(predictions), predictions},
                {{{2}, {1, 9}}, {{2, 2}, {0.5, 0.5, 0, 0}}}, 2,
                [&](ImplicitLocOpBuilder &b, ValueRange args) {
                  Value y = loss.buildLoss(b, args[0], args[1]);
                  return SmallVector<Value>{y, gradient(b, y, args[1])};
                });
    ASSERT_EQ(actual.size(), 2u);
    expectNear(actual[0].data, {0.693147182, 0}, 1e-6, options);
    EXPECT_EQ(actual[1].data[2], 0) << options;
    EXPECT_EQ(actual[1].data[3], 0) << options;
    EXPECT_LT(actual[1].data[1], 0) << options;
  }
}

TEST_F(TrainTest, AccuracyGoesByTheShapes) {
  const int64_t n = ShapedType::kDynamic;
  auto labelsType = RankedTensorType::get({n}, IntegerType::get(&context, 32));
  auto values = [&](const char *text, RankedTensorType targets,
                    std::vector<int64_t> targetShape,
                    std::vector<double> target, int64_t classes,
                    std::vector<double> predicted) {
    auto metric =
        cast<layer::MetricOpInterface>(parseCompiled(std::string(text)));
    int64_t samples = int64_t(predicted.size()) / classes;
    std::vector<Array> result = compute(
        {targets, f32({n, classes})},
        {{targetShape, target}, {{samples, classes}, predicted}}, samples,
        [&](ImplicitLocOpBuilder &b, ValueRange args) {
          return SmallVector<Value>{metric.buildValues(b, args[0], args[1])};
        });
    return result.empty() ? std::vector<double>() : result[0].data;
  };
  using Values = std::vector<double>;

  // Of equal predictions the first counts. All numbers are exact in f32.
  Values predicted = {0.125, 0.75, 0.75, 0.5, 0.25, 0.5, 0.125, 0.25, 0.375};
  const char *accuracy = "metric_accuracy \"accuracy\"";
  EXPECT_EQ(values(accuracy, labelsType, {3}, {1, 2, 2}, 3, predicted),
            Values({1, 0, 1}));
  EXPECT_EQ(values(accuracy, f32({n, 3}), {3, 3}, {0, 1, 0, 0, 0, 1, 1, 0, 0},
                   3, predicted),
            Values({1, 0, 0}));
  // One class is a yes or no; the threshold itself is a no.
  EXPECT_EQ(values(accuracy, f32({n, 1}), {3, 1}, {1, 1, 0}, 1, {0.75, 0.5, 0}),
            Values({1, 0, 1}));
  EXPECT_EQ(values("metric_binary_accuracy \"b\" {threshold = 0.25}",
                   f32({n, 2}), {2, 2}, {1, 0, 1, 1}, 2,
                   {0.5, 0.5, 0.25, 0.375}),
            Values({1, 0, 0, 1}));
  EXPECT_EQ(values("metric_sparse_categorical_accuracy \"s\"", labelsType, {3},
                   {1, 0, 0}, 3, predicted),
            Values({1, 1, 0}));
  EXPECT_EQ(values("metric_categorical_accuracy \"c\"", f32({n, 3}), {3, 3},
                   {0, 1, 0, 0, 0, 1, 0, 0, 1}, 3, predicted),
            Values({1, 0, 1}));
}

} // namespace dlc::test
