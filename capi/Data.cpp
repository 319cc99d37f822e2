// Arrays, logs and text between C and C++.
#include "capi/Data.h"
#include "capi/Guard.h"
#include "capi/Handles.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>

using namespace dlc;

namespace {

constexpr int32_t maxRank = 32; // numpy's bound until 2.0; Keras' is lower

std::optional<DType> fromC(dlc_dtype dtype) {
  switch (dtype) {
  case DLC_FLOAT32:
    return DType::F32;
  case DLC_INT32:
    return DType::I32;
  case DLC_BOOL:
    return DType::Bool;
  }
  return std::nullopt;
}

std::string nameArray(const dlc_array &array, const char *argument) {
  return array.name ? fmt::format("array \"{}\"", array.name)
                    : std::string(argument);
}

/// The sizes, whose product of bytes fits an address.
Expected<Shape> readShape(const dlc_array &array, DType dtype,
                          const std::string &thing) {
  if (array.rank < 0 || array.rank > maxRank)
    return fail(thing, fmt::format("has rank {}", array.rank),
                fmt::format("it must be 0 to {}", maxRank),
                "set rank to the number of dimensions");
  if (array.rank > 0 && !array.shape)
    return fail(thing, "has no shape",
                fmt::format("its rank is {}", array.rank), "set shape");
  Shape shape(array.shape, array.shape + array.rank);
  int64_t left = std::numeric_limits<int64_t>::max() / int64_t(sizeOf(dtype));
  for (int64_t size : shape) {
    if (size < 0 || (size > 0 && left / size == 0))
      return fail(thing, fmt::format("has shape {}", formatShape(shape)),
                  "no memory holds it", "check its sizes");
    left = size > 0 ? left / size : left;
  }
  return shape;
}

Expected<NamedTensors> readAll(const dlc_array *arrays, size_t count,
                               const char *argument) {
  NamedTensors tensors;
  if (count > 0)
    if (auto given = capi::require({arrays, argument}); !given)
      return Unexpected(given.error());
  for (size_t i = 0; i < count; ++i) {
    auto tensor = capi::read(arrays + i, argument);
    if (!tensor)
      return Unexpected(tensor.error());
    tensors.emplace_back(arrays[i].name ? arrays[i].name : "",
                         *std::move(tensor));
  }
  return tensors;
}

} // namespace

Expected<Tensor> capi::read(const dlc_array *array, const char *argument) {
  if (auto given = require({array, argument}); !given)
    return Unexpected(given.error());
  std::string thing = nameArray(*array, argument);
  std::optional<DType> dtype = fromC(array->dtype);
  if (!dtype)
    return fail(thing, fmt::format("has dtype {}", int(array->dtype)),
                "it must be DLC_FLOAT32, DLC_INT32 or DLC_BOOL",
                "convert the array");
  auto shape = readShape(*array, *dtype, thing);
  if (!shape)
    return Unexpected(shape.error());
  if (!array->data && countElements(*shape) > 0)
    return fail(thing, "has no data",
                fmt::format("its shape is {}", formatShape(*shape)),
                "set data");
  Tensor tensor(*dtype, *std::move(shape));
  if (tensor.bytes() > 0)
    std::memcpy(tensor.data(), array->data, tensor.bytes());
  return tensor;
}

Expected<Dataset> capi::read(const dlc_data *data) {
  if (auto given = require({data, "data"}); !given)
    return Unexpected(given.error());
  Dataset dataset;
  auto x = readAll(data->x, data->x_count, "x");
  if (!x)
    return Unexpected(x.error());
  auto y = readAll(data->y, data->y_count, "y");
  if (!y)
    return Unexpected(y.error());
  dataset.x = *std::move(x);
  dataset.y = *std::move(y);
  for (const auto &[name, tensor] : dataset.x)
    if (tensor.shape().empty())
      return fail(fmt::format("array \"{}\"", name), "is a scalar",
                  "its first dimension counts samples", "add one");
  auto weights = readAll(data->output_weights, data->output_weight_count,
                         "output_weights");
  if (!weights)
    return Unexpected(weights.error());
  dataset.outputWeights = *std::move(weights);
  if (data->sample_weight) {
    auto weight = read(data->sample_weight, "sample_weight");
    if (!weight)
      return Unexpected(weight.error());
    dataset.sampleWeight = *std::move(weight);
  }
  return dataset;
}

dlc_dtype capi::toC(DType dtype) {
  switch (dtype) {
  case DType::F32:
    return DLC_FLOAT32;
  case DType::I32:
    return DLC_INT32;
  case DType::Bool:
    return DLC_BOOL;
  case DType::BF16:
  case DType::F16:
    break; // no array that leaves a program
  }
  return DLC_FLOAT32;
}

char *capi::copyText(std::string_view text) {
  auto *copy = static_cast<char *>(std::malloc(text.size() + 1));
  if (!copy)
    throw std::bad_alloc();
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

size_t dlc_arrays_count(const dlc_arrays *arrays) {
  return arrays ? arrays->tensors.size() : 0;
}

dlc_array dlc_arrays_get(const dlc_arrays *arrays, size_t index) {
  if (index >= dlc_arrays_count(arrays))
    return {};
  const auto &[name, tensor] = arrays->tensors[index];
  return {name.c_str(), capi::toC(tensor.dtype()),
          int32_t(tensor.shape().size()), tensor.shape().data(), tensor.data()};
}

void dlc_arrays_free(dlc_arrays *arrays) { delete arrays; }

size_t dlc_logs_count(const dlc_logs *logs) {
  return logs ? logs->logs.size() : 0;
}

const char *dlc_logs_name(const dlc_logs *logs, size_t index) {
  return index < dlc_logs_count(logs) ? logs->logs[index].first.c_str()
                                      : nullptr;
}

double dlc_logs_value(const dlc_logs *logs, size_t index) {
  return index < dlc_logs_count(logs) ? logs->logs[index].second : std::nan("");
}

void dlc_logs_free(dlc_logs *logs) { delete logs; }

void dlc_text_free(char *text) { std::free(text); }
