// The table of model.summary(), as Keras and the rich library lay it out.
#pragma once

#include "compiler/Compile.h"

#include <string>

namespace dlc::tool {

struct SummaryLayout {
  /// Columns of the terminal; Keras takes 80 where there is none.
  int64_t columns = 80;
  /// Two more columns: bytes of the outputs and FLOPs of the forward pass.
  bool costs = false;
};

/// The whole text of model.summary(), without colours.
std::string formatSummary(const ModelSummary &summary,
                          const SummaryLayout &layout);

} // namespace dlc::tool
