// What a trained model keeps of how its pictures were read.
#pragma once

#include "runtime/data/images/ImageData.h"

namespace dlc::data {

/// As a JSON object: "interpolation", "keep_aspect_ratio", "rescale" (null for
/// none), "preprocess", "samplewise_center", "samplewise_std_normalization".
/// Size and colours are the model's own, by its input.
std::string printKeptFormat(const ImageOptions &options);

/// Puts what `text` says in the place of what the options say; an empty text
/// changes nothing. Errors name the key whose value is none of its kind.
Expected<void> applyKeptFormat(const std::string &text, ImageOptions &options);

/// What a reader is to know where pictures are read in another way than those
/// that the model was trained on, a difference each: "rescale is 1, and the
/// model was trained with 0.00392"; none where `kept` is empty.
std::vector<std::string> compareKeptFormat(const std::string &kept,
                                           const ImageOptions &options);

/// What is not as it is by default, as "rescale 0.00392, preprocess tf".
std::string describeFormat(const ImageOptions &options);

} // namespace dlc::data
