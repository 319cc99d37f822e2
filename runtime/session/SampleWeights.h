// What weighs the losses of a step: samples, classes, or parts of a sample.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/core/Error.h"
#include "runtime/data/Dataset.h"

#include <map>

namespace dlc::session {

/// What an input of the role SampleWeight reads, with one row a sample: the
/// weights of that output, those of the samples, those of the samples' classes,
/// or ones. Of an input of (n, steps, ...) they may be the first dimensions
/// alone: each number then stands for all behind it. Errors: shapes that do not
/// fit, an output that is not there, weights of more than one kind.
Expected<Tensor> prepareWeights(const artifact::Program &program,
                                const artifact::Port &port, const Dataset &data,
                                const std::map<int64_t, float> &classWeight);

} // namespace dlc::session
