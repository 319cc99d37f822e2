// A recursion over the region; a reduction walks the reduced loops each time.
#include "test/compiler/emit/host/Evaluate.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <functional>
#include <map>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

namespace {

class Evaluator {
public:
  Evaluator(kernel::FusedOp kernel, ArrayRef<Array> inputs, int64_t n)
      : kernel(kernel), inputs(inputs), n(n) {}

  std::vector<Array> run() {
    std::vector<Array> outputs;
    for (Type type : kernel.getOutputs().getTypes())
      outputs.emplace_back(type, n);
    auto yield =
        cast<kernel::YieldOp>(kernel.getBody().front().getTerminator());
    for (auto [i, value] : llvm::enumerate(yield.getValues())) {
      AffineMap map = kernel.getOutputMap(i);
      std::vector<int64_t> point(kernel.getSpace().size(), 0);
      walk(
          0, point, [](unsigned) { return true; },
          [&] {
            bool isFirst = map == kernel.getIdentityMap();
            isFirst |= llvm::all_of(kernel.getReduced(), [&](int64_t dim) {
              return point[dim] == 0;
            });
            if (isFirst)
              outputs[i].set(locate(map, outputs[i].shape, point),
                             get(value, point));
          });
    }
    return outputs;
  }

private:
  using Point = std::vector<int64_t>;

  int64_t trips(unsigned dim) {
    int64_t size = kernel.getSpace()[dim];
    return ShapedType::isDynamic(size) ? n : size;
  }

  /// All positions of the dims that `moves` names.
  void walk(unsigned dim, Point &point,
            const std::function<bool(unsigned)> &moves,
            const std::function<void()> &body) {
    if (dim == point.size())
      return body();
    if (!moves(dim))
      return walk(dim + 1, point, moves, body);
    for (point[dim] = 0; point[dim] < trips(dim); ++point[dim])
      walk(dim + 1, point, moves, body);
    point[dim] = 0;
  }

  static int64_t evaluateExpr(AffineExpr expr, const Point &point) {
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      return constant.getValue();
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      return point[dim.getPosition()];
    auto binary = cast<AffineBinaryOpExpr>(expr);
    int64_t x = evaluateExpr(binary.getLHS(), point);
    int64_t y = evaluateExpr(binary.getRHS(), point);
    return expr.getKind() == AffineExprKind::Add ? x + y : x * y;
  }

  static int64_t locate(AffineMap map, ArrayRef<int64_t> shape,
                        const Point &point) {
    int64_t position = 0;
    for (auto [expr, size] : llvm::zip_equal(map.getResults(), shape))
      position = position * size + evaluateExpr(expr, point);
    return position;
  }

  double get(Value value, const Point &point) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      unsigned i = argument.getArgNumber();
      return inputs[i].get(
          locate(kernel.getInputMap(i), inputs[i].shape, point));
    }
    Operation *op = value.getDefiningOp();
    if (auto reduce = dyn_cast<kernel::ReduceOp>(op))
      return fold(reduce, point);
    double result = compute(op, point);
    return value.getType().isInteger(32) ? double(int32_t(int64_t(result)))
                                         : result;
  }

  double fold(kernel::ReduceOp reduce, Point point) {
    Point key = point;
    for (int64_t dim : kernel.getReduced())
      key[dim] = 0;
    auto [entry, isNew] = folds.try_emplace({reduce.getOperation(), key}, 0);
    if (!isNew)
      return entry->second;
    bool first = true;
    double result = 0;
    auto isReduced = [&](unsigned dim) {
      return llvm::is_contained(kernel.getReduced(), int64_t(dim));
    };
    walk(0, point, isReduced, [&] {
      double x = get(reduce.getX(), point);
      result = first ? x : combine(reduce.getCombiner(), result, x);
      first = false;
    });
    return folds[{reduce.getOperation(), key}] = result;
  }

  static double combine(arith::AtomicRMWKind kind, double x, double y) {
    switch (kind) {
    case arith::AtomicRMWKind::addf:
    case arith::AtomicRMWKind::addi:
      return x + y;
    case arith::AtomicRMWKind::mulf:
    case arith::AtomicRMWKind::muli:
      return x * y;
    case arith::AtomicRMWKind::maximumf:
    case arith::AtomicRMWKind::maxs:
      return std::max(x, y);
    case arith::AtomicRMWKind::minimumf:
    case arith::AtomicRMWKind::mins:
      return std::min(x, y);
    case arith::AtomicRMWKind::ori:
      return int64_t(x) | int64_t(y);
    case arith::AtomicRMWKind::andi:
      return int64_t(x) & int64_t(y);
    default:
      llvm::report_fatal_error("evaluate: unknown combiner");
    }
  }

  static bool compare(arith::CmpFPredicate predicate, double x, double y) {
    switch (predicate) {
    case arith::CmpFPredicate::OEQ:
      return x == y;
    case arith::CmpFPredicate::UNE:
      return x != y;
    case arith::CmpFPredicate::OLT:
      return x < y;
    case arith::CmpFPredicate::OLE:
      return x <= y;
    case arith::CmpFPredicate::OGT:
      return x > y;
    case arith::CmpFPredicate::OGE:
      return x >= y;
    default:
      llvm::report_fatal_error("evaluate: unknown predicate");
    }
  }

  static bool compare(arith::CmpIPredicate predicate, double x, double y) {
    switch (predicate) {
    case arith::CmpIPredicate::eq:
      return x == y;
    case arith::CmpIPredicate::ne:
      return x != y;
    case arith::CmpIPredicate::slt:
      return x < y;
    case arith::CmpIPredicate::sge:
      return x >= y;
    default:
      llvm::report_fatal_error("evaluate: unknown predicate");
    }
  }

  double compute(Operation *op, const Point &point) {
    if (auto index = dyn_cast<kernel::IndexOp>(op))
      return point[index.getDim()];
    if (isa<kernel::BatchSizeOp>(op))
      return n;
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
        return number.getValueAsDouble();
      auto number = cast<IntegerAttr>(constant.getValue());
      return number.getType().isInteger(1) ? number.getValue().getZExtValue()
                                           : number.getInt();
    }
    std::vector<double> x;
    for (Value operand : op->getOperands())
      x.push_back(get(operand, point));
    return TypeSwitch<Operation *, double>(op)
        .Case<arith::AddFOp, arith::AddIOp>([&](auto) { return x[0] + x[1]; })
        .Case<arith::SubFOp, arith::SubIOp>([&](auto) { return x[0] - x[1]; })
        .Case<arith::MulFOp, arith::MulIOp>([&](auto) { return x[0] * x[1]; })
        .Case([&](arith::DivFOp) { return x[0] / x[1]; })
        .Case([&](arith::NegFOp) { return -x[0]; })
        .Case([&](arith::MaximumFOp) { return std::max(x[0], x[1]); })
        .Case([&](arith::MinimumFOp) { return std::min(x[0], x[1]); })
        .Case([&](arith::CmpFOp cmp) {
          return compare(cmp.getPredicate(), x[0], x[1]);
        })
        .Case([&](arith::CmpIOp cmp) {
          return compare(cmp.getPredicate(), x[0], x[1]);
        })
        .Case([&](arith::SelectOp) { return x[0] ? x[1] : x[2]; })
        .Case<arith::SIToFPOp, arith::UIToFPOp, arith::ExtUIOp>(
            [&](auto) { return x[0]; })
        .Case([&](arith::FPToSIOp) { return std::trunc(x[0]); })
        .Case([&](arith::XOrIOp) { return int64_t(x[0]) ^ int64_t(x[1]); })
        .Case([&](math::ExpOp) { return std::exp(x[0]); })
        .Case([&](math::LogOp) { return std::log(x[0]); })
        .Case([&](math::TanhOp) { return std::tanh(x[0]); })
        .Case([&](math::SqrtOp) { return std::sqrt(x[0]); })
        .Case([&](math::RsqrtOp) { return 1 / std::sqrt(x[0]); })
        .Case([&](math::AbsFOp) { return std::abs(x[0]); })
        .Case([&](math::PowFOp) { return std::pow(x[0], x[1]); })
        .Default([](Operation *other) -> double {
          llvm::report_fatal_error("evaluate: unknown op " +
                                   other->getName().getStringRef());
        });
  }

  kernel::FusedOp kernel;
  ArrayRef<Array> inputs;
  int64_t n;
  std::map<std::pair<Operation *, Point>, double> folds;
};

} // namespace

std::vector<Array> dlc::test::evaluate(kernel::FusedOp kernel,
                                       ArrayRef<Array> inputs, int64_t n) {
  return Evaluator(kernel, inputs, n).run();
}
