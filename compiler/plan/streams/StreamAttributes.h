// Where launches run, as attributes of them.
#pragma once

#include "compiler/plan/streams/Ordering.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dlc::plan {

/// Writes `kernel.stream` and `kernel.waits`, or removes them where all
/// launches are in one stream.
void setPlaces(llvm::ArrayRef<mlir::Operation *> launches,
               llvm::ArrayRef<StreamPlace> places);

/// Stream 0 and no waits where there are no attributes.
StreamPlace placeOf(mlir::Operation *launch);

/// Whether any launch of a function is in another stream than the first.
bool hasStreams(mlir::func::FuncOp func);

} // namespace dlc::plan
