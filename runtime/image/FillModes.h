// Keras' names of what stands outside of a picture.
#pragma once

#include "runtime/image/Augment.h"

#include <string_view>
#include <utility>

namespace dlc::image {

inline constexpr std::pair<std::string_view, FillMode> fillModes[] = {
    {"nearest", FillMode::Nearest},
    {"constant", FillMode::Constant},
    {"reflect", FillMode::Reflect},
    {"wrap", FillMode::Wrap}};

} // namespace dlc::image
