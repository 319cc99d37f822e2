// What one launch of a program is, as numbers.
#pragma once

#include "runtime/artifact/Artifact.h"

#include <nlohmann/json.hpp>

namespace dlc::profile {

using Json = nlohmann::ordered_json;

/// Bytes that a launch reads and writes: each distinct place once for reading
/// and once for writing, since what is overwritten is still read.
int64_t countTraffic(const artifact::Program &program,
                     const artifact::Launch &launch, int64_t batch);

/// Whether it repeats another launch to save memory: "train_k3_again0", as the
/// pass rematerialise names it.
bool isRecomputed(const artifact::Launch &launch);

/// "cuBLASLt" or "cuDNN": the library of the GPU's that computes it; null where
/// kernels of ours do.
const char *nameLibrary(const artifact::Launch &launch);

/// How many times each of its stages runs, on the host, or how many blocks it
/// has, on a GPU.
std::vector<int64_t> gridOf(const artifact::Launch &launch, int64_t batch);

/// Seconds of a launch on the host from bytes moved and operations, whichever
/// takes longer, for two cores with AVX-512. A profile tells what it takes
/// here.
double predictOnHost(const artifact::Launch &launch, int64_t bytes);

/// What predictOnHost is for, in words.
inline constexpr const char *nominalCpu = "two cores with AVX-512";

/// An object: "name", "pattern" or routine, "library", "by" (of the GPU's
/// libraries the one that computes it, else null), "layers", "bytes", "flops",
/// "grid", "recomputed", "stream", "waits", "reasons" where there are any,
/// "predicted_time" on the host; what only GPUs have is null.
Json rowToJson(const artifact::Program &program, const artifact::Launch &launch,
               int64_t batch);

} // namespace dlc::profile
