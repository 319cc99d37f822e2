// Reads the places that plan-memory left: `kernel.places` on ops, `dlc.place`
// on arguments of functions.
#include "compiler/emit/cuda/kernels/Aliases.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace dlc;

static kernel::PlaceAttr findPlace(Value value) {
  if (auto group =
          dyn_cast<kernel::GroupOp>(value.getParentBlock()->getParentOp()))
    return findPlace(group.getOutside(value));
  if (auto result = dyn_cast<OpResult>(value)) {
    auto places = result.getOwner()->getAttrOfType<ArrayAttr>("kernel.places");
    return places ? cast<kernel::PlaceAttr>(places[result.getResultNumber()])
                  : kernel::PlaceAttr();
  }
  auto argument = cast<BlockArgument>(value);
  auto function =
      dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp());
  if (!function)
    return {};
  return function.getArgAttrOfType<kernel::PlaceAttr>(argument.getArgNumber(),
                                                      "dlc.place");
}

llvm::SmallDenseSet<unsigned> dlc::emit::cuda::findAliased(Operation *launch) {
  llvm::SmallDenseSet<unsigned> aliased;
  unsigned inputs = launch->getNumOperands();
  for (auto [i, output] : llvm::enumerate(launch->getResults())) {
    kernel::PlaceAttr place = findPlace(output);
    for (auto [j, input] : llvm::enumerate(launch->getOperands()))
      if (kernel::PlaceAttr other = findPlace(input);
          place && other && other.getRegion() == place.getRegion() &&
          other.getOffset() == place.getOffset())
        aliased.insert_range(std::array{unsigned(j), unsigned(inputs + i)});
  }
  return aliased;
}
