// How long kernels take: bytes over bandwidth, and a launch.
#include "compiler/fuse/Cost.h"
#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::fuse;

double dlc::fuse::countBytes(Type type, int64_t batch) {
  auto tensor = cast<RankedTensorType>(type);
  double bytes = double(kernel::countElementBytes(tensor.getElementType()));
  for (int64_t size : tensor.getShape())
    bytes *= double(ShapedType::isDynamic(size) ? batch : size);
  return bytes;
}

double dlc::fuse::predictTime(ArrayRef<Value> inputs, ArrayRef<Value> outputs,
                              const Machine &machine) {
  llvm::SmallSetVector<Value, 8> read(inputs.begin(), inputs.end());
  double bytes = 0;
  for (Value value : read)
    bytes += countBytes(value.getType(), machine.batch);
  for (Value value : outputs)
    bytes += countBytes(value.getType(), machine.batch);
  return machine.launchSeconds + bytes / machine.bytesPerSecond;
}

double dlc::fuse::predictTime(func::FuncOp function, const Machine &machine) {
  double seconds = 0;
  for (Operation &op : function.getOps())
    if (isa<kernel::FusedOp, kernel::LibraryOp>(op))
      seconds += predictTime(SmallVector<Value>(op.getOperands()),
                             SmallVector<Value>(op.getResults()), machine);
  return seconds;
}
