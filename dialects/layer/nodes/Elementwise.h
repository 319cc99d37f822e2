// Functions of several tensors, element by element, with numpy's broadcasting.
#pragma once

#include "dialects/layer/Layer.h"
#include "dialects/layer/layers/Broadcast.h"

namespace dlc::layer {

/// The shape of all operands together, or an error that names the node.
template <typename Node>
llvm::FailureOr<llvm::SmallVector<int64_t>>
inferElementwise(std::optional<mlir::Location> loc, typename Node::Adaptor node,
                 std::initializer_list<mlir::Value> xs) {
  llvm::SmallVector<int64_t> shape;
  for (mlir::Value x : xs) {
    auto joined = broadcastShapes(
        shape, llvm::cast<mlir::RankedTensorType>(x.getType()).getShape());
    if (failed(joined))
      return emitLayerError<Node>(
          loc, node, "has operands of the types ",
          mlir::ValueRange(xs).getTypes(),
          " but sizes, counted from the last, have to agree or be 1; reshape "
          "one of them");
    shape = *joined;
  }
  return shape;
}

} // namespace dlc::layer
