// Folders and zips of pictures as sets of samples.
#include "runtime/data/images/ImageData.h"
#include "runtime/data/images/ClassFolders.h"
#include "runtime/data/images/DamagedImages.h"
#include "runtime/data/images/KeptFormat.h"
#include "runtime/data/images/Origin.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace dlc::data {

namespace {

/// A set that is listed, and what its samples are to be.
struct Opened {
  std::shared_ptr<const ImageFiles> images;
  ImageFormat format;
  std::vector<bool> isDamaged = {}; // empty: none is known to be
  int64_t skipped = 0;

  bool takes(uint32_t file) const {
    return isDamaged.empty() || !isDamaged[file];
  }
};

Expected<Opened> open(const std::string &path, const ImageSpec &spec) {
  auto format = chooseFormat(spec);
  if (!format) {
    Error error = format.error();
    error.thing = fmt::format("{}: {}", path, error.thing);
    return Unexpected(std::move(error));
  }
  auto images = ImageFiles::open(path);
  if (!images)
    return Unexpected(images.error());
  Opened opened{*std::move(images), *std::move(format)};
  if (spec.options.skipBad) {
    auto damaged = findDamaged(*opened.images, opened.format.colors,
                               opened.format.workers, spec.options.onBad);
    if (!damaged)
      return Unexpected(damaged.error());
    opened.isDamaged = *std::move(damaged);
    opened.skipped = std::ranges::count(opened.isDamaged, true);
  }
  return opened;
}

/// Where no pictures are left, links may be why.
Unexpected<Error> failForLinks(const Opened &opened, Error error) {
  const SkippedLinks &links = opened.images->skippedLinks();
  if (links.count > 0 && error.thing == opened.images->root()) {
    error.limit += fmt::format(", and {}", links.describe());
    error.remedy = "copy into it what the links lead to";
  }
  return Unexpected(std::move(error));
}

/// The classes without the pictures that are left out.
Expected<std::vector<ImageClass>> findGoodClasses(const Opened &opened) {
  auto classes = findClasses(*opened.images);
  if (!classes)
    return failForLinks(opened, classes.error());
  for (ImageClass &one : *classes)
    std::erase_if(one.files,
                  [&](uint32_t file) { return !opened.takes(file); });
  return classes;
}

std::vector<std::string> namesOf(const std::vector<ImageClass> &classes) {
  std::vector<std::string> names;
  for (const ImageClass &one : classes)
    names.push_back(one.name);
  return names;
}

/// The pictures of `files` with `labels`, which are empty where there are none.
ImageSamples makeSamples(const Opened &opened, const ImageSpec &spec,
                         std::vector<uint32_t> files,
                         const std::vector<int32_t> &labels, bool isTraining) {
  ImageSamples samples;
  for (uint32_t file : files)
    samples.files.push_back(opened.images->names()[file]);
  ImageFormat format = opened.format;
  format.isRandom = isTraining;
  if (!labels.empty())
    samples.data.y.emplace_back(
        spec.output, Tensor::of(DType::I32, {int64_t(labels.size())}, labels));
  samples.data.xRows.emplace_back(
      spec.input, std::make_shared<ImageRows>(opened.images, std::move(files),
                                              std::move(format)));
  return samples;
}

/// What labelled pictures are, beside their samples.
void describe(Dataset &data, const Opened &opened, const ImageSpec &spec,
              std::vector<ImageClass> classes, double validationSplit) {
  data.classNames = namesOf(classes);
  data.pictureFormat = printKeptFormat(spec.options);
  data.origin = [images = opened.images, format = opened.format,
                 classes = std::move(classes), validationSplit] {
    return describeOrigin(*images, classes, format, validationSplit);
  };
}

/// The classes in the order of `names`.
Expected<std::vector<ImageClass>> arrange(std::vector<ImageClass> classes,
                                          const std::vector<std::string> &names,
                                          const std::string &thing) {
  std::vector<ImageClass> arranged;
  for (const std::string &name : names)
    arranged.push_back({name, {}});
  for (ImageClass &one : classes) {
    auto found = std::ranges::find(arranged, one.name, &ImageClass::name);
    if (found == arranged.end())
      return fail(
          thing, fmt::format("has a class \"{}\"", one.name),
          fmt::format("the model's classes are: {}", fmt::join(names, ", ")),
          "name the folders as those that the model was trained on");
    found->files = std::move(one.files);
  }
  return arranged;
}

} // namespace

Expected<ImageTraining> readTrainingImages(const std::string &path,
                                           const ImageSpec &spec,
                                           double validationSplit) {
  auto opened = open(path, spec);
  if (!opened)
    return Unexpected(opened.error());
  auto classes = findGoodClasses(*opened);
  if (!classes)
    return Unexpected(classes.error());
  auto split = splitClasses(*classes, validationSplit, path);
  if (!split)
    return failForLinks(*opened, split.error());
  ImageTraining result;
  result.skipped = opened->skipped;
  result.links = opened->images->skippedLinks();
  result.training = makeSamples(*opened, spec, std::move(split->training.files),
                                split->training.labels, true);
  if (validationSplit > 0) {
    result.validation =
        makeSamples(*opened, spec, std::move(split->validation.files),
                    split->validation.labels, false);
    result.validation->data.classNames = namesOf(*classes);
  }
  describe(result.training.data, *opened, spec, *std::move(classes),
           validationSplit);
  return result;
}

Expected<ImageSet> readLabelledImages(const std::string &path,
                                      const ImageSpec &spec,
                                      const std::vector<std::string> &names) {
  auto opened = open(path, spec);
  if (!opened)
    return Unexpected(opened.error());
  auto classes = findGoodClasses(*opened);
  if (classes && !names.empty())
    classes = arrange(*std::move(classes), names, path);
  if (!classes)
    return Unexpected(classes.error());
  auto split = splitClasses(*classes, 0, path);
  if (!split)
    return failForLinks(*opened, split.error());
  ImageSet set{makeSamples(*opened, spec, std::move(split->training.files),
                           split->training.labels, false),
               opened->skipped, opened->images->skippedLinks()};
  describe(set.samples.data, *opened, spec, *std::move(classes), 0);
  return set;
}

Expected<ImageSet> readImages(const std::string &path, const ImageSpec &spec) {
  auto opened = open(path, spec);
  if (!opened)
    return Unexpected(opened.error());
  std::vector<uint32_t> files;
  for (uint32_t i = 0; i < opened->images->names().size(); ++i)
    if (opened->takes(i))
      files.push_back(i);
  if (files.empty())
    return failForLinks(*opened,
                        Error{path, "holds no pictures",
                              "pictures are .jpg, .png, .bmp or .gif files",
                              "check the path"});
  return ImageSet{makeSamples(*opened, spec, std::move(files), {}, false),
                  opened->skipped, opened->images->skippedLinks()};
}

} // namespace dlc::data
