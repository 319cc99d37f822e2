// Declarations of variables and what they hold at first.
#include "tools/ptx-sim/engine/ptx/FunctionParser.h"

#include <cstring>

using namespace ptxsim;
using namespace ptxsim::ptx;

/// More would be a mistake or an attack; real modules hold kilobytes.
static constexpr size_t bytesLimit = size_t{1} << 30;

static Type takeType(Cursor &cursor) {
  std::string_view word = cursor.peek().text;
  std::optional<Type> type;
  if (word.starts_with('.'))
    type = parseType(word.substr(1));
  if (!type || *type == Type::Pred) {
    cursor.fault("has '" + std::string(word) +
                 "' where the type of a variable should be");
    return Type::B8;
  }
  cursor.take();
  return *type;
}

static void appendElement(Cursor &cursor, Variable &variable) {
  uint64_t bits = 0;
  if (std::optional<Operand> value = parseFloat(cursor.peek().text);
      value && isFloat(variable.type)) {
    if (value->width != bitsOf(variable.type))
      cursor.fault("variable " + variable.name +
                   " begins with a number of another width");
    bits = static_cast<uint64_t>(value->value);
    cursor.take();
  } else {
    bits = static_cast<uint64_t>(cursor.takeInteger("a number"));
  }
  for (unsigned byte = 0; byte < bytesOf(variable.type); ++byte)
    variable.initial.push_back(static_cast<uint8_t>(bits >> (8 * byte)));
}

static void parseInitial(Cursor &cursor, Variable &variable) {
  if (!cursor.accept("{")) {
    appendElement(cursor, variable);
  } else {
    unsigned depth = 1;
    while (depth > 0 && !cursor.atEnd()) {
      if (cursor.accept("{"))
        ++depth;
      else if (cursor.accept("}"))
        --depth;
      else if (!cursor.accept(","))
        appendElement(cursor, variable);
    }
  }
  if (variable.bytes == 0)
    variable.bytes = variable.initial.size();
  if (variable.initial.size() > variable.bytes)
    cursor.fault("variable " + variable.name + " has " +
                 std::to_string(variable.bytes) + " bytes but " +
                 std::to_string(variable.initial.size()) + " are given");
  variable.initial.resize(variable.bytes);
}

Variable ptxsim::ptx::parseVariable(Cursor &cursor, Space space) {
  Variable variable;
  variable.space = space;
  variable.line = cursor.line();
  size_t alignment = 0;
  if (cursor.accept(".align"))
    alignment = static_cast<size_t>(cursor.takeInteger("an alignment"));
  size_t lanes = 1;
  if (cursor.accept(".v2"))
    lanes = 2;
  else if (cursor.accept(".v4"))
    lanes = 4;
  variable.type = takeType(cursor);
  // Qualifiers of pointer parameters: `.ptr .global .align 4`.
  if (cursor.accept(".ptr")) {
    for (const char *where : {".global", ".shared", ".const", ".local"})
      cursor.accept(where);
    if (cursor.accept(".align"))
      cursor.takeInteger("an alignment");
  }
  variable.name = cursor.takeWord("the name of a variable");
  size_t count = lanes;
  while (cursor.accept("[")) {
    if (!cursor.at("]")) {
      int64_t size = cursor.takeInteger("the size of an array");
      if (size < 0 || static_cast<uint64_t>(size) > bytesLimit / (count + 1))
        cursor.fault("variable " + variable.name + " has " +
                     std::to_string(size) +
                     " elements, more than ptx-sim takes");
      count *= static_cast<size_t>(size);
    } else {
      count = 0;
    }
    cursor.expect("]");
  }
  variable.bytes = count * bytesOf(variable.type);
  variable.alignment = alignment ? alignment : lanes * bytesOf(variable.type);
  if (variable.alignment & (variable.alignment - 1) ||
      variable.alignment > 4096)
    cursor.faultAt(variable.line, "variable " + variable.name +
                                      " has an alignment of " +
                                      std::to_string(variable.alignment));
  if (cursor.accept("="))
    parseInitial(cursor, variable);
  return variable;
}
