// The data of a command: arrays, or pictures as the model takes them.
#include "tools/dlc/images/LoadData.h"
#include "runtime/data/Idx.h"
#include "runtime/session/pictures/PictureData.h"
#include "tools/dlc/options/CallbackOptions.h"
#include "tools/dlc/show/Line.h"
#include "tools/dlc/show/Report.h"

#include <algorithm>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

using artifact::Program;
using session::PictureData;
using session::PictureSource;

/// Whether --data means pictures: a folder that is not of IDX files, a zip, or
/// a picture itself.
bool isPictures(const std::string &spec) {
  std::error_code ignored;
  if (std::filesystem::is_directory(spec, ignored))
    return !data::isIdxFolder(spec);
  std::string suffix = std::filesystem::path(spec).extension().string();
  std::ranges::transform(suffix, suffix.begin(),
                         [](unsigned char c) { return std::tolower(c); });
  return suffix == ".zip" || data::hasImageSuffix(spec);
}

/// Options for pictures say nothing about arrays.
Expected<void> refuseImageFlags(const RunOptions &options) {
  const data::ImageSettings &settings = options.images;
  const std::pair<const char *, bool> given[] = {
      {"--image-size", !settings.imageSize.empty()},
      {"--color-mode", !settings.colorMode.empty()},
      {"--interpolation", !settings.interpolation.empty()},
      {"--keep-aspect-ratio", settings.keepAspectRatio.has_value()},
      {"--rescale", !settings.rescale.empty()},
      {"--preprocess", !settings.preprocess.empty()},
      {"--augment", !settings.augment.empty()},
      {"--on-bad-image", !settings.onBadImage.empty()},
      {"--workers", settings.workers > 0},
  };
  for (auto [flag, isGiven] : given)
    if (isGiven)
      return fail(flag, "is given",
                  fmt::format("{} holds arrays, which are taken as they are",
                              options.data),
                  "leave it out, or give a folder or a zip of pictures");
  return {};
}

PictureSource makeSource(const RunOptions &options, const std::string &path,
                         const std::string &kept) {
  return {path,
          options.images,
          nameFlag,
          options.model.seed.value_or(0),
          kept,
          options.model.model,
          [](const std::string &note) {
            fmt::print(stderr, "dlc: note: {}\n", toLine(note));
          }};
}

/// The pictures of --data, once they are found, which is told.
Expected<LoadedData> load(const RunOptions &options,
                          Expected<PictureData> pictures) {
  if (!pictures)
    return Unexpected(pictures.error());
  LoadedData loaded{std::move(pictures->data), std::move(pictures->files),
                    std::move(pictures->validation), /*isPictures=*/true};
  size_t classes = loaded.data.classNames.size();
  int64_t count = loaded.data.size();
  if (loaded.validation)
    count += loaded.validation->size();
  fmt::print(textStream(options.json), "Found {} images{}.\n", count,
             classes == 0 ? ""
                          : fmt::format(" belonging to {} classes", classes));
  return loaded;
}

/// The arrays of --data.
Expected<LoadedData> readArrays(const RunOptions &options,
                                const Program &program, DataUse use) {
  if (auto refused = refuseImageFlags(options); !refused)
    return Unexpected(refused.error());
  auto data = readData(options.data, program, use);
  if (!data)
    return Unexpected(data.error());
  return LoadedData{*std::move(data)};
}

/// What --validation-data names.
Expected<Dataset> readValidation(const RunOptions &options,
                                 const Program &program,
                                 const std::string &path,
                                 const std::vector<std::string> &classes,
                                 const std::string &kept) {
  if (!isPictures(path))
    return readData(path, program, DataUse::Evaluate);
  auto pictures = session::readLabelledPictures(makeSource(options, path, kept),
                                                program, classes);
  if (!pictures)
    return Unexpected(pictures.error());
  return std::move(pictures->data);
}

} // namespace

Expected<LoadedData> readTrainingData(const RunOptions &options,
                                      const Program &program,
                                      double validationSplit,
                                      const std::string &validationData,
                                      const std::string &kept) {
  auto loaded = isPictures(options.data)
                    ? load(options, session::readTrainingPictures(
                                        makeSource(options, options.data, kept),
                                        program, validationSplit))
                    : readArrays(options, program, DataUse::Train);
  if (!loaded || validationData.empty())
    return loaded;
  auto validation = readValidation(options, program, validationData,
                                   loaded->data.classNames, kept);
  if (!validation)
    return Unexpected(validation.error());
  loaded->validation = *std::move(validation);
  return loaded;
}

Expected<LoadedData> readEvaluationData(const RunOptions &options,
                                        const Program &program,
                                        const std::vector<std::string> &classes,
                                        const std::string &kept) {
  if (!isPictures(options.data))
    return readArrays(options, program, DataUse::Evaluate);
  return load(options,
              session::readLabelledPictures(
                  makeSource(options, options.data, kept), program, classes));
}

Expected<LoadedData> readPredictionData(const RunOptions &options,
                                        const Program &program,
                                        const std::string &kept) {
  if (!isPictures(options.data))
    return readArrays(options, program, DataUse::Predict);
  return load(options, session::readPictures(
                           makeSource(options, options.data, kept), program));
}

} // namespace dlc::tool
