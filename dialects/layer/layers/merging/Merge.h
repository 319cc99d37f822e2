// Concatenation, for the layer and for the function of keras.ops.
#pragma once

#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"

namespace dlc::layer {

/// Sizes have to agree in all dimensions but `axis`, where they add up.
template <typename Layer>
llvm::FailureOr<mlir::Type> inferConcat(std::optional<mlir::Location> loc,
                                        typename Layer::Adaptor layer) {
  mlir::ValueRange xs = layer.getXs();
  if (xs.empty())
    return emitLayerError<Layer>(loc, layer,
                                 "has no inputs but joins some; give it these");
  auto first = llvm::cast<mlir::RankedTensorType>(xs.front().getType());
  int64_t axis = layer.getAxis();
  auto dims = normalizeAxes<Layer>(loc, layer, axis, first);
  if (failed(dims))
    return llvm::failure();
  int64_t dim = dims->front();
  llvm::SmallVector<int64_t> shape(first.getShape());
  mlir::Type element = first.getElementType();
  for (mlir::Value x : xs.drop_front()) {
    auto type = llvm::cast<mlir::RankedTensorType>(x.getType());
    bool fits = type.getRank() == first.getRank();
    for (int64_t i = 0; fits && i < type.getRank(); ++i)
      fits = i == dim || type.getDimSize(i) == first.getDimSize(i);
    if (!fits)
      return emitLayerError<Layer>(
          loc, layer, "joins ", first, " and ", type, " along dimension ", dim,
          " but all others have to agree; reshape one of them");
    shape[dim] += type.getDimSize(dim);
    element = promoteElements(element, type.getElementType());
  }
  return mlir::Type(mlir::RankedTensorType::get(shape, element));
}

mlir::Value expandConcat(mlir::ImplicitLocOpBuilder &b, mlir::ValueRange xs,
                         int64_t axis, mlir::RankedTensorType type);

} // namespace dlc::layer
