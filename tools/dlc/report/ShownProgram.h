// Which of a model's programs a picture or a page is about.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/core/Error.h"

#include <CLI/CLI.hpp>

namespace dlc::tool {

/// --program.
void addShownProgramOption(CLI::App &app, std::string &name);

/// The program of this name; for "" what trains, or else predicts.
Expected<const artifact::Program *>
findShownProgram(const artifact::Manifest &manifest, const std::string &name,
                 const std::string &model);

} // namespace dlc::tool
