// Keras' dtype policies: what a layer computes in, and what its weights are.
#pragma once

#include "mlir/IR/Attributes.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/Types.h"
#include "mlir/IR/ValueRange.h"

namespace dlc::layer {

/// Whether an op is a function of keras.ops in a graph (op_add, op_cast). It
/// has no policy: its `dtype`, where it has one, is an argument of its own.
bool isFunction(mlir::OperationName op);

/// "mixed_bfloat16" for a policy given by its name or as a serialised object,
/// "float32" for none, and "" for an object without a name.
llvm::StringRef getPolicyName(mlir::Attribute dtype);

/// The element type in which a layer with this policy computes (Keras'
/// compute_dtype): f32, bf16 or f16, or null for a policy that dlc does not
/// know. Its weights are f32 with each of these.
mlir::Type getComputeType(mlir::MLIRContext *context, llvm::StringRef policy);

/// Gives float tensors among a layer's results the type of its policy.
void applyPolicy(mlir::Attribute dtype,
                 llvm::SmallVectorImpl<mlir::Type> &types);

/// Gives float tensors among the results of a function of keras.ops the half
/// type that all its float operands have, numbers in the code aside. With a
/// `dtype` of its own it says what it gives.
void promoteResults(mlir::ValueRange operands, mlir::DictionaryAttr attributes,
                    llvm::SmallVectorImpl<mlir::Type> &types);

} // namespace dlc::layer
