// Operations of loop nests by their regions, of calls as they say.
#include "dialects/kernel/Work.h"
#include "dialects/kernel/Kernel.h"
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
