// Products with so few rows or columns that tiles would stand empty.
#pragma once

#include "compiler/emit/cuda/routines/product/Product.h"

namespace dlc::emit::cuda::routines {

bool isSmall(const RoutineCall &call, const Product &product);

/// One thread a result, or one warp where the depth lies in a row and is long.
KernelText writeSmallDot(RoutineCall &call, Code &code, const Product &product,
                         llvm::ArrayRef<std::string> names);

} // namespace dlc::emit::cuda::routines
