// setp and set: comparisons, joined with a predicate where one is given.
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"

using namespace ptxsim;
using namespace llvm;

namespace {
struct Relation {
  std::string_view name;
  CmpInst::Predicate ofSigned;
  CmpInst::Predicate ofUnsigned;
  CmpInst::Predicate ofFloats;
};
} // namespace

/// Floats: plain names are false where a number is NaN, those with u are true.
static constexpr Relation relations[] = {
    {"eq", CmpInst::ICMP_EQ, CmpInst::ICMP_EQ, CmpInst::FCMP_OEQ},
    {"ne", CmpInst::ICMP_NE, CmpInst::ICMP_NE, CmpInst::FCMP_ONE},
    {"lt", CmpInst::ICMP_SLT, CmpInst::ICMP_ULT, CmpInst::FCMP_OLT},
    {"le", CmpInst::ICMP_SLE, CmpInst::ICMP_ULE, CmpInst::FCMP_OLE},
    {"gt", CmpInst::ICMP_SGT, CmpInst::ICMP_UGT, CmpInst::FCMP_OGT},
    {"ge", CmpInst::ICMP_SGE, CmpInst::ICMP_UGE, CmpInst::FCMP_OGE},
    {"lo", CmpInst::ICMP_ULT, CmpInst::ICMP_ULT, CmpInst::BAD_FCMP_PREDICATE},
    {"ls", CmpInst::ICMP_ULE, CmpInst::ICMP_ULE, CmpInst::BAD_FCMP_PREDICATE},
    {"hi", CmpInst::ICMP_UGT, CmpInst::ICMP_UGT, CmpInst::BAD_FCMP_PREDICATE},
    {"hs", CmpInst::ICMP_UGE, CmpInst::ICMP_UGE, CmpInst::BAD_FCMP_PREDICATE},
    {"equ", CmpInst::BAD_ICMP_PREDICATE, CmpInst::BAD_ICMP_PREDICATE,
     CmpInst::FCMP_UEQ},
    {"neu", CmpInst::BAD_ICMP_PREDICATE, CmpInst::BAD_ICMP_PREDICATE,
     CmpInst::FCMP_UNE},
    {"ltu", CmpInst::BAD_ICMP_PREDICATE, CmpInst::BAD_ICMP_PREDICATE,
     CmpInst::FCMP_ULT},
    {"leu", CmpInst::BAD_ICMP_PREDICATE, CmpInst::BAD_ICMP_PREDICATE,
     CmpInst::FCMP_ULE},
    {"gtu", CmpInst::BAD_ICMP_PREDICATE, CmpInst::BAD_ICMP_PREDICATE,
     CmpInst::FCMP_UGT},
    {"geu", CmpInst::BAD_ICMP_PREDICATE, CmpInst::BAD_ICMP_PREDICATE,
     CmpInst::FCMP_UGE},
    {"num", CmpInst::BAD_ICMP_PREDICATE, CmpInst::BAD_ICMP_PREDICATE,
     CmpInst::FCMP_ORD},
    {"nan", CmpInst::BAD_ICMP_PREDICATE, CmpInst::BAD_ICMP_PREDICATE,
     CmpInst::FCMP_UNO},
};

/// Null if the relation does not fit the type.
Value *FunctionTranslator::compare(std::string_view name, Type type, Value *a,
                                   Value *b) {
  bool isReal = type == Type::F32 || type == Type::F64;
  for (const Relation &relation : relations) {
    if (relation.name != name)
      continue;
    CmpInst::Predicate predicate = isReal                ? relation.ofFloats
                                   : ptx::isSigned(type) ? relation.ofSigned
                                                         : relation.ofUnsigned;
    bool exists = predicate != CmpInst::BAD_FCMP_PREDICATE &&
                  predicate != CmpInst::BAD_ICMP_PREDICATE;
    return exists ? builder.CreateCmp(predicate, a, b) : nullptr;
  }
  return nullptr;
}

/// The comparison of operands 1 and 2, whose type is the last; null after a
/// fault.
Value *FunctionTranslator::takeComparison(Type &type) {
  if (current->words.size() < 3 || !hasOperands(3, 4))
    return nullptr;
  const std::string &relation = current->words[1];
  words.take(relation);
  type = words.takeType();
  if (type == Type::None ||
      (ptx::isFloat(type) && type != Type::F32 && type != Type::F64))
    return nullptr;
  bool ftz = words.take("ftz");
  return compare(relation, type, flush(read(1, type), ftz),
                 flush(read(2, type), ftz));
}

/// setp.lt{.and}.f32 p|q, a, b{, c}: p is the comparison, q its negation, each
/// joined with c.
void FunctionTranslator::setPredicate() {
  int join = words.takeOneOf({"and", "or", "xor"});
  Type type = Type::None;
  Value *result = takeComparison(type);
  if (!result || (join >= 0) != (current->operands.size() == 4))
    return unknown();
  auto joined = [&](Value *value) {
    if (join < 0)
      return value;
    Value *other = read(3, Type::Pred);
    return join == 0   ? builder.CreateAnd(value, other)
           : join == 1 ? builder.CreateOr(value, other)
                       : builder.CreateXor(value, other);
  };
  const Operand &to = current->operands[0];
  if (to.kind != Operand::Pair)
    return write(0, Type::Pred, joined(result));
  Value *positive = joined(result);
  Value *negative = joined(builder.CreateNot(result));
  writeOperand(to.parts[0], Type::Pred, positive);
  writeOperand(to.parts[1], Type::Pred, negative);
}

/// set.lt.u32.f32 d, a, b: all bits set, or 1.0.
void FunctionTranslator::setValue() {
  const std::string relation =
      current->words.size() > 1 ? current->words[1] : "";
  words.take(relation);
  Type to = words.takeType();
  Type from = words.takeType();
  bool ftz = words.take("ftz");
  if (from == Type::None || !hasOperands(3))
    return unknown();
  Value *result = compare(relation, from, flush(read(1, from), ftz),
                          flush(read(2, from), ftz));
  if (!result || !words.empty())
    return unknown();
  write(0, to,
        to == Type::F32 ? builder.CreateUIToFP(result, typeOf(to))
                        : builder.CreateSExt(result, typeOf(to)));
}
