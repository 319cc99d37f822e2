// Which of a model's programs a picture or a page is about.
#include "tools/dlc/report/ShownProgram.h"

#include <algorithm>
#include <fmt/format.h>

namespace dlc::tool {

void addShownProgramOption(CLI::App &app, std::string &name) {
  app.add_option("--program", name,
                 "the step that is shown: train, evaluate or predict "
                 "(default: train, if the model has an optimizer and a loss)")
      ->check(CLI::IsMember({"train", "evaluate", "predict"}));
}

Expected<const artifact::Program *>
findShownProgram(const artifact::Manifest &manifest, const std::string &name,
                 const std::string &model) {
  auto find = [&](std::string_view wanted) {
    auto found =
        std::ranges::find(manifest.programs, wanted, &artifact::Program::name);
    return found == manifest.programs.end() ? nullptr : &*found;
  };
  const artifact::Program *program = find(name.empty() ? "train" : name);
  if (!program && name.empty())
    program = find("predict");
  if (!program)
    return fail(
        model,
        fmt::format("has no program \"{}\"", name.empty() ? "predict" : name),
        "it has no optimizer and loss",
        "give --optimizer and --loss, or --program predict");
  return program;
}

} // namespace dlc::tool
