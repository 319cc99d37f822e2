// Arrays between C and C++.
#pragma once

#include "capi/dlc.h"
#include "runtime/core/Error.h"
#include "runtime/data/Dataset.h"

#include <string_view>

namespace dlc::capi {

/// The array as a tensor of its own, or an error that names it.
Expected<Tensor> read(const dlc_array *array, const char *argument);

/// The same of all arrays; pictures are read by readSamples.
Expected<Dataset> read(const dlc_data *data);

dlc_dtype toC(DType dtype);

/// A copy that dlc_text_free frees.
char *copyText(std::string_view text);

} // namespace dlc::capi
