// Routines that find rows of a table by number; no configuration:
//   "gather"      (table [rows, r...], indices [i...]) -> y [i..., r...]
//   "scatter_add" (updates [i..., r...], indices [i...]) -> table [rows, r...]
// An index below 0 counts from the end. One outside gives NaN, and its updates
// go nowhere (jax.numpy.take).
#include "runtime/host/library/Routines.h"

#include <cstring>
#include <limits>

namespace dlc::host {
namespace {

/// A table, the rows that are named in it, and one place a name for them.
struct Rows {
  float *table;
  const int32_t *indices;
  float *places;
  int64_t rows, count, width;

  /// The row that the index names, -1 if none.
  int64_t find(int64_t place) const {
    int64_t row = indices[place];
    if (row < 0)
      row += rows;
    return row < 0 || row >= rows ? -1 : row;
  }
};

/// The arguments as Rows, if their types and shapes belong together.
Expected<Rows> findRows(const CallSpec &spec, const Argument &table,
                        const Argument &indices, const Argument &places) {
  Shape wanted = indices.shape;
  if (!table.shape.empty())
    wanted.insert(wanted.end(), table.shape.begin() + 1, table.shape.end());
  if (table.shape.empty() || table.dtype != DType::F32 ||
      indices.dtype != DType::I32 || places.dtype != DType::F32 ||
      places.shape != wanted)
    return failShapes(spec, spec.routine +
                                " joins a float32 table, int32 indices and "
                                "float32 rows of the table, one an index");
  int64_t width = 1;
  for (size_t i = 1; i < table.shape.size(); ++i)
    width *= table.shape[i];
  return Rows{reinterpret_cast<float *>(table.data),
              reinterpret_cast<const int32_t *>(indices.data),
              reinterpret_cast<float *>(places.data),
              table.shape[0],
              countElements(indices.shape),
              width};
}

Expected<void> expectTwo(const CallSpec &spec, const Config &config) {
  if (auto checked = config.check(); !checked)
    return Unexpected(checked.error());
  if (spec.operands.size() != 2 || spec.results.size() != 1)
    return failShapes(spec, spec.routine + " takes two arrays and gives one");
  return {};
}

} // namespace

Expected<std::unique_ptr<Call>> makeGather(const Library::Context &context,
                                           const CallSpec &spec,
                                           Config &config) {
  if (auto fits = expectTwo(spec, config); !fits)
    return Unexpected(fits.error());
  auto found =
      findRows(spec, spec.operands[0], spec.operands[1], spec.results[0]);
  if (!found)
    return Unexpected(found.error());
  auto body = [rows = *found](int64_t begin, int64_t end) {
    for (int64_t place = begin; place < end; ++place) {
      float *out = rows.places + place * rows.width;
      int64_t row = rows.find(place);
      if (row < 0)
        std::fill_n(out, rows.width, std::numeric_limits<float>::quiet_NaN());
      else
        std::memcpy(out, rows.table + row * rows.width,
                    rows.width * sizeof(float));
    }
  };
  return makeRowLoop(context.threads, found->count,
                     found->width * int64_t(sizeof(float)), body);
}

// A thread owns rows of the table and reads all indices for them, so that each
// row is summed in the indices' order whatever the number of threads.
Expected<std::unique_ptr<Call>> makeScatterAdd(const Library::Context &context,
                                               const CallSpec &spec,
                                               Config &config) {
  if (auto fits = expectTwo(spec, config); !fits)
    return Unexpected(fits.error());
  auto found =
      findRows(spec, spec.results[0], spec.operands[1], spec.operands[0]);
  if (!found)
    return Unexpected(found.error());
  auto body = [rows = *found](int64_t begin, int64_t end) {
    std::fill_n(rows.table + begin * rows.width, (end - begin) * rows.width,
                0.0F);
    for (int64_t place = 0; place < rows.count; ++place) {
      int64_t row = rows.find(place);
      if (row < begin || row >= end)
        continue;
      float *sum = rows.table + row * rows.width;
      const float *update = rows.places + place * rows.width;
      for (int64_t i = 0; i < rows.width; ++i)
        sum[i] += update[i];
    }
  };
  return makeRowLoop(context.threads, found->rows,
                     found->width * int64_t(sizeof(float)), body);
}

} // namespace dlc::host
