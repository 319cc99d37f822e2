// PTX as the parser leaves it: registers are numbers, scopes are gone, and
// opcodes are still words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ptxsim::ptx {

enum class Type : uint8_t {
  None,
  Pred,
  B8,
  B16,
  B32,
  B64,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  F16,
  BF16,
  F16x2,
  BF16x2,
  TF32,
  F32,
  F64,
};

/// None if `word` (as in "f32") names no type.
std::optional<Type> parseType(std::string_view word);
unsigned bitsOf(Type type);
inline unsigned bytesOf(Type type) { return (bitsOf(type) + 7) / 8; }
bool isFloat(Type type);
bool isSigned(Type type);

enum class Space : uint8_t { Generic, Global, Const, Shared, Local, Param };

struct Operand {
  enum Kind : uint8_t {
    Register,
    Integer,
    Float,   // value holds the bits, width says how many
    Symbol,  // a variable, a parameter, a function or a label; value is added
    Special, // %tid.x
    Sink,    // _
    List,    // {a, b} or (a, b)
    Pair,    // a|b
    Address, // [a]: parts[0], value is added
  };
  Kind kind = Integer;
  bool negated = false; // !%p
  unsigned width = 0;
  unsigned reg = 0;
  int64_t value = 0;
  std::string name;
  std::vector<Operand> parts;
};

struct Instruction {
  unsigned line = 0;
  std::optional<unsigned> guard; // A predicate register.
  bool guardNegated = false;
  std::string opcode;             // "ld.global.v4.f32"
  std::vector<std::string> words; // "ld", "global", "v4", "f32"
  std::vector<Operand> operands;
};

struct Register {
  std::string name;
  Type type = Type::None;
};

/// A variable of a module, or one of a function in .shared, .local or .param.
struct Variable {
  std::string name;
  unsigned line = 0;
  Space space = Space::Global;
  Type type = Type::B8;
  size_t alignment = 1;
  size_t bytes = 0; // 0: declared as [], of the size the launch gives
  std::vector<uint8_t> initial; // Of `bytes` bytes, or empty.
};

/// Instructions and labels in order.
struct Statement {
  std::string label; // Empty for an instruction.
  Instruction instruction;
};

struct Function {
  std::string name;
  unsigned line = 0;
  bool isEntry = false;
  bool hasBody = false;
  std::vector<Variable> parameters;
  std::vector<Variable> results;
  std::vector<Variable> variables; // .shared and .local ones, and .param ones
  std::vector<Register> registers;
  std::vector<Statement> body;
  std::unordered_map<std::string, std::vector<std::string>> branchTargets;
  unsigned maxThreads = 0; // 0: not said
};

struct TranslationUnit {
  unsigned version = 0; // 80 for 8.0
  unsigned target = 0;  // 80 for sm_80
  std::vector<Variable> variables;
  std::vector<Function> functions;
};

} // namespace ptxsim::ptx
