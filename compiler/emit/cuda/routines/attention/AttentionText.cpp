// Attention in tiles of 64 queries by 64 keys, in IEEE's float32. A block has
// 256 threads, 16 lines of 16, and each of them 4 rows and 4 columns of a tile;
// it owns 64 rows of its result and goes along all columns that matter, so that
// every sum has one order.
//
// `S` holds the sizes and what may be attended to: see Attention.cpp.
#include "compiler/emit/cuda/routines/attention/AttentionText.h"

namespace dlc::emit::cuda::routines {

std::string_view getAttentionText() {
  return R"(
// Attention by tiles of scores: a block has 16 lines of 16 threads, and a thread 4 by 4 scores.
namespace attention {
constexpr int side = 64, depth = 16, pitch = side + 4, threads = 256;
constexpr float lowest = -0.7f * 3.40282347e38f;
constexpr int stageFloats = 2 * depth * pitch;

// The places of a head in an array [n, places, heads, width].
template <int places, int heads, int width> struct Head {
  __device__ static int begin(int sample, int head) {
    return (sample * places * heads + head) * width;
  }
  __device__ static bool has(int place, int i) { return place < places && i < width; }
  __device__ static int offset(int place, int i) { return place * (heads * width) + i; }

  static constexpr int size = width;
  const float *data;
  __device__ Head(const float *array, int sample, int head) : data(array + begin(sample, head)) {}
  __device__ float read(int place, int i) const {
    return has(place, i) ? data[offset(place, i)] : 0.0f;
  }
};
template <class S> using Query = Head<S::queries, S::heads, S::width>;
template <class S> using Key = Head<S::keys, S::keyHeads, S::width>;
template <class S> using Value = Head<S::keys, S::keyHeads, S::depth>;
template <class S> using Result = Head<S::queries, S::heads, S::depth>;

template <class S> struct Mask {
  const unsigned char *data;
  __device__ Mask(const unsigned char *mask, int sample, int head)
      : data(mask + sample * S::maskSample + head * S::maskHead) {}
  __device__ bool allows(int query, int key) const {
    if (S::causal && key > query)
      return false;
    if (S::window && (query - key >= S::window || key - query >= S::window))
      return false;
    return !S::hasMask || data[query * S::maskQuery + key * S::maskKey];
  }
};

// Whether keys behind a query never count. Where a query may be left with no key, all of them do.
template <class S> __device__ constexpr bool skips() {
  return S::causal && (S::zeroEmpty || !(S::hasMask || S::window));
}

__device__ __forceinline__ int line() { return threadIdx.x / 16; }
__device__ __forceinline__ int column() { return threadIdx.x % 16; }

// products[i][j] = sum_k left[row i][k] right[column j][k]
template <class Left, class Right>
__device__ __forceinline__ void multiply(float (&products)[4][4], const Left &left, int firstRow,
                                         const Right &right, int firstColumn, float *stage) {
  float (*const rows)[pitch] = reinterpret_cast<float (*)[pitch]>(stage);
  float (*const columns)[pitch] = rows + depth;
#pragma unroll
  for (int i = 0; i < 4; ++i)
    products[i][0] = products[i][1] = products[i][2] = products[i][3] = 0.0f;
  for (int start = 0; start < Left::size; start += depth) {
    __syncthreads();
#pragma unroll
    for (int i = threadIdx.x; i < side * depth; i += threads) {
      const int place = i / depth, k = i % depth;
      rows[k][place] = left.read(firstRow + place, start + k);
      columns[k][place] = right.read(firstColumn + place, start + k);
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < depth; ++k) {
      const float4 a = *reinterpret_cast<const float4 *>(&rows[k][line() * 4]);
      const float4 b = *reinterpret_cast<const float4 *>(&columns[k][column() * 4]);
      const float x[4] = {a.x, a.y, a.z, a.w}, y[4] = {b.x, b.y, b.z, b.w};
#pragma unroll
      for (int i = 0; i < 4; ++i)
#pragma unroll
        for (int j = 0; j < 4; ++j)
          products[i][j] = fmaf(x[i], y[j], products[i][j]);
    }
  }
}

// Where all threads of the block find the weights of a tile: weights[column][row].
__device__ __forceinline__ void share(float (*weights)[pitch], const float (&tile)[4][4]) {
#pragma unroll
  for (int j = 0; j < 4; ++j)
    *reinterpret_cast<float4 *>(&weights[column() * 4 + j][line() * 4]) =
        float4{tile[0][j], tile[1][j], tile[2][j], tile[3][j]};
}

// Sums of a thread's 4 rows, and of 4 columns in each 64 of the result's.
template <int parts> struct Sums {
  float of[4][4 * parts] = {};

  __device__ __forceinline__ void scale(int row, float factor) {
#pragma unroll
    for (int j = 0; j < 4 * parts; ++j)
      of[row][j] *= factor;
  }

  // += sum over the tile's columns of weights[column][row] x[firstColumn + column][from...]
  template <class Factor>
  __device__ __forceinline__ void add(const float (*weights)[pitch], const Factor &x,
                                      int firstColumn, int from, float *stage) {
    constexpr int wide = side * parts;
    float (*const values)[wide] = reinterpret_cast<float (*)[wide]>(stage);
    for (int start = 0; start < side; start += depth) {
      __syncthreads();
#pragma unroll
      for (int i = threadIdx.x; i < depth * wide; i += threads)
        values[i / wide][i % wide] = x.read(firstColumn + start + i / wide, from + i % wide);
      __syncthreads();
#pragma unroll 4
      for (int k = 0; k < depth; ++k) {
        const float4 a = *reinterpret_cast<const float4 *>(&weights[start + k][line() * 4]);
        const float w[4] = {a.x, a.y, a.z, a.w};
#pragma unroll
        for (int part = 0; part < parts; ++part) {
          const float4 b =
              *reinterpret_cast<const float4 *>(&values[k][part * side + column() * 4]);
          const float y[4] = {b.x, b.y, b.z, b.w};
#pragma unroll
          for (int i = 0; i < 4; ++i)
#pragma unroll
            for (int j = 0; j < 4; ++j)
              of[i][part * 4 + j] = fmaf(w[i], y[j], of[i][part * 4 + j]);
        }
      }
    }
  }

  template <class Array>
  __device__ __forceinline__ void store(float *array, int sample, int head, int firstRow,
                                        int from) const {
    float *const data = array + Array::begin(sample, head);
#pragma unroll
    for (int i = 0; i < 4; ++i)
#pragma unroll
      for (int j = 0; j < 4 * parts; ++j) {
        const int place = firstRow + line() * 4 + i;
        const int k = from + j / 4 * side + column() * 4 + j % 4;
        if (Array::has(place, k))
          data[Array::offset(place, k)] = of[i][j];
      }
  }
};

// Over the 16 threads that share rows.
__device__ __forceinline__ float maximum(float x) {
#pragma unroll
  for (int apart = 8; apart; apart /= 2)
    x = fmaxf(x, __shfl_xor_sync(0xffffffff, x, apart));
  return x;
}
__device__ __forceinline__ float total(float x) {
#pragma unroll
  for (int apart = 8; apart; apart /= 2)
    x += __shfl_xor_sync(0xffffffff, x, apart);
  return x;
}

// Which rows a block owns, and the columns of the result that it makes.
template <int places, int heads, int parts> struct Block {
  static constexpr int tiles = (places + side - 1) / side;
  const int firstRow = blockIdx.x % tiles * side;
  const int head = blockIdx.x / tiles % heads, sample = blockIdx.x / tiles / heads;
  const int from = blockIdx.y * side * parts;
};

// The online softmax: scores less the largest so far, by which what came before is scaled.
template <class S, int parts>
__device__ __forceinline__ void forward(const float *query, const float *key, const float *value,
                                        const unsigned char *mask, float *result,
                                        float *logsumexp) {
  __shared__ __align__(16) float stage[stageFloats];
  __shared__ __align__(16) float weights[side][pitch];
  const Block<S::queries, S::heads, parts> block;
  const int keyHead = block.head / (S::heads / S::keyHeads);
  const Query<S> q(query, block.sample, block.head);
  const Key<S> k(key, block.sample, keyHead);
  const Value<S> v(value, block.sample, keyHead);
  const Mask<S> allowed(mask, block.sample, block.head);
  const float nothing = __int_as_float(0xff800000);
  float top[4] = {nothing, nothing, nothing, nothing}, sum[4] = {};
  Sums<parts> y;
  const int end = skips<S>() ? min(S::keys, block.firstRow + side) : S::keys;
  for (int first = 0; first < end; first += side) {
    float scores[4][4];
    multiply(scores, q, block.firstRow, k, first, stage);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int row = block.firstRow + line() * 4 + i;
      float largest = nothing;
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const int place = first + column() * 4 + j;
        const bool inside = row < S::queries && place < S::keys;
        scores[i][j] = !inside                      ? nothing
                       : allowed.allows(row, place) ? scores[i][j] * S::scale
                       : S::zeroEmpty               ? nothing
                                                    : lowest;
        largest = fmaxf(largest, scores[i][j]);
      }
      largest = fmaxf(top[i], maximum(largest));
      const float base = largest == nothing ? 0.0f : largest;
      const float shrink = expf(top[i] - base);
      top[i] = largest;
      float added = 0.0f;
#pragma unroll
      for (int j = 0; j < 4; ++j)
        added += scores[i][j] = expf(scores[i][j] - base);
      sum[i] = sum[i] * shrink + total(added);
      y.scale(i, shrink);
    }
    share(weights, scores);
    y.add(weights, v, first, block.from, stage);
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = block.firstRow + line() * 4 + i;
    y.scale(i, sum[i] == 0.0f ? 0.0f : 1.0f / sum[i]);
    if (row < S::queries && column() == 0 && blockIdx.y == 0)
      logsumexp[(block.sample * S::queries + row) * S::heads + block.head] = top[i] + logf(sum[i]);
  }
  y.template store<Result<S>>(result, block.sample, block.head, block.firstRow, block.from);
}

// What the gradients know of a query: ln sum e^score, and the sum of y dy.
struct Row {
  float logsumexp = 0.0f, dot = 0.0f;
};
template <class S>
__device__ __forceinline__ Row readRow(const float *logsumexp, const float *dot, int sample,
                                       int head, int place) {
  Row row;
  if (place < S::queries) {
    const int i = (sample * S::queries + place) * S::heads + head;
    row.logsumexp = logsumexp[i];
    row.dot = dot[i];
  }
  return row;
}

template <class S>
__device__ __forceinline__ float findShare(float product, Row row, bool allowed) {
  if (allowed)
    return expf(product * S::scale - row.logsumexp);
  return !S::zeroEmpty && row.logsumexp <= 0.5f * lowest ? 1.0f / S::keys : 0.0f;
}
// The gradient of a product of query and key, from that of the share.
template <class S>
__device__ __forceinline__ float differentiate(float product, float grad, Row row, bool allowed) {
  return allowed ? findShare<S>(product, row, true) * (grad - row.dot) * S::scale : 0.0f;
}

template <class S, int parts>
__device__ __forceinline__ void queryGrad(const float *query, const float *key, const float *value,
                                          const float *logsumexp, const float *dot,
                                          const float *dy, const unsigned char *mask,
                                          float *dquery) {
  __shared__ __align__(16) float stage[stageFloats];
  __shared__ __align__(16) float weights[side][pitch];
  const Block<S::queries, S::heads, parts> block;
  const int keyHead = block.head / (S::heads / S::keyHeads);
  const Query<S> q(query, block.sample, block.head);
  const Key<S> k(key, block.sample, keyHead);
  const Value<S> v(value, block.sample, keyHead);
  const Result<S> g(dy, block.sample, block.head);
  const Mask<S> allowed(mask, block.sample, block.head);
  Row rows[4];
#pragma unroll
  for (int i = 0; i < 4; ++i)
    rows[i] = readRow<S>(logsumexp, dot, block.sample, block.head,
                         block.firstRow + line() * 4 + i);
  Sums<parts> sums;
  const int end = skips<S>() ? min(S::keys, block.firstRow + side) : S::keys;
  for (int first = 0; first < end; first += side) {
    float scores[4][4], grads[4][4];
    multiply(scores, q, block.firstRow, k, first, stage);
    multiply(grads, g, block.firstRow, v, first, stage);
#pragma unroll
    for (int i = 0; i < 4; ++i)
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const int row = block.firstRow + line() * 4 + i, place = first + column() * 4 + j;
        const bool inside = row < S::queries && place < S::keys;
        grads[i][j] = differentiate<S>(scores[i][j], grads[i][j], rows[i],
                                       inside && allowed.allows(row, place));
      }
    share(weights, grads);
    sums.add(weights, k, first, block.from, stage);
  }
  sums.template store<Query<S>>(dquery, block.sample, block.head, block.firstRow, block.from);
}

// dvalue, or dkey: of all heads of queries that read the head of keys, one after the other.
template <class S, int parts, bool ofValue>
__device__ __forceinline__ void keyGrad(const float *query, const float *key, const float *value,
                                        const float *logsumexp, const float *dot, const float *dy,
                                        const unsigned char *mask, float *result) {
  __shared__ __align__(16) float stage[stageFloats];
  __shared__ __align__(16) float weights[side][pitch];
  const Block<S::keys, S::keyHeads, parts> block;
  constexpr int group = S::heads / S::keyHeads;
  const Key<S> k(key, block.sample, block.head);
  const Value<S> v(value, block.sample, block.head);
  Sums<parts> sums;
  for (int head = block.head * group; head < (block.head + 1) * group; ++head) {
    const Query<S> q(query, block.sample, head);
    const Result<S> g(dy, block.sample, head);
    const Mask<S> allowed(mask, block.sample, head);
    for (int first = skips<S>() ? block.firstRow : 0; first < S::queries; first += side) {
      float scores[4][4], grads[4][4];
      multiply(scores, k, block.firstRow, q, first, stage);
      if (!ofValue)
        multiply(grads, v, block.firstRow, g, first, stage);
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const int place = first + column() * 4 + j;
        const Row row = readRow<S>(logsumexp, dot, block.sample, head, place);
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          const int own = block.firstRow + line() * 4 + i;
          const bool inside = place < S::queries && own < S::keys;
          const bool allows = inside && allowed.allows(place, own);
          if (ofValue)
            scores[i][j] = inside ? findShare<S>(scores[i][j], row, allows) : 0.0f;
          else
            scores[i][j] = differentiate<S>(scores[i][j], grads[i][j], row, allows);
        }
      }
      share(weights, scores);
      if (ofValue)
        sums.add(weights, g, first, block.from, stage);
      else
        sums.add(weights, q, first, block.from, stage);
    }
  }
  if (ofValue)
    sums.template store<Value<S>>(result, block.sample, block.head, block.firstRow, block.from);
  else
    sums.template store<Key<S>>(result, block.sample, block.head, block.firstRow, block.from);
}
} // namespace attention
)";
}

} // namespace dlc::emit::cuda::routines
