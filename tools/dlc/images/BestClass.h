// The class that a model finds in each sample.
#pragma once

#include "runtime/core/Tensor.h"
#include "tools/dlc/images/OutputKind.h"
#include "tools/dlc/show/Report.h"

#include <optional>

namespace dlc::tool {

struct BestClass {
  int64_t label = 0;
  double probability = 0;
};

/// For each row of `y` (n, classes), float32: its largest element. Of an
/// unknown kind all rows are probabilities if every element of every row is
/// within 0 to 1 and, with several classes, every row sums to 1 within 1e-3;
/// else all are logits. One element a row is class 1 of two. None for other
/// shapes and no columns.
std::optional<std::vector<BestClass>> findBestClasses(const Tensor &y,
                                                      OutputKind kind);

/// A list of objects: "file" where there are names, "class" (the name where
/// `classNames` has one, else the number), "probability".
Json toJson(const std::vector<BestClass> &best,
            const std::vector<std::string> &files,
            const std::vector<std::string> &classNames);

/// "cats/1.jpg: cat 0.9812", a line a file.
std::string formatBestClasses(const std::vector<BestClass> &best,
                              const std::vector<std::string> &files,
                              const std::vector<std::string> &classNames);

} // namespace dlc::tool
