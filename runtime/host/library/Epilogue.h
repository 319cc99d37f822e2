// What follows a product in place where oneDNN cannot do it: a bias along rows,
// and relu. oneDNN's own relu would turn NaN into 0 and hide that a run went
// wrong, so relu always goes this way.
#pragma once

#include "runtime/host/library/Library.h"

#include <functional>

namespace dlc::host {

/// A loop that does y = y + bias, if `bias` is not null and holds as many
/// elements as y's last dimension, and then relu(y), if `relu`. NaN stays NaN.
std::function<void()> makeEpilogue(const Argument &y, const float *bias,
                                   bool relu, int threads);

} // namespace dlc::host
