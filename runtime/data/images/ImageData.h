// Folders and zips of pictures as sets of samples.
#pragma once

#include "runtime/data/Dataset.h"
#include "runtime/data/images/ImageRows.h"

#include <functional>
#include <optional>

namespace dlc::data {

/// What the user may choose; the rest follows from the model's input.
struct ImageOptions {
  struct Size {
    int height, width;
  };
  std::optional<Size> size;               // the model's
  std::optional<image::ColorMode> colors; // by the model's channels
  image::Interpolation interpolation = image::Interpolation::Nearest;
  bool keepAspectRatio = false;
  Preprocess preprocess = Preprocess::None;
  /// Random transforms for training, rescale and samplewise statistics for all.
  image::Augmentation augmentation = {};
  uint64_t seed = 0;
  int workers = 0; // as many as there are cores
  /// Decodes every picture once before the first step, and leaves out those
  /// that cannot be: the set is then as if they were not there. Otherwise they
  /// are an error of the step that needs them.
  bool skipBad = false;
  /// Told of each picture that is left out.
  std::function<void(const Error &)> onBad = {};
};

/// The model's side: its input and its output.
struct ImageSpec {
  std::string input;
  Shape inputShape; // with the batch first
  std::string output;
  ImageOptions options;
};

/// How pictures become samples of an input. Errors: it takes no pictures; size
/// or colours are others than the model's; a mode does not fit the channels.
Expected<ImageFormat> chooseFormat(const ImageSpec &spec);

struct ImageSamples {
  Dataset data;
  /// The name of each sample's picture, from the root of the set.
  std::vector<std::string> files = {};
};

struct ImageTraining {
  ImageSamples training;
  std::optional<ImageSamples> validation; // with a split alone
  int64_t skipped = 0;                    // pictures left out
  SkippedLinks links = {};
};

/// Labelled pictures to train on: a folder, or a zip of one, with a sub-folder
/// for each class. Of each class the first `validationSplit` validate.
Expected<ImageTraining> readTrainingImages(const std::string &path,
                                           const ImageSpec &spec,
                                           double validationSplit);

struct ImageSet {
  ImageSamples samples;
  int64_t skipped = 0; // pictures left out
  SkippedLinks links = {};
};

/// Labelled pictures to evaluate on. `classes` are the names of the model's
/// classes, in its order; empty where it has none, and those of the set count.
Expected<ImageSet> readLabelledImages(const std::string &path,
                                      const ImageSpec &spec,
                                      const std::vector<std::string> &classes);

/// All pictures of a folder or a zip, or one picture, without labels.
Expected<ImageSet> readImages(const std::string &path, const ImageSpec &spec);

} // namespace dlc::data
