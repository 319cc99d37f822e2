// One scalar of `arith` or `math`, computed in the plainest way.
#include "test/dialects/prim/evaluate/Scalar.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace dlc::test {

static Scalar makeNumber(double value, Precision precision) {
  if (precision == Precision::Float)
    value = static_cast<float>(value);
  return {value, 0};
}

// Wraps around as an integer of the type's width does.
static Scalar makeBits(uint64_t value, Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (width == 1)
    return {0, static_cast<int64_t>(value & 1)};
  if (width == 32)
    return {0, static_cast<int32_t>(static_cast<uint32_t>(value))};
  return {0, static_cast<int64_t>(value)};
}

// The bits without the copies of the sign above them.
static uint64_t getUnsigned(Scalar x, Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  uint64_t bits = static_cast<uint64_t>(x.bits);
  return width == 64 ? bits : bits & ((uint64_t(1) << width) - 1);
}

static double maximum(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return std::numeric_limits<double>::quiet_NaN();
  return std::max(a, b);
}

static bool compare(arith::CmpFPredicate predicate, double a, double b) {
  switch (predicate) {
  case arith::CmpFPredicate::OEQ:
    return a == b;
  case arith::CmpFPredicate::UNE:
    return a != b;
  case arith::CmpFPredicate::OLT:
    return a < b;
  case arith::CmpFPredicate::OLE:
    return a <= b;
  case arith::CmpFPredicate::OGT:
    return a > b;
  case arith::CmpFPredicate::OGE:
    return a >= b;
  default:
    llvm_unreachable("no scalar body compares so");
  }
}

static bool compare(arith::CmpIPredicate predicate, Type type, Scalar a,
                    Scalar b) {
  uint64_t ua = getUnsigned(a, type), ub = getUnsigned(b, type);
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return ua == ub;
  case arith::CmpIPredicate::ne:
    return ua != ub;
  case arith::CmpIPredicate::slt:
    return a.bits < b.bits;
  case arith::CmpIPredicate::sle:
    return a.bits <= b.bits;
  case arith::CmpIPredicate::sgt:
    return a.bits > b.bits;
  case arith::CmpIPredicate::sge:
    return a.bits >= b.bits;
  case arith::CmpIPredicate::ult:
    return ua < ub;
  case arith::CmpIPredicate::ule:
    return ua <= ub;
  case arith::CmpIPredicate::ugt:
    return ua > ub;
  case arith::CmpIPredicate::uge:
    return ua >= ub;
  }
  llvm_unreachable("all predicates are above");
}

// Ops from f32 to f32.
static std::optional<double> evaluateFloat(Operation *op, ArrayRef<Scalar> x) {
  auto a = [&] { return x[0].number; };
  auto b = [&] { return x[1].number; };
  using Result = std::optional<double>;
  return TypeSwitch<Operation *, Result>(op)
      .Case([&](arith::AddFOp) -> Result { return a() + b(); })
      .Case([&](arith::SubFOp) -> Result { return a() - b(); })
      .Case([&](arith::MulFOp) -> Result { return a() * b(); })
      .Case([&](arith::DivFOp) -> Result { return a() / b(); })
      .Case([&](arith::NegFOp) -> Result { return -a(); })
      .Case([&](arith::MaximumFOp) -> Result { return maximum(a(), b()); })
      .Case([&](arith::MinimumFOp) -> Result { return -maximum(-a(), -b()); })
      .Case([&](math::PowFOp) -> Result { return std::pow(a(), b()); })
      .Case([&](math::AbsFOp) -> Result { return std::fabs(a()); })
      .Case([&](math::ExpOp) -> Result { return std::exp(a()); })
      .Case([&](math::ExpM1Op) -> Result { return std::expm1(a()); })
      .Case([&](math::LogOp) -> Result { return std::log(a()); })
      .Case([&](math::Log1pOp) -> Result { return std::log1p(a()); })
      .Case([&](math::FloorOp) -> Result { return std::floor(a()); })
      .Case([&](math::SqrtOp) -> Result { return std::sqrt(a()); })
      .Case([&](math::RsqrtOp) -> Result { return 1 / std::sqrt(a()); })
      .Case([&](math::TanhOp) -> Result { return std::tanh(a()); })
      .Case([&](math::SinOp) -> Result { return std::sin(a()); })
      .Case([&](math::CosOp) -> Result { return std::cos(a()); })
      .Case([&](math::ErfOp) -> Result { return std::erf(a()); })
      .Case<arith::ExtFOp, arith::TruncFOp>([&](auto) -> Result { return a(); })
      .Default([](Operation *) -> Result { return std::nullopt; });
}

// Ops on integers, and between them and f32.
static FailureOr<Scalar> evaluateInteger(Operation *op, ArrayRef<Scalar> x,
                                         Precision precision) {
  Type type = op->getResult(0).getType();
  auto from = [&] { return op->getOperand(0).getType(); };
  auto a = [&] { return static_cast<uint64_t>(x[0].bits); };
  auto b = [&] { return static_cast<uint64_t>(x[1].bits); };
  auto bits = [&](uint64_t value) { return makeBits(value, type); };
  using Result = FailureOr<Scalar>;
  return TypeSwitch<Operation *, Result>(op)
      .Case([&](arith::AddIOp) -> Result { return bits(a() + b()); })
      .Case([&](arith::SubIOp) -> Result { return bits(a() - b()); })
      .Case([&](arith::MulIOp) -> Result { return bits(a() * b()); })
      .Case([&](arith::DivSIOp) -> Result {
        return bits(static_cast<uint64_t>(x[0].bits / x[1].bits));
      })
      .Case([&](arith::AndIOp) -> Result { return bits(a() & b()); })
      .Case([&](arith::OrIOp) -> Result { return bits(a() | b()); })
      .Case([&](arith::XOrIOp) -> Result { return bits(a() ^ b()); })
      .Case([&](arith::MaxSIOp) -> Result {
        return x[0].bits > x[1].bits ? x[0] : x[1];
      })
      .Case([&](arith::MinSIOp) -> Result {
        return x[0].bits < x[1].bits ? x[0] : x[1];
      })
      .Case([&](arith::ShRUIOp) -> Result {
        return bits(getUnsigned(x[0], type) >> b());
      })
      .Case([&](arith::ExtUIOp) -> Result {
        return bits(getUnsigned(x[0], from()));
      })
      .Case([&](arith::TruncIOp) -> Result { return bits(a()); })
      .Case([&](arith::FPToSIOp) -> Result {
        return bits(static_cast<uint64_t>(static_cast<int64_t>(x[0].number)));
      })
      .Case([&](arith::SIToFPOp) -> Result {
        return makeNumber(static_cast<double>(x[0].bits), precision);
      })
      .Case([&](arith::UIToFPOp) -> Result {
        uint64_t value = getUnsigned(x[0], from());
        return makeNumber(static_cast<double>(value), precision);
      })
      .Default([](Operation *unknown) -> Result {
        return unknown->emitOpError("is not known to the tests' evaluator; "
                                    "teach it in evaluate/Scalar.cpp");
      });
}

FailureOr<Scalar> evaluateScalar(Operation *op, ArrayRef<Scalar> x,
                                 Precision precision) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
      return Scalar{number.getValueAsDouble(), 0};
    APInt value = cast<IntegerAttr>(constant.getValue()).getValue();
    return makeBits(value.getZExtValue(), constant.getType());
  }
  if (isa<arith::SelectOp>(op))
    return x[0].bits != 0 ? x[1] : x[2];
  if (auto cmp = dyn_cast<arith::CmpFOp>(op))
    return Scalar{0, compare(cmp.getPredicate(), x[0].number, x[1].number)};
  if (auto cmp = dyn_cast<arith::CmpIOp>(op))
    return Scalar{
        0, compare(cmp.getPredicate(), cmp.getLhs().getType(), x[0], x[1])};
  if (std::optional<double> number = evaluateFloat(op, x))
    return makeNumber(*number, op->getResult(0).getType().isF64()
                                   ? Precision::Double
                                   : precision);
  return evaluateInteger(op, x, precision);
}

Scalar combine(arith::AtomicRMWKind kind, Scalar a, Scalar b) {
  switch (kind) {
  case arith::AtomicRMWKind::addf:
    return {a.number + b.number, 0};
  case arith::AtomicRMWKind::addi:
    return {0, static_cast<int32_t>(a.bits + b.bits)};
  case arith::AtomicRMWKind::maximumf:
    return {maximum(a.number, b.number), 0};
  case arith::AtomicRMWKind::minimumf:
    return {-maximum(-a.number, -b.number), 0};
  case arith::AtomicRMWKind::maxs:
    return {0, std::max(a.bits, b.bits)};
  case arith::AtomicRMWKind::mins:
    return {0, std::min(a.bits, b.bits)};
  default:
    llvm_unreachable("no prim folds so");
  }
}

Scalar getIdentity(arith::AtomicRMWKind kind) {
  switch (kind) {
  case arith::AtomicRMWKind::addf:
  case arith::AtomicRMWKind::addi:
    return {};
  case arith::AtomicRMWKind::maximumf:
    return {-std::numeric_limits<double>::infinity(), 0};
  case arith::AtomicRMWKind::minimumf:
    return {std::numeric_limits<double>::infinity(), 0};
  case arith::AtomicRMWKind::maxs:
    return {0, std::numeric_limits<int32_t>::min()};
  case arith::AtomicRMWKind::mins:
    return {0, std::numeric_limits<int32_t>::max()};
  default:
    llvm_unreachable("no prim folds so");
  }
}

Scalar toScalar(double element, Type type) {
  if (isa<FloatType>(type))
    return {element, 0};
  return {0, static_cast<int64_t>(element)};
}

double toElement(Scalar scalar, Type type) {
  return isa<FloatType>(type) ? scalar.number
                              : static_cast<double>(scalar.bits);
}

} // namespace dlc::test
