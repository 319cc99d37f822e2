// One scalar of `arith` or `math`, computed in the plainest way.
#pragma once

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Operation.h"

namespace dlc::test {

/// How f32 is computed: rounded to float after every operation as a machine
/// does, or in double, which makes finite differences exact to many digits.
enum class Precision { Float, Double };

/// A value of f32 in `number`, of an integer type in `bits` (sign-extended; an
/// i1 is 0 or 1).
struct Scalar {
  double number = 0;
  int64_t bits = 0;
};

/// The result of an op on scalars; an error on an op that is not known.
mlir::FailureOr<Scalar> evaluateScalar(mlir::Operation *op,
                                       llvm::ArrayRef<Scalar> operands,
                                       Precision precision);

/// One step of a fold, and the value that it starts from.
Scalar combine(mlir::arith::AtomicRMWKind kind, Scalar a, Scalar b);
Scalar getIdentity(mlir::arith::AtomicRMWKind kind);

/// Between an array's element and a scalar of this type.
Scalar toScalar(double element, mlir::Type type);
double toElement(Scalar scalar, mlir::Type type);

} // namespace dlc::test
