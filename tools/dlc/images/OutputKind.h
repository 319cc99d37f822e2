// What the numbers of a model's output are, as its configuration tells.
#pragma once

#include "runtime/artifact/Artifact.h"

namespace dlc::tool {

enum class OutputKind { Unknown, Probabilities, Logits };

/// For a model with one output. Probabilities: its last layer ends in sigmoid
/// or softmax. Else logits, if the loss has from_logits=True. Unknown: the
/// artifact holds no Keras configuration, or it tells neither.
OutputKind findOutputKind(const artifact::Artifact &artifact);

} // namespace dlc::tool
