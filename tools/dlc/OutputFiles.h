// That no output of a command replaces an input or another output.
#pragma once

#include "tools/dlc/options/Options.h"

namespace dlc::tool {

/// A file or folder, and what the command line calls it: "MODEL", "--csv-log".
struct NamedPath {
  std::string option;
  std::string path; // "" and "-" are none
};

/// What a command reads: MODEL, --weights, the plug-ins, and --data with each
/// of the files that it lists.
std::vector<NamedPath> listInputs(const RunOptions &options);

/// The same for another option that takes what --data takes.
void addDataFiles(std::vector<NamedPath> &inputs, const std::string &option,
                  const std::string &spec);

/// Whether each output is a file of its own, also under another name (a link,
/// a path with ..). An error names both options. The output "-o" may be MODEL,
/// which is then trained in place.
Expected<void> checkDistinct(const std::vector<NamedPath> &inputs,
                             const std::vector<NamedPath> &outputs);

} // namespace dlc::tool
