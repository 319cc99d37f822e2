// What fusion notes on kernels while it decides, for people to read.
#pragma once

#include "dialects/kernel/Kernel.h"

#include <string>

namespace dlc::fuse {

/// On a kernel.fused, sentences about what it was made of.
inline constexpr llvm::StringLiteral formedKey = "kernel.formed";
/// On a kernel.fused, for each input why what makes it stayed outside; "" where
/// nothing was decided, as for an argument.
inline constexpr llvm::StringLiteral refusalsKey = "kernel.refusals";
/// On a launch, what explain-kernels made of both: sentences that name other
/// launches.
inline constexpr llvm::StringLiteral reasonsKey = "kernel.reasons";

/// The strings of an attribute of this name; none if there is none.
llvm::SmallVector<std::string> getStrings(mlir::Operation *op,
                                          llvm::StringRef key);
/// Sets the attribute, or removes it if all are empty.
void setStrings(mlir::Operation *op, llvm::StringRef key,
                llvm::ArrayRef<std::string> strings);

/// `name` and in brackets the layers of an op, if it names any: "train_k3
/// (Conv2D conv1)", "train_k3 (Conv2D conv1 and 2 others)".
std::string describe(llvm::StringRef name, mlir::Operation *op);

} // namespace dlc::fuse
