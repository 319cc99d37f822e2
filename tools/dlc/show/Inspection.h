// What the steps of a compiled model consist of, as numbers.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "tools/dlc/show/Report.h"

namespace dlc::tool {

/// An object with one member a program ("train", "evaluate", "predict"; for a
/// GPU beside the host "train@cuda"), in the form that `dlc inspect --json`
/// gives. What only a GPU has is null on the host. Times for a GPU are
/// predicted.
Json inspectToJson(const artifact::Artifact &artifact, bool explain = false);

/// The same for people: a paragraph a program; with `rows` a line a launch, its
/// reasons, and a line a layer.
std::string formatInspection(const artifact::Artifact &artifact, bool rows);

/// Bytes that a launch reads and writes: each distinct place once for reading
/// and once for writing, since what is overwritten is still read.
int64_t countTraffic(const artifact::Program &program,
                     const artifact::Launch &launch, int64_t batch);

/// What a profiled fit measured: {"steps", "rows"}, the slowest row first; each
/// row is one of inspectToJson with "ms" a step and, for a library call, the
/// code that ran as "code".
Json profileToJson(const artifact::Manifest &manifest,
                   const artifact::Program &train, const History &history);

} // namespace dlc::tool
