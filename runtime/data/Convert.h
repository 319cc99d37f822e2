// Arrays in the element type that a model wants.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/core/Tensor.h"

namespace dlc::data {

/// `tensor` as `dtype`; shares its memory where it has that type already.
/// To int32, floats must be whole numbers that fit; to bool, what is not zero
/// is true. `thing` is what an error calls the array.
Expected<Tensor> convert(const Tensor &tensor, DType dtype,
                         const std::string &thing);

} // namespace dlc::data
