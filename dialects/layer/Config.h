// Reading Keras configs that are held as attributes.
#pragma once

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/Operation.h"

#include <optional>

namespace dlc::layer {

/// A number written as 1 or as 1.0. The attribute is one of these.
double toNumber(mlir::Attribute attr);

/// The same; none for null or an absent key.
std::optional<double> findNumber(mlir::Attribute attr);

/// An integer; none for null or an absent key.
std::optional<int64_t> findInt(mlir::Attribute attr);

/// A string; empty for null or an absent key.
llvm::StringRef findName(mlir::Attribute attr);

/// [3, 3], and [3] for 3. The attribute is one of these.
llvm::SmallVector<int64_t> toInts(mlir::Attribute attr);

/// The same; none for null or an absent key.
std::optional<llvm::SmallVector<int64_t>> findInts(mlir::Attribute attr);

/// The same with ShapedType::kDynamic for null.
llvm::SmallVector<int64_t> toSizes(mlir::Attribute attr);

/// The attribute that toInts reads.
mlir::Attribute buildInts(mlir::Builder b, int64_t value);
mlir::Attribute buildInts(mlir::Builder b, llvm::ArrayRef<int64_t> values);

/// Whether a key is absent or null.
bool isNull(mlir::Attribute attr);

/// The class of a Keras object in snake case, whether it is written "l2",
/// "L2" or {class_name = "L2", ...}; empty for null.
std::string getObjectClass(mlir::Attribute object);

/// The config of a serialised Keras object; empty for one given by name.
mlir::DictionaryAttr getObjectConfig(mlir::Attribute object);

/// 0.5 as "0.5", for messages.
std::string formatNumber(double value);

/// Keras' naming.to_snake_case: "MaxPooling2D" becomes "max_pooling2d".
std::string toSnakeCase(llvm::StringRef name);

/// Those of `names` that are close to `name`, nearest first, as
/// `"relu" or "selu"`; empty if none is.
std::string suggestNames(llvm::StringRef name,
                         llvm::ArrayRef<llvm::StringRef> names);

/// Every key of a hand-written config must be one that the op declares; others
/// belong into `keras`.
llvm::LogicalResult verifyKeys(std::optional<mlir::Location> loc,
                               llvm::StringRef op, mlir::DictionaryAttr config,
                               llvm::ArrayRef<llvm::StringRef> known);

/// Shape rules read shapes: every operand has one.
llvm::LogicalResult verifyRanked(std::optional<mlir::Location> loc,
                                 llvm::StringRef op, mlir::ValueRange operands);

/// Settings of a loss that are no numbers of the kind that they have to be:
/// `reduction`, `axis` and `label_smoothing`, those that it has.
llvm::LogicalResult verifyLoss(mlir::Operation *op);

/// Settings of an optimizer that dlc cannot honour, and contradictions.
llvm::LogicalResult verifyOptimizer(mlir::Operation *op);

} // namespace dlc::layer
