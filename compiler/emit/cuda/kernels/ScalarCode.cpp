// arith and math ops of a region, one statement each. Functions are those of
// CUDA without fast math; sums of products become fused multiply-adds in NVRTC.
#include "compiler/emit/cuda/kernels/ScalarCode.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <charconv>

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::cuda;

//===-- Ops as C++ --------------------------------------------------------===//

/// The C++ of an op with $0, $1, $2 for its operands and $u0, $u1 for these
/// without a sign; empty for an op that is none of these.
static StringRef findPattern(Operation *op) {
  return TypeSwitch<Operation *, StringRef>(op)
      .Case([](arith::AddFOp) { return "$0 + $1"; })
      .Case([](arith::SubFOp) { return "$0 - $1"; })
      .Case([](arith::MulFOp) { return "$0 * $1"; })
      .Case([](arith::DivFOp) { return "$0 / $1"; })
      .Case([](arith::RemFOp) { return "fmodf($0, $1)"; })
      .Case([](arith::NegFOp) { return "-$0"; })
      .Case([](arith::MaximumFOp) { return "maximum($0, $1)"; })
      .Case([](arith::MinimumFOp) { return "minimum($0, $1)"; })
      .Case([](arith::MaxNumFOp) { return "fmaxf($0, $1)"; })
      .Case([](arith::MinNumFOp) { return "fminf($0, $1)"; })
      // Signed integers may overflow in MLIR but not in C++.
      .Case([](arith::AddIOp) { return "$u0 + $u1"; })
      .Case([](arith::SubIOp) { return "$u0 - $u1"; })
      .Case([](arith::MulIOp) { return "$u0 * $u1"; })
      .Case([](arith::DivSIOp) { return "$0 / $1"; })
      .Case([](arith::RemSIOp) { return "$0 % $1"; })
      .Case([](arith::DivUIOp) { return "$u0 / $u1"; })
      .Case([](arith::RemUIOp) { return "$u0 % $u1"; })
      .Case([](arith::AndIOp) { return "$0 & $1"; })
      .Case([](arith::OrIOp) { return "$0 | $1"; })
      .Case([](arith::XOrIOp) { return "$0 ^ $1"; })
      .Case([](arith::ShLIOp) { return "$u0 << $1"; })
      .Case([](arith::ShRUIOp) { return "$u0 >> $1"; })
      .Case([](arith::ShRSIOp) { return "$0 >> $1"; })
      .Case([](arith::MaxSIOp) { return "$0 > $1 ? $0 : $1"; })
      .Case([](arith::MinSIOp) { return "$0 < $1 ? $0 : $1"; })
      .Case([](arith::MaxUIOp) { return "$u0 > $u1 ? $0 : $1"; })
      .Case([](arith::MinUIOp) { return "$u0 < $u1 ? $0 : $1"; })
      .Case([](arith::SelectOp) { return "$0 ? $1 : $2"; })
      .Case<arith::ExtSIOp>([](auto cast) {
        // A truth value is -1 with a sign.
        return cast.getIn().getType().isInteger(1) ? "-int($0)" : "$0";
      })
      .Case([](arith::ExtUIOp) { return "$u0"; })
      .Case<arith::TruncIOp>([](auto cast) {
        return cast.getType().isInteger(1) ? "($0 & 1) != 0" : "$0";
      })
      .Case([](arith::ExtFOp cast) {
        Type from = cast.getIn().getType();
        return from.isBF16()  ? "fromBf16($0)"
               : from.isF16() ? "fromF16($0)"
                              : "$0";
      })
      .Case([](arith::TruncFOp cast) {
        return cast.getType().isBF16()  ? "toBf16($0)"
               : cast.getType().isF16() ? "toF16($0)"
                                        : "$0";
      })
      .Case<arith::SIToFPOp, arith::FPToSIOp, arith::IndexCastOp>(
          [](auto) { return "$0"; })
      .Case([](arith::UIToFPOp) { return "$u0"; })
      .Case([](arith::FPToUIOp) { return "(unsigned int)$0"; })
      .Case<arith::BitcastOp>([](auto cast) {
        if (cast.getType().isF32())
          return "__int_as_float($0)";
        return cast.getIn().getType().isF32() ? "__float_as_int($0)" : "$0";
      })
      .Case([](math::ExpOp) { return "expf($0)"; })
      .Case([](math::Exp2Op) { return "exp2f($0)"; })
      .Case([](math::ExpM1Op) { return "expm1f($0)"; })
      .Case([](math::LogOp) { return "logf($0)"; })
      .Case([](math::Log2Op) { return "log2f($0)"; })
      .Case([](math::Log10Op) { return "log10f($0)"; })
      .Case([](math::Log1pOp) { return "log1pf($0)"; })
      .Case([](math::TanhOp) { return "tanhf($0)"; })
      .Case([](math::ErfOp) { return "erff($0)"; })
      .Case([](math::SinOp) { return "sinf($0)"; })
      .Case([](math::CosOp) { return "cosf($0)"; })
      .Case([](math::SqrtOp) { return "sqrtf($0)"; })
      .Case([](math::RsqrtOp) { return "1.0f / sqrtf($0)"; })
      .Case([](math::PowFOp) { return "powf($0, $1)"; })
      .Case([](math::FmaOp) { return "fmaf($0, $1, $2)"; })
      .Case([](math::AbsFOp) { return "fabsf($0)"; })
      .Case([](math::AbsIOp) { return "$0 < 0 ? -$0 : $0"; })
      .Case([](math::FloorOp) { return "floorf($0)"; })
      .Case([](math::CeilOp) { return "ceilf($0)"; })
      .Case([](math::RoundOp) { return "roundf($0)"; })
      .Case([](math::RoundEvenOp) { return "rintf($0)"; })
      .Case([](math::TruncOp) { return "truncf($0)"; })
      .Case([](math::CopySignOp) { return "copysignf($0, $1)"; })
      .Default([](Operation *) { return ""; });
}

/// Where a number is a NaN, ordered comparisons fail and unordered ones hold:
/// these are opposites of the former.
static StringRef findPattern(arith::CmpFPredicate predicate) {
  using P = arith::CmpFPredicate;
  switch (predicate) {
  case P::AlwaysFalse:
    return "false";
  case P::AlwaysTrue:
    return "true";
  case P::OEQ:
    return "$0 == $1";
  case P::OGT:
    return "$0 > $1";
  case P::OGE:
    return "$0 >= $1";
  case P::OLT:
    return "$0 < $1";
  case P::OLE:
    return "$0 <= $1";
  case P::ONE:
    return "$0 < $1 || $0 > $1";
  case P::ORD:
    return "$0 == $0 && $1 == $1";
  case P::UEQ:
    return "!($0 < $1 || $0 > $1)";
  case P::UGT:
    return "!($0 <= $1)";
  case P::UGE:
    return "!($0 < $1)";
  case P::ULT:
    return "!($0 >= $1)";
  case P::ULE:
    return "!($0 > $1)";
  case P::UNE:
    return "$0 != $1";
  case P::UNO:
    return "$0 != $0 || $1 != $1";
  }
  return "";
}

static StringRef findPattern(arith::CmpIPredicate predicate) {
  using P = arith::CmpIPredicate;
  switch (predicate) {
  case P::eq:
    return "$0 == $1";
  case P::ne:
    return "$0 != $1";
  case P::slt:
    return "$0 < $1";
  case P::sle:
    return "$0 <= $1";
  case P::sgt:
    return "$0 > $1";
  case P::sge:
    return "$0 >= $1";
  case P::ult:
    return "$u0 < $u1";
  case P::ule:
    return "$u0 <= $u1";
  case P::ugt:
    return "$u0 > $u1";
  case P::uge:
    return "$u0 >= $u1";
  }
  return "";
}

static StringRef patternOf(Operation *op) {
  // Truth values are numbers modulo two.
  if (op->getNumResults() == 1 && op->getResult(0).getType().isInteger(1)) {
    if (isa<arith::AddIOp, arith::SubIOp>(op))
      return "$0 != $1";
    if (isa<arith::MulIOp>(op))
      return "$0 & $1";
  }
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    return findPattern(compare.getPredicate());
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return findPattern(compare.getPredicate());
  return findPattern(op);
}

/// The operand as an unsigned number of its width.
static std::string makeUnsigned(Type type, const std::string &code) {
  if (type.isInteger(1))
    return code;
  return "(unsigned " + registerType(type) + ")" + code;
}

static std::string fill(StringRef pattern, Operation *op,
                        ArrayRef<std::string> operands) {
  std::string code;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '$') {
      code += pattern[i];
      continue;
    }
    bool isUnsigned = pattern[++i] == 'u';
    unsigned number = pattern[i += isUnsigned] - '0';
    const std::string &operand = operands[number];
    code += isUnsigned ? makeUnsigned(op->getOperand(number).getType(), operand)
                       : operand;
  }
  return code;
}

//===-- Numbers -----------------------------------------------------------===//

static std::string writeFloat(const APFloat &number) {
  if (APFloat::getSizeInBits(number.getSemantics()) == 16)
    return std::to_string(number.bitcastToAPInt().getZExtValue());
  if (!number.isFinite()) {
    SmallString<16> bits;
    number.bitcastToAPInt().toString(bits, 16, /*Signed=*/false);
    return ("__int_as_float(0x" + bits + ")").str();
  }
  // The fewest digits that give the same number.
  char digits[32];
  bool isDouble = &number.getSemantics() == &APFloat::IEEEdouble();
  char *end =
      isDouble
          ? std::to_chars(digits, std::end(digits), number.convertToDouble())
                .ptr
          : std::to_chars(digits, std::end(digits), number.convertToFloat())
                .ptr;
  std::string text(digits, end);
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  if (!isDouble)
    text += 'f';
  return text.front() == '-' ? "(" + text + ")" : text;
}

static std::string writeInteger(const APInt &number) {
  if (number.getBitWidth() == 1)
    return number.isZero() ? "false" : "true";
  if (number.isMinSignedValue())
    return "(" + llvm::toString(number + 1, 10, /*Signed=*/true) + " - 1)";
  std::string text = llvm::toString(number, 10, /*Signed=*/true);
  if (number.getBitWidth() > 32)
    text += "ll";
  return text.front() == '-' ? "(" + text + ")" : text;
}

static std::string writeNumber(Attribute value) {
  if (auto number = dyn_cast<FloatAttr>(value))
    return writeFloat(number.getValue());
  return writeInteger(cast<IntegerAttr>(value).getValue());
}

//===-- What can be written -----------------------------------------------===//

static bool isSupported(Operation *op) {
  if (auto reduce = dyn_cast<kernel::ReduceOp>(op))
    return reduce.getCombiner() != arith::AtomicRMWKind::assign;
  if (isa<arith::ConstantOp, kernel::IndexOp, kernel::BatchSizeOp>(op))
    return true;
  return op->getNumResults() == 1 && !patternOf(op).empty();
}

Operation *dlc::emit::cuda::findUnsupported(kernel::FusedOp kernel) {
  for (Operation &op : kernel.getBody().front().without_terminator())
    if (!isSupported(&op))
      return &op;
  return nullptr;
}

std::string dlc::emit::cuda::listOps(kernel::FusedOp kernel) {
  std::string ops;
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    if (isa<arith::ConstantOp>(op))
      continue;
    StringRef name = op.getName().getStringRef();
    if (!ops.empty())
      ops += ' ';
    if (auto reduce = dyn_cast<kernel::ReduceOp>(op))
      ops +=
          "reduce." + arith::stringifyAtomicRMWKind(reduce.getCombiner()).str();
    else
      ops += name.substr(name.find('.') + 1).str();
  }
  return ops.empty() ? "copy" : ops;
}

//===-- Writing -----------------------------------------------------------===//

std::string Scope::find(Value value) const {
  auto found = values.find(value);
  if (found != values.end())
    return found->second;
  return outer ? outer->find(value) : std::string();
}

static std::string writeElement(KernelCode &code, BlockArgument argument,
                                const Point &point) {
  unsigned tensor = argument.getArgNumber();
  Type scalar = code.scalarOf(tensor);
  std::string name = "x" + std::to_string(tensor);
  std::string element =
      code.nameOf(tensor) + "[" + code.locate(tensor, point) + "]";
  if (scalar.isInteger(1))
    element += " != 0";
  code.text.line("const " + registerType(scalar) + " " + name + " = " +
                 element + ";");
  return name;
}

static std::string writeOp(KernelCode &code, Operation *op, const Point &point,
                           Scope &scope) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return writeNumber(constant.getValue());
  if (isa<kernel::BatchSizeOp>(op))
    return "float(n)";
  if (auto index = dyn_cast<kernel::IndexOp>(op)) {
    std::optional<unsigned> loop = code.nest.findLoop(index.getDim());
    return loop ? "int(" + point[*loop] + ")" : "0";
  }
  SmallVector<std::string> operands;
  for (Value operand : op->getOperands())
    operands.push_back(writeScalar(code, operand, point, scope));
  std::string type = registerType(op->getResult(0).getType());
  std::string name = code.makeName("v");
  code.text.line("const " + type + " " + name + " = " +
                 fill(patternOf(op), op, operands) + ";");
  return name;
}

std::string dlc::emit::cuda::writeScalar(KernelCode &code, Value value,
                                         const Point &point, Scope &scope) {
  if (std::string known = scope.find(value); !known.empty())
    return known;
  std::string written;
  if (auto argument = dyn_cast<BlockArgument>(value))
    written = writeElement(code, argument, point);
  else
    written = writeOp(code, value.getDefiningOp(), point, scope);
  scope.set(value, written);
  return written;
}

std::string dlc::emit::cuda::getIdentity(kernel::ReduceOp reduce) {
  OpBuilder b(reduce.getContext());
  return writeNumber(arith::getIdentityValueAttr(
      reduce.getCombiner(), reduce.getX().getType(), b, reduce.getLoc()));
}

std::string dlc::emit::cuda::combine(kernel::ReduceOp reduce,
                                     StringRef accumulator, StringRef value) {
  using Kind = arith::AtomicRMWKind;
  auto infix = [&](StringRef op) {
    return (accumulator + " " + op + " " + value).str();
  };
  auto call = [&](StringRef function) {
    return (function + "(" + accumulator + ", " + value + ")").str();
  };
  // Integers that may overflow are folded without a sign.
  auto wrap = [&](StringRef op) {
    return ("(unsigned int)" + accumulator + " " + op + " (unsigned int)" +
            value)
        .str();
  };
  switch (reduce.getCombiner()) {
  case Kind::addf:
    return infix("+");
  case Kind::mulf:
    return infix("*");
  case Kind::addi:
    return wrap("+");
  case Kind::muli:
    return wrap("*");
  case Kind::maximumf:
    return call("maximum");
  case Kind::minimumf:
    return call("minimum");
  case Kind::maxnumf:
    return call("fmaxf");
  case Kind::minnumf:
    return call("fminf");
  case Kind::maxs:
    return call("max");
  case Kind::mins:
    return call("min");
  case Kind::maxu:
    return ("max((unsigned int)" + accumulator + ", (unsigned int)" + value +
            ")")
        .str();
  case Kind::minu:
    return ("min((unsigned int)" + accumulator + ", (unsigned int)" + value +
            ")")
        .str();
  case Kind::andi:
    return infix("&");
  case Kind::ori:
    return infix("|");
  case Kind::xori:
    return infix("^");
  case Kind::assign:
    break; // verifyScalars refuses it
  }
  return accumulator.str();
}
