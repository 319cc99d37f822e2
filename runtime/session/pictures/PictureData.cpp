// Pictures as the data of a compiled program.
#include "runtime/session/pictures/PictureData.h"
#include "runtime/data/images/KeptFormat.h"

#include <fmt/format.h>

namespace dlc::session {

namespace {

using artifact::Port;
using artifact::Program;

/// The model's one input and, if `isLabelled`, its one output.
Expected<data::ImageSpec> makeSpec(const PictureSource &source,
                                   const Program &program, bool isLabelled) {
  data::ImageSpec spec;
  auto parsed = data::parseImageSettings(source.settings, source.seed,
                                         source.kept, source.name);
  if (!parsed)
    return Unexpected(parsed.error());
  spec.options = *std::move(parsed);
  spec.options.onBad = [&source](const Error &error) {
    source.onNote(
        fmt::format("{}: {}; it is left out", error.thing, error.value));
  };
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
    return fail(source.path, "holds pictures",
                fmt::format("the model has {} {}", count, what),
                "give the data as arrays");
  };
  if (inputs != 1)
    return refuse(inputs, "inputs");
  if (isLabelled && targets != 1)
    return refuse(targets, "outputs");
  return spec;
}

/// What of a set is left out.
void noteSkipped(const PictureSource &source, int64_t damaged,
                 const data::SkippedLinks &links) {
  if (damaged > 0)
    source.onNote(fmt::format("{} damaged pictures are left out", damaged));
  if (links.count > 0)
    source.onNote(fmt::format("{}: {}", source.path, links.describe()));
}

/// Where pictures are read in another way than those that the model was trained
/// on. What training takes over from the model is told, too.
void noteFormat(const PictureSource &source, const data::ImageOptions &format,
                bool isTraining) {
  auto differences = data::compareKeptFormat(source.kept, format);
  for (const std::string &difference : differences)
    source.onNote(fmt::format("{}: {}", source.path, difference));
  std::string taken = data::describeFormat(format);
  if (isTraining && !source.kept.empty() && differences.empty() &&
      !taken.empty())
    source.onNote(fmt::format("{}: pictures are read as those that {} was "
                              "trained on: {}",
                              source.path, source.model, taken));
}

/// A folder too many around the class folders makes one class of all.
void noteSingleClass(const PictureSource &source, const Dataset &data) {
  if (data.classNames.size() == 1)
    source.onNote(fmt::format(
        "{}: all pictures are of one class, \"{}\"; give the folder that holds "
        "the folders of the classes",
        source.path, data.classNames[0]));
}

PictureData take(const PictureSource &source, data::ImageSet set) {
  noteSkipped(source, set.skipped, set.links);
  return {std::move(set.samples.data), std::move(set.samples.files)};
}

} // namespace

Expected<PictureData> readTrainingPictures(const PictureSource &source,
                                           const Program &program,
                                           double validationSplit) {
  auto spec = makeSpec(source, program, /*isLabelled=*/true);
  if (!spec)
    return Unexpected(spec.error());
  noteFormat(source, spec->options, /*isTraining=*/true);
  auto read = data::readTrainingImages(source.path, *spec, validationSplit);
  if (!read)
    return Unexpected(read.error());
  noteSkipped(source, read->skipped, read->links);
  noteSingleClass(source, read->training.data);
  PictureData pictures{std::move(read->training.data),
                       std::move(read->training.files)};
  if (read->validation)
    pictures.validation = std::move(read->validation->data);
  return pictures;
}

Expected<PictureData>
readLabelledPictures(const PictureSource &source, const Program &program,
                     const std::vector<std::string> &classes) {
  auto spec = makeSpec(source, program, /*isLabelled=*/true);
  if (!spec)
    return Unexpected(spec.error());
  noteFormat(source, spec->options, /*isTraining=*/false);
  auto set = data::readLabelledImages(source.path, *spec, classes);
  if (!set)
    return Unexpected(set.error());
  return take(source, *std::move(set));
}

Expected<PictureData> readPictures(const PictureSource &source,
                                   const Program &program) {
  auto spec = makeSpec(source, program, /*isLabelled=*/false);
  if (!spec)
    return Unexpected(spec.error());
  noteFormat(source, spec->options, /*isTraining=*/false);
  auto set = data::readImages(source.path, *spec);
  if (!set)
    return Unexpected(set.error());
  return take(source, *std::move(set));
}

} // namespace dlc::session
