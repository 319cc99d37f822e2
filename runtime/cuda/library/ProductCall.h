// A product of an artifact as calls of cuBLASLt.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/cuda/library/CublasLt.h"

#include <map>

namespace dlc::cuda {

/// Where the arrays of a product lie.
struct ProductPlaces {
  DevicePointer lhs = 0, rhs = 0, bias = 0, result = 0;
  DevicePointer workspace = 0;
  size_t workspaceBytes = 0;
};

/// The library lays matrices out by columns, we by rows: it is asked for the
/// transposed result, which is rhs^T times lhs^T.
class ProductCall {
public:
  /// `library` and `product` must outlive it; the product is valid
  /// (artifact::validate).
  ProductCall(const lt::CublasLt &opened, const lt::Library &library,
              const artifact::LibraryProduct &product,
              const ProductPlaces &places)
      : opened(&opened), library(&library), product(&product), places(places) {}

  /// Chooses the algorithm for `n` samples, by the library's own rules, unless
  /// that is done. No sum is atomic in any that it may choose. An error, about
  /// `thing`, where the library has none.
  Expected<void> prepare(int64_t n, const std::string &thing);

  /// Puts the call for `n` samples, which are prepared, on a stream.
  Result enqueue(int64_t n, StreamHandle stream) const;

private:
  /// All that is the same each time that a product of this size is computed.
  struct Prepared {
    lt::Matmul matmul;
    lt::Layout a, b, result;
    lt::Algorithm algorithm = {};
  };
  lt::Status describe(Prepared &prepared, int64_t n) const;
  lt::Status describeMatmul(lt::Matmul &matmul) const;
  lt::Status describeMatrix(lt::Layout &layout, uint64_t rows, uint64_t columns,
                            int64_t leading, int64_t parts,
                            int64_t stride) const;
  lt::Status choose(Prepared &prepared) const;

  const lt::CublasLt *opened;
  const lt::Library *library;
  const artifact::LibraryProduct *product;
  ProductPlaces places;
  std::map<int64_t, Prepared> sizes; // by n
};

} // namespace dlc::cuda
