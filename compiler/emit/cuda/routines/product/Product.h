// Matrix products by tiles in shared memory: what dot and the convolutions
// become. The routine says how elements are found, this room does the rest.
#pragma once

#include "compiler/emit/cuda/routines/Lanes.h"
#include "compiler/emit/cuda/routines/RoutineCall.h"
#include "compiler/emit/cuda/routines/product/Tile.h"

#include <functional>

namespace dlc::emit::cuda::routines {

/// Where an element lies: an index into an array, and the condition under which
/// there is one (empty: always). Without one a factor counts as zero.
struct Place {
  std::string offset;
  std::string condition;
};

/// Writes what it needs and says where the element is.
using Locate = std::function<Place(Code &)>;

/// One of the two arrays that are multiplied.
struct Factor {
  std::string array;
  /// Whether neighbours in memory are neighbours in depth, rather than in rows
  /// (of the left factor) or columns (of the right one).
  bool alongDepth = false;
  /// Elements of one access, see `widestAccess`. The sizes that neighbours run
  /// along are multiples of it.
  int64_t width = 1;
  /// From `row` or `column`, `k`, and `part`.
  Locate locate;
};

/// The most elements of one access to a factor, of those counts for which
/// `isAligned` holds: 16 bytes or one element, of halves also 8 or 4 bytes.
int64_t widestAccess(Precision precision,
                     llvm::function_ref<bool(int64_t)> isAligned);

/// results[part][row][column] = sum over k of left[part][row][k] *
/// right[part][k][column], then a bias and ReLU.
struct Product {
  Count parts, rows, columns, depth;
  /// The condition under which a part has nothing to add at all (empty: never).
  std::string emptyIf;
  /// How the text calls the parts: "group".
  std::string partName = "part";
  /// Declares what `locate` and the result need of the part, once a block.
  std::function<void(Code &)> enterPart;
  Factor left, right;
  /// From `row`, `column` and the part to a place in the result.
  Locate locate;
  /// Whether four columns lie at one aligned place, with columns % 4 == 0.
  bool vectorResult = false;
  /// Index into the array "bias", from `column` and `offset`; empty for none.
  std::string bias;
  bool relu = false;
  /// Whether columns of the parts are the same columns of the result.
  bool sharesColumns = true;

  bool isOnePart() const { return parts == fixed(1); }
};

/// The stages of the product, behind the header comment in `code`. `names` are
/// those of the launch's arrays, the result last.
Expected<KernelText> writeProduct(RoutineCall &call, Code &code,
                                  const Product &product,
                                  llvm::ArrayRef<std::string> names);

/// Declares the part, `row` and `column` of the result's element `place`,
/// counted part by part and row by row.
void declarePlace(Code &code, const Product &product, const std::string &index,
                  const std::string &place);

/// The element `value` at `offset`, in `row` and `column` of the product.
Element describeElement(const Product &product);

/// Adds the bias and applies ReLU to the variable `value`, float32. Where the
/// result is of halves the sum of products is one before the bias comes.
void writeEpilogue(const RoutineCall &call, Code &code, const Lanes &lanes,
                   const std::string &bias, bool relu);

} // namespace dlc::emit::cuda::routines
