// arith and math ops of a region, one after the other. Sums of products become
// fused multiply-adds here, not in LLVM, so that a vector and a scalar loop
// round alike and results do not depend on how iterations are shared out.
#include "compiler/emit/host/kernels/ScalarCode.h"
#include "compiler/emit/host/kernels/HalfCode.h"
#include "compiler/emit/host/kernels/MathCode.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::host;

//===-- What can be written -----------------------------------------------===//

/// Functions with a form of their own in MathCode, or that LLVM knows.
static bool isSupportedMath(Operation *op) {
  return isa<math::ExpOp, math::ExpM1Op, math::LogOp, math::Log1pOp,
             math::TanhOp, math::ErfOp, math::RsqrtOp, math::SqrtOp,
             math::AbsFOp, math::AbsIOp, math::PowFOp, math::FmaOp,
             math::FloorOp, math::CeilOp, math::RoundOp, math::RoundEvenOp,
             math::TruncOp, math::CopySignOp, math::SinOp, math::CosOp,
             math::Exp2Op, math::Log2Op, math::Log10Op>(op);
}

/// Folds whose value over nothing is known.
static bool isSupportedFold(arith::AtomicRMWKind combiner) {
  return combiner != arith::AtomicRMWKind::assign;
}

static bool isSupported(Operation *op) {
  if (auto reduce = dyn_cast<kernel::ReduceOp>(op))
    return isSupportedFold(reduce.getCombiner());
  if (isa<kernel::IndexOp, kernel::BatchSizeOp>(op) || isSupportedMath(op))
    return true;
  return isa_and_present<arith::ArithDialect>(op->getDialect()) &&
         op->getNumResults() == 1;
}

static std::string describe(Operation *op) {
  std::string name = op->getName().getStringRef().str();
  if (auto reduce = dyn_cast<kernel::ReduceOp>(op))
    name += " " + arith::stringifyAtomicRMWKind(reduce.getCombiner()).str();
  return name;
}

static std::string listLayers(Location loc) {
  std::string layers;
  loc->walk([&](Location part) {
    if (auto name = dyn_cast<NameLoc>(part))
      layers += (layers.empty() ? "" : ", ") + name.getName().str();
    return WalkResult::advance();
  });
  return layers.empty() ? "unknown layers" : layers;
}

LogicalResult dlc::emit::host::verifyScalars(kernel::FusedOp kernel) {
  for (Operation &op : kernel.getBody().front().without_terminator())
    if (!isSupported(&op))
      return kernel.emitError()
             << "kernel.fused \"" << kernel.getName() << "\" ("
             << listLayers(kernel.getLoc()) << "): holds " << describe(&op)
             << " but the host emits folds, arith ops of one result and common "
                "math ops only; write it with those";
  return success();
}

//===-- Writing -----------------------------------------------------------===//

Value Scope::find(Value value) const {
  if (Value code = values.lookup(value))
    return code;
  return outer ? outer->find(value) : Value();
}

/// The product that an addition may take in: one that nothing else reads.
static arith::MulFOp getFusableProduct(Value value) {
  auto product = value.getDefiningOp<arith::MulFOp>();
  return product && product->hasOneUse() ? product : arith::MulFOp();
}

namespace {

/// Writes one op; its operands are already code.
class OpWriter {
public:
  OpWriter(KernelCode &code, const Point &point, Scope &scope)
      : code(code), b(code.b), point(point), scope(scope) {}

  Value write(Operation *op) {
    if (Value fused = writeMultiplyAdd(op))
      return fused;
    SmallVector<Value> x;
    for (Value operand : op->getOperands())
      x.push_back(get(operand));
    return TypeSwitch<Operation *, Value>(op)
        .Case([&](kernel::IndexOp index) { return writeIndex(index); })
        .Case([&](kernel::BatchSizeOp) {
          return arith::SIToFPOp::create(b, b.getF32Type(), code.n);
        })
        .Case([&](arith::ExtFOp cast) {
          return buildWiden(b, x[0], cast.getIn().getType());
        })
        .Case([&](arith::TruncFOp cast) {
          return buildRound(b, x[0], cast.getType());
        })
        .Case([&](arith::SelectOp) -> Value {
          return arith::SelectOp::create(b, x[0], x[1], x[2]);
        })
        .Case(
            [&](arith::ConstantOp constant) { return writeConstant(constant); })
        .Case([&](math::ExpOp) { return buildExp(b, x[0]); })
        .Case([&](math::ExpM1Op) { return buildExpm1(b, x[0]); })
        .Case([&](math::LogOp) { return buildLog(b, x[0]); })
        .Case([&](math::Log1pOp) { return buildLog1p(b, x[0]); })
        .Case([&](math::TanhOp) { return buildTanh(b, x[0]); })
        .Case([&](math::ErfOp) { return buildErf(b, x[0]); })
        .Case([&](math::RsqrtOp) {
          Value one = arith::ConstantOp::create(b, b.getF32FloatAttr(1));
          return arith::DivFOp::create(b, one, math::SqrtOp::create(b, x[0]));
        })
        .Default([&](Operation *other) { return copy(other, x); });
  }

private:
  Value get(Value value) { return writeScalar(code, value, point, scope); }

  /// A half is its bits.
  Value writeConstant(arith::ConstantOp constant) {
    auto number = dyn_cast<FloatAttr>(constant.getValue());
    if (!number || number.getType().getIntOrFloatBitWidth() != 16)
      return b.clone(*constant)->getResult(0);
    APInt bits = number.getValue().bitcastToAPInt();
    return arith::ConstantOp::create(b, b.getIntegerAttr(b.getI16Type(), bits));
  }

  Value negate(Value x) { return arith::NegFOp::create(b, x); }

  Value copy(Operation *op, ValueRange operands) {
    IRMapping mapping;
    mapping.map(op->getOperands(), operands);
    Operation *copied = b.clone(*op, mapping);
    // The sum of products is one instruction if both agree to it.
    if (isa<arith::MulFOp>(op) && op->hasOneUse() &&
        isa<kernel::ReduceOp>(*op->user_begin()))
      cast<arith::MulFOp>(copied).setFastmath(arith::FastMathFlags::contract);
    return copied->getResult(0);
  }

  Value writeIndex(kernel::IndexOp index) {
    uint64_t dim = index.getDim();
    if (code.kernel.getSpace()[dim] == 1)
      return arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
    Value position = point[*code.nest.findLoop(dim)];
    return arith::TruncIOp::create(b, b.getI32Type(), position);
  }

  /// x y + z and its kin. Null if the op is none of them.
  Value writeMultiplyAdd(Operation *op) {
    if (!isa<arith::AddFOp, arith::SubFOp>(op))
      return {};
    bool subtracts = isa<arith::SubFOp>(op);
    Value left = op->getOperand(0), right = op->getOperand(1);
    if (arith::MulFOp product = getFusableProduct(left)) {
      Value x = get(product.getLhs()), y = get(product.getRhs());
      Value z = get(right);
      return math::FmaOp::create(b, x, y, subtracts ? negate(z) : z);
    }
    if (arith::MulFOp product = getFusableProduct(right)) {
      Value x = get(product.getLhs()), y = get(product.getRhs());
      Value z = get(left);
      return math::FmaOp::create(b, subtracts ? negate(x) : x, y, z);
    }
    return {};
  }

  KernelCode &code;
  ImplicitLocOpBuilder &b;
  const Point &point;
  Scope &scope;
};

} // namespace

Value dlc::emit::host::writeScalar(KernelCode &code, Value value,
                                   const Point &point, Scope &scope) {
  if (Value known = scope.find(value))
    return known;
  Value written;
  if (auto argument = dyn_cast<BlockArgument>(value))
    written = code.load(argument.getArgNumber(), point);
  else
    written = OpWriter(code, point, scope).write(value.getDefiningOp());
  scope.set(value, written);
  return written;
}

Value dlc::emit::host::writeIdentity(KernelCode &code,
                                     kernel::ReduceOp reduce) {
  return arith::getIdentityValue(reduce.getCombiner(), reduce.getX().getType(),
                                 code.b, reduce.getLoc());
}

Value dlc::emit::host::writeCombine(KernelCode &code, kernel::ReduceOp reduce,
                                    Value accumulator, Value value) {
  Value combined = arith::getReductionOp(reduce.getCombiner(), code.b,
                                         reduce.getLoc(), accumulator, value);
  auto flags = arith::FastMathFlags::reassoc | arith::FastMathFlags::contract;
  if (auto sum = combined.getDefiningOp<arith::AddFOp>())
    sum.setFastmath(flags);
  if (auto product = combined.getDefiningOp<arith::MulFOp>())
    product.setFastmath(flags);
  return combined;
}

void dlc::emit::host::writeOutputs(KernelCode &code, ArrayRef<Output> outputs,
                                   const Point &point, Scope &scope) {
  for (const Output &output : outputs)
    writeScalar(code, output.value, point, scope);
  for (const Output &output : outputs)
    code.store(code.kernel.getInputs().size() + output.index, point,
               scope.find(output.value));
}
