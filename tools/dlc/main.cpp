// The program dlc: reads the command line and runs one command.
#include "tools/dlc/Commands.h"
#include "tools/dlc/Interrupt.h"
#include "tools/dlc/show/Line.h"

#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <numeric>
#include <vector>

namespace {

using namespace dlc;
using namespace dlc::tool;

constexpr int failure = 1;
constexpr int usageError = 2;

/// Errors are one line, whatever the text that they quote.
void printError(std::string_view message) {
  fmt::print(stderr, "dlc: error: {}\n", toLine(message));
}

/// An error about an option itself, and not about what it leads to.
int exitCodeOf(const Error &error) {
  return error.thing.starts_with("--") ? usageError : failure;
}

/// The edits (a letter more, less or other) that make `a` into `b`.
size_t countEdits(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t(0));
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      size_t change = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// CLI11 would say no more than that a command is missing.
void refuseUnknownCommand(const CLI::App &app, std::string_view name) {
  if (name.starts_with('-'))
    return;
  std::string nearest;
  size_t fewest = SIZE_MAX;
  for (const CLI::App *command : app.get_subcommands({})) {
    size_t edits = countEdits(name, command->get_name());
    if (edits < fewest)
      nearest = command->get_name();
    fewest = std::min(fewest, edits);
  }
  if (fewest > 0)
    throw CLI::ParseError(
        fmt::format("{}: is no command but the nearest is {}", name, nearest),
        CLI::ExitCodes::ExtrasError);
}

int run(int argc, char **argv) {
  CLI::App app("Compiles Keras models for training and runs them.", "dlc");
  app.footer(
      "Example:\n  dlc train model.keras --data data.npz -o trained.keras");
  app.set_version_flag("--version", "dlc " DLC_VERSION);
  app.require_subcommand(1);
  std::vector<Command> commands;
  // In the order in which `dlc --help` lists them.
  for (auto add :
       {addCompile, addTrain, addEvaluate, addPredict, addGradients, addSummary,
        addImport, addExport, addEdit, addInspect, addDoctor})
    commands.push_back(add(app));
  try {
    if (argc > 1)
      refuseUnknownCommand(app, argv[1]);
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    // Help and version come this way too.
    if (error.get_exit_code() == 0)
      return app.exit(error);
    printError(std::string(error.what()) + "; see dlc --help");
    return usageError;
  }
  for (const Command &command : commands) {
    if (!command.app->parsed())
      continue;
    Expected<int> code = command.run();
    if (code)
      return *code;
    printError(code.error().message());
    return exitCodeOf(code.error());
  }
  return usageError;
}

} // namespace

int main(int argc, char **argv) {
  installInterruptHandler();
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc &) {
    printError(
        "memory: is used up; use a smaller model or --batch, or less data");
  } catch (const std::exception &error) {
    printError(error.what());
  }
  return failure;
}
