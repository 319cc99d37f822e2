// The order of arguments of Keras' initializers, regularizers and constraints.
#pragma once

#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace dlc::importer {

/// What Keras' __init__ names them, of "L2" and of "l2"
/// (keras/src/initializers, keras/src/regularizers, keras/src/constraints);
/// empty for other classes.
std::vector<std::string> listObjectArguments(llvm::StringRef className);

} // namespace dlc::importer
