// "attention" (query, key, value, mask?) -> (y, logsumexp): see Attention.h.
// For a tile of queries it goes through the keys once, and scales what it has
// by the largest score so far (online softmax; Milakov and Gimelshein 2018, Dao
// et al. 2022).
#include "runtime/host/library/attention/Attention.h"
#include "runtime/host/Parallel.h"
#include "runtime/host/library/VectorClones.h"
#include "runtime/host/library/attention/Exponential.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dlc::host {

constexpr int64_t side = ScoreTile::side;
constexpr float nothing = -std::numeric_limits<float>::infinity();

//===-- What both routines share ------------------------------------------===//

static bool areHeads(const Argument &query, const Argument &key,
                     const Argument &value) {
  const Shape &q = query.shape, &k = key.shape, &v = value.shape;
  for (const Argument *argument : {&query, &key, &value})
    if (argument->dtype != DType::F32 || argument->shape.size() != 4)
      return false;
  return q[0] == k[0] && q[3] == k[3] &&
         std::equal(v.begin(), v.end() - 1, k.begin()) && k[2] > 0 &&
         q[2] % k[2] == 0;
}

Expected<Attention> Attention::read(const CallSpec &spec, Config &config,
                                    size_t operands) {
  Attention attention;
  attention.scale = float(config.number("scale"));
  attention.causal = config.flag("causal");
  attention.window = config.integer("window");
  attention.zeroEmpty = config.flag("zero_empty");
  if (auto checked = config.check(); !checked)
    return Unexpected(checked.error());
  bool hasMask = spec.operands.size() == operands + 1;
  if ((spec.operands.size() != operands && !hasMask) ||
      !areHeads(spec.operands[0], spec.operands[1], spec.operands[2]))
    return failShapes(spec, spec.routine +
                                " works on heads [n, t, h, c] and [n, s, k, c] "
                                "of float32, h a multiple of k");
  const Shape &query = spec.operands[0].shape, &key = spec.operands[1].shape;
  attention.samples = query[0];
  attention.queries = query[1];
  attention.heads = query[2];
  attention.width = query[3];
  attention.keys = key[1];
  attention.group = query[2] / key[2];
  attention.depth = spec.operands[2].shape[3];
  if (!hasMask)
    return attention;
  const Argument &mask = spec.operands.back();
  const Shape scores = {query[0], query[2], query[1], key[1]};
  bool fits = mask.dtype == DType::Bool && mask.shape.size() == 4;
  int64_t stride = 1;
  for (size_t dim = 4; fits && dim-- > 0;) {
    int64_t size = mask.shape[dim];
    fits = size == 1 || size == scores[dim];
    attention.maskStrides[dim] = size == 1 ? 0 : stride;
    stride *= size;
  }
  if (!fits)
    return failShapes(spec, "a mask has the sizes of scores [n, h, t, s] or 1");
  attention.mask = reinterpret_cast<const uint8_t *>(mask.data);
  return attention;
}

Places Attention::placesOf(const Argument &array, int64_t sample,
                           int64_t head) {
  const Shape &shape = array.shape;
  int64_t stride = shape[2] * shape[3];
  return {reinterpret_cast<float *>(array.data) + sample * shape[1] * stride +
              head * shape[3],
          stride};
}

bool Attention::isSkipped(const ScoreTile &tile) const {
  // With a mask or a window a query may be left with no key at all, and then it
  // counts all of them.
  bool mayBeEmpty = (mask || window) && !zeroEmpty;
  return causal && !mayBeEmpty && tile.key >= tile.query + tile.queries;
}

bool Attention::isOpen(const ScoreTile &tile) const {
  return !mask && !window &&
         (!causal || tile.key + tile.keys - 1 <= tile.query);
}

bool Attention::allows(const ScoreTile &tile, int64_t query,
                       int64_t key) const {
  if (causal && key > query)
    return false;
  if (window && std::abs(query - key) >= window)
    return false;
  return !mask ||
         mask[tile.sample * maskStrides[0] + tile.head * maskStrides[1] +
              query * maskStrides[2] + key * maskStrides[3]];
}

void Attention::multiply(const ScoreTile &tile, Places query, Places key,
                         float *scores) const {
  dnnl::sgemm('N', 'T', tile.queries, tile.keys, width, scale,
              query.at(tile.query), query.stride, key.at(tile.key), key.stride,
              0, scores, side);
}

void addProduct(bool turned, int64_t m, int64_t n, int64_t k, Places a,
                Places b, Places c) {
  dnnl::sgemm(turned ? 'T' : 'N', 'N', m, n, k, 1, a.data, a.stride, b.data,
              b.stride, 1, c.data, c.stride);
}

bool areFloats(std::span<const Argument> arrays,
               std::span<const Shape> shapes) {
  return std::ranges::equal(
      arrays, shapes, [](const Argument &array, const Shape &shape) {
        return array.dtype == DType::F32 && array.shape == shape;
      });
}

std::unique_ptr<Call> makeItemLoop(const Library::Context &context,
                                   int64_t items, int64_t itemBytes,
                                   std::function<void(int64_t)> work) {
  return makeRowLoop(context.threads, items, itemBytes,
                     [work = std::move(work)](int64_t begin, int64_t end) {
                       // oneDNN shall not share out one item.
                       ThreadCount alone(1);
                       for (int64_t item = begin; item < end; ++item)
                         work(item);
                     });
}

//===-- attention ---------------------------------------------------------===//

namespace {

/// Numbers side by side that a vector holds.
constexpr int64_t lanes = 16;

/// A query on its way through the keys: the largest score, and the sum of e^x
/// less that.
struct Row {
  float top = nothing;
  float total = 0;
};

/// Turns scores into e^(score - top), adds these to the row, and returns what
/// the former ones are to be multiplied by.
DLC_VECTOR_CLONES float weigh(float *scores, Row &row) {
  float largest[lanes], sums[lanes] = {};
  std::fill_n(largest, lanes, row.top);
  for (int64_t i = 0; i < side; i += lanes)
    for (int64_t j = 0; j < lanes; ++j)
      largest[j] = scores[i + j] > largest[j] ? scores[i + j] : largest[j];
  float top = *std::max_element(largest, largest + lanes);
  float base = top == nothing ? 0 : top;
  for (int64_t i = 0; i < side; i += lanes)
    for (int64_t j = 0; j < lanes; ++j) {
      scores[i + j] = exponential(scores[i + j] - base);
      sums[j] += scores[i + j];
    }
  float shrink = exponential(row.top - base);
  row.top = top;
  row.total *= shrink;
  for (float sum : sums)
    row.total += sum;
  return shrink;
}

DLC_VECTOR_CLONES void multiplyRow(float *row, int64_t count, float factor) {
  for (int64_t i = 0; i < count; ++i)
    row[i] *= factor;
}

class Forward {
public:
  Forward(const Attention &attention, const CallSpec &spec)
      : a(attention), query(spec.operands[0]), key(spec.operands[1]),
        value(spec.operands[2]), result(spec.results[0]),
        logsumexp(spec.results[1]) {}

  int64_t countTiles() const { return (a.queries + side - 1) / side; }

  void runTile(int64_t item) const;

private:
  void mask(const ScoreTile &tile, float *scores) const;
  void finish(const ScoreTile &tile, Places y, const Row *rows) const;

  Attention a;
  Argument query, key, value, result, logsumexp;
};

} // namespace

/// Scores of what may not be attended to, and of no key at all.
void Forward::mask(const ScoreTile &tile, float *scores) const {
  float forbidden = a.zeroEmpty ? nothing : lowestScore;
  bool open = a.isOpen(tile);
  for (int64_t i = 0; i < tile.queries; ++i) {
    float *row = scores + i * side;
    for (int64_t j = 0; j < tile.keys && !open; ++j)
      if (!a.allows(tile, tile.query + i, tile.key + j))
        row[j] = forbidden;
    std::fill(row + tile.keys, row + side, nothing);
  }
}

void Forward::finish(const ScoreTile &tile, Places y, const Row *rows) const {
  auto *sums = reinterpret_cast<float *>(logsumexp.data);
  for (int64_t i = 0; i < tile.queries; ++i) {
    Row row = rows[i];
    int64_t place = tile.query + i;
    multiplyRow(y.at(place), a.depth, row.total == 0 ? 0 : 1 / row.total);
    sums[(tile.sample * a.queries + place) * a.heads + tile.head] =
        row.top + std::log(row.total);
  }
}

/// Number `item` of the tiles of queries of all heads.
void Forward::runTile(int64_t item) const {
  ScoreTile tile{};
  tile.query = item % countTiles() * side;
  tile.head = item / countTiles() % a.heads;
  tile.sample = item / countTiles() / a.heads;
  tile.queries = std::min(side, a.queries - tile.query);
  Places q = Attention::placesOf(query, tile.sample, tile.head);
  Places k = Attention::placesOf(key, tile.sample, a.keyHeadOf(tile.head));
  Places v = Attention::placesOf(value, tile.sample, a.keyHeadOf(tile.head));
  Places y = Attention::placesOf(result, tile.sample, tile.head);
  for (int64_t i = 0; i < tile.queries; ++i)
    std::fill_n(y.at(tile.query + i), a.depth, 0.0F);

  alignas(64) float scores[side * side];
  Row rows[side];
  for (tile.key = 0; tile.key < a.keys; tile.key += side) {
    tile.keys = std::min(side, a.keys - tile.key);
    if (a.isSkipped(tile))
      break;
    a.multiply(tile, q, k, scores);
    mask(tile, scores);
    for (int64_t i = 0; i < tile.queries; ++i)
      multiplyRow(y.at(tile.query + i), a.depth,
                  weigh(scores + i * side, rows[i]));
    addProduct(false, tile.queries, a.depth, tile.keys, {scores, side},
               {v.at(tile.key), v.stride}, {y.at(tile.query), y.stride});
  }
  finish(tile, y, rows);
}

Expected<std::unique_ptr<Call>> makeAttention(const Library::Context &context,
                                              const CallSpec &spec,
                                              Config &config) {
  auto attention = Attention::read(spec, config, 3);
  if (!attention)
    return Unexpected(attention.error());
  const Shape made[] = {attention->resultShape(), attention->rowsShape()};
  if (!areFloats(spec.results, made))
    return failShapes(spec, "attention gives [n, t, h, v] and [n, t, h]");
  Forward forward(*attention, spec);
  int64_t tiles = attention->samples * attention->heads * forward.countTiles();
  int64_t bytes = attention->keys * (attention->width + attention->depth) * 4;
  return makeItemLoop(context, tiles, bytes * side,
                      [forward](int64_t item) { forward.runTile(item); });
}

} // namespace dlc::host
