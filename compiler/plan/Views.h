// Looking through kernel.view: a view is its operand's bytes under another
// shape.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace dlc::plan {

/// The value that holds the bytes: an argument or the result of a kernel.
inline mlir::Value findStorage(mlir::Value value) {
  while (auto view = value.getDefiningOp<kernel::ViewOp>())
    value = view.getX();
  return value;
}

/// Every op other than a view that reads these bytes.
inline llvm::SmallVector<mlir::Operation *> findReaders(mlir::Value storage) {
  llvm::SmallVector<mlir::Operation *> readers;
  for (mlir::Operation *user : storage.getUsers())
    if (auto view = llvm::dyn_cast<kernel::ViewOp>(user))
      llvm::append_range(readers, findReaders(view.getResult()));
    else
      readers.push_back(user);
  return readers;
}

} // namespace dlc::plan
