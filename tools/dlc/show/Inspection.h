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

} // namespace dlc::tool
