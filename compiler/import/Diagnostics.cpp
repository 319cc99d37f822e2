// Splits a diagnostic into thing, value, limit and remedy.
#include "compiler/import/Diagnostics.h"

#include "mlir/IR/Location.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

/// The text before `separator`, which is cut off `rest` together with it. All
/// of `rest` where the separator is missing.
static std::string takeUntil(std::string &rest, const char *separator) {
  size_t at = rest.find(separator);
  std::string head = rest.substr(0, at);
  rest = at == std::string::npos
             ? ""
             : rest.substr(at + std::char_traits<char>::length(separator));
  return head;
}

/// MLIR puts the op's name before what a verifier says; the sentence that
/// follows names the op already.
static std::string dropOpPrefix(std::string text) {
  if (text.starts_with("'"))
    if (size_t end = text.find("' op "); end != std::string::npos)
      return text.substr(end + 5);
  return text;
}

/// What ODS says of an attribute or operand, without the user's name for the
/// op.
static bool isGenerated(StringRef text) {
  return text.starts_with("attribute ") || text.starts_with("operand #") ||
         text.starts_with("requires attribute ") ||
         text.starts_with("expected ");
}

static std::string printPlace(Location location) {
  auto file = location->findInstanceOf<FileLineColLoc>();
  if (!file)
    return "";
  return file.getFilename().str() + ":" + std::to_string(file.getLine()) + ":" +
         std::to_string(file.getColumn());
}

DiagnosticCatcher::DiagnosticCatcher(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        if (first.empty() &&
            diagnostic.getSeverity() == DiagnosticSeverity::Error) {
          first = dropOpPrefix(diagnostic.str());
          where = printPlace(diagnostic.getLocation());
        }
        return success();
      }) {}

Unexpected<Error> DiagnosticCatcher::error(const std::string &otherwise) const {
  if (first.empty())
    return fail(otherwise, "is not valid", "", "check its configuration");
  std::string rest = first;
  std::string thing = takeUntil(rest, ": ");
  if (rest.empty() || isGenerated(first))
    return fail(otherwise, first);
  Error error{std::move(thing), "", "", ""};
  std::string remedy = rest;
  error.value = takeUntil(remedy, "; ");
  error.remedy = std::move(remedy);
  std::string limit = error.value;
  error.value = takeUntil(limit, " but ");
  error.limit = std::move(limit);
  return Unexpected(std::move(error));
}
