// Splits a diagnostic into thing, value, limit and remedy.
#include "compiler/import/Diagnostics.h"
#include "compiler/import/config/Json.h"

#include "mlir/IR/Location.h"
#include "llvm/ADT/StringSwitch.h"

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

/// What ODS says of an operand, without the user's name for the
/// op.
static bool isGenerated(StringRef text) {
  return text.starts_with("operand #") || text.starts_with("expected ");
}

/// MLIR's words for a kind of attribute in those of a config. The kinds of
/// dialects/layer/LayerAttrs.td read well already.
static std::string describeKind(StringRef kind) {
  return llvm::StringSwitch<StringRef>(kind)
      .Case("64-bit signless integer attribute", "a whole number")
      .Case("bool attribute", "true or false")
      .Case("string attribute", "a string")
      .Case("dictionary of named attribute values", "an object")
      .Default(kind)
      .str();
}

/// What ODS says of a key that is missing or holds the wrong kind; none for
/// other text.
static std::optional<Error>
readKeyError(StringRef text, const std::string &thing, DictionaryAttr config) {
  bool isMissing = text.consume_front("requires attribute '");
  if (!isMissing && !text.consume_front("attribute '"))
    return std::nullopt;
  auto [key, rest] = text.split('\'');
  if (isMissing)
    return Error{thing, "has no key \"" + key.str() + "\"",
                 "its config needs it", "give it a value"};
  if (!rest.consume_front(" failed to satisfy constraint: "))
    return std::nullopt;
  Attribute value = config ? config.get(key) : Attribute();
  return Error{thing,
               key.str() + " is " +
                   (value ? printJson(toJson(value)) : "of another kind"),
               "must be " + describeKind(rest), "correct its config"};
}

/// An op of a dialect that no plug-in has brought.
static std::optional<Error> readDialectError(StringRef text,
                                             const std::string &thing) {
  if (!text.consume_front("Dialect `"))
    return std::nullopt;
  StringRef dialect = text.split('\'').first;
  return Error{thing, "has an op of the dialect \"" + dialect.str() + "\"",
               "dlc has no such dialect",
               "give the plug-in that defines it by --plugin"};
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

Unexpected<Error> DiagnosticCatcher::error(const std::string &otherwise,
                                           DictionaryAttr config) const {
  if (first.empty())
    return fail(otherwise, "is not valid", "", "check its configuration");
  if (auto error = readKeyError(first, otherwise, config))
    return Unexpected(std::move(*error));
  if (auto error = readDialectError(first, otherwise))
    return Unexpected(std::move(*error));
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
