// Scopes are resolved here: each register gets a number of its own.
#include "tools/ptx-sim/engine/ptx/FunctionParser.h"

#include <charconv>
#include <unordered_set>

using namespace ptxsim;
using namespace ptxsim::ptx;

/// Registers of one `.reg` name<count>; real kernels have thousands.
static constexpr int64_t countLimit = 1 << 20;

namespace {
class BodyParser {
public:
  BodyParser(Cursor &cursor, Function &function)
      : cursor(cursor), function(function) {}

  void run() {
    parseScope();
    for (auto &[label, line] : usedLabels)
      if (!labels.contains(label))
        cursor.faultAt(line, "label " + label + " does not exist");
  }

private:
  /// Names of one { ... }; `counted` holds those of `%r<10>`.
  struct Counted {
    Type type;
    unsigned count;
    std::unordered_map<unsigned, unsigned> numbers;
  };
  struct Scope {
    std::unordered_map<std::string, unsigned> named;
    std::unordered_map<std::string, Counted> counted;
  };

  void parseScope();
  void parseDirective();
  void parseRegisters();
  void parseVariables(Space space);
  void parseStatement();
  void parseBranchTargets(const std::string &label);
  void parseOperands(Instruction &instruction);
  Operand parseOperand();
  Operand parseSingle();
  Operand parseAddress();
  Operand parseList(std::string_view close);
  Operand parseWord();
  std::optional<unsigned> findRegister(const std::string &name);
  unsigned addRegister(std::string name, Type type);

  Cursor &cursor;
  Function &function;
  std::vector<Scope> scopes;
  std::unordered_set<std::string> labels;
  std::unordered_map<std::string, unsigned> usedLabels;
};
} // namespace

void BodyParser::parseScope() {
  cursor.expect("{");
  if (scopes.size() > 64)
    cursor.fault("scopes are nested more than 64 deep");
  scopes.emplace_back();
  while (!cursor.at("}") && !cursor.atEnd()) {
    if (cursor.at("{"))
      parseScope();
    else if (cursor.peek().text.starts_with('.'))
      parseDirective();
    else
      parseStatement();
  }
  scopes.pop_back();
  cursor.expect("}");
}

void BodyParser::parseDirective() {
  if (cursor.accept(".reg"))
    return parseRegisters();
  if (cursor.accept(".shared"))
    return parseVariables(Space::Shared);
  if (cursor.accept(".local"))
    return parseVariables(Space::Local);
  if (cursor.accept(".param"))
    return parseVariables(Space::Param);
  if (cursor.at(".loc")) {
    // Has no closing sign: `.loc 1 24 5` and possibly more on its line.
    unsigned line = cursor.line();
    while (!cursor.atEnd() && cursor.line() == line)
      cursor.take();
    return;
  }
  if (cursor.accept(".pragma")) {
    while (!cursor.atEnd() && !cursor.accept(";"))
      cursor.take();
    return;
  }
  cursor.fault("directive " + std::string(cursor.peek().text) +
               " is not one that ptx-sim knows in a function");
}

unsigned BodyParser::addRegister(std::string name, Type type) {
  function.registers.push_back({std::move(name), type});
  return static_cast<unsigned>(function.registers.size() - 1);
}

void BodyParser::parseRegisters() {
  std::string word = cursor.takeWord("the type of registers");
  std::optional<Type> type;
  if (word.starts_with('.'))
    type = parseType(std::string_view(word).substr(1));
  if (!type)
    return cursor.fault("type " + word + " is not one that ptx-sim knows");
  do {
    std::string name = cursor.takeWord("the name of a register");
    Scope &scope = scopes.back();
    if (cursor.accept("<")) {
      int64_t count = cursor.takeInteger("how many registers there are");
      if (count < 0 || count > countLimit)
        return cursor.fault(std::to_string(count) +
                            " registers are more than ptx-sim takes");
      scope.counted[name] = {*type, static_cast<unsigned>(count), {}};
      cursor.expect(">");
    } else {
      scope.named[name] = addRegister(name, *type);
    }
  } while (cursor.accept(","));
  cursor.expect(";");
}

void BodyParser::parseVariables(Space space) {
  do {
    function.variables.push_back(parseVariable(cursor, space));
  } while (cursor.accept(","));
  cursor.expect(";");
}

std::optional<unsigned> BodyParser::findRegister(const std::string &name) {
  size_t prefix = name.find_last_not_of("0123456789");
  prefix = prefix == std::string::npos ? 0 : prefix + 1;
  unsigned number = 0;
  bool hasNumber =
      std::from_chars(name.data() + prefix, name.data() + name.size(), number)
          .ec == std::errc();
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    if (auto found = scope->named.find(name); found != scope->named.end())
      return found->second;
    if (!hasNumber)
      continue;
    auto found = scope->counted.find(name.substr(0, prefix));
    if (found == scope->counted.end() || number >= found->second.count)
      continue;
    auto [entry, isNew] = found->second.numbers.try_emplace(number, 0);
    if (isNew)
      entry->second = addRegister(name, found->second.type);
    return entry->second;
  }
  return std::nullopt;
}

/// A label or an instruction.
void BodyParser::parseStatement() {
  Statement statement;
  Instruction &instruction = statement.instruction;
  instruction.line = cursor.line();
  if (cursor.accept("@")) {
    instruction.guardNegated = cursor.accept("!");
    std::string name = cursor.takeWord("a predicate");
    instruction.guard = findRegister(name);
    if (!instruction.guard)
      return cursor.fault("predicate " + name + " is not declared");
  }
  std::string word = cursor.takeWord("an instruction");
  if (cursor.accept(":")) {
    if (cursor.accept(".branchtargets"))
      return parseBranchTargets(word);
    if (!labels.insert(word).second)
      return cursor.faultAt(instruction.line,
                            "label " + word + " exists twice");
    statement.label = word;
  } else {
    instruction.opcode = std::move(word);
    parseOperands(instruction);
  }
  function.body.push_back(std::move(statement));
}

void BodyParser::parseBranchTargets(const std::string &label) {
  std::vector<std::string> &targets = function.branchTargets[label];
  do {
    usedLabels.emplace(cursor.peek().text, cursor.line());
    targets.push_back(cursor.takeWord("a label"));
  } while (cursor.accept(","));
  cursor.expect(";");
}

/// Splits "ld.global.v4.f32" at its dots.
static std::vector<std::string> splitWords(std::string_view opcode) {
  std::vector<std::string> words;
  while (true) {
    size_t dot = opcode.find('.');
    words.emplace_back(opcode.substr(0, dot));
    if (dot == std::string_view::npos)
      return words;
    opcode.remove_prefix(dot + 1);
  }
}

void BodyParser::parseOperands(Instruction &instruction) {
  instruction.words = splitWords(instruction.opcode);
  bool isBranch = instruction.words[0] == "bra";
  while (!cursor.at(";") && !cursor.atEnd()) {
    instruction.operands.push_back(parseOperand());
    const Operand &operand = instruction.operands.back();
    if (isBranch && operand.kind == Operand::Symbol)
      usedLabels.emplace(operand.name, instruction.line);
    if (!cursor.at(";"))
      cursor.expect(",");
  }
  cursor.expect(";");
}

Operand BodyParser::parseOperand() {
  Operand first = parseSingle();
  if (!cursor.accept("|"))
    return first;
  Operand pair;
  pair.kind = Operand::Pair;
  pair.parts.push_back(std::move(first));
  pair.parts.push_back(parseSingle());
  return pair;
}

Operand BodyParser::parseSingle() {
  if (cursor.accept("["))
    return parseAddress();
  if (cursor.accept("{"))
    return parseList("}");
  if (cursor.accept("("))
    return parseList(")");
  if (cursor.accept("!")) {
    Operand operand = parseWord();
    operand.negated = true;
    return operand;
  }
  if (cursor.at("-")) {
    Operand operand;
    operand.value = cursor.takeInteger("a number");
    return operand;
  }
  return parseWord();
}

Operand BodyParser::parseAddress() {
  Operand address;
  address.kind = Operand::Address;
  address.parts.push_back(parseWord());
  if (cursor.accept("+"))
    address.value = cursor.takeInteger("an offset");
  else if (cursor.at("-"))
    address.value = cursor.takeInteger("an offset");
  cursor.expect("]");
  return address;
}

Operand BodyParser::parseList(std::string_view close) {
  Operand list;
  list.kind = Operand::List;
  while (!cursor.at(close) && !cursor.atEnd()) {
    list.parts.push_back(parseSingle());
    if (!cursor.at(close))
      cursor.expect(",");
  }
  cursor.expect(close);
  return list;
}

static bool isSpecial(std::string_view name) {
  for (std::string_view prefix :
       {"%tid", "%ntid", "%ctaid", "%nctaid", "%laneid", "%warpid", "%nwarpid",
        "%lanemask_", "%clock", "%globaltimer", "%smid", "%nsmid", "%gridid",
        "%dynamic_smem_size", "%total_smem_size", "%envreg"})
    if (name.starts_with(prefix))
      return true;
  return name == "WARP_SZ";
}

Operand BodyParser::parseWord() {
  Operand operand;
  std::string name = cursor.takeWord("an operand");
  if (std::optional<unsigned> reg = findRegister(name)) {
    operand.kind = Operand::Register;
    operand.reg = *reg;
  } else if (name == "_") {
    operand.kind = Operand::Sink;
  } else if (std::optional<uint64_t> integer = parseInteger(name)) {
    operand.value = static_cast<int64_t>(*integer);
  } else if (std::optional<Operand> number =
                 name.empty() || name[0] < '0' || name[0] > '9'
                     ? std::nullopt
                     : parseFloat(name)) {
    return *number;
  } else if (isSpecial(name)) {
    operand.kind = Operand::Special;
    operand.name = std::move(name);
  } else if (name.starts_with('%')) {
    cursor.fault("register " + name + " is not declared");
  } else {
    operand.kind = Operand::Symbol;
    operand.name = std::move(name);
    if (cursor.accept("+"))
      operand.value = cursor.takeInteger("an offset");
  }
  return operand;
}

void ptxsim::ptx::parseBody(Cursor &cursor, Function &function) {
  BodyParser(cursor, function).run();
}
