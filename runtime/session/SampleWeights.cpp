// What weighs the losses of a step: samples, classes, or parts of a sample.
#include "runtime/session/SampleWeights.h"

#include "runtime/data/Convert.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace dlc::session {
namespace {

using artifact::Port;
using artifact::Program;

std::vector<std::string> listTargets(const Program &program) {
  std::vector<std::string> names;
  for (const Port &port : program.inputs)
    if (port.role == Port::Role::Target)
      names.push_back(port.name);
  return names;
}

bool has(const std::vector<std::string> &names, const std::string &name) {
  return std::ranges::find(names, name) != names.end();
}

/// The weight of each sample: that of its label, 1 for labels without one.
/// Labels are integers, or the largest element of a row. Errors name `name`.
Expected<Tensor> weighByClass(const Tensor &labels, const std::string &name,
                              const std::map<int64_t, float> &classWeight) {
  if (labels.shape().size() > 2)
    return fail(name, fmt::format("has shape {}", formatShape(labels.shape())),
                "class weights take a label or a row of classes for each "
                "sample",
                "give sample weights instead");
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

/// Repeats the numbers of `weights`, of shape `sizes`, along dimensions that
/// are 1 there and more in `wanted`, which has as many.
Tensor spread(const Tensor &weights, const Shape &sizes, const Shape &wanted) {
  Tensor result(DType::F32, wanted);
  std::span<const float> from = weights.as<float>();
  std::span<float> to = result.as<float>();
  for (size_t i = 0; i < to.size(); ++i) {
    auto rest = int64_t(i);
    int64_t at = 0, stride = 1;
    for (size_t d = sizes.size(); d-- > 0;) {
      int64_t place = rest % wanted[d];
      rest /= wanted[d];
      at += sizes[d] == 1 ? 0 : place * stride;
      stride *= sizes[d];
    }
    to[i] = from[size_t(at)];
  }
  return result;
}

/// The weights in the first dimensions of what the program reads, all sizes as
/// there.
Expected<Tensor> fit(const Tensor &weights, const Shape &wanted,
                     const std::string &name) {
  Shape sizes = weights.shape();
  while (sizes.size() > 1 && sizes.back() == 1)
    sizes.pop_back();
  bool fits = !sizes.empty() && sizes.size() <= wanted.size();
  for (size_t d = 1; fits && d < sizes.size(); ++d)
    fits = sizes[d] == wanted[d] || sizes[d] == 1;
  if (!fits)
    return fail(name, fmt::format("has shape {}", formatShape(weights.shape())),
                wanted.size() == 1
                    ? "it holds one number for each sample"
                    : fmt::format("the output's losses have shape {}",
                                  formatShape(wanted)),
                "reshape the array");
  auto floats = data::convert(weights, DType::F32, name);
  Shape first(wanted.begin(), wanted.begin() + long(sizes.size()));
  first[0] = sizes[0];
  return !floats || first == sizes ? floats : spread(*floats, sizes, first);
}

/// The output whose losses the port weighs: it is named by it where there are
/// several.
Expected<std::string> findOutput(const Program &program, const Port &port,
                                 const Dataset &data) {
  std::vector<std::string> targets = listTargets(program);
  for (const auto &[name, weights] : data.outputWeights)
    if (!has(targets, name))
      return fail(fmt::format("sample_weight \"{}\"", name),
                  "is not of the model",
                  fmt::format("its outputs are {}", fmt::join(targets, ", ")),
                  "correct or remove it");
  return targets.size() == 1 ? targets.front() : port.name;
}

} // namespace

Expected<Tensor> prepareWeights(const Program &program, const Port &port,
                                const Dataset &data,
                                const std::map<int64_t, float> &classWeight) {
  auto output = findOutput(program, port, data);
  if (!output)
    return Unexpected(output.error());
  bool isWeighed = data.sampleWeight || !data.outputWeights.empty();
  if (isWeighed && !classWeight.empty())
    return fail("class weights", "are given beside sample weights",
                "only one of them can weigh the samples",
                "leave out --class-weight or sample_weight");
  const Shape &wanted = program.buffers[port.buffer].shape;
  for (const auto &[name, weights] : data.outputWeights)
    if (name == *output)
      return fit(weights, wanted, fmt::format("sample_weight \"{}\"", name));
  if (data.sampleWeight)
    return fit(*data.sampleWeight, wanted, "sample_weight");
  if (!classWeight.empty()) {
    if (listTargets(program).size() != 1 || data.y.size() != 1)
      return fail("class weights", "are given", "the model has several outputs",
                  "give sample_weight in the data instead");
    const auto &[name, labels] = data.y[0];
    auto weights =
        weighByClass(labels, fmt::format("target \"{}\"", name), classWeight);
    return weights ? fit(*weights, wanted, "class weights") : weights;
  }
  Tensor ones(DType::F32, {data.size()});
  std::ranges::fill(ones.as<float>(), 1.0f);
  return ones;
}

} // namespace dlc::session
