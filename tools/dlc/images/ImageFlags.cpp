// Options for data that are pictures.
#include "tools/dlc/images/ImageFlags.h"
#include "tools/dlc/options/CallbackOptions.h"

namespace dlc::tool {

void addImageOptions(CLI::App &app, RunOptions &options, bool isTraining) {
  data::ImageSettings &settings = options.images;
  const char *group = "Pictures";
  app.add_option("--image-size", settings.imageSize,
                 "height and width that pictures are resized to, as in 224x224 "
                 "(default: what the model takes)")
      ->group(group);
  app.add_option("--color-mode", settings.colorMode,
                 "rgb, grayscale or rgba (default: by the model's channels)")
      ->check(CLI::IsMember({"rgb", "grayscale", "rgba"}))
      ->group(group);
  app.add_option(
         "--interpolation", settings.interpolation,
         "nearest, bilinear, bicubic, box, hamming or lanczos (default: as "
         "the model was trained, else nearest)")
      ->group(group);
  app.add_flag_function(
         "--keep-aspect-ratio,!--no-keep-aspect-ratio",
         [&settings](int64_t times) { settings.keepAspectRatio = times > 0; },
         "cut the middle out of pictures of another shape (default: as the "
         "model was trained, else no)")
      ->group(group);
  app.add_option("--rescale", settings.rescale,
                 "what pixels of 0 to 255 are multiplied by, as in 1/255 "
                 "(default: as the model was trained, else nothing)")
      ->group(group);
  app.add_option("--preprocess", settings.preprocess,
                 "what a network of keras.applications wants: tf (to [-1, 1]), "
                 "caffe or torch, as its preprocess_input does; or none "
                 "(default: as the model was trained, else none)")
      ->check(CLI::IsMember({"tf", "caffe", "torch", "none"}))
      ->group(group);
  if (isTraining)
    app.add_option("--augment", settings.augment,
                   "ImageDataGenerator's arguments, for training alone, as in "
                   "rotation_range=20,horizontal_flip=true")
        ->group(group);
  app.add_option("--on-bad-image", settings.onBadImage,
                 "error: a damaged picture ends the run; skip: all are decoded "
                 "first, and the damaged ones left out (default: error)")
      ->check(CLI::IsMember({"error", "skip"}))
      ->group(group);
  app.add_option("--workers", settings.workers,
                 "threads that decode ahead of the steps; results do not "
                 "depend on it (default: as many as there are cores)")
      ->check(CLI::Range(1, 1024))
      ->group(group);
  // What the file leaves free is then known before the model is compiled.
  app.parse_complete_callback([&options] {
    auto size = data::parseImageSize(options.images.imageSize, nameFlag);
    bool isFree = options.model.inputShapes.empty() &&
                  !options.model.model.ends_with(".dlc");
    if (size && *size && isFree)
      options.model.inputShapes[""] = {(*size)->height, (*size)->width,
                                       batchDim};
  });
}

} // namespace dlc::tool
