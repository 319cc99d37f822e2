// Library routines that take f32 alone get it: the casts around a call belong
// to the kernels before and behind it.
#include "compiler/Passes.h"
#include "dialects/prim/Element.h"
#include "mlir/IR/TypeUtilities.h"

namespace dlc {
#define GEN_PASS_DEF_WIDENCALLS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

static bool isHalf(Value tensor) {
  return prim::isHalf(getElementTypeOrSelf(tensor.getType()));
}

static Value convert(ImplicitLocOpBuilder &b, Value x, Type element) {
  auto type = cast<RankedTensorType>(x.getType()).clone(element);
  return b.createOrFold<prim::ConvertOp>(type, x);
}

namespace {

/// Widens the calls of one function.
class Widener {
public:
  explicit Widener(MLIRContext *context) : f32(Float32Type::get(context)) {}

  /// y = call(x) on halves becomes y = convert(call(convert(x))).
  void widenCall(prim::LibraryOpInterface call) {
    for (OpOperand &operand : call->getOpOperands())
      if (isHalf(operand.get()))
        operand.set(widen(operand.get()));
    for (Value result : call->getResults())
      if (isHalf(result))
        widenResult(call, result);
  }

private:
  void widenResult(prim::LibraryOpInterface call, Value result) {
    Type half = getElementTypeOrSelf(result.getType());
    result.setType(cast<RankedTensorType>(result.getType()).clone(f32));
    ImplicitLocOpBuilder b(call.getLoc(), call->getContext());
    b.setInsertionPointAfter(call);
    Value rounded = convert(b, result, half);
    result.replaceAllUsesExcept(rounded, rounded.getDefiningOp());
    skipRounding(result, rounded);
  }

  /// Once a tensor, right behind what makes it.
  Value widen(Value x) {
    Value &wide = widened[x];
    if (!wide) {
      ImplicitLocOpBuilder b(x.getLoc(), x.getContext());
      b.setInsertionPointAfterValue(x);
      wide = convert(b, x, f32);
    }
    return wide;
  }

  /// Where f32 is all that is read of the rounded result, it is read unrounded:
  /// a bias and a relu behind a routine are its own then. XLA keeps such an
  /// excess of precision too. An f16 may overflow, which a loss scale has to
  /// see: it is rounded.
  void skipRounding(Value wide, Value rounded) {
    if (!getElementTypeOrSelf(rounded.getType()).isBF16())
      return;
    auto again = rounded.hasOneUse()
                     ? dyn_cast<prim::ConvertOp>(*rounded.user_begin())
                     : prim::ConvertOp();
    if (!again || again.getType() != wide.getType())
      return;
    again.getResult().replaceAllUsesWith(wide);
    again.erase();
    rounded.getDefiningOp()->erase();
  }

  Type f32;
  DenseMap<Value, Value> widened;
};

struct WidenCallsPass : dlc::impl::WidenCallsBase<WidenCallsPass> {
  using WidenCallsBase::WidenCallsBase;

  void runOnOperation() override {
    SmallVector<prim::LibraryOpInterface> calls;
    getOperation().walk([&](prim::LibraryOpInterface call) {
      if (!llvm::is_contained(halfRoutines, call.getRoutine()))
        calls.push_back(call);
    });
    Widener widener(&getContext());
    for (prim::LibraryOpInterface call : calls)
      if (llvm::any_of(call->getOperands(), isHalf))
        widener.widenCall(call);
  }
};

} // namespace
