// One function of PTX as one of LLVM that runs a single thread. A file beside
// this one for each family of instructions.
#pragma once

#include "tools/ptx-sim/engine/math/Rounded.h"
#include "tools/ptx-sim/engine/ptx/Ast.h"
#include "tools/ptx-sim/engine/translate/KernelTranslator.h"
#include "tools/ptx-sim/engine/translate/Words.h"
#include "llvm/IR/IRBuilder.h"

namespace ptxsim {

class FunctionTranslator {
public:
  FunctionTranslator(KernelTranslator &kernel, const ptx::Function &function,
                     llvm::Function *code);
  void run();

private:
  using Type = ptx::Type;
  using Space = ptx::Space;
  using Operand = ptx::Operand;
  using Value = llvm::Value;
  using Handler = void (FunctionTranslator::*)();
  /// Where a parameter or a result of a function lies, and how large it is.
  struct Place {
    Value *pointer = nullptr;
    size_t bytes = 0;
  };

  // FunctionTranslator.cpp
  static const std::unordered_map<std::string_view, Handler> &handlers();
  void addBlocks();
  void enter();
  void translate(const ptx::Instruction &instruction);
  void dispatch();
  void fault(std::string message);
  /// Something of the instruction that the engine does not know.
  void unknown();
  bool hasOperands(size_t least, size_t most);
  bool hasOperands(size_t count) { return hasOperands(count, count); }
  void branchTo(llvm::BasicBlock *block);

  // Operands.cpp
  llvm::Type *typeOf(Type type);
  llvm::IntegerType *bits(unsigned count) { return builder.getIntNTy(count); }
  Value *read(size_t index, Type type);
  Value *readOperand(const Operand &operand, Type type);
  Value *readNumber(const Operand &operand, Type type);
  Value *readSpecial(const std::string &name);
  Value *readSymbol(const Operand &operand);
  void write(size_t index, Type type, Value *value);
  void writeOperand(const Operand &operand, Type type, Value *value);
  Value *resize(Value *value, unsigned count, bool isSigned);
  Value *asBits(Value *value);
  Value *threadField(size_t offset, llvm::Type *type);
  Value *factsField(size_t offset, llvm::Type *type);
  const ptx::Variable *findVariable(const std::string &name);
  /// Null if `name` is no parameter.
  const Place *findParameter(const std::string &name);

  // Integers.cpp
  void add();
  void subtract();
  void multiply();
  void multiplyAdd();
  void divide();
  void remainder();
  void absolute();
  void negate();
  void minimum();
  void maximum();
  void minMax(bool isMax);
  Value *multiplyHigh(Value *a, Value *b, Type type);
  Value *multiplyWide(Value *a, Value *b, Type type);
  Value *safeDivide(bool remainder, Value *a, Value *b, Type type);
  void addCarry(Value *a, Value *b, bool subtracts, Type type);
  void sumWithCarry(bool subtracts);

  // Bits.cpp
  void logic();
  void shift();
  void funnelShift();
  void bitNot();
  void countNot();
  void lop3();
  void bitFieldExtract();
  void bitFieldInsert();
  void findBit();
  void countBits();
  void leadingZeros();
  void reverseBits();
  void permute();
  void move();
  void select();

  // Floats.cpp
  void floatBinary(llvm::Instruction::BinaryOps operation, const char *name);
  void floatFma();
  void floatMinMax(bool isMax);
  void floatSign(bool negates);
  void floatDivide();
  void approximate();
  void squareRoot();
  void reciprocal();
  void copySign();
  void testProperty();
  Rounding takeRounding();
  Value *flush(Value *value, bool when);
  Value *saturate(Value *value, bool when);
  /// Calls the engine's `name` for a rounding other than to nearest.
  Value *rounded(const char *name, Type type, std::vector<Value *> operands,
                 Rounding rounding);

  // Compare.cpp
  void setPredicate();
  void setValue();
  Value *compare(std::string_view relation, Type type, Value *a, Value *b);
  Value *takeComparison(Type &type);

  // Convert.cpp
  void convert();
  void packHalves(Type to, bool relu);
  void convertTf32();
  Value *floatToInteger(Value *value, Type from, Type to, int rounding);
  Value *integerToFloat(Value *value, Type from, Type to, Rounding rounding);
  Value *floatToFloat(Value *value, Type from, Type to, Rounding rounding);
  Value *roundToIntegral(Value *value, int rounding);
  Value *integerToInteger(Value *value, Type from, Type to, bool saturates);
  Value *widenHalf(Value *value, Type type);
  Value *narrowToHalf(Value *value, Type type);
  void toSpace();
  void isInSpace();

  // LoadStore.cpp
  void load();
  void store();
  void prefetch();
  /// A pointer to `bytes` bytes at the operand's address, checked.
  void countTraffic(unsigned bytes);
  Value *checkAddress(const Operand &address, Space space, unsigned bytes,
                      bool writes, bool atomic);
  Value *checkShared(Value *offset, unsigned bytes, bool writes, bool atomic);
  Value *isKnownRead(Value *offset, unsigned bytes);
  Value *checkLocal(Value *address, unsigned bytes, bool writes);
  Value *checkRange(Value *address, Space space, unsigned bytes, bool writes,
                    bool atomic);
  Value *checkParameter(const Operand &address, unsigned bytes);
  Value *readAddress(const Operand &address);
  Value *sharedPointer(Value *offset);
  unsigned addSite(unsigned bytes = 0, bool writes = false, bool atomic = false,
                   Collective collective = {});
  /// Branches to a cold block if `wrong`, and calls `fallback` there.
  template <typename Fallback> void guard(Value *wrong, Fallback fallback);

  // Atomics.cpp
  void atomic();
  void reduceAtomically();
  void atomicAccess(bool hasResult);
  Value *sharedAtomic(int operation, Value *pointer, Type type,
                      std::vector<Value *> operands);
  Value *globalAtomic(int operation, Value *pointer, Type type,
                      std::vector<Value *> operands);
  void fence();
  void poll();

  // Control.cpp
  void branch();
  void branchIndexed();
  void leave();
  void exitThread();
  void trap();
  void call();
  void sleep();
  void ignore();

  // Together.cpp
  void barrier();
  void shuffle();
  void vote();
  void match();
  void reduceWarp();
  void activeMask();
  void runCollective(Collective collective, Value *mask,
                     unsigned sharedBytes = 0);
  void setInput(unsigned index, Value *value);
  Value *output(unsigned index);

  // Matrices.cpp
  void multiplyMatrices();
  void loadMatrix();
  void copyAsync();

  Value *callRuntime(const char *name, llvm::Type *result,
                     std::vector<Value *> operands);

  KernelTranslator &kernel;
  const ptx::Function &function;
  llvm::Function *code;
  llvm::IRBuilder<> builder;
  const ptx::Instruction *current = nullptr;
  Words words;
  std::vector<llvm::AllocaInst *> registers;
  std::unordered_map<std::string, llvm::BasicBlock *> blocks;
  std::unordered_map<std::string, Place> parameters;
  llvm::AllocaInst *carry = nullptr;
  bool loops;

  // Read once, at the beginning.
  Value *thread = nullptr;
  Value *facts = nullptr;
  Value *shared = nullptr;
  Value *local = nullptr;
  Value *lastRanges = nullptr;
  Value *traffic = nullptr;
};

} // namespace ptxsim
