// A thread for each element of a routine's result, or for four channels: where
// elements need nothing of each other.
#pragma once

#include "compiler/emit/cuda/routines/RoutineCall.h"

namespace dlc::emit::cuda::routines {

/// Writes the frame of the kernel. Where an epilogue adds up columns, a thread
/// goes down one column, so that it keeps its sums in registers.
class ElementWalk {
public:
  /// `lanes` divide the last dimension of the result.
  ElementWalk(RoutineCall &call, Code &code, Lanes lanes);

  /// Opens the kernel and declares `place`, the thread's element.
  void open(llvm::ArrayRef<std::string> names);
  /// Ends the kernel with `value`, whose channel the text calls `channel`.
  KernelText close(const std::string &value, const std::string &channel);

private:
  bool hasSums() const { return call.epilogue && call.epilogue->hasSums(); }
  ColumnTiles describeColumns() const;

  RoutineCall &call;
  Code &code;
  Lanes lanes;
  std::string index;
  std::string array; // of the result
  int64_t channels;
  Count pixels;
  // Of a block that adds up columns: threads side by side, lines of them, and
  // pixels of all lines.
  int64_t across = 1, lines = 1, pixelsOfBlock = 1;
};

} // namespace dlc::emit::cuda::routines
