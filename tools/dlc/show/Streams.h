// What of a program runs side by side.
#pragma once

#include "runtime/artifact/Artifact.h"

namespace dlc::tool {

/// The most launches at the same distance from the start: what could run at
/// once.
int64_t countBranches(const artifact::Program &program, int64_t batch);

/// Streams that the program's launches are in.
uint32_t countStreams(const artifact::Program &program);

/// Seconds of the longest chain of launches that wait for each other, by the
/// seconds of each.
double findCriticalPath(const artifact::Program &program,
                        const std::vector<double> &seconds);

} // namespace dlc::tool
