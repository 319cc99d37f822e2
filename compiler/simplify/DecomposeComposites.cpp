// Replaces composite prims by their definitions; runs after gradients are
// taken.
#include "compiler/Passes.h"
#include "dialects/prim/Prim.h"

namespace dlc {
#define GEN_PASS_DEF_DECOMPOSECOMPOSITES
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

namespace {

struct DecomposeCompositesPass
    : dlc::impl::DecomposeCompositesBase<DecomposeCompositesPass> {
  void runOnOperation() override {
    // The walk goes on behind each composite, so a definition that holds other
    // composites is met again.
    bool changed = true;
    while (changed) {
      changed = false;
      getOperation().walk([&](prim::CompositeOpInterface composite) {
        ImplicitLocOpBuilder b(composite.getLoc(), composite);
        composite->getResult(0).replaceAllUsesWith(composite.decompose(b));
        composite.erase();
        changed = true;
      });
    }
  }
};

} // namespace
