// Puts the samples of a data set into a program's input buffers.
#include "runtime/session/Feed.h"

#include "runtime/data/Batcher.h"
#include "runtime/data/Convert.h"
#include "runtime/session/SampleWeights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace dlc::session {
namespace {

using artifact::Buffer;
using artifact::Port;
using artifact::Program;

size_t countPorts(const Program &program, Port::Role role) {
  return size_t(std::ranges::count(program.inputs, role, &Port::role));
}

std::string listNames(const NamedTensors &arrays, const NamedRows &rows) {
  std::vector<std::string> names;
  for (const auto &[name, tensor] : arrays)
    names.push_back(fmt::format("\"{}\"", name));
  for (const auto &[name, source] : rows)
    names.push_back(fmt::format("\"{}\"", name));
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

std::string nameArray(const Port &port) {
  return fmt::format("{} \"{}\"",
                     port.role == Port::Role::Input ? "input" : "target",
                     port.name);
}

/// One of the two: an array in memory, or one whose rows are made.
struct Found {
  const Tensor *tensor = nullptr;
  std::shared_ptr<const data::RowSource> rows = {};
};

/// The array for a port: by name, or the only one there is for the only port.
Expected<Found> findArray(const NamedTensors &arrays, const NamedRows &rows,
                          const Program &program, const Port &port) {
  bool isOnly =
      arrays.size() + rows.size() == 1 && countPorts(program, port.role) == 1;
  for (const auto &[name, tensor] : arrays)
    if (isOnly || name == port.name)
      return Found{&tensor};
  for (const auto &[name, source] : rows)
    if (isOnly || name == port.name)
      return Found{nullptr, source};
  const char *letter = port.role == Port::Role::Input ? "x" : "y";
  return fail(nameArray(port), "is not in the data",
              fmt::format("the data's {} arrays are {}", letter,
                          listNames(arrays, rows)),
              fmt::format("add {}_{}", letter, port.name));
}

/// Whether samples of `shape` can be read as those of `wanted`, which has the
/// batch first: equal, or but for a last dimension of 1, as Keras allows.
bool samplesFit(Shape shape, Shape wanted) {
  if (shape.empty() || wanted.empty())
    return false;
  shape[0] = wanted[0] = batchDim;
  if (shape.size() == wanted.size() + 1 && shape.back() == 1)
    shape.pop_back();
  else if (wanted.size() == shape.size() + 1 && wanted.back() == 1)
    wanted.pop_back();
  return shape == wanted;
}

Expected<void> checkLabels(const Tensor &labels, const std::string &name,
                           int64_t classes) {
  if (labels.dtype() != DType::I32)
    return {};
  std::span<const int32_t> values = labels.as<int32_t>();
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i] < 0 || values[i] >= classes)
      return fail(fmt::format("{}: label {}", name, i),
                  fmt::format("is {}", values[i]),
                  fmt::format("the model has {} classes, 0 to {}", classes,
                              classes - 1),
                  "correct the label or build the model with more classes");
  return {};
}

/// What the model says of a target; nothing of an input.
artifact::Target findTarget(const artifact::Manifest &manifest,
                            const Port &port) {
  if (port.role == Port::Role::Target)
    for (const artifact::Target &target : manifest.targets)
      if (target.output == port.name)
        return target;
  return {};
}

/// An array that is compared with an output. Losses take classes by their
/// numbers or with a place for each, and an array may have the other form.
Unexpected<Error> failTarget(const Port &port, const Shape &shape,
                             const Buffer &buffer, const std::string &loss) {
  std::string thing = nameArray(port);
  std::string given = fmt::format("has shape {}", formatShape(shape));
  std::string takes =
      loss.empty() ? "its loss takes" : fmt::format("its loss {} takes", loss);
  std::string wanted = formatShape(buffer.shape);
  size_t rank = shape.size(), wantedRank = buffer.shape.size();
  if (buffer.dtype == DType::I32 && rank == wantedRank + 1)
    return fail(thing, given,
                fmt::format("{} class numbers of shape {}", takes, wanted),
                "give these, as argmax over the last dimension makes them, or "
                "compile with categorical_crossentropy");
  int64_t places = buffer.shape.empty() ? 1 : buffer.shape.back();
  if (places > 1 &&
      (rank + 1 == wantedRank || (rank == wantedRank && shape.back() == 1)))
    return fail(thing, given, fmt::format("{} rows of shape {}", takes, wanted),
                "give a row for each class number, as "
                "keras.utils.to_categorical makes them, or compile with "
                "sparse_categorical_crossentropy");
  if (places == 1 && rank == wantedRank && rank > 0 && shape.back() > 1)
    return fail(
        thing, given,
        fmt::format("{} one number in the place of {}: shape {}", takes,
                    shape.back(), wanted),
        fmt::format("give that, or end the model in {} outputs", shape.back()));
  return fail(thing, given, fmt::format("{} {}", takes, wanted),
              "reshape the array");
}

Unexpected<Error> failShape(const artifact::Manifest &manifest,
                            const Port &port, const Shape &shape,
                            const Buffer &buffer) {
  if (port.role == Port::Role::Target)
    return failTarget(port, shape, buffer, findTarget(manifest, port).loss);
  return fail(nameArray(port), fmt::format("has shape {}", formatShape(shape)),
              fmt::format("the model takes {}", formatShape(buffer.shape)),
              "reshape the array");
}

Expected<Tensor> prepareArray(const Session::Impl &impl, const Tensor &array,
                              const Port &port, const Buffer &buffer) {
  std::string name = nameArray(port);
  if (!samplesFit(array.shape(), buffer.shape))
    return failShape(impl.manifest(), port, array.shape(), buffer);
  auto converted = data::convert(array, buffer.dtype, name);
  if (!converted)
    return converted;
  if (int64_t classes = findTarget(impl.manifest(), port).classes; classes > 0)
    if (auto checked = checkLabels(*converted, name, classes); !checked)
      return Unexpected(checked.error());
  return converted;
}

/// Whether a target has a place for each class, and is no class number itself.
bool wantsOneHot(const Buffer &buffer) {
  return buffer.shape.size() == 2 && buffer.shape[1] > 1 &&
         buffer.dtype == DType::F32;
}

/// Classes with names, as a target takes them.
Expected<Tensor> prepareClasses(const Session::Impl &impl, const Tensor &labels,
                                const std::vector<std::string> &names,
                                const Port &port, const Buffer &buffer) {
  std::string name = nameArray(port);
  auto count = int64_t(names.size());
  bool isOneHot = wantsOneHot(buffer);
  if (isOneHot && buffer.shape[1] != count)
    return fail(name, fmt::format("has places for {} classes", buffer.shape[1]),
                fmt::format("the data has {}", count),
                "build the model with as many outputs as there are classes");
  // Folders may be fewer, as in fit with class_mode "sparse".
  int64_t places = isOneHot ? 0 : findTarget(impl.manifest(), port).classes;
  if (places > 0 && count > places)
    return fail(name, fmt::format("has places for {} classes", places),
                fmt::format("the data has {}, and the first without a place is "
                            "\"{}\"",
                            count, names[size_t(places)]),
                "build the model with as many outputs as there are classes");
  bool isBinary = !isOneHot && buffer.dtype == DType::F32;
  if (isBinary && count > 2)
    return fail(
        name, "is one number a sample",
        fmt::format("the data has {} classes and no more than 2 fit it", count),
        "build the model with an output for each class");
  if (!isOneHot)
    return prepareArray(impl, labels, port, buffer);
  if (auto checked = checkLabels(labels, name, count); !checked)
    return Unexpected(checked.error());
  return labels;
}

/// How many numbers of a sample each of the weights' stands for.
int64_t countRepeats(const Tensor &weights, const Buffer &buffer) {
  int64_t count = std::max<int64_t>(1, weights.shape().front());
  return countElements(buffer.shape, count) /
         std::max<int64_t>(1, weights.size());
}

} // namespace

Expected<Feed::Source> Feed::bindPort(const Session::Impl &impl,
                                      const Program &program, const Port &port,
                                      const Dataset &data) {
  bool isInput = port.role == Port::Role::Input;
  const Buffer &buffer = program.buffers[port.buffer];
  auto found = findArray(isInput ? data.x : data.y,
                         isInput ? data.xRows : NamedRows(), program, port);
  if (!found)
    return Unexpected(found.error());
  Source source{port.buffer};
  if (found->rows) {
    const data::RowSource &rows = *found->rows;
    if (!samplesFit(rows.shape(), buffer.shape))
      return failShape(impl.manifest(), port, rows.shape(), buffer);
    if (rows.dtype() != buffer.dtype)
      return fail(nameArray(port),
                  fmt::format("is made as {}", nameOf(rows.dtype())),
                  fmt::format("the model takes {}", nameOf(buffer.dtype)),
                  "build the model with an input of the data's type");
    source.rows = std::move(found->rows);
    return source;
  }
  bool isClass = !isInput && !data.classNames.empty();
  auto tensor = isClass ? prepareClasses(impl, *found->tensor, data.classNames,
                                         port, buffer)
                        : prepareArray(impl, *found->tensor, port, buffer);
  if (!tensor)
    return Unexpected(tensor.error());
  source.tensor = *std::move(tensor);
  source.oneHot = isClass && wantsOneHot(buffer) ? buffer.shape[1] : 0;
  return source;
}

Expected<Feed> Feed::open(const Session::Impl &impl, std::string_view program,
                          const Dataset &data, int64_t batch,
                          const std::map<int64_t, float> &classWeight) {
  auto index = impl.requireProgram(program);
  if (!index)
    return Unexpected(index.error());
  if (auto checked = impl.checkBatch(batch); !checked)
    return Unexpected(checked.error());
  return bind(impl, *index, data, classWeight);
}

Expected<Feed> Feed::bind(const Session::Impl &impl, size_t index,
                          const Dataset &data,
                          const std::map<int64_t, float> &classWeight) {
  const Program &program = impl.manifest().programs[index];
  Feed feed;
  feed.device = impl.device.get();
  feed.index = index;
  feed.count = data.size();
  if (feed.count < 1)
    return fail("data", "has no samples", "", "give at least one");
  for (const Port &port : program.inputs) {
    bool isWeight = port.role == Port::Role::SampleWeight;
    Source source{port.buffer};
    if (isWeight) {
      auto weight = prepareWeights(program, port, data, classWeight);
      if (!weight)
        return Unexpected(weight.error());
      source.tensor = *std::move(weight);
      source.repeats =
          countRepeats(source.tensor, program.buffers[port.buffer]);
    } else {
      auto bound = bindPort(impl, program, port, data);
      if (!bound)
        return Unexpected(bound.error());
      source = *std::move(bound);
    }
    if (source.size() != feed.count)
      return fail(
          isWeight ? "sample_weight" : nameArray(port),
          fmt::format("has {} samples", source.size()),
          fmt::format("{} has {}", nameArray(program.inputs[0]), feed.count),
          "give each array the same number of samples");
    feed.sources.push_back(std::move(source));
  }
  return feed;
}

Expected<void> Feed::start(const data::Batcher &batcher, int64_t epoch,
                           int64_t step) {
  stop();
  std::span<const int64_t> order = batcher.rowsFrom(step);
  for (Source &source : sources) {
    if (!source.rows)
      continue;
    auto pass = source.rows->start({order.begin(), order.end()},
                                   batcher.batchSize(), epoch);
    if (!pass)
      return Unexpected(pass.error());
    source.pass = *std::move(pass);
  }
  return {};
}

void Feed::stop() {
  for (Source &source : sources)
    source.pass.reset();
}

Expected<std::vector<std::byte *>> Feed::stage(int64_t step) const {
  std::vector<std::byte *> places;
  for (const Source &source : sources) {
    auto place = device->stageInput(index, source.buffer, step);
    if (!place)
      return Unexpected(place.error());
    places.push_back(*place);
  }
  return places;
}

Expected<void> Feed::gather(std::span<const int64_t> rows,
                            const std::vector<std::byte *> &places) {
  for (size_t i = 0; i < sources.size(); ++i) {
    const Source &source = sources[i];
    if (source.pass) {
      if (auto read = source.pass->read(int64_t(rows.size()), places[i]); !read)
        return read;
    } else if (source.oneHot > 0) {
      data::gatherOneHot(source.tensor, source.oneHot, rows, places[i]);
    } else if (source.repeats > 1) {
      data::gatherRepeated(source.tensor, source.repeats, rows, places[i]);
    } else {
      data::gatherRows(source.tensor, rows, places[i]);
    }
  }
  return {};
}

Expected<void> Feed::fill(std::span<const int64_t> rows) {
  auto places = stage(0);
  if (!places)
    return Unexpected(places.error());
  return gather(rows, *places);
}

} // namespace dlc::session
