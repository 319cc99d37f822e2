// Which value holds the bytes, and who reads them: a view is its operand's
// bytes under another shape, and what a member of a group reads lies outside.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace dlc::kernel {

/// The value that holds the bytes: an argument of a function or the result of a
/// kernel.
inline mlir::Value findStorage(mlir::Value value) {
  if (auto view = value.getDefiningOp<ViewOp>())
    return findStorage(view.getX());
  auto argument = llvm::dyn_cast<mlir::BlockArgument>(value);
  auto group = argument
                   ? llvm::dyn_cast<GroupOp>(argument.getOwner()->getParentOp())
                   : GroupOp();
  return group ? findStorage(group.getOutside(value)) : value;
}

/// Every op other than a view that reads these bytes; of the members of a group
/// the group.
inline llvm::SmallVector<mlir::Operation *> findReaders(mlir::Value storage) {
  llvm::SmallVector<mlir::Operation *> readers;
  for (mlir::Operation *user : storage.getUsers())
    if (auto view = llvm::dyn_cast<ViewOp>(user))
      llvm::append_range(readers, findReaders(view.getResult()));
    else
      readers.push_back(user);
  return readers;
}

} // namespace dlc::kernel
