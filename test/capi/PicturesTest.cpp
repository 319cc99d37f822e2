// The C API on pictures: the same as on their pixels as arrays.
#include "test/runtime/data/images/Pictures.h"
#include "capi/dlc.h"

#include <fstream>
#include <gtest/gtest.h>

namespace dlc::test {
namespace {

const char *const modelText = R"(
layer.model @small attributes {kind = "Sequential"} {
  %x = layer.input "x" {shape = [2, 2, 3]}
  %flat = layer.flatten "flat" %x : tensor<?x2x2x3xf32>
  %out = layer.dense "out" %flat {units = 2, activation = "softmax"} : tensor<?x12xf32>
  layer.output %out : tensor<?x2xf32>
}
layer.compile @small {
  layer.optimizer_sgd {learning_rate = 0.1}
  layer.loss_sparse_categorical_crossentropy
}
)";

/// Four pictures of cats, two of dogs.
class CapiPictures : public PicturesTest {
protected:
  void SetUp() override {
    PicturesTest::SetUp();
    std::ofstream(at("small.mlir")) << modelText;
    for (uint8_t i = 0; i < 4; ++i)
      writePicture("set/cat/" + std::to_string(i) + ".bmp", i);
    for (uint8_t i = 0; i < 2; ++i)
      writePicture("set/dog/" + std::to_string(i) + ".bmp", uint8_t(100 + i));
    set = at("set");
    pictures.path = set.c_str();
    pictures.options = R"({"rescale": "1/255", "workers": 1})";
    pictures.note = [](const char *note, void *context) {
      static_cast<std::vector<std::string> *>(context)->push_back(note);
    };
    pictures.context = &notes;
    data.pictures = &pictures;
  }
  void TearDown() override {
    dlc_session_free(session);
    PicturesTest::TearDown();
  }

  void open() {
    dlc_artifact *artifact = nullptr;
    ASSERT_EQ(dlc_compile(at("small.mlir").c_str(), R"({"for_this_cpu": true})",
                          nullptr, nullptr, &artifact),
              DLC_OK)
        << dlc_last_error()->message;
    ASSERT_EQ(dlc_session_open(artifact, nullptr, &session), DLC_OK);
  }

  double evaluate(const dlc_data &samples) {
    dlc_logs *logs = nullptr;
    EXPECT_EQ(dlc_evaluate(session, &samples, 32, &logs), DLC_OK)
        << dlc_last_error()->message;
    double loss = dlc_logs_value(logs, 0);
    dlc_logs_free(logs);
    return loss;
  }

  std::string refuse(const char *options) {
    pictures.options = options;
    EXPECT_EQ(dlc_fit(session, &data, nullptr, nullptr, nullptr, nullptr),
              DLC_ERROR);
    return dlc_last_error()->message;
  }

  std::string set;
  std::vector<std::string> notes;
  dlc_pictures pictures{};
  dlc_data data{};
  dlc_session *session = nullptr;
};

TEST_F(CapiPictures, TrainOnFolders) {
  open();
  double before = evaluate(data);
  char *history = nullptr;
  ASSERT_EQ(dlc_fit(session, &data, nullptr,
                    R"({"epochs": 3, "batch": 2, "validation_split": 0.5,
                        "class_weight": {"dog": 2}})",
                    nullptr, &history),
            DLC_OK)
      << dlc_last_error()->message;
  EXPECT_NE(std::string(history).find("\"val_loss\":["), std::string::npos);
  dlc_text_free(history);
  EXPECT_LT(evaluate(data), before);

  // The session knows its classes, and how the pictures were read.
  char *about = nullptr;
  ASSERT_EQ(dlc_session_describe(session, &about), DLC_OK);
  EXPECT_NE(std::string(about).find(R"("class_names":["cat","dog"])"),
            std::string::npos);
  dlc_text_free(about);
  double rescaled = evaluate(data);
  pictures.options = nullptr;
  EXPECT_EQ(evaluate(data), rescaled);
  notes.clear();
  pictures.options = R"({"rescale": 1})";
  EXPECT_NE(evaluate(data), rescaled);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("rescale is 1"), std::string::npos) << notes[0];
}

TEST_F(CapiPictures, AreTheirPixels) {
  open();
  ASSERT_EQ(dlc_fit(session, &data, nullptr,
                    R"({"batch": 3, "validation_split": 0.5})", nullptr,
                    nullptr),
            DLC_OK)
      << dlc_last_error()->message;
  std::vector<float> x;
  std::vector<int32_t> y = {0, 0, 0, 0, 1, 1};
  for (uint8_t seed : {0, 1, 2, 3, 100, 101})
    for (int value :
         {int(seed), 1, 2, 3, int(seed), 4, 5, 6, int(seed), 7, 8, 9})
      x.push_back(float(value) / 255);
  const int64_t xShape[] = {6, 2, 2, 3}, yShape[] = {6};
  const dlc_array inputs{"x", DLC_FLOAT32, 4, xShape, x.data()};
  const dlc_array targets{"out", DLC_INT32, 1, yShape, y.data()};
  dlc_data arrays{&inputs, 1, &targets, 1, nullptr, nullptr, 0, nullptr};
  EXPECT_NEAR(evaluate(data), evaluate(arrays), 1e-6);

  dlc_arrays *ofPictures = nullptr, *ofArrays = nullptr;
  ASSERT_EQ(dlc_predict(session, &data, 32, &ofPictures), DLC_OK)
      << dlc_last_error()->message;
  ASSERT_EQ(dlc_predict(session, &arrays, 32, &ofArrays), DLC_OK);
  for (size_t i = 0; i < 12; ++i)
    EXPECT_NEAR(
        static_cast<const float *>(dlc_arrays_get(ofPictures, 0).data)[i],
        static_cast<const float *>(dlc_arrays_get(ofArrays, 0).data)[i], 1e-6);
  dlc_arrays_free(ofPictures);
  dlc_arrays_free(ofArrays);
  char *json = nullptr;
  ASSERT_EQ(dlc_pictures_describe(session, &pictures, &json), DLC_OK);
  EXPECT_STREQ(json, R"({"files":["cat/0.bmp","cat/1.bmp","cat/2.bmp",)"
                     R"("cat/3.bmp","dog/0.bmp","dog/1.bmp"]})");
  dlc_text_free(json);
}

TEST_F(CapiPictures, DamagedOnesAreTold) {
  open();
  write("set/cat/3.bmp", std::vector<std::byte>(10));
  EXPECT_NE(refuse(R"({"on_bad_image": "error"})").find("cat/3.bmp"),
            std::string::npos);
  pictures.options = R"({"on_bad_image": "skip"})";
  ASSERT_EQ(dlc_fit(session, &data, nullptr, nullptr, nullptr, nullptr), DLC_OK)
      << dlc_last_error()->message;
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_NE(notes[0].find("cat/3.bmp"), std::string::npos) << notes[0];
  EXPECT_EQ(notes[1], "1 damaged pictures are left out");
}

TEST_F(CapiPictures, OptionsAreChecked) {
  open();
  const std::pair<const char *, const char *> wrong[] = {
      {R"({"image_size": "2"})",
       "picture option \"image_size\": is \"2\" but it is a height and a width "
       "of 1 to 32768; write it as 224x224"},
      {R"({"color_mode": "cmyk"})",
       "picture option \"color_mode\": is \"cmyk\" but it is rgb, grayscale or "
       "rgba; choose one of them"},
      {R"({"on_bad_image": "ask"})",
       "picture option \"on_bad_image\": is \"ask\" but it is error or skip; "
       "choose one of them"},
      {R"({"preprocess": "keras"})",
       "picture option \"preprocess\": is \"keras\" but the modes of "
       "keras.applications are tf, caffe and torch; give one of these, or "
       "none"},
      {R"({"rescale": 0})",
       "picture option \"rescale\": is \"0\" but it is a number that pixels "
       "are multiplied by; write it as 1/255"}};
  for (auto [options, message] : wrong)
    EXPECT_EQ(refuse(options), message);
  EXPECT_EQ(refuse(R"({"augment": "rotation=20"})")
                .find("picture option \"augment\": "),
            0u);
  EXPECT_NE(refuse(R"({"size": "2x2"})").find("have a key \"size\""),
            std::string::npos);
  pictures.path = nullptr;
  EXPECT_EQ(refuse(nullptr).find("argument \"pictures->path\""), 0u);
  pictures.path = set.c_str();
  const int64_t shape[] = {6, 2, 2, 3};
  const dlc_array inputs{"x", DLC_FLOAT32, 4, shape, nullptr};
  data.x = &inputs;
  data.x_count = 1;
  EXPECT_EQ(refuse(nullptr).find("data: has arrays beside pictures"), 0u);
}

} // namespace
} // namespace dlc::test
