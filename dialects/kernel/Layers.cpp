// Walks the locations that fusion joined.
#include "dialects/kernel/Layers.h"

using namespace mlir;

static void collectLayers(Location loc, llvm::SetVector<StringRef> &layers) {
  if (auto name = dyn_cast<NameLoc>(loc))
    layers.insert(name.getName().getValue());
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations())
      collectLayers(part, layers);
}

llvm::SetVector<StringRef> dlc::kernel::findLayers(Location loc) {
  llvm::SetVector<StringRef> layers;
  collectLayers(loc, layers);
  return layers;
}
