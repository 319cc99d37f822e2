// What all layers of attention do with scores: which places may be attended to,
// and what share each of them gets.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// The places that a query may attend to, as parts that are joined by "and".
class ScoreMask {
public:
  /// For scores [..., t, s]: a query of each t, a key of each s.
  ScoreMask(mlir::ImplicitLocOpBuilder &b, mlir::RankedTensorType scores)
      : b(b), type(scores.clone(b.getI1Type())) {}

  /// Keys up to the query's own place.
  void addCausal();
  /// Keys less than `window` places away.
  void addWindow(int64_t window);
  /// A mask of numbers or booleans whose shape broadcasts to that of the
  /// scores.
  void add(mlir::Value mask);

  /// Of the scores' shape; null where all places may be attended to.
  mlir::Value get() const { return mask; }

private:
  mlir::Value position(int64_t dim);
  void join(mlir::Value part);

  mlir::ImplicitLocOpBuilder &b;
  mlir::RankedTensorType type;
  mlir::Value mask;
};

} // namespace dlc::layer
