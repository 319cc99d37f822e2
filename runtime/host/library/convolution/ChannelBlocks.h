// Copies of images between channels last and oneDNN's blocks of channels.
#pragma once

#include "runtime/host/library/Library.h"

#include <oneapi/dnnl/dnnl.hpp>

#include <functional>

namespace dlc::host {

/// A loop that copies `from` to `to` where one lies in channels last and the
/// other in full blocks of 8 or 16 channels (nChw8c, nChw16c); a null function
/// for any other pair. Half again to twice as fast as oneDNN's reorder. With
/// `relu`, which goes only from blocks to channels last, negative numbers
/// become 0 on the way and NaN stays NaN. The addresses are read at each run.
std::function<void()> makeBlockCopy(const dnnl::memory &from,
                                    const dnnl::memory &to, bool relu,
                                    int threads);

} // namespace dlc::host
