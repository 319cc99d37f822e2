// "attention_grad" (query, key, value, logsumexp, dot, dy, mask?) -> (dquery,
// dkey, dvalue): see Attention.h and dialects/prim/ops/Attention.cpp. Shares
// are computed again from scores and logsumexp. A thread owns the head of keys
// with all heads of queries that read it, so that sums have one order.
#include "runtime/host/library/VectorClones.h"
#include "runtime/host/library/attention/Attention.h"
#include "runtime/host/library/attention/Exponential.h"

#include <algorithm>

namespace dlc::host {
namespace {

constexpr int64_t side = ScoreTile::side;

/// shares = e^(scores - logsumexp) in place, and the gradient of the products
/// query key from that of the shares, in its place.
DLC_VECTOR_CLONES void differentiateRow(float *shares, float *grads,
                                        float logsumexp, float dot,
                                        float scale) {
  for (int64_t j = 0; j < side; ++j) {
    shares[j] = exponential(shares[j] - logsumexp);
    grads[j] = shares[j] * (grads[j] - dot) * scale;
  }
}

class Backward {
public:
  Backward(const Attention &attention, const CallSpec &spec)
      : a(attention), operands(spec.operands), results(spec.results) {}

  void runHead(int64_t item) const;

private:
  struct Head;
  void addQueries(ScoreTile tile, const Head &head) const;
  void addTile(const ScoreTile &tile, const Head &head) const;
  void differentiate(const ScoreTile &tile, float *shares, float *grads) const;

  Attention a;
  std::vector<Argument> operands, results;
};

struct Backward::Head {
  Places query, key, value, dy;
  Places dquery, dkey, dvalue;
};

void clear(Places places, int64_t count, int64_t width) {
  for (int64_t i = 0; i < count; ++i)
    std::fill_n(places.at(i), width, 0.0F);
}

} // namespace

/// All of a row, then what no query may attend to.
void Backward::differentiate(const ScoreTile &tile, float *shares,
                             float *grads) const {
  const auto *logsumexp = reinterpret_cast<const float *>(operands[3].data);
  const auto *dot = reinterpret_cast<const float *>(operands[4].data);
  bool open = a.isOpen(tile);
  for (int64_t i = 0; i < tile.queries; ++i) {
    int64_t place = tile.query + i;
    int64_t row = (tile.sample * a.queries + place) * a.heads + tile.head;
    float *share = shares + i * side, *grad = grads + i * side;
    differentiateRow(share, grad, logsumexp[row], dot[row], a.scale);
    if (open)
      continue;
    bool isEmpty = logsumexp[row] <= lowestScore / 2 && !a.zeroEmpty;
    for (int64_t j = 0; j < tile.keys; ++j)
      if (!a.allows(tile, place, tile.key + j)) {
        share[j] = isEmpty ? 1 / float(a.keys) : 0;
        grad[j] = 0;
      }
  }
}

void Backward::addTile(const ScoreTile &tile, const Head &head) const {
  // What is beyond the last key is computed with the others, and not read.
  alignas(64) float shares[side * side] = {}, grads[side * side] = {};
  a.multiply(tile, head.query, head.key, shares);
  dnnl::sgemm('N', 'T', tile.queries, tile.keys, a.depth, 1,
              head.dy.at(tile.query), head.dy.stride, head.value.at(tile.key),
              head.value.stride, 0, grads, side);
  differentiate(tile, shares, grads);
  Places share{shares, side}, grad{grads, side};
  auto from = [](Places places, int64_t place) {
    return Places{places.at(place), places.stride};
  };
  addProduct(true, tile.keys, a.depth, tile.queries, share,
             from(head.dy, tile.query), from(head.dvalue, tile.key));
  addProduct(false, tile.queries, a.width, tile.keys, grad,
             from(head.key, tile.key), from(head.dquery, tile.query));
  addProduct(true, tile.keys, a.width, tile.queries, grad,
             from(head.query, tile.query), from(head.dkey, tile.key));
}

void Backward::addQueries(ScoreTile tile, const Head &head) const {
  for (tile.query = 0; tile.query < a.queries; tile.query += side)
    for (tile.key = 0; tile.key < a.keys; tile.key += side) {
      tile.queries = std::min(side, a.queries - tile.query);
      tile.keys = std::min(side, a.keys - tile.key);
      if (!a.isSkipped(tile))
        addTile(tile, head);
    }
}

/// Number `item` of the heads of keys of all samples.
void Backward::runHead(int64_t item) const {
  int64_t keyHeads = a.heads / a.group;
  int64_t sample = item / keyHeads, keyHead = item % keyHeads;
  auto at = [&](const Argument &array, int64_t head) {
    return Attention::placesOf(array, sample, head);
  };
  Head head{};
  head.key = at(operands[1], keyHead);
  head.value = at(operands[2], keyHead);
  head.dkey = at(results[1], keyHead);
  head.dvalue = at(results[2], keyHead);
  clear(head.dkey, a.keys, a.width);
  clear(head.dvalue, a.keys, a.depth);
  for (int64_t i = keyHead * a.group; i < (keyHead + 1) * a.group; ++i) {
    head.query = at(operands[0], i);
    head.dy = at(operands[5], i);
    head.dquery = at(results[0], i);
    clear(head.dquery, a.queries, a.width);
    ScoreTile tile{};
    tile.sample = sample;
    tile.head = i;
    addQueries(tile, head);
  }
}

Expected<std::unique_ptr<Call>>
makeAttentionGrad(const Library::Context &context, const CallSpec &spec,
                  Config &config) {
  auto attention = Attention::read(spec, config, 6);
  if (!attention)
    return Unexpected(attention.error());
  const Shape rows = attention->rowsShape();
  const Shape given[] = {rows, rows, attention->resultShape()};
  const Shape made[] = {spec.operands[0].shape, spec.operands[1].shape,
                        spec.operands[2].shape};
  if (!areFloats(std::span(spec.operands).subspan(3, 3), given) ||
      !areFloats(spec.results, made))
    return failShapes(spec, "attention_grad takes what attention gives, and "
                            "gives what it takes");
  Backward backward(*attention, spec);
  int64_t bytes = attention->queries * attention->keys *
                  (attention->width + attention->depth) * 4;
  return makeItemLoop(
      context, attention->samples * attention->heads / attention->group, bytes,
      [backward](int64_t item) { backward.runHead(item); });
}

} // namespace dlc::host
