// The loop of a product over its depth: tiles go from memory through registers
// to shared memory, twice over, while the tile before them is multiplied.
#pragma once

#include "compiler/emit/cuda/routines/product/Product.h"

namespace dlc::emit::cuda::routines {

/// Writes the loop. It reads `firstRow`, `firstColumn`, `begin`
/// and `end`, and leaves `sum`, `threadRow` and `threadColumn`.
class ProductLoop {
public:
  ProductLoop(Code &code, const Product &product, const Plan &plan,
              std::string index);
  void write();

private:
  /// One of the two halves of a tile.
  struct Half {
    const Factor &factor;
    const char *line;      // "row" or "column"
    const char *first;     // "firstRow"
    const char *tileLines; // "tileRows"
    const char *tile;      // the tile in shared memory
    std::string next;      // the register of load `i`
    std::string bound;     // "row < 20", or nothing where all fit
    int64_t lines;         // of the tile
    int64_t loads;         // of a thread
    int64_t perLine;       // loads of neighbours

    /// Where load `slot` lies in the tile, across and along memory.
    std::string outer() const { return fmt::format("slot / {}", perLine); }
    std::string inner() const {
      return times(fmt::format("slot % {}", perLine), factor.width);
    }
  };

  Half describe(const Factor &factor, bool isLeft) const;
  void declare(const Half &half);
  void openLoads(const Half &half);
  void fetch(const Half &half);
  void lay(const Half &half);
  void readFragment(const Half &half, const char *fragment, int64_t each,
                    const char *threadLine);
  void multiply();

  Code &code;
  const Product &product;
  const Plan &plan;
  std::string index;
  bool depthFits;
  Half left, right;
};

} // namespace dlc::emit::cuda::routines
