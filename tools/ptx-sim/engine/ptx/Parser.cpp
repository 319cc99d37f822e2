// What stands outside functions: directives, variables, heads of functions.
#include "tools/ptx-sim/engine/ptx/Parser.h"
#include "tools/ptx-sim/engine/ptx/FunctionParser.h"

#include <charconv>

using namespace ptxsim;
using namespace ptxsim::ptx;

namespace {
class UnitParser {
public:
  explicit UnitParser(std::vector<Token> tokens) : cursor(std::move(tokens)) {}

  Expected<TranslationUnit> run() {
    while (!cursor.atEnd())
      parseDirective();
    if (cursor.firstFault())
      return dlc::Unexpected(*cursor.firstFault());
    if (!unit.version || !unit.target)
      return fail(Status::InvalidPtx,
                  "line 1: is no PTX: it has no .version and .target");
    return std::move(unit);
  }

private:
  void parseDirective();
  void parseVersion();
  void parseTarget();
  void parseVariables(Space space);
  void parseFunction(bool isEntry);
  std::vector<Variable> parseParameters();
  void parseTuning(Function &function);
  void skipBraces();

  Cursor cursor;
  TranslationUnit unit;
};
} // namespace

void UnitParser::parseDirective() {
  if (cursor.accept(".version"))
    return parseVersion();
  if (cursor.accept(".target"))
    return parseTarget();
  if (cursor.accept(".address_size")) {
    if (cursor.takeInteger("an address size") != 64)
      cursor.fault("ptx-sim has addresses of 64 bits only");
    return;
  }
  if (cursor.accept(".visible") || cursor.accept(".weak") ||
      cursor.accept(".extern") || cursor.accept(".common"))
    return;
  if (cursor.accept(".entry"))
    return parseFunction(true);
  if (cursor.accept(".func"))
    return parseFunction(false);
  if (cursor.accept(".global"))
    return parseVariables(Space::Global);
  if (cursor.accept(".const"))
    return parseVariables(Space::Const);
  if (cursor.accept(".shared"))
    return parseVariables(Space::Shared);
  if (cursor.at(".file")) {
    unsigned line = cursor.line();
    while (!cursor.atEnd() && cursor.line() == line)
      cursor.take();
    return;
  }
  if (cursor.accept(".section")) {
    cursor.takeWord("the name of a section");
    return skipBraces();
  }
  cursor.fault("directive " + std::string(cursor.peek().text) +
               " is not one that ptx-sim knows");
}

/// "8.0" as 80.
static std::optional<unsigned> parseVersionWord(std::string_view word) {
  size_t dot = word.find('.');
  if (dot == std::string_view::npos)
    return std::nullopt;
  std::optional<uint64_t> major = parseInteger(word.substr(0, dot));
  std::optional<uint64_t> minor = parseInteger(word.substr(dot + 1));
  if (!major || !minor || *major > 99 || *minor > 9)
    return std::nullopt;
  return static_cast<unsigned>(*major * 10 + *minor);
}

void UnitParser::parseVersion() {
  std::string word = cursor.takeWord("a version");
  std::optional<unsigned> version = parseVersionWord(word);
  if (!version)
    return cursor.fault("version " + word + " is none of PTX");
  unit.version = *version;
}

void UnitParser::parseTarget() {
  unsigned line = cursor.line();
  do {
    std::string word = cursor.takeWord("a target");
    if (!word.starts_with("sm_"))
      continue; // texmode_unified, debug
    unsigned target = 0;
    std::from_chars(word.data() + 3, word.data() + word.size(), target);
    if (target < 30 || target > 80)
      return cursor.faultAt(line, "target is " + word +
                                      " but ptx-sim is an sm_80; compile "
                                      "with --gpu-architecture=compute_80");
    unit.target = target;
  } while (cursor.accept(","));
}

void UnitParser::parseVariables(Space space) {
  do {
    unit.variables.push_back(parseVariable(cursor, space));
  } while (cursor.accept(","));
  cursor.expect(";");
}

std::vector<Variable> UnitParser::parseParameters() {
  std::vector<Variable> parameters;
  if (!cursor.accept("("))
    return parameters;
  while (!cursor.at(")") && !cursor.atEnd()) {
    if (!cursor.accept(".param")) {
      cursor.fault("parameters of functions stand in .param");
      break;
    }
    parameters.push_back(parseVariable(cursor, Space::Param));
    if (!cursor.at(")"))
      cursor.expect(",");
  }
  cursor.expect(")");
  return parameters;
}

/// `.maxntid 256, 1, 1 .minnctapersm 2` and the like, in front of the body.
void UnitParser::parseTuning(Function &function) {
  while (cursor.peek().text.starts_with('.')) {
    std::string word = cursor.takeWord("a directive");
    if (word == ".noreturn")
      continue;
    if (word != ".maxntid" && word != ".reqntid" && word != ".minnctapersm" &&
        word != ".maxnreg" && word != ".maxnctapersm")
      return cursor.fault("directive " + word +
                          " is not one that ptx-sim "
                          "knows at the head of a function");
    int64_t product = 1;
    do {
      product *= cursor.takeInteger("a number");
    } while (cursor.accept(",") && product > 0 && product <= 1 << 20);
    if (word == ".maxntid" || word == ".reqntid")
      function.maxThreads = static_cast<unsigned>(product);
  }
}

void UnitParser::parseFunction(bool isEntry) {
  Function function;
  function.isEntry = isEntry;
  if (!isEntry)
    function.results = parseParameters();
  function.line = cursor.line();
  function.name = cursor.takeWord("the name of a function");
  function.parameters = parseParameters();
  parseTuning(function);
  if (cursor.accept(";")) {
    if (isEntry)
      cursor.fault("kernel " + function.name + " has no body");
  } else {
    function.hasBody = true;
    parseBody(cursor, function);
  }
  unit.functions.push_back(std::move(function));
}

void UnitParser::skipBraces() {
  cursor.expect("{");
  unsigned depth = 1;
  while (depth > 0 && !cursor.atEnd()) {
    if (cursor.at("{"))
      ++depth;
    else if (cursor.at("}"))
      --depth;
    cursor.take();
  }
}

Expected<TranslationUnit> ptxsim::ptx::parse(std::string_view text) {
  Expected<std::vector<Token>> tokens = lex(text);
  if (!tokens)
    return dlc::Unexpected(tokens.error());
  return UnitParser(std::move(*tokens)).run();
}
