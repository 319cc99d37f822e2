// Puts the samples of a data set into a program's input buffers.
#include "runtime/session/Feed.h"

#include "runtime/data/Batcher.h"
#include "runtime/data/Convert.h"

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

std::string listNames(const NamedTensors &arrays) {
  std::vector<std::string> names;
  for (const auto &[name, tensor] : arrays)
    names.push_back(fmt::format("\"{}\"", name));
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

/// The array for a port: by name, or the only one there is for the only port.
Expected<const Tensor *> findArray(const NamedTensors &arrays,
                                   const Program &program, const Port &port) {
  for (const auto &[name, tensor] : arrays)
    if (name == port.name)
      return &tensor;
  bool input = port.role == Port::Role::Input;
  if (arrays.size() == 1 && countPorts(program, port.role) == 1)
    return &arrays[0].second;
  return fail(fmt::format("{} \"{}\"", input ? "input" : "target", port.name),
              "is not in the data",
              fmt::format("the data's {} arrays are {}", input ? "x" : "y",
                          listNames(arrays)),
              fmt::format("add {}_{}", input ? "x" : "y", port.name));
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

std::string nameArray(const Port &port) {
  return fmt::format("{} \"{}\"",
                     port.role == Port::Role::Input ? "input" : "target",
                     port.name);
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

int64_t classesOf(const artifact::Manifest &manifest, const Port &port) {
  for (const artifact::Target &target : manifest.targets)
    if (target.output == port.name)
      return target.classes;
  return 0;
}

Expected<Tensor> prepareArray(const Session::Impl &impl, const Program &program,
                              const Port &port, const NamedTensors &arrays) {
  auto found = findArray(arrays, program, port);
  if (!found)
    return Unexpected(found.error());
  const Tensor &array = **found;
  const Buffer &buffer = program.buffers[port.buffer];
  std::string name = nameArray(port);
  if (!samplesFit(array.shape(), buffer.shape))
    return fail(name, fmt::format("has shape {}", formatShape(array.shape())),
                fmt::format("the model takes {}", formatShape(buffer.shape)),
                "reshape the array");
  auto converted = data::convert(array, buffer.dtype, name);
  if (!converted)
    return converted;
  if (int64_t classes = classesOf(impl.manifest(), port);
      port.role == Port::Role::Target && classes > 0)
    if (auto checked = checkLabels(*converted, name, classes); !checked)
      return Unexpected(checked.error());
  return converted;
}

/// Ones, the data's own weights, or those of the classes.
Expected<Tensor>
prepareSampleWeight(const Program &program, const Dataset &data,
                    const std::map<int64_t, float> &classWeight) {
  if (data.sampleWeight) {
    if (!classWeight.empty())
      return fail("class weights", "are given beside sample weights",
                  "only one of them can weigh the samples",
                  "leave out --class-weight or sample_weight");
    const Shape &shape = data.sampleWeight->shape();
    if (!samplesFit(shape, {batchDim}))
      return fail("sample_weight",
                  fmt::format("has shape {}", formatShape(shape)),
                  "it holds one number for each sample", "reshape the array");
    return data::convert(*data.sampleWeight, DType::F32, "sample_weight");
  }
  if (!classWeight.empty()) {
    if (countPorts(program, Port::Role::Target) != 1 || data.y.size() != 1)
      return fail("class weights", "are given", "the model has several outputs",
                  "give sample_weight in the data instead");
    return weighByClass(data.y[0].second,
                        fmt::format("target \"{}\"", data.y[0].first),
                        classWeight);
  }
  Tensor ones(DType::F32, {data.size()});
  std::ranges::fill(ones.as<float>(), 1.0f);
  return ones;
}

} // namespace

Expected<Feed> Feed::bind(const Session::Impl &impl, size_t index,
                          const Dataset &data,
                          const std::map<int64_t, float> &classWeight) {
  const Program &program = impl.manifest().programs[index];
  Feed feed;
  feed.device = impl.device.get();
  feed.program = index;
  feed.count = data.size();
  if (feed.count < 1)
    return fail("data", "has no samples", "", "give at least one");
  for (const Port &port : program.inputs) {
    Expected<Tensor> tensor =
        port.role == Port::Role::SampleWeight
            ? prepareSampleWeight(program, data, classWeight)
            : prepareArray(impl, program, port,
                           port.role == Port::Role::Input ? data.x : data.y);
    if (!tensor)
      return Unexpected(tensor.error());
    if (tensor->shape()[0] != feed.count) {
      std::string name = port.role == Port::Role::SampleWeight
                             ? "sample_weight"
                             : nameArray(port);
      return fail(
          name, fmt::format("has {} samples", tensor->shape()[0]),
          fmt::format("{} has {}", nameArray(program.inputs[0]), feed.count),
          "give each array the same number of samples");
    }
    feed.sources.push_back({std::move(*tensor), port.buffer});
  }
  return feed;
}

Expected<std::vector<std::byte *>> Feed::stage(int64_t step) const {
  std::vector<std::byte *> places;
  for (const Source &source : sources) {
    auto place = device->stageInput(program, source.buffer, step);
    if (!place)
      return Unexpected(place.error());
    places.push_back(*place);
  }
  return places;
}

void Feed::gather(std::span<const int64_t> rows,
                  const std::vector<std::byte *> &places) const {
  for (size_t i = 0; i < sources.size(); ++i)
    data::gatherRows(sources[i].tensor, rows, places[i]);
}

Expected<void> Feed::fill(std::span<const int64_t> rows) const {
  auto places = stage(0);
  if (!places)
    return Unexpected(places.error());
  gather(rows, *places);
  return {};
}

Expected<Tensor> weighByClass(const Tensor &labels, const std::string &name,
                              const std::map<int64_t, float> &classWeight) {
  int64_t count = labels.shape().empty() ? 0 : labels.shape()[0];
  int64_t width = count ? labels.size() / count : 0;
  Tensor weights(DType::F32, {count});
  auto weigh = [&](auto values, auto &&classOf) {
    for (int64_t i = 0; i < count; ++i) {
      auto found = classWeight.find(
          classOf(values.subspan(size_t(i * width), size_t(width))));
      weights.as<float>()[size_t(i)] =
          found == classWeight.end() ? 1.0f : found->second;
    }
  };
  auto largest = [](auto row) {
    return int64_t(std::ranges::max_element(row) - row.begin());
  };
  if (width > 1 && labels.dtype() == DType::F32) {
    weigh(labels.as<float>(), largest);
  } else if (width > 1 && labels.dtype() == DType::I32) {
    weigh(labels.as<int32_t>(), largest);
  } else {
    auto whole = data::convert(labels, DType::I32, name);
    if (!whole)
      return whole;
    weigh(std::span<const int32_t>(std::as_const(*whole).as<int32_t>()),
          [](auto row) { return int64_t(row[0]); });
  }
  return weights;
}

} // namespace dlc::session
