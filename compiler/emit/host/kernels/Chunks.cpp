// Arithmetic on chunk numbers.
#include "compiler/emit/host/kernels/Chunks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::host;

KernelCode::Bounds dlc::emit::host::writeChunkBounds(KernelCode &code,
                                                     const kernel::Loop &loop,
                                                     Value chunk) {
  ImplicitLocOpBuilder &b = code.b;
  Value trips = code.countTrips(loop);
  Value chunks = code.constant(code.kernel.getSchedule()->getChunks());
  auto cut = [&](Value number) -> Value {
    return arith::DivUIOp::create(b, arith::MulIOp::create(b, number, trips),
                                  chunks);
  };
  Value next = arith::AddIOp::create(b, chunk, code.constant(1));
  return {cut(chunk), cut(next)};
}

Value dlc::emit::host::locatePartials(KernelCode &code, Value chunk,
                                      unsigned reduce, unsigned reduces,
                                      int64_t inner) {
  ImplicitLocOpBuilder &b = code.b;
  const int64_t row = 4 * inner;
  Value bytes =
      arith::MulIOp::create(b, chunk, code.constant(row * int64_t(reduces)));
  bytes = arith::AddIOp::create(b, bytes, code.constant(row * int64_t(reduce)));
  return code.addBytes(code.scratch, bytes);
}
