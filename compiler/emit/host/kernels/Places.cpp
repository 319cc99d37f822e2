// Reads the places that plan-memory left: `kernel.places` on ops, `dlc.place`
// on arguments of functions.
#include "compiler/emit/host/kernels/Places.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::host;

static kernel::PlaceAttr findPlace(Value value) {
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

BufferGroups dlc::emit::host::groupBuffers(kernel::FusedOp kernel) {
  SmallVector<Value> tensors = llvm::to_vector(kernel.getInputs());
  llvm::append_range(tensors, kernel.getOutputs());
  BufferGroups groups;
  llvm::DenseMap<std::pair<StringRef, int64_t>, unsigned> groupOfPlace;
  for (auto [i, tensor] : llvm::enumerate(tensors)) {
    unsigned fresh = groups.firstOfGroup.size(), group = fresh;
    if (kernel::PlaceAttr place = findPlace(tensor))
      group = groupOfPlace
                  .try_emplace({place.getRegion(), place.getOffset()}, fresh)
                  .first->second;
    if (group == fresh)
      groups.firstOfGroup.push_back(i);
    groups.groupOfBuffer.push_back(group);
  }
  return groups;
}
