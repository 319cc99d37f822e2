// The data of a command: arrays, or pictures as the model takes them.
#include "tools/dlc/images/LoadData.h"
#include "runtime/data/Idx.h"
#include "runtime/data/images/KeptFormat.h"
#include "tools/dlc/images/ImageFlags.h"
#include "tools/dlc/show/Line.h"
#include "tools/dlc/show/Report.h"

#include <algorithm>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

using artifact::Port;
using artifact::Program;

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
  const ImageFlags &flags = options.images;
  const std::pair<const char *, bool> given[] = {
      {"--image-size", !flags.size.empty()},
      {"--color-mode", !flags.colors.empty()},
      {"--interpolation", !flags.interpolation.empty()},
      {"--keep-aspect-ratio", flags.keepAspectRatio.has_value()},
      {"--rescale", !flags.rescale.empty()},
      {"--preprocess", !flags.preprocess.empty()},
      {"--augment", !flags.augment.empty()},
      {"--on-bad-image", !flags.onBad.empty()},
      {"--workers", flags.workers > 0},
  };
  for (auto [flag, isGiven] : given)
    if (isGiven)
      return fail(flag, "is given",
                  fmt::format("{} holds arrays, which are taken as they are",
                              options.data),
                  "leave it out, or give a folder or a zip of pictures");
  return {};
}

/// The model's one input and, if `isLabelled`, its one output.
Expected<data::ImageSpec> makeSpec(const RunOptions &options,
                                   const Program &program, bool isLabelled,
                                   const std::string &kept) {
  data::ImageSpec spec;
  auto parsed =
      parseImageFlags(options.images, options.model.seed.value_or(0), kept);
  if (!parsed)
    return Unexpected(parsed.error());
  spec.options = *std::move(parsed);
  int inputs = 0, targets = 0;
  for (const Port &port : program.inputs) {
    if (port.role == Port::Role::Input) {
      spec.input = port.name;
      spec.inputShape = program.buffers[port.buffer].shape;
      ++inputs;
    }
    if (port.role == Port::Role::Target) {
      spec.output = port.name;
      ++targets;
    }
  }
  auto refuse = [&](int count, const char *what) {
    return fail(options.data, "holds pictures",
                fmt::format("the model has {} {}", count, what),
                "give the data as arrays in an .npz");
  };
  if (inputs != 1)
    return refuse(inputs, "inputs");
  if (isLabelled && targets != 1)
    return refuse(targets, "outputs");
  return spec;
}

void tellFound(const RunOptions &options, const LoadedData &data) {
  size_t classes = data.data.classNames.size();
  int64_t count = data.data.size();
  if (data.validation)
    count += data.validation->size();
  fmt::print(textStream(options.json), "Found {} images{}.\n", count,
             classes == 0 ? ""
                          : fmt::format(" belonging to {} classes", classes));
}

/// What of a set is left out.
void tellSkipped(const std::string &path, int64_t damaged,
                 const data::SkippedLinks &links) {
  if (damaged > 0)
    fmt::print(stderr, "dlc: note: {} damaged pictures are left out\n",
               damaged);
  if (links.count > 0)
    fmt::print(stderr, "dlc: note: {}: {}\n", toLine(path),
               toLine(links.describe()));
}

/// Where pictures are read in another way than those that the model was trained
/// on. What training takes over from the model is told, too.
void tellFormat(const RunOptions &options, const std::string &kept,
                const data::ImageOptions &format, bool isTraining) {
  auto differences = data::compareKeptFormat(kept, format);
  for (const std::string &difference : differences)
    fmt::print(stderr, "dlc: note: {}: {}\n", toLine(options.data),
               toLine(difference));
  std::string taken = data::describeFormat(format);
  if (isTraining && !kept.empty() && differences.empty() && !taken.empty())
    fmt::print(stderr,
               "dlc: note: {}: pictures are read as those that {} was trained "
               "on: {}\n",
               toLine(options.data), toLine(options.model.model), taken);
}

/// How the pictures of --data are read, which is told where it is another way
/// than the model's.
Expected<data::ImageSpec> chooseSpec(const RunOptions &options,
                                     const Program &program, DataUse use,
                                     const std::string &kept) {
  auto spec = makeSpec(options, program, use != DataUse::Predict, kept);
  if (spec)
    tellFormat(options, kept, spec->options, use == DataUse::Train);
  return spec;
}

/// The pictures of --data, once they are found, which is told.
LoadedData load(const RunOptions &options, data::ImageSamples samples,
                std::optional<Dataset> validation, int64_t skipped,
                const data::SkippedLinks &links) {
  LoadedData loaded{std::move(samples.data), std::move(samples.files),
                    std::move(validation), /*isPictures=*/true};
  tellFound(options, loaded);
  tellSkipped(options.data, skipped, links);
  return loaded;
}

LoadedData load(const RunOptions &options, data::ImageSet set) {
  return load(options, std::move(set.samples), std::nullopt, set.skipped,
              set.links);
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
  auto spec = makeSpec(options, program, true, kept);
  if (!spec)
    return Unexpected(spec.error());
  auto set = data::readLabelledImages(path, *spec, classes);
  if (!set)
    return Unexpected(set.error());
  tellSkipped(path, set->skipped, set->links);
  return std::move(set->samples.data);
}

Expected<LoadedData> readTrainingPictures(const RunOptions &options,
                                          const Program &program,
                                          double validationSplit,
                                          const std::string &kept) {
  auto spec = chooseSpec(options, program, DataUse::Train, kept);
  if (!spec)
    return Unexpected(spec.error());
  auto read = data::readTrainingImages(options.data, *spec, validationSplit);
  if (!read)
    return Unexpected(read.error());
  std::optional<Dataset> validation;
  if (read->validation)
    validation = std::move(read->validation->data);
  return load(options, std::move(read->training), std::move(validation),
              read->skipped, read->links);
}

} // namespace

Expected<LoadedData> readTrainingData(const RunOptions &options,
                                      const Program &program,
                                      double validationSplit,
                                      const std::string &validationData,
                                      const std::string &kept) {
  auto loaded =
      isPictures(options.data)
          ? readTrainingPictures(options, program, validationSplit, kept)
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
  auto spec = chooseSpec(options, program, DataUse::Evaluate, kept);
  if (!spec)
    return Unexpected(spec.error());
  auto set = data::readLabelledImages(options.data, *spec, classes);
  if (!set)
    return Unexpected(set.error());
  return load(options, *std::move(set));
}

Expected<LoadedData> readPredictionData(const RunOptions &options,
                                        const Program &program,
                                        const std::string &kept) {
  if (!isPictures(options.data))
    return readArrays(options, program, DataUse::Predict);
  auto spec = chooseSpec(options, program, DataUse::Predict, kept);
  if (!spec)
    return Unexpected(spec.error());
  auto set = data::readImages(options.data, *spec);
  if (!set)
    return Unexpected(set.error());
  return load(options, *std::move(set));
}

} // namespace dlc::tool
