// What model.compile(...) was given, in any of the forms that Keras takes, as
// the ops of a layer.compile.
#pragma once

#include "compiler/import/config/Classes.h"
#include "compiler/import/config/Json.h"
#include "mlir/IR/OperationSupport.h"

#include <string>
#include <vector>

namespace dlc::importer {

/// An op to be: an optimizer, a loss or a metric.
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

/// A name or a serialised optimizer; none for null.
Expected<CompileObjects> readOptimizer(mlir::MLIRContext *context,
                                       const Json &optimizer);

/// A loss for all outputs, a list of losses in the order of `outputs`, or a
/// dict by output; `weights` likewise, or null. Null leaves an output without.
Expected<CompileObjects> readLosses(mlir::MLIRContext *context,
                                    const Json &losses, const Json &weights,
                                    const std::vector<std::string> &outputs);

/// With one output a metric or any nest of them; with several a list of these
/// by output, or a dict.
Expected<CompileObjects> readMetrics(mlir::MLIRContext *context,
                                     const Json &metrics,
                                     const std::vector<std::string> &outputs);

/// A nest of losses or metrics in which every serialised object is replaced by
/// the text of its op: two that are equal say the same in the same form.
Json normalizeNest(mlir::MLIRContext *context, ObjectKind kind,
                   const Json &nest);

} // namespace dlc::importer
