// The program dlc: reads the command line and runs one command.
#include "runtime/core/Nearest.h"
#include "tools/dlc/Commands.h"
#include "tools/dlc/Interrupt.h"
#include "tools/dlc/show/Line.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fmt/format.h>
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

/// Whether all of standard output has been written, as to a disk that is not
/// full; says so if not.
bool isPrinted() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)
    return true;
  printError("standard output: could not be written; check where it goes");
  return false;
}

/// CLI11 would say no more than that a command is missing.
void refuseUnknownCommand(const CLI::App &app, std::string_view name) {
  if (name.starts_with('-'))
    return;
  std::vector<std::string> names;
  for (const CLI::App *command : app.get_subcommands({}))
    names.push_back(command->get_name());
  if (std::ranges::find(names, name) == names.end())
    throw CLI::ParseError(fmt::format("{}: is no command but the nearest is {}",
                                      name, findNearest(name, names, SIZE_MAX)),
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
  for (auto add : {addCompile, addTrain, addEvaluate, addPredict, addGradients,
                   addSummary, addPlot, addReport, addFitBatch, addImport,
                   addExport, addEdit, addInspect, addDoctor})
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
    if (!code) {
      printError(code.error().message());
      return exitCodeOf(code.error());
    }
    return isPrinted() ? *code : failure;
  }
  return usageError;
}

} // namespace

int main(int argc, char **argv) {
  installInterruptHandler();
  // A file that grows past `ulimit -f` is an error of its writer, told in
  // words.
  ::signal(SIGXFSZ, SIG_IGN);
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
