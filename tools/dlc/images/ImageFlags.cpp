// Options for data that are pictures, and the data that they lead to.
#include "tools/dlc/images/ImageFlags.h"
#include "runtime/data/Idx.h"
#include "tools/dlc/show/Line.h"
#include "tools/dlc/show/Report.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

using artifact::Port;
using artifact::Program;

/// "224x224": height and width.
Expected<data::ImageOptions::Size> parseSize(const std::string &text) {
  data::ImageOptions::Size size{};
  const char *end = text.data() + text.size();
  auto [x, error] = std::from_chars(text.data(), end, size.height);
  bool isRight = error == std::errc() && x != end && *x == 'x';
  if (isRight) {
    auto [stop, wrong] = std::from_chars(x + 1, end, size.width);
    isRight = wrong == std::errc() && stop == end;
  }
  constexpr int largest = 1 << 15;
  if (!isRight || size.height < 1 || size.width < 1 || size.height > largest ||
      size.width > largest)
    return fail("--image-size", fmt::format("is \"{}\"", text),
                fmt::format("it is a height and a width of 1 to {}", largest),
                "write it as 224x224");
  return size;
}

/// "1/255", "1./255" or "0.5".
Expected<double> parseRescale(const std::string &text) {
  auto number = [](std::string_view part) -> std::optional<double> {
    double value = 0;
    auto [stop, error] =
        std::from_chars(part.data(), part.data() + part.size(), value);
    if (part.empty() || error != std::errc() ||
        stop != part.data() + part.size())
      return std::nullopt;
    return value;
  };
  size_t slash = text.find('/');
  auto above = number(std::string_view(text).substr(0, slash));
  auto below = slash == std::string::npos
                   ? std::optional(1.0)
                   : number(std::string_view(text).substr(slash + 1));
  double value = above && below ? *above / *below : 0;
  if (value == 0 || !std::isfinite(value))
    return fail("--rescale", fmt::format("is \"{}\"", text),
                "it is a number that pixels are multiplied by",
                "write it as 1/255");
  return value;
}

image::ColorMode parseColors(const std::string &text) {
  return text == "grayscale" ? image::ColorMode::Grayscale
         : text == "rgba"    ? image::ColorMode::Rgba
                             : image::ColorMode::Rgb;
}

/// An error about an option is told with the option's name: its exit code is
/// that of a wrong command line.
Unexpected<Error> failOption(const char *option, Error error) {
  error.thing = fmt::format("{}: {}", option, error.thing);
  return Unexpected(std::move(error));
}

Expected<data::ImageOptions> parseFlags(const ImageFlags &flags,
                                        uint64_t seed) {
  data::ImageOptions options;
  if (!flags.size.empty()) {
    auto size = parseSize(flags.size);
    if (!size)
      return Unexpected(size.error());
    options.size = *size;
  }
  if (!flags.colors.empty())
    options.colors = parseColors(flags.colors);
  if (!flags.interpolation.empty()) {
    auto interpolation = image::parseInterpolation(flags.interpolation);
    if (!interpolation)
      return failOption("--interpolation", interpolation.error());
    options.interpolation = *interpolation;
  }
  if (!flags.augment.empty()) {
    auto augmentation = image::parseAugmentation(flags.augment);
    if (!augmentation)
      return failOption("--augment", augmentation.error());
    options.augmentation = *std::move(augmentation);
  }
  if (!flags.rescale.empty()) {
    auto rescale = parseRescale(flags.rescale);
    if (!rescale)
      return Unexpected(rescale.error());
    if (options.augmentation.rescale != 0 &&
        options.augmentation.rescale != *rescale)
      return fail("--rescale", fmt::format("is {}", *rescale),
                  fmt::format("--augment says rescale={}",
                              options.augmentation.rescale),
                  "give one of them");
    options.augmentation.rescale = *rescale;
  }
  if (!flags.preprocess.empty()) {
    auto mode = data::parsePreprocess(flags.preprocess);
    if (!mode)
      return Unexpected(mode.error());
    options.preprocess = *mode;
  }
  options.keepAspectRatio = flags.keepAspectRatio;
  options.workers = flags.workers;
  options.skipBad = flags.onBad == "skip";
  options.seed = seed;
  options.onBad = [](const Error &error) {
    fmt::print(stderr, "dlc: note: {}: {}; it is left out\n",
               toLine(error.thing), toLine(error.value));
  };
  return options;
}

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
      {"--keep-aspect-ratio", flags.keepAspectRatio},
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
                                   const Program &program, bool isLabelled) {
  data::ImageSpec spec;
  auto parsed = parseFlags(options.images, options.model.seed.value_or(0));
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
                                 const std::vector<std::string> &classes) {
  if (!isPictures(path))
    return readData(path, program, DataUse::Evaluate);
  auto spec = makeSpec(options, program, true);
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
                                          double validationSplit) {
  auto spec = makeSpec(options, program, true);
  if (!spec)
    return Unexpected(spec.error());
  auto read = data::readTrainingImages(options.data, *spec, validationSplit);
  if (!read)
    return Unexpected(read.error());
  LoadedData loaded{std::move(read->training.data),
                    std::move(read->training.files)};
  if (read->validation)
    loaded.validation = std::move(read->validation->data);
  loaded.isPictures = true;
  tellFound(options, loaded);
  tellSkipped(options.data, read->skipped, read->links);
  return loaded;
}

} // namespace

void addImageOptions(CLI::App &app, RunOptions &options, bool isTraining) {
  ImageFlags &flags = options.images;
  const char *group = "Pictures";
  app.add_option("--image-size", flags.size,
                 "height and width that pictures are resized to, as in 224x224 "
                 "(default: what the model takes)")
      ->group(group);
  app.add_option("--color-mode", flags.colors,
                 "rgb, grayscale or rgba (default: by the model's channels)")
      ->check(CLI::IsMember({"rgb", "grayscale", "rgba"}))
      ->group(group);
  app.add_option(
         "--interpolation", flags.interpolation,
         "nearest, bilinear, bicubic, box, hamming or lanczos (default: "
         "nearest)")
      ->group(group);
  app.add_flag("--keep-aspect-ratio", flags.keepAspectRatio,
               "cut the middle out of pictures of another shape")
      ->group(group);
  app.add_option("--rescale", flags.rescale,
                 "what pixels of 0 to 255 are multiplied by, as in 1/255")
      ->group(group);
  app.add_option("--preprocess", flags.preprocess,
                 "what a network of keras.applications wants: tf (to [-1, 1]), "
                 "caffe or torch, as its preprocess_input does")
      ->check(CLI::IsMember({"tf", "caffe", "torch"}))
      ->group(group);
  if (isTraining)
    app.add_option("--augment", flags.augment,
                   "ImageDataGenerator's arguments, for training alone, as in "
                   "rotation_range=20,horizontal_flip=true")
        ->group(group);
  app.add_option("--on-bad-image", flags.onBad,
                 "error: a damaged picture ends the run; skip: all are decoded "
                 "first, and the damaged ones left out (default: error)")
      ->check(CLI::IsMember({"error", "skip"}))
      ->group(group);
  app.add_option("--workers", flags.workers,
                 "threads that decode ahead of the steps; results do not "
                 "depend on it (default: as many as there are cores)")
      ->check(CLI::Range(1, 1024))
      ->group(group);
  // What the file leaves free is then known before the model is compiled.
  app.parse_complete_callback([&options] {
    auto size = parseSize(options.images.size);
    bool isFree = options.model.inputShapes.empty() &&
                  !options.model.model.ends_with(".dlc");
    if (size && isFree)
      options.model.inputShapes[""] = {size->height, size->width, batchDim};
  });
}

Expected<LoadedData> readTrainingData(const RunOptions &options,
                                      const Program &program,
                                      double validationSplit,
                                      const std::string &validationData) {
  auto loaded = isPictures(options.data)
                    ? readTrainingPictures(options, program, validationSplit)
                    : readArrays(options, program, DataUse::Train);
  if (!loaded || validationData.empty())
    return loaded;
  auto validation =
      readValidation(options, program, validationData, loaded->data.classNames);
  if (!validation)
    return Unexpected(validation.error());
  loaded->validation = *std::move(validation);
  return loaded;
}

Expected<LoadedData>
readEvaluationData(const RunOptions &options, const Program &program,
                   const std::vector<std::string> &classes) {
  if (!isPictures(options.data))
    return readArrays(options, program, DataUse::Evaluate);
  auto spec = makeSpec(options, program, true);
  if (!spec)
    return Unexpected(spec.error());
  auto set = data::readLabelledImages(options.data, *spec, classes);
  if (!set)
    return Unexpected(set.error());
  LoadedData loaded{std::move(set->samples.data),
                    std::move(set->samples.files)};
  loaded.isPictures = true;
  tellFound(options, loaded);
  tellSkipped(options.data, set->skipped, set->links);
  return loaded;
}

Expected<LoadedData> readPredictionData(const RunOptions &options,
                                        const Program &program) {
  if (!isPictures(options.data))
    return readArrays(options, program, DataUse::Predict);
  auto spec = makeSpec(options, program, false);
  if (!spec)
    return Unexpected(spec.error());
  auto set = data::readImages(options.data, *spec);
  if (!set)
    return Unexpected(set.error());
  LoadedData loaded{std::move(set->samples.data),
                    std::move(set->samples.files)};
  loaded.isPictures = true;
  tellFound(options, loaded);
  tellSkipped(options.data, set->skipped, set->links);
  return loaded;
}

} // namespace dlc::tool
