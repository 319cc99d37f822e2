// Pictures as the data of a compiled program.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/data/images/text/Settings.h"

namespace dlc::session {

/// Where pictures are and how they are read.
struct PictureSource {
  std::string path;
  data::ImageSettings settings;
  data::NameImageSetting name;
  uint64_t seed = 0;
  /// Of the session: how the pictures were read that the model was trained on
  /// (Session::pictureFormat), and what notes call the model.
  std::string kept, model;
  /// Told what the user should know, a sentence at a time: damaged pictures and
  /// links that are left out, and where pictures are read in another way than
  /// those that the model was trained on.
  std::function<void(const std::string &)> onNote;
};

struct PictureData {
  Dataset data;
  /// The name of each sample's picture.
  std::vector<std::string> files;
  /// Of training with a split.
  std::optional<Dataset> validation = {};
};

/// The pictures for a program's one input and one output, which must be such:
/// with random transforms, and of each class the first `validationSplit` to
/// validate.
Expected<PictureData> readTrainingPictures(const PictureSource &source,
                                           const artifact::Program &program,
                                           double validationSplit);

/// Labelled ones without random transforms, for evaluation. `classes` are the
/// names of the model's, or empty.
Expected<PictureData>
readLabelledPictures(const PictureSource &source,
                     const artifact::Program &program,
                     const std::vector<std::string> &classes);

/// Pictures without labels, for a program's one input.
Expected<PictureData> readPictures(const PictureSource &source,
                                   const artifact::Program &program);

} // namespace dlc::session
