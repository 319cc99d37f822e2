// The commands of dlc, a file each.
#pragma once

#include "runtime/core/Error.h"

#include <CLI/CLI.hpp>
#include <functional>

namespace dlc::tool {

/// A command of the program: its options, and what it does once they are read.
/// The action's value is the exit code.
struct Command {
  CLI::App *app;
  std::function<Expected<int>()> run;
};

Command addCompile(CLI::App &dlc);
Command addTrain(CLI::App &dlc);
Command addEvaluate(CLI::App &dlc);
Command addPredict(CLI::App &dlc);
Command addGradients(CLI::App &dlc);
Command addSummary(CLI::App &dlc);
Command addImport(CLI::App &dlc);
Command addExport(CLI::App &dlc);
Command addEdit(CLI::App &dlc);
Command addInspect(CLI::App &dlc);
Command addFitBatch(CLI::App &dlc);
Command addPlot(CLI::App &dlc);
Command addReport(CLI::App &dlc);
Command addDoctor(CLI::App &dlc);

} // namespace dlc::tool
