// What attention and its gradient share: the shapes of heads, which places may
// meet, and scores in tiles that stay in the first caches.
//
// {"scale": number, "causal": flag, "window": integer, "zero_empty": flag}
#pragma once

#include "runtime/host/library/Routines.h"

#include <array>
#include <cstdint>
#include <span>

namespace dlc::host {

/// Places [count, width] of one head, `stride` elements apart.
struct Places {
  float *data;
  int64_t stride;

  float *at(int64_t place) const { return data + place * stride; }
};

/// Some queries by some keys of one head.
struct ScoreTile {
  static constexpr int64_t side = 64;

  int64_t sample, head;
  int64_t query, queries; // the first one, and how many
  int64_t key, keys;
};

/// The score of a query by a key that it may not attend to, where a query that
/// may attend to none gives all values the same share. As in
/// jax.nn.dot_product_attention.
constexpr float lowestScore = -0.7F * 0x1.fffffep127F;

class Attention {
public:
  /// Of (query [n, t, h, c], key [n, s, k, c], value [n, s, k, v]) and maybe a
  /// mask, the last operand where there are more than `operands`.
  static Expected<Attention> read(const CallSpec &spec, Config &config,
                                  size_t operands);

  int64_t samples, queries, keys;
  int64_t heads, group; // heads of queries, and how many share keys
  int64_t width, depth; // of keys, of values
  float scale;
  bool zeroEmpty;

  /// Of what is known of each query, and of the result.
  Shape rowsShape() const { return {samples, queries, heads}; }
  Shape resultShape() const { return {samples, queries, heads, depth}; }

  /// The places of a head in an array [n, places, heads, width]. Keys and
  /// values have fewer heads.
  static Places placesOf(const Argument &array, int64_t sample, int64_t head);
  int64_t keyHeadOf(int64_t head) const { return head / group; }

  /// Whether no place of the tile can matter: no query may attend to its keys.
  bool isSkipped(const ScoreTile &tile) const;
  /// Whether every query of the tile may attend to every key of it.
  bool isOpen(const ScoreTile &tile) const;
  bool allows(const ScoreTile &tile, int64_t query, int64_t key) const;

  /// scores[i][j] = scale query[i] key[j], rows of ScoreTile::side.
  void multiply(const ScoreTile &tile, Places query, Places key,
                float *scores) const;

private:
  bool causal;
  int64_t window;
  const uint8_t *mask = nullptr;
  std::array<int64_t, 4> maskStrides{};
};

/// c [m, n] = factor a b + old c, where a is [m, k], or [k, m] if `turned`, and
/// b [k, n]. One thread's work.
void addProduct(bool turned, int64_t m, int64_t n, int64_t k, Places a,
                Places b, Places c);

/// Whether these are float32 arrays of these shapes.
bool areFloats(std::span<const Argument> arrays, std::span<const Shape> shapes);

/// A call that does `work` for each of `items`, each on one thread.
std::unique_ptr<Call> makeItemLoop(const Library::Context &context,
                                   int64_t items, int64_t itemBytes,
                                   std::function<void(int64_t)> work);

} // namespace dlc::host
