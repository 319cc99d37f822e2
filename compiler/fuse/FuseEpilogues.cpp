// Hands bias and relu to the library call in front of them.
#include "compiler/Passes.h"
#include "compiler/fuse/Kernels.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/prim/Prim.h"

namespace dlc {
#define GEN_PASS_DEF_FUSEEPILOGUES
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

namespace {

/// The ops behind a call that it can take along, and what they amount to.
struct Epilogue {
  SmallVector<Operation *, 2> ops;
  Value bias;
  bool relu = false;
};

} // namespace

/// The vector that `value` repeats along all dims but the last, or null.
static Value findBias(Value value) {
  auto broadcast = value.getDefiningOp<prim::BroadcastOp>();
  if (!broadcast)
    return Value();
  int64_t rank = broadcast.getType().getRank();
  bool leading =
      llvm::equal(broadcast.getDims(), llvm::seq<int64_t>(0, rank - 1));
  return leading ? broadcast.getX() : Value();
}

/// The one user of a value, if it is an op of this kind.
template <typename Op> static Op findOnlyUser(Value value) {
  return value.hasOneUse() ? dyn_cast<Op>(*value.user_begin()) : Op();
}

static Epilogue findEpilogue(prim::LibraryOpInterface call) {
  Epilogue epilogue;
  Value tail = call->getResult(0);
  if (auto add = findOnlyUser<prim::AddOp>(tail)) {
    Value other = add.getLhs() == tail ? add.getRhs() : add.getLhs();
    if (Value bias = findBias(other)) {
      epilogue.bias = bias;
      epilogue.ops.push_back(add);
      tail = add.getResult();
    }
  }
  if (auto relu = findOnlyUser<prim::ReluOp>(tail)) {
    epilogue.relu = true;
    epilogue.ops.push_back(relu);
  }
  return epilogue;
}

/// call, add, relu become one call in the place of the last.
static void fuseEpilogue(prim::LibraryOpInterface call,
                         const Epilogue &epilogue) {
  Operation *last = epilogue.ops.back();
  SmallVector<Location> locations{call.getLoc()};
  for (Operation *op : epilogue.ops)
    locations.push_back(op->getLoc());
  ImplicitLocOpBuilder b(fuse::joinLocations(locations, call.getLoc()), last);

  NamedAttrList config(call.getConfig());
  SmallVector<Value> inputs = llvm::to_vector(call->getOperands());
  if (epilogue.bias) {
    inputs.push_back(epilogue.bias);
    config.set("bias", b.getBoolAttr(true));
  }
  if (epilogue.relu)
    config.set("activation", b.getStringAttr("relu"));
  auto fused = kernel::LibraryOp::create(
      b, last->getResultTypes(), /*name=*/"", call.getRoutine(),
      config.getDictionary(b.getContext()), APFloat(call.getFlops(1)), inputs);
  last->replaceAllUsesWith(fused.getOperation());
  for (Operation *op : llvm::reverse(epilogue.ops))
    op->erase();
  call.erase();
}

namespace {

struct FuseEpiloguesPass : dlc::impl::FuseEpiloguesBase<FuseEpiloguesPass> {
  void runOnOperation() override {
    SmallVector<prim::LibraryOpInterface> calls;
    getOperation().walk([&](prim::LibraryOpInterface op) {
      // The routines that take an epilogue.
      if (op.getRoutine() == "dot" || op.getRoutine() == "conv2d")
        calls.push_back(op);
    });
    for (prim::LibraryOpInterface call : calls)
      if (Epilogue epilogue = findEpilogue(call); !epilogue.ops.empty())
        fuseEpilogue(call, epilogue);
  }
};

} // namespace
