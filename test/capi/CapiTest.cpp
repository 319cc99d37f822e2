// The C API as C sees it: a small model compiled, trained, run and refused.
#include "capi/dlc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

const char *const modelText = R"(
layer.model @tiny attributes {kind = "Sequential"} {
  %x = layer.input "features" {shape = [3]}
  %out = layer.dense "out" %x {units = 2} : tensor<?x3xf32>
  layer.output %out : tensor<?x2xf32>
}
layer.compile @tiny {
  layer.optimizer_sgd {learning_rate = 0.1}
  layer.loss_mean_squared_error
}
)";

class Capi : public testing::Test {
protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() /
             ("dlc-capi-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "tiny.mlir") << modelText;
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = float(i % 5) - 2.0f;
    for (size_t i = 0; i < y.size(); ++i)
      y[i] = float(i % 3);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string path(const char *name) const { return (folder / name).string(); }

  dlc_artifact *compile(const char *options = R"({"for_this_cpu": true})") {
    dlc_artifact *artifact = nullptr;
    EXPECT_EQ(dlc_compile(path("tiny.mlir").c_str(), options, nullptr, nullptr,
                          &artifact),
              DLC_OK)
        << dlc_last_error()->message;
    return artifact;
  }

  dlc_session *open(const char *options = R"({"for_this_cpu": true})") {
    dlc_session *session = nullptr;
    EXPECT_EQ(dlc_session_open(compile(options), nullptr, &session), DLC_OK)
        << dlc_last_error()->message;
    return session;
  }

  /// A number from the session's only state of this name.
  static float readFirst(dlc_session *session, const char *name) {
    dlc_arrays *state = nullptr;
    EXPECT_EQ(dlc_state_get(session, name, &state), DLC_OK)
        << dlc_last_error()->message;
    dlc_array array = dlc_arrays_get(state, 0);
    float value = array.data ? *static_cast<const float *>(array.data) : NAN;
    dlc_arrays_free(state);
    return value;
  }

  static constexpr int64_t samples = 10;
  std::filesystem::path folder;
  std::vector<float> x = std::vector<float>(samples * 3);
  std::vector<float> y = std::vector<float>(samples * 2);
  int64_t xShape[2] = {samples, 3}, yShape[2] = {samples, 2};
  dlc_array inputs{"x", DLC_FLOAT32, 2, xShape, x.data()};
  dlc_array targets{"y", DLC_FLOAT32, 2, yShape, y.data()};
  dlc_data data{&inputs, 1, &targets, 1, nullptr};
};

struct Told {
  std::vector<std::pair<int64_t, int64_t>> steps; // epoch, step
  std::vector<std::string> names;
  std::vector<double> losses;
  int64_t stopAtStep = 0, stopAtEpoch = 0;
  int answer = DLC_INTERRUPT;
};

int onStep(const dlc_progress *progress, void *context) {
  auto &told = *static_cast<Told *>(context);
  told.steps.emplace_back(progress->epoch, progress->step);
  return told.stopAtStep == int64_t(told.steps.size()) ? told.answer
                                                       : DLC_GO_ON;
}

int onEpochEnd(const dlc_progress *progress, void *context) {
  auto &told = *static_cast<Told *>(context);
  told.names.assign(progress->log_names,
                    progress->log_names + progress->log_count);
  told.losses.push_back(progress->log_values[0]);
  return told.stopAtEpoch == progress->epoch ? told.answer : DLC_GO_ON;
}

TEST_F(Capi, VersionsAreThoseOfTheHeader) {
  EXPECT_EQ(dlc_abi_version(), DLC_ABI_VERSION);
  EXPECT_STREQ(dlc_version(), "0.1.0");
}

TEST_F(Capi, TrainsAndTells) {
  dlc_session *session = open();
  Told told;
  dlc_callbacks callbacks{onStep, onEpochEnd, &told};
  char *history = nullptr;
  ASSERT_EQ(dlc_fit(session, &data, &data,
                    R"({"epochs": 2, "batch": 4, "shuffle": false})",
                    &callbacks, &history),
            DLC_OK)
      << dlc_last_error()->message;
  std::vector<std::pair<int64_t, int64_t>> steps = {{1, 1}, {1, 2}, {1, 3},
                                                    {2, 1}, {2, 2}, {2, 3}};
  EXPECT_EQ(told.steps, steps);
  EXPECT_EQ(told.names, (std::vector<std::string>{"loss", "val_loss"}));
  ASSERT_EQ(told.losses.size(), 2u);
  EXPECT_LT(told.losses[1], told.losses[0]);
  EXPECT_NE(std::string(history).find("\"val_loss\":["), std::string::npos)
      << history;
  dlc_text_free(history);

  dlc_logs *logs = nullptr;
  ASSERT_EQ(dlc_evaluate(session, &data, 32, &logs), DLC_OK);
  ASSERT_EQ(dlc_logs_count(logs), 1u);
  EXPECT_STREQ(dlc_logs_name(logs, 0), "loss");
  EXPECT_LT(dlc_logs_value(logs, 0), told.losses[1]);
  EXPECT_EQ(dlc_logs_name(logs, 1), nullptr);
  dlc_logs_free(logs);
  dlc_session_free(session);
}

TEST_F(Capi, CallbacksEndTraining) {
  dlc_session *session = open();
  Told atStep;
  atStep.stopAtStep = 2;
  dlc_callbacks callbacks{onStep, onEpochEnd, &atStep};
  ASSERT_EQ(dlc_fit(session, &data, nullptr, R"({"epochs": 3, "batch": 4})",
                    &callbacks, nullptr),
            DLC_OK);
  EXPECT_EQ(atStep.steps.size(), 2u);
  EXPECT_TRUE(atStep.losses.empty());

  // As in Keras, the epoch of the step still ends.
  Told stopped;
  stopped.stopAtStep = 2;
  stopped.answer = DLC_STOP;
  callbacks.context = &stopped;
  ASSERT_EQ(dlc_fit(session, &data, &data, R"({"epochs": 3, "batch": 4})",
                    &callbacks, nullptr),
            DLC_OK);
  EXPECT_EQ(stopped.steps.size(), 2u);
  EXPECT_EQ(stopped.names, (std::vector<std::string>{"loss", "val_loss"}));

  Told atEpoch;
  atEpoch.stopAtEpoch = 2;
  callbacks.context = &atEpoch;
  char *history = nullptr;
  ASSERT_EQ(dlc_fit(session, &data, nullptr, R"({"epochs": 9, "batch": 5})",
                    &callbacks, &history),
            DLC_OK);
  // Not one step of the third epoch.
  EXPECT_EQ(atEpoch.steps.size(), 4u);
  EXPECT_EQ(atEpoch.losses.size(), 2u);
  EXPECT_NE(std::string(history).find("\"stopped\":true"), std::string::npos);
  dlc_text_free(history);
  dlc_session_free(session);
}

TEST_F(Capi, OneStepIsOneStep) {
  dlc_session *session = open(
      R"({"programs": ["train", "predict", "gradients"], "for_this_cpu": true})");
  dlc_arrays *gradients = nullptr;
  ASSERT_EQ(dlc_gradients(session, &data, &gradients), DLC_OK)
      << dlc_last_error()->message;
  float gradient = NAN;
  for (size_t i = 0; i < dlc_arrays_count(gradients); ++i)
    if (std::string(dlc_arrays_get(gradients, i).name) == "out/bias")
      gradient =
          static_cast<const float *>(dlc_arrays_get(gradients, i).data)[0];
  dlc_arrays_free(gradients);

  float before = readFirst(session, "out/bias"), loss = NAN;
  ASSERT_EQ(dlc_train_on_batch(session, &data, &loss), DLC_OK);
  EXPECT_NEAR(readFirst(session, "out/bias"), before - 0.1f * gradient, 1e-6);
  dlc_logs *logs = nullptr;
  ASSERT_EQ(dlc_metrics(session, &logs), DLC_OK);
  EXPECT_NEAR(dlc_logs_value(logs, 0), loss, 1e-6);
  dlc_logs_free(logs);
  ASSERT_EQ(dlc_reset_metrics(session), DLC_OK);
  ASSERT_EQ(dlc_metrics(session, &logs), DLC_OK);
  EXPECT_EQ(dlc_logs_value(logs, 0), 0);
  dlc_logs_free(logs);
  dlc_session_free(session);
}

/// How many numbers the history has for a name.
size_t countValues(const std::string &history, const std::string &name) {
  size_t begin = history.find("\"" + name + "\":[");
  if (begin == std::string::npos)
    return 0;
  size_t end = history.find(']', begin);
  return 1 + size_t(std::count(history.begin() + long(begin),
                               history.begin() + long(end), ','));
}

TEST_F(Capi, EpochsAreCutAndValidatedAsAsked) {
  dlc_session *session = open();
  Told told;
  dlc_callbacks callbacks{onStep, onEpochEnd, &told};
  char *history = nullptr;
  ASSERT_EQ(dlc_fit(session, &data, &data,
                    R"({"epochs": 3, "batch": 4, "steps_per_epoch": 2,
                        "validation_steps": 1, "validation_batch": 3,
                        "validation_freq": [1, 3]})",
                    &callbacks, &history),
            DLC_OK)
      << dlc_last_error()->message;
  // The pass of three steps ends in the second epoch.
  std::vector<std::pair<int64_t, int64_t>> steps = {
      {1, 1}, {1, 2}, {2, 1}, {3, 1}, {3, 2}};
  EXPECT_EQ(told.steps, steps);
  EXPECT_EQ(countValues(history, "loss"), 3u);
  EXPECT_EQ(countValues(history, "val_loss"), 2u);
  std::string values = history;
  dlc_text_free(history);

  // The last value is that of the first three samples.
  xShape[0] = yShape[0] = 3;
  dlc_logs *logs = nullptr;
  ASSERT_EQ(dlc_evaluate(session, &data, 32, &logs), DLC_OK);
  size_t last = values.find(',', values.find("\"val_loss\":[")) + 1;
  EXPECT_NEAR(dlc_logs_value(logs, 0), std::stod(values.substr(last)), 1e-6);
  dlc_logs_free(logs);
  dlc_session_free(session);
}

TEST_F(Capi, ClassesHaveNames) {
  dlc_session *byName = open(), *byNumber = open();
  const char *names[] = {"cat", "dog"};
  ASSERT_EQ(dlc_class_names_set(byName, names, 2), DLC_OK);
  char *json = nullptr;
  ASSERT_EQ(dlc_session_describe(byName, &json), DLC_OK);
  EXPECT_NE(std::string(json).find(R"("class_names":["cat","dog"])"),
            std::string::npos)
      << json;
  dlc_text_free(json);
  ASSERT_EQ(dlc_fit(byName, &data, nullptr,
                    R"({"class_weight": {"dog": 4.0, "0": 0.5}})", nullptr,
                    nullptr),
            DLC_OK)
      << dlc_last_error()->message;
  ASSERT_EQ(dlc_fit(byNumber, &data, nullptr,
                    R"({"class_weight": {"1": 4.0, "0": 0.5}})", nullptr,
                    nullptr),
            DLC_OK);
  EXPECT_EQ(readFirst(byName, "out/kernel"), readFirst(byNumber, "out/kernel"));
  EXPECT_EQ(dlc_fit(byName, &data, nullptr, R"({"class_weight": {"cow": 1}})",
                    nullptr, nullptr),
            DLC_ERROR);
  EXPECT_STREQ(dlc_last_error()->thing, "fit option \"class_weight\"");
  EXPECT_STREQ(dlc_last_error()->limit, "the classes are cat, dog");
  for (dlc_session *session : {byName, byNumber})
    dlc_session_free(session);
}

TEST_F(Capi, CallbacksOfKerasComeAsText) {
  dlc_session *session = open();
  std::string options =
      R"({"epochs": 9, "early_stopping": "monitor=loss,mode=max,patience=2",
          "checkpoint": "save_weights_only=true,filepath=)" +
      path("{epoch}.weights.h5") + R"(", "csv_log": ")" + path("log.csv") +
      R"(", "tensorboard": ")" + path("logs") + R"(", "terminate_on_nan": true,
          "reduce_lr": "monitor=loss,mode=max,patience=1,factor=0.5"})";
  char *history = nullptr;
  ASSERT_EQ(
      dlc_fit(session, &data, nullptr, options.c_str(), nullptr, &history),
      DLC_OK)
      << dlc_last_error()->message;
  // The loss falls, which is no improvement here.
  EXPECT_EQ(countValues(history, "loss"), 3u) << history;
  EXPECT_EQ(countValues(history, "learning_rate"), 3u) << history;
  dlc_text_free(history);
  EXPECT_NEAR(readFirst(session, "optimizer/learning_rate"), 0.025, 1e-6);
  for (const char *file : {"3.weights.h5", "log.csv", "logs/train"})
    EXPECT_TRUE(std::filesystem::exists(path(file))) << file;
  EXPECT_EQ(dlc_fit(session, &data, nullptr,
                    R"({"early_stopping": "patients=3"})", nullptr, nullptr),
            DLC_ERROR);
  EXPECT_NE(std::string(dlc_last_error()->message)
                .find("fit option \"early_stopping\""),
            std::string::npos)
      << dlc_last_error()->message;
  dlc_session_free(session);
}

/// A loop of one's own is dlc_fit, to the bit.
TEST_F(Capi, StepsInTheOrderOfFit) {
  dlc_session *fitted = open(), *stepped = open();
  ASSERT_EQ(
      dlc_fit(fitted, &data, nullptr, R"({"batch": 10})", nullptr, nullptr),
      DLC_OK);
  std::vector<int64_t> order(samples);
  ASSERT_EQ(dlc_epoch_order(0, 0, order.size(), order.data()), DLC_OK);
  std::vector<float> shuffledX, shuffledY;
  for (int64_t row : order) {
    shuffledX.insert(shuffledX.end(), &x[size_t(row) * 3],
                     &x[size_t(row) * 3] + 3);
    shuffledY.insert(shuffledY.end(), &y[size_t(row) * 2],
                     &y[size_t(row) * 2] + 2);
  }
  inputs.data = shuffledX.data();
  targets.data = shuffledY.data();
  ASSERT_EQ(dlc_train_on_batch(stepped, &data, nullptr), DLC_OK);
  ASSERT_EQ(dlc_overwrite_with_averages(stepped), DLC_OK);
  EXPECT_EQ(readFirst(stepped, "out/kernel"), readFirst(fitted, "out/kernel"));
  dlc_session_free(fitted);
  dlc_session_free(stepped);
}

TEST_F(Capi, TestsAddUp) {
  dlc_session *session = open();
  dlc_logs *whole = nullptr, *parts = nullptr;
  ASSERT_EQ(dlc_evaluate(session, &data, 32, &whole), DLC_OK);
  ASSERT_EQ(dlc_reset_metrics(session), DLC_OK);
  xShape[0] = yShape[0] = 4;
  ASSERT_EQ(dlc_test_on_batch(session, &data), DLC_OK);
  xShape[0] = yShape[0] = 6;
  inputs.data = x.data() + 12;
  targets.data = y.data() + 8;
  ASSERT_EQ(dlc_test_on_batch(session, &data), DLC_OK);
  ASSERT_EQ(dlc_metrics(session, &parts), DLC_OK);
  EXPECT_NEAR(dlc_logs_value(parts, 0), dlc_logs_value(whole, 0), 1e-6);
  dlc_logs_free(whole);
  dlc_logs_free(parts);
  dlc_session_free(session);
}

TEST_F(Capi, BackupsGoOn) {
  dlc_session *whole = open(), *first = open(), *rest = open();
  ASSERT_EQ(dlc_fit(whole, &data, nullptr, R"({"batch": 4, "epochs": 2})",
                    nullptr, nullptr),
            DLC_OK);
  std::string begun =
      R"({"batch": 4, "epochs": 2, "max_steps": 4, "backup": ")" + path("run") +
      "\"}";
  ASSERT_EQ(dlc_fit(first, &data, nullptr, begun.c_str(), nullptr, nullptr),
            DLC_OK)
      << dlc_last_error()->message;
  std::string resumed =
      R"({"batch": 4, "epochs": 2, "resume": true, "backup": ")" + path("run") +
      "\"}";
  ASSERT_EQ(dlc_fit(rest, &data, nullptr, resumed.c_str(), nullptr, nullptr),
            DLC_OK)
      << dlc_last_error()->message;
  EXPECT_EQ(readFirst(rest, "out/kernel"), readFirst(whole, "out/kernel"));
  EXPECT_EQ(
      dlc_fit(rest, &data, nullptr, R"({"resume": true})", nullptr, nullptr),
      DLC_ERROR);
  EXPECT_STREQ(dlc_last_error()->thing, "fit option \"backup\"");
  for (dlc_session *session : {whole, first, rest})
    dlc_session_free(session);
}

std::string readText(const std::filesystem::path &path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(Capi, TimesGoIntoFiles) {
  dlc_session *session = open();
  std::string options = R"({"batch": 2, "trace_steps": 2, "profile": ")" +
                        path("profile.json") + R"(", "trace": ")" +
                        path("trace.json") + "\"}";
  ASSERT_EQ(dlc_fit(session, &data, nullptr, options.c_str(), nullptr, nullptr),
            DLC_OK)
      << dlc_last_error()->message;
  std::string profile = readText(path("profile.json")),
              trace = readText(path("trace.json"));
  // Five steps, of which the first is not timed.
  EXPECT_NE(profile.find("\"steps\": 4"), std::string::npos) << profile;
  EXPECT_NE(profile.find("\"ms\": "), std::string::npos) << profile;
  EXPECT_NE(trace.find("\"step 2\""), std::string::npos) << trace;
  EXPECT_NE(trace.find("\"step 3\""), std::string::npos) << trace;
  EXPECT_EQ(trace.find("\"step 4\""), std::string::npos) << trace;

  // Told before the first step.
  float before = readFirst(session, "out/bias");
  EXPECT_EQ(dlc_fit(session, &data, nullptr,
                    R"({"trace": "/nowhere/trace.json"})", nullptr, nullptr),
            DLC_ERROR);
  EXPECT_STREQ(dlc_last_error()->thing, "/nowhere/trace.json");
  EXPECT_EQ(readFirst(session, "out/bias"), before);
  dlc_session_free(session);
}

TEST_F(Capi, OutputsHaveWeightsOfTheirOwn) {
  dlc_session *shared = open(), *own = open();
  std::vector<float> numbers = {1, 0, 2, 0.5, 1, 3, 0, 1, 1, 2};
  const int64_t shape[] = {samples};
  const dlc_array weights{"out", DLC_FLOAT32, 1, shape, numbers.data()};
  data.sample_weight = &weights;
  ASSERT_EQ(dlc_fit(shared, &data, nullptr, nullptr, nullptr, nullptr), DLC_OK)
      << dlc_last_error()->message;
  data.sample_weight = nullptr;
  data.output_weights = &weights;
  data.output_weight_count = 1;
  ASSERT_EQ(dlc_fit(own, &data, nullptr, nullptr, nullptr, nullptr), DLC_OK)
      << dlc_last_error()->message;
  EXPECT_EQ(readFirst(own, "out/kernel"), readFirst(shared, "out/kernel"));
  const dlc_array wrong{"side", DLC_FLOAT32, 1, shape, numbers.data()};
  data.output_weights = &wrong;
  EXPECT_EQ(dlc_fit(own, &data, nullptr, nullptr, nullptr, nullptr), DLC_ERROR);
  EXPECT_STREQ(dlc_last_error()->thing, "sample_weight \"side\"");
  for (dlc_session *session : {shared, own})
    dlc_session_free(session);
}

TEST_F(Capi, StatesGoInAndOut) {
  dlc_session *session = open();
  const float bias[] = {3, -4};
  const int64_t shape[] = {2};
  dlc_array value{"out/bias", DLC_FLOAT32, 1, shape, bias};
  ASSERT_EQ(dlc_state_set(session, &value), DLC_OK);
  EXPECT_EQ(readFirst(session, "out/bias"), 3);

  char *json = nullptr;
  ASSERT_EQ(dlc_session_describe(session, &json), DLC_OK);
  std::string about = json;
  dlc_text_free(json);
  for (const char *part :
       {R"("model":"tiny")",
        R"("name":"out/kernel","role":"weight",)"
        R"("dtype":"float32","shape":[3,2],"trainable":true)",
        R"("metrics":["loss"])", R"("shape":[-1,3])"})
    EXPECT_NE(about.find(part), std::string::npos) << part << " in " << about;

  const int64_t wrong[] = {1};
  value.shape = wrong;
  EXPECT_EQ(dlc_state_set(session, &value), DLC_ERROR);
  EXPECT_STREQ(dlc_last_error()->thing, "state \"out/bias\"");
  dlc_session_free(session);
}

TEST_F(Capi, ArtifactsGoThroughFiles) {
  dlc_artifact *artifact = compile();
  ASSERT_EQ(dlc_artifact_write(artifact, path("tiny.dlc").c_str()), DLC_OK);
  dlc_artifact_free(artifact);
  ASSERT_EQ(dlc_artifact_read(path("tiny.dlc").c_str(), &artifact), DLC_OK);
  dlc_session *session = nullptr;
  ASSERT_EQ(dlc_session_open(artifact, R"({"threads": 1})", &session), DLC_OK);
  dlc_arrays *predicted = nullptr;
  ASSERT_EQ(dlc_predict(session, &data, 4, &predicted), DLC_OK);
  dlc_array array = dlc_arrays_get(predicted, 0);
  EXPECT_EQ(array.rank, 2);
  EXPECT_EQ(array.shape[0], samples);
  EXPECT_EQ(dlc_arrays_get(predicted, 1).data, nullptr);
  dlc_arrays_free(predicted);
  EXPECT_EQ(dlc_save(session, path("tiny.weights.h5").c_str()), DLC_OK);
  EXPECT_TRUE(std::filesystem::exists(path("tiny.weights.h5")));
  dlc_session_free(session);
}

TEST_F(Capi, OptionsAreChecked) {
  dlc_artifact *artifact = nullptr;
  const std::string model = path("tiny.mlir");
  const std::pair<const char *, const char *> wrong[] = {
      {"{", "compile options: are no JSON but they are a JSON object; write "
            "them as {\"batch\": 32}"},
      {"[]", "compile options: are no object but they are a JSON object; "
             "write them as {\"batch\": 32}"},
      {R"({"batch": 0})", "compile option \"batch\": is 0 but it must be a "
                          "whole number of 1 or more; correct it"},
      {R"({"targets": "host"})", "compile option \"targets\": is \"host\" but "
                                 "it must be a list of strings; correct it"},
      {R"({"seed": -1})", "compile option \"seed\": is -1 but it must be a "
                          "whole number of 0 or more; correct it"},
      {R"({"libraries": "all"})",
       "compile option \"libraries\": is \"all\" but it must be \"auto\", "
       "\"none\" or \"always\"; correct it"},
      {R"({"input_shapes": {"x": [0]}})",
       "compile option \"input_shapes\": is {\"x\":[0]} but it must be an "
       "object of lists of sizes of 1 or more; correct it"}};
  for (auto [options, message] : wrong) {
    EXPECT_EQ(dlc_compile(model.c_str(), options, nullptr, nullptr, &artifact),
              DLC_ERROR)
        << options;
    EXPECT_STREQ(dlc_last_error()->message, message);
  }
  EXPECT_EQ(
      dlc_compile(model.c_str(), R"({"bach": 1})", nullptr, nullptr, &artifact),
      DLC_ERROR);
  EXPECT_STREQ(dlc_last_error()->value, "have a key \"bach\"");
  std::string deep = R"({"loss": )" + std::string(100000, '[') +
                     std::string(100000, ']') + "}";
  EXPECT_EQ(
      dlc_compile(model.c_str(), deep.c_str(), nullptr, nullptr, &artifact),
      DLC_ERROR);
  EXPECT_STREQ(dlc_last_error()->limit, "the limit is 100");
  EXPECT_EQ(artifact, nullptr);
}

TEST_F(Capi, MistakesAreErrors) {
  dlc_artifact *artifact = nullptr;
  EXPECT_EQ(dlc_compile(nullptr, nullptr, nullptr, nullptr, &artifact),
            DLC_ERROR);
  EXPECT_STREQ(dlc_last_error()->thing, "argument \"model\"");
  EXPECT_EQ(dlc_compile(path("gone.keras").c_str(), nullptr, nullptr, nullptr,
                        &artifact),
            DLC_ERROR);
  EXPECT_EQ(dlc_last_error()->thing, path("gone.keras"));
  EXPECT_EQ(dlc_session_open(nullptr, nullptr, nullptr), DLC_ERROR);
  dlc_session_free(nullptr);
  dlc_arrays_free(nullptr);
  dlc_logs_free(nullptr);
  dlc_artifact_free(nullptr);
  dlc_text_free(nullptr);

  dlc_session *session = open();
  dlc_logs *logs = nullptr;
  auto refused = [&](const char *value) {
    EXPECT_EQ(dlc_evaluate(session, &data, 32, &logs), DLC_ERROR);
    EXPECT_STREQ(dlc_last_error()->value, value);
  };
  inputs.dtype = dlc_dtype(9);
  refused("has dtype 9");
  inputs.dtype = DLC_FLOAT32;
  inputs.rank = -1;
  refused("has rank -1");
  inputs.rank = 2;
  xShape[1] = -3;
  refused("has shape (10, -3)");
  xShape[1] = INT64_MAX / 8;
  refused("has shape (10, 1152921504606846975)");
  xShape[1] = 3;
  inputs.data = nullptr;
  refused("has no data");
  inputs.data = x.data();
  inputs.rank = 0;
  refused("is a scalar");
  inputs.rank = 2;
  data.y = nullptr;
  refused("is NULL");
  EXPECT_EQ(logs, nullptr);
  dlc_session_free(session);
}

} // namespace
