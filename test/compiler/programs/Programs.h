// Functions of prims as programs of a device: every stage after training.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "runtime/artifact/Artifact.h"
#include "runtime/core/Device.h"
#include "test/dialects/prim/evaluate/Array.h"

#include <memory>

namespace dlc::test {

/// What runs programs: this CPU, or ptx-sim with the PTX that a GPU would get.
enum class Place { Host, Sim };

/// Each function of a module as a program of one artifact.
class Programs {
public:
  /// Names the functions' arguments and results, then simplifies, fuses, plans,
  /// emits and packs for batches of at most `maxBatch`. Fails the running test
  /// and returns null where a stage fails. Changes the module.
  static std::unique_ptr<Programs> compile(mlir::ModuleOp module,
                                           int64_t maxBatch, Place place);

  /// The results of the function of this number for a batch of n. Fails the
  /// running test, and returns nothing, if the program does not run.
  std::vector<Array> run(size_t function, const std::vector<Array> &inputs,
                         int64_t n);

private:
  artifact::Artifact artifact;
  std::unique_ptr<Device> device;
};

} // namespace dlc::test
