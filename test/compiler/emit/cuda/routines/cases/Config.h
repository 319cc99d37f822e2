// What the configurations of several routines' calls are made of.
#pragma once

#include "test/compiler/emit/cuda/routines/Cases.h"

#include <fmt/format.h>

namespace dlc::test {

using Shape = Case::Shape;

/// "array<i64: 1, 2>".
std::string toText(const Shape &list);

/// Of the four numbers top, bottom, left and right.
std::string pads(const Shape &padding);

inline constexpr const char *biasAndRelu =
    ", bias = true, activation = \"relu\"";

} // namespace dlc::test
