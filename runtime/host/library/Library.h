// Calls of the routine library: matrix products, convolutions, pooling and the
// movements that are not worth generated code. Made of oneDNN's primitives and
// a few loops.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/core/Tensor.h"

#include <memory>
#include <string>
#include <vector>

namespace dlc::host {

/// A tensor that a call reads or writes: row-major, at the batch at hand. The
/// address stays the same for as long as the call exists.
struct Argument {
  DType dtype = DType::F32;
  Shape shape;
  std::byte *data = nullptr;
};

/// What a call shall be.
struct CallSpec {
  /// What errors name: `program "train": launch "train_k3" (layer "fc1")`.
  std::string thing;
  /// "dot", "conv2d", "conv2d_input_grad", "conv2d_kernel_grad", "max_pool2d",
  /// "max_pool2d_grad", "max_pool2d_pick", "avg_pool2d", "avg_pool2d_grad",
  /// "pad", "concat", "gather", "scatter_add", "attention" or
  /// "attention_grad".
  std::string routine;
  std::string config; // a JSON object; its keys are told beside each routine
  std::vector<Argument> operands;
  std::vector<Argument> results;
};

/// A routine made ready for one batch size and one set of addresses.
class Call {
public:
  virtual ~Call() = default;

  /// Bytes of scratch that `run` needs; what is in them does not outlive a run.
  virtual size_t scratchBytes() const = 0;

  /// Gives the scratch, 64-byte aligned. To be called before the first run and
  /// whenever the scratch has moved.
  virtual void bindScratch(std::byte *scratch) = 0;

  virtual Expected<void> run() = 0;

  /// The names of the implementations that run, joined by ", ": "jit:avx2".
  virtual std::string describe() const = 0;
};

/// Makes calls. Calls use the threads that the library was made for, and must
/// not outlive it.
class Library {
public:
  static Expected<Library> create(int threads);
  Library(Library &&) noexcept;
  Library &operator=(Library &&) noexcept;
  ~Library();

  /// Errors name `spec.thing`: an unknown routine, a configuration that the
  /// routine does not know, shapes that do not fit it.
  Expected<std::unique_ptr<Call>> make(const CallSpec &spec) const;

  struct Context; // of the routines' own files

private:
  explicit Library(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context;
};

} // namespace dlc::host
