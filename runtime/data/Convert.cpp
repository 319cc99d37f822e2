// Arrays in the element type that a model wants.
#include "runtime/data/Convert.h"

#include <algorithm>
#include <fmt/format.h>

namespace dlc::data {

namespace {

template <typename From, typename To>
Tensor cast(const Tensor &from, DType to) {
  Tensor result(to, from.shape());
  std::ranges::transform(from.as<From>(), result.as<To>().begin(),
                         [](From value) { return To(value); });
  return result;
}

template <typename From> Tensor toBool(const Tensor &from) {
  Tensor result(DType::Bool, from.shape());
  std::ranges::transform(from.as<From>(), result.as<uint8_t>().begin(),
                         [](From value) { return uint8_t(value != 0); });
  return result;
}

Expected<Tensor> floatToInt(const Tensor &from, const std::string &thing) {
  Tensor result(DType::I32, from.shape());
  std::span<const float> values = from.as<float>();
  for (size_t i = 0; i < values.size(); ++i) {
    // 2^31 is a float, the largest int32 is not. NaN fails the first test.
    bool fits = values[i] >= -0x1p31f && values[i] < 0x1p31f;
    if (!fits || float(int32_t(values[i])) != values[i])
      return fail(thing, fmt::format("holds {} at element {}", values[i], i),
                  "the model wants whole numbers of 32 bits",
                  "check the data or store them as integers");
    result.as<int32_t>()[i] = int32_t(values[i]);
  }
  return result;
}

} // namespace

Expected<Tensor> convert(const Tensor &tensor, DType dtype,
                         const std::string &thing) {
  DType from = tensor.dtype();
  if (from == dtype)
    return tensor;
  switch (dtype) {
  case DType::F32:
    return from == DType::I32 ? cast<int32_t, float>(tensor, dtype)
                              : cast<uint8_t, float>(tensor, dtype);
  case DType::I32:
    if (from == DType::F32)
      return floatToInt(tensor, thing);
    return cast<uint8_t, int32_t>(tensor, dtype);
  case DType::Bool:
    return from == DType::F32 ? toBool<float>(tensor) : toBool<int32_t>(tensor);
  case DType::BF16:
  case DType::F16:
    break; // no array that leaves a program
  }
  return tensor;
}

} // namespace dlc::data
