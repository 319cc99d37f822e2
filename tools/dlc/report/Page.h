// One self-contained HTML page about a program of a model.
#pragma once

#include "compiler/Compile.h"
#include "tools/dlc/report/Measured.h"

#include <map>
#include <string>
#include <vector>

namespace dlc::tool {

struct PageContent {
  const artifact::Manifest &manifest;
  const artifact::Program &program;
  /// Null where the layers are not known any more: of a .dlc file.
  const LayerGraph *graph = nullptr;
  /// The texts of kernels by launch; may lack any.
  std::map<std::string, std::string> texts = {};
  /// Of each launch in a step, and where they are from: "predicted for A100,
  /// never measured".
  std::vector<double> seconds = {};
  std::string timesAre = {};
  bool isMeasured = false;
  std::vector<HistoryChart> history = {};
};

/// The whole page: styles, scripts and pictures inline, no address of anything
/// else. All text of the model is escaped.
std::string formatPage(const PageContent &content);

/// The table of a model's layers as such a page.
std::string formatSummaryPage(const ModelSummary &summary);

} // namespace dlc::tool
