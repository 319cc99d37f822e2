// Intersection over union, as keras/src/metrics/iou_metrics.py has it.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Numbers.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/training/Confusion.h"
#include "dialects/layer/training/Losses.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

namespace {

/// The settings of the five classes.
struct Overlap {
  int64_t classes;
  SmallVector<int64_t> wanted; // classes that the mean is over
  std::optional<int64_t> ignored = std::nullopt;
  bool sparseTargets, sparsePredictions;
};

} // namespace

static SmallVector<int64_t> listAll(int64_t classes) {
  return llvm::to_vector(llvm::seq<int64_t>(0, classes));
}

static LogicalResult verifyOverlap(Operation *op, const Overlap &overlap) {
  auto name = op->getAttrOfType<StringAttr>("name");
  auto start = [&] {
    return op->emitError() << op->getName() << " " << name << ": ";
  };
  if (overlap.classes < 1)
    return start() << "num_classes is " << overlap.classes
                   << " but there is at least one; correct it";
  for (int64_t id : overlap.wanted)
    if (id < 0 || id >= overlap.classes)
      return start() << "target_class_ids hold " << id
                     << " but the classes are 0 to " << overlap.classes - 1
                     << "; choose among them";
  if (auto axis = op->getAttrOfType<IntegerAttr>("axis");
      axis && axis.getInt() != -1)
    return start() << "axis is " << axis.getInt()
                   << " but classes are the last dimension; transpose the "
                      "output and set axis = -1";
  return success();
}

/// Classes as i32: by position, or as numbers rounded to zero.
static Value buildClasses(ImplicitLocOpBuilder &b, Value x, bool sparse) {
  return sparse ? convertTo(b, x, b.getI32Type()) : buildArgmax(b, x);
}

/// [n, ...] or [n, ..., c] without the classes.
static ArrayRef<int64_t> positionsOf(RankedTensorType type, bool sparse) {
  return sparse ? type.getShape() : type.getShape().drop_back();
}

static bool takesOverlap(RankedTensorType t, RankedTensorType y,
                         const Overlap &overlap) {
  if ((!overlap.sparseTargets && t.getRank() < 2) ||
      (!overlap.sparsePredictions && y.getRank() < 2))
    return false;
  return positionsOf(t, overlap.sparseTargets) ==
         positionsOf(y, overlap.sparsePredictions);
}

// cm[i, j] += sum over samples of w 1[t = i] 1[p = j]
// iou[i] = cm[i, i] / (sum_j cm[i, j] + cm[j, i] - cm[i, i]), over classes that
// occur
static Value buildOverlap(ImplicitLocOpBuilder &b, MetricSums &sums, Value t,
                          Value p, Value weights, const Overlap &overlap) {
  Formula f(b);
  Value rows = buildOneHot(b, t, overlap.classes);
  Value columns = buildOneHot(b, p, overlap.classes);
  int64_t last = typeOf(rows).getRank() - 1;
  if (overlap.ignored) {
    Value counts = convertTo(
        b, f.compare(prim::Predicate::ne, t, double(*overlap.ignored)),
        b.getF32Type());
    rows =
        f.mul(rows, prim::BroadcastOp::create(b, rows.getType(), counts, last));
  }
  if (weights) {
    // Keras counts in integers.
    Value whole = f.apply<prim::FloorOp>(weights);
    if (typeOf(whole).getRank() < typeOf(t).getRank())
      whole = prim::BroadcastOp::create(
          b, typeOf(t).clone(b.getF32Type()), whole,
          llvm::to_vector(llvm::seq<int64_t>(typeOf(whole).getRank(),
                                             typeOf(t).getRank())));
    rows =
        f.mul(rows, prim::BroadcastOp::create(b, rows.getType(), whole, last));
  }
  SmallVector<int64_t> samples = llvm::to_vector(llvm::seq<int64_t>(0, last));
  Value matrix =
      sums.add("confusion_matrix",
               prim::DotOp::create(b, rows, columns, ArrayRef<int64_t>(),
                                   ArrayRef<int64_t>(), samples, samples));
  RankedTensorType square = typeOf(matrix);
  RankedTensorType places = square.clone(b.getI32Type());
  Value onDiagonal = prim::CompareOp::create(
      b, prim::Predicate::eq, prim::IotaOp::create(b, places, 0),
      prim::IotaOp::create(b, places, 1));
  Value right = prim::ReduceSumOp::create(
      b, f.select(onDiagonal, matrix, f.splat(matrix, 0)), int64_t(1));
  Value all = f.sub(f.add(prim::ReduceSumOp::create(b, matrix, int64_t(0)),
                          prim::ReduceSumOp::create(b, matrix, int64_t(1))),
                    right);
  // A class counts as often as it is wanted, if it occurs.
  SmallVector<double> wanted(overlap.classes, 0);
  for (int64_t id : overlap.wanted)
    wanted[id] += 1;
  Value occurs =
      convertTo(b, f.compare(prim::Predicate::gt, all, 1e-9), b.getF32Type());
  Value counted = f.mul(buildNumbers(b, {{overlap.classes}, wanted}), occurs);
  Value iou = f.mul(f.div(right, f.add(all, epsilon)), counted);
  return f.div(prim::buildSumAll(b, iou),
               f.add(prim::buildSumAll(b, counted), epsilon));
}

static Overlap settingsOf(IoUOp op) {
  return {int64_t(op.getNumClasses()), op.getTargetClassIds(),
          op.getIgnoreClass(), op.getSparseYTrue(), op.getSparseYPred()};
}
static Overlap settingsOf(MeanIoUOp op) {
  return {int64_t(op.getNumClasses()), listAll(op.getNumClasses()),
          op.getIgnoreClass(), op.getSparseYTrue(), op.getSparseYPred()};
}
static Overlap settingsOf(OneHotIoUOp op) {
  return {int64_t(op.getNumClasses()), op.getTargetClassIds(),
          op.getIgnoreClass(), false, op.getSparseYPred()};
}
static Overlap settingsOf(OneHotMeanIoUOp op) {
  return {int64_t(op.getNumClasses()), listAll(op.getNumClasses()),
          op.getIgnoreClass(), false, op.getSparseYPred()};
}

#define DLC_OVERLAP_METRIC(Op)                                                 \
  LogicalResult Op::verify() {                                                 \
    return verifyOverlap(*this, settingsOf(*this));                            \
  }                                                                            \
  bool Op::takesTargets(RankedTensorType t, RankedTensorType y) {              \
    return takesOverlap(t, y, settingsOf(*this));                              \
  }                                                                            \
  Value Op::buildFromSums(ImplicitLocOpBuilder &b, MetricSums &sums, Value t,  \
                          Value y, Value weights) {                            \
    Overlap overlap = settingsOf(*this);                                       \
    return buildOverlap(b, sums, buildClasses(b, t, overlap.sparseTargets),    \
                        buildClasses(b, y, overlap.sparsePredictions),         \
                        weights, overlap);                                     \
  }

DLC_OVERLAP_METRIC(IoUOp)
DLC_OVERLAP_METRIC(MeanIoUOp)
DLC_OVERLAP_METRIC(OneHotIoUOp)
DLC_OVERLAP_METRIC(OneHotMeanIoUOp)

#undef DLC_OVERLAP_METRIC

//===-- Two classes -------------------------------------------------------===//

static Overlap settingsOf(BinaryIoUOp op) {
  return {2, op.getTargetClassIds(), std::nullopt, true, true};
}

LogicalResult BinaryIoUOp::verify() {
  return verifyOverlap(*this, settingsOf(*this));
}

bool BinaryIoUOp::takesTargets(RankedTensorType t, RankedTensorType y) {
  return haveOneShape(t, y);
}

Value BinaryIoUOp::buildFromSums(ImplicitLocOpBuilder &b, MetricSums &sums,
                                 Value t, Value y, Value weights) {
  Formula f(b);
  Value above = f.compare(prim::Predicate::ge, convertTo(b, y, b.getF32Type()),
                          getThreshold());
  return buildOverlap(b, sums, buildClasses(b, t, true),
                      convertTo(b, above, b.getI32Type()), weights,
                      settingsOf(*this));
}
