// random_uniform: Philox 4x32-10 as a scalar body, a function of the element.
#include "dialects/prim/Gradient.h"
#include <array>

using namespace mlir;
using namespace dlc::prim;

LogicalResult RandomUniformOp::verify() {
  if (!getType().getElementType().isF32())
    return emitOpError() << "has the result " << getType()
                         << " but the numbers are f32; convert them afterwards";
  for (auto [name, type] : {std::pair("seed", getSeed().getType()),
                            std::pair("step", getStep().getType())})
    if (type.getRank() != 0)
      return emitOpError()
             << "has the " << name << " " << type << " of rank "
             << type.getRank()
             << " but the key is one number; reshape it to rank 0";
  for (auto [dim, size] : llvm::enumerate(getType().getShape()))
    if (dim > 0 && ShapedType::isDynamic(size))
      return emitOpError() << "has the batch as dimension " << dim << " of "
                           << getType()
                           << " but elements are counted with the batch as "
                              "dimension 0; transpose the result";
  return success();
}

AffineMap RandomUniformOp::getOperandMap(unsigned) {
  return AffineMap::get(getType().getRank(), 0, getContext());
}

// Random numbers do not depend on what they are keyed by.
SmallVector<Value> RandomUniformOp::buildVjp(ImplicitLocOpBuilder &,
                                             ValueRange) {
  return {Value(), Value()};
}

namespace {

// Builds the words of the generator as i32 values.
struct Philox {
  ImplicitLocOpBuilder &b;

  Value word(uint32_t value) {
    return arith::ConstantOp::create(
        b, b.getI32IntegerAttr(static_cast<int32_t>(value)));
  }

  Value wide(int64_t value) {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  }

  // The low word of an i64, and the high one.
  std::pair<Value, Value> split(Value x) {
    Type i32 = b.getI32Type();
    Value low = arith::TruncIOp::create(b, i32, x);
    Value shifted = arith::ShRUIOp::create(b, x, wide(32));
    return {low, arith::TruncIOp::create(b, i32, shifted)};
  }

  std::pair<Value, Value> multiply(uint32_t factor, Value x) {
    Value extended = arith::ExtUIOp::create(b, b.getI64Type(), x);
    return split(arith::MulIOp::create(b, extended, wide(factor)));
  }

  Value mix(Value x, Value y, Value z) {
    return arith::XOrIOp::create(b, arith::XOrIOp::create(b, x, y), z);
  }

  // Ten rounds; a round is
  //   (h0, l0) = M0 * c0,  (h1, l1) = M1 * c2
  //   c = (h1 ^ c1 ^ k0, l1, h0 ^ c3 ^ k1, l0),  k += (W0, W1)
  Value run(std::array<Value, 4> c, std::array<Value, 2> k) {
    for (int round = 0; round < 10; ++round) {
      auto [low0, high0] = multiply(0xD2511F53, c[0]);
      auto [low1, high1] = multiply(0xCD9E8D57, c[2]);
      c = {mix(high1, c[1], k[0]), low1, mix(high0, c[3], k[1]), low0};
      k = {arith::AddIOp::create(b, k[0], word(0x9E3779B9)),
           arith::AddIOp::create(b, k[1], word(0xBB67AE85))};
    }
    return c[0];
  }
};

} // namespace

// y = (first word of Philox(key = (seed, step), counter = (element, stream))
//      >> 8) / 2^24
//
// The element is the row-major position in the result, in 64 bits: it does not
// depend on the size of the batch, which is the outermost dimension.
Value RandomUniformOp::buildScalar(ImplicitLocOpBuilder &b, ValueRange x,
                                   LoopScope &scope) {
  Philox philox{b};
  Value element = philox.wide(0);
  for (auto [dim, size] : llvm::enumerate(getType().getShape())) {
    Value position =
        arith::ExtUIOp::create(b, b.getI64Type(), scope.index(dim));
    if (dim == 0) {
      element = position;
      continue;
    }
    Value row = arith::MulIOp::create(b, element, philox.wide(size));
    element = arith::AddIOp::create(b, row, position);
  }

  auto [low, high] = philox.split(element);
  uint64_t stream = getStream();
  Value bits =
      philox.run({low, high, philox.word(static_cast<uint32_t>(stream)),
                  philox.word(static_cast<uint32_t>(stream >> 32))},
                 {x[0], x[1]});
  Value top = arith::ShRUIOp::create(b, bits, philox.word(8));
  Value number = arith::UIToFPOp::create(b, b.getF32Type(), top);
  return arith::MulFOp::create(b, number, scalar(b, 0x1p-24F));
}
