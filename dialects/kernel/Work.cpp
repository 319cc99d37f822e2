// Operations of loop nests by their regions, of calls as they say.
#include "dialects/kernel/Work.h"
#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dlc;

static double countOfNest(kernel::FusedOp kernel, int64_t n) {
  double points = 1;
  for (int64_t trips : kernel.getSpace())
    points *= double(ShapedType::isDynamic(trips) ? n : trips);
  double flops = 0;
  for (Operation &op : kernel.getBody().front().without_terminator())
    if (isa<FloatType>(op.getResult(0).getType()) &&
        !op.hasTrait<OpTrait::ConstantLike>())
      flops += points;
  return flops;
}

/// By which tensor cores multiply faster in the precision that the call says.
static double speedOf(kernel::LibraryOp call) {
  auto precision = call.getConfig().getAs<StringAttr>("precision");
  return llvm::StringSwitch<double>(precision ? precision.getValue() : "")
      .Case("tf32", 8)
      .Case("tf32x3", 8.0 / 3)
      .Cases({"bf16", "f16"}, 16)
      .Default(1);
}

double dlc::kernel::countScalarFlops(Operation *launch, int64_t n) {
  return TypeSwitch<Operation *, double>(launch)
      .Case([&](LibraryOp call) { return countFlops(call, n) / speedOf(call); })
      .Case([&](ChainOp chain) {
        return countScalarFlops(chain.getCall(), n) +
               countOfNest(chain.getEpilogue(), n);
      })
      .Default([&](Operation *other) { return countFlops(other, n); });
}

double dlc::kernel::countFlops(Operation *launch, int64_t n) {
  return TypeSwitch<Operation *, double>(launch)
      .Case([&](FusedOp kernel) { return countOfNest(kernel, n); })
      .Case([&](LibraryOp call) {
        return call.getFlops().convertToDouble() * double(n);
      })
      .Case([&](GroupOp group) {
        double flops = 0;
        for (FusedOp member : group.getMembers())
          flops += countOfNest(member, n);
        return flops;
      })
      .Case([&](ChainOp chain) {
        return countFlops(chain.getCall(), n) +
               countOfNest(chain.getEpilogue(), n);
      })
      .Default([](Operation *) { return 0; });
}
