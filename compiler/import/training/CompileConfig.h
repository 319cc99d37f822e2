// What model.compile(...) was given, in any of the forms that Keras takes, as
// the ops of a layer.compile.
#pragma once

#include "compiler/import/config/Classes.h"
#include "compiler/import/config/Json.h"
#include "mlir/IR/OperationSupport.h"

#include <string>
#include <vector>

namespace dlc::importer {

/// An op to be: an optimizer, a schedule, a loss or a metric.
struct CompileObject {
  mlir::OperationName op;
  mlir::NamedAttrList attributes;
};
using CompileObjects = std::vector<CompileObject>;

/// Every key of a config that the user gave as an option must be one that the
/// optimizer, loss or metric has: what a file says beyond that is kept aside,
/// but here it is a slip of the pen. `nest` is what the option stands for.
Expected<void> checkOptionKeys(mlir::MLIRContext *context, ObjectKind kind,
                               const Json &nest, const std::string &option);

/// Whether an attribute of a loss or metric says where it stands in the compile
/// config, and is no key of its own config.
bool isPlacement(llvm::StringRef key);

/// A name or a serialised optimizer, and behind it the schedule that its
/// learning rate may be, and the loss scale that it may be wrapped in; none for
/// null.
Expected<CompileObjects> readOptimizer(mlir::MLIRContext *context,
                                       const Json &optimizer);

/// A loss for all outputs, a list of losses in the order of `outputs`, or a
/// dict by output; `weights` likewise, or null. Null leaves an output without.
Expected<CompileObjects> readLosses(mlir::MLIRContext *context,
                                    const Json &losses, const Json &weights,
                                    const std::vector<std::string> &outputs);

/// With one output a metric or any nest of them; with several a list of these
/// by output, or a dict. `weighted` are those of weighted_metrics.
Expected<CompileObjects> readMetrics(mlir::MLIRContext *context,
                                     const Json &metrics, bool weighted,
                                     const std::vector<std::string> &outputs);

/// A nest of losses or metrics in which every serialised object is replaced by
/// the text of its op: two that are equal say the same in the same form.
Json normalizeNest(mlir::MLIRContext *context, ObjectKind kind,
                   const Json &nest);

} // namespace dlc::importer
