// A tiny model made by hand: y = x w + b, trained by gradient descent on the
// squared error, and a classifier's evaluation that only counts labels.
#pragma once

#include "runtime/session/Session.h"

namespace dlc::test {

inline constexpr int64_t linearMaxBatch = 8;
inline constexpr float linearRate = 0.05f;

/// Inputs "x" [n, 2], target and output "out" [n, 1]; states "fc/kernel" [2,
/// 1], "fc/bias" [1], "optimizer/iteration", "seed" and the metrics "loss" and
/// "mae". Programs "train", "evaluate" and "predict".
artifact::Artifact makeLinearModel(bool training = true);

/// The same with each program for "cuda" too, as PTX that ptx-sim runs.
artifact::Artifact makeLinearModelForGpu();

/// Inputs "x" [n, 1], targets "out" [n] int32 of 4 classes; "evaluate" gives
/// the mean label as "loss", weighed by the samples' weights.
artifact::Artifact makeLabelModel();

/// x [n, 2] and y [n, 1] = 2 x0 - 3 x1 + 1, the same for the same seed.
Dataset makeLine(int64_t n, unsigned seed = 1);

/// Runs the session's steps in plain code: weights and the loss of each batch.
struct LinearReference {
  float w[2] = {0.5f, -0.25f}, b = 0.125f;
  float trainOnBatch(const float *x, const float *y, int64_t n);
};

} // namespace dlc::test
