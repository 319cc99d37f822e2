// The loop of a product over its depth on tensor cores: tiles of both factors
// are copied into shared memory some steps ahead, and multiplied by warps.
#pragma once

#include "compiler/emit/cuda/routines/product/Product.h"
#include "compiler/emit/cuda/routines/product/SharedTile.h"

namespace dlc::emit::cuda::routines {

/// Writes the loop. It reads `firstRow`, `firstColumn`, `begin` and `end`, and
/// leaves `sum`, `threadRow` and `threadColumn`.
class TensorLoop {
public:
  TensorLoop(Code &code, const Product &product, const Plan &plan,
             std::string index);
  void write();

  /// Of shared memory, in all stages.
  static int64_t sharedBytes(const Plan &plan);
  /// The tile of one factor.
  static SharedTile describeTile(const Factor &factor, const Plan &plan,
                                 bool isLeft);

private:
  struct Half {
    const Factor &factor;
    SharedTile tile;
    const char *line;  // "row" or "column"
    const char *first; // "firstRow"
    const char *lane;  // "leftLane": where a lane begins to read
    std::string warp;  // the warp's first line in the tile
    std::string bound; // "row < 20", or nothing where all fit
    int64_t begin;     // of the tile in its stage, in bytes
  };

  Half describe(const Factor &factor, bool isLeft) const;
  void placeThread();
  void copyTile(const Half &half);
  void readFragments(const Half &half);
  void splitFragments(const char *name, int64_t count, int64_t registers);
  void multiplyAll(const char *left, const char *right);
  void multiply();
  void joinQuads();

  int64_t rowFragments() const { return plan.tile.rowsEach / 2; }
  int64_t columnFragments() const { return plan.tile.columnsEach / 2; }
  int64_t stageBytes() const { return left.tile.bytes() + right.tile.bytes(); }

  Code &code;
  const Product &product;
  const Plan &plan;
  std::string index;
  bool depthFits;
  Half left, right;
};

} // namespace dlc::emit::cuda::routines
