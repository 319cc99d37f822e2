// Why a group of prims is what it is, in words.
#pragma once

#include "compiler/fuse/Group.h"

#include <string>

namespace dlc::fuse {

/// What the kernel of this group is made of, a sentence each. The prims are
/// still there.
llvm::SmallVector<std::string> explainForming(const Group &group);

/// Why the prim that makes an input of the group's kernel is not computed in
/// it;
/// "" if the input is made by no prim with loops.
std::string explainRefusal(const Group &group, mlir::Value input);

} // namespace dlc::fuse
