// Attention in tiles of 64 queries by 64 keys, in IEEE's float32, and what the
// form on tensor cores shares with it. A block has 256 threads, 16 lines of 16,
// and each of them 4 rows and 4 columns of a tile; it owns 64 rows of its
// result and goes along all columns that matter, so that every sum has one
// order.
//
// `S` holds the sizes and what may be attended to: see AttentionKernels.cpp.
#include "compiler/emit/cuda/routines/attention/AttentionText.h"

namespace dlc::emit::cuda::routines {

std::string_view getAttentionText() {
  return R"(
// Attention by tiles of scores, which are to base two: a share is 2^(score - logsumexp).
namespace attention {
constexpr float log2e = 1.44269504f, ln2 = 0.693147181f;
// The score of a key that is not there, and of one that a query may not attend to.
__device__ __forceinline__ float nothing() { return __int_as_float(0xff800000); }
constexpr float lowest = -0.7f * 3.40282347e38f;

// Elements of the arrays, and as float32.
struct F32 {
  using Bits = float;
  __device__ static float widen(float x) { return x; }
  __device__ static float round(float x) { return x; }
};
struct Bf16 {
  using Bits = unsigned short;
  __device__ static float widen(Bits x) { return fromBf16(x); }
  __device__ static Bits round(float x) { return toBf16(x); }
};
struct F16 {
  using Bits = unsigned short;
  __device__ static float widen(Bits x) { return fromF16(x); }
  __device__ static Bits round(float x) { return toF16(x); }
};
template <class S> using Bits = typename S::Number::Bits;

// The places of a head in an array [n, places, heads, width].
template <class Element, int places, int heads, int width> struct Head {
  using Number = Element;
  using Bits = typename Number::Bits;
  __device__ static int begin(int sample, int head) {
    return (sample * places * heads + head) * width;
  }
  __device__ static bool has(int place, int i) { return place < places && i < width; }
  __device__ static int offset(int place, int i) { return place * (heads * width) + i; }

  static constexpr int size = width;
  const Bits *data;
  __device__ Head(const Bits *array, int sample, int head) : data(array + begin(sample, head)) {}
  __device__ float read(int place, int i) const {
    return has(place, i) ? Number::widen(data[offset(place, i)]) : 0.0f;
  }
};
template <class S> using Query = Head<typename S::Number, S::queries, S::heads, S::width>;
template <class S> using Key = Head<typename S::Number, S::keys, S::keyHeads, S::width>;
template <class S> using Value = Head<typename S::Number, S::keys, S::keyHeads, S::depth>;
template <class S> using Result = Head<typename S::Number, S::queries, S::heads, S::depth>;

template <class S> struct Mask {
  const unsigned char *data;
  __device__ Mask(const unsigned char *mask, int sample, int head)
      : data(mask + sample * S::maskSample + head * S::maskHead) {}
  __device__ static bool has(int query, int key) { return query < S::queries && key < S::keys; }
  // Of places that there are.
  __device__ bool allows(int query, int key) const {
    if (S::causal && key > query)
      return false;
    if (S::window && (query - key >= S::window || key - query >= S::window))
      return false;
    return !S::hasMask || data[query * S::maskQuery + key * S::maskKey];
  }
  __device__ bool joins(int query, int key) const { return has(query, key) && allows(query, key); }
  // Whether it joins all of these.
  __device__ static bool isOpen(int query, int queries, int key, int keys) {
    return !S::hasMask && !S::window && has(query + queries - 1, key + keys - 1) &&
           (!S::causal || key + keys - 1 <= query);
  }
  __device__ float score(int query, int key, float score) const {
    if (!has(query, key))
      return nothing();
    return allows(query, key) ? score : S::zeroEmpty ? nothing() : lowest;
  }
};

// What the queries of one head meet.
template <class S> struct Operands {
  Query<S> query;
  Key<S> key;
  Value<S> value;
  Mask<S> mask;
  __device__ Operands(const Bits<S> *query, const Bits<S> *key, const Bits<S> *value,
                      const unsigned char *mask, int sample, int head)
      : query(query, sample, head), key(key, sample, head / (S::heads / S::keyHeads)),
        value(value, sample, head / (S::heads / S::keyHeads)), mask(mask, sample, head) {}
};

// Which rows a block owns.
template <int places, int heads, int rows> struct Block {
  static constexpr int tiles = (places + rows - 1) / rows;
  const int firstRow = blockIdx.x % tiles * rows;
  const int head = blockIdx.x / tiles % heads, sample = blockIdx.x / tiles / heads;
};

// Whether keys behind a query never count. Where a query may be left with no key, all of them do.
template <class S> __device__ constexpr bool skips() {
  return S::causal && (S::zeroEmpty || !(S::hasMask || S::window));
}
// Behind the last key that one of the block's queries meets.
template <class S> __device__ __forceinline__ int findLastKey(int firstRow, int rows) {
  return skips<S>() ? min(S::keys, firstRow + rows) : S::keys;
}

// The online softmax of a row: its largest score so far, and the sum of 2^(score - top).
struct Softmax {
  float top = nothing(), sum = 0.0f;

  __device__ float base() const { return top == nothing() ? 0.0f : top; }
  // With a score that may be larger, the factor of what came before.
  __device__ float raise(float largest) {
    const float before = top;
    top = fmaxf(top, largest);
    const float shrink = exp2f(before - base());
    sum *= shrink;
    return shrink;
  }
  __device__ float factor() const { return sum == 0.0f ? 0.0f : 1.0f / sum; }
  __device__ float logsumexp() const { return top == lowest ? lowest : (top + log2f(sum)) * ln2; }
};

// What the gradients know of a query: the logarithm of the sum of 2^score, and the sum of y dy.
struct Row {
  float logsumexp = 0.0f, dot = 0.0f;
  __device__ Row() {}
  __device__ Row(float logsumexp, float dot) : logsumexp(logsumexp * log2e), dot(dot) {}
};
template <class S> __device__ __forceinline__ int findRow(int sample, int head, int place) {
  return (sample * S::queries + place) * S::heads + head;
}
template <class S>
__device__ __forceinline__ Row readRow(const float *logsumexp, const float *dot, int sample,
                                       int head, int place) {
  if (place >= S::queries)
    return Row();
  const int i = findRow<S>(sample, head, place);
  return Row(logsumexp[i], dot[i]);
}

// The share of a key that a query may attend to, and of one that it may not.
template <class S> __device__ __forceinline__ float findShare(float product, Row row) {
  return exp2f(fmaf(product, S::scale * log2e, -row.logsumexp));
}
template <class S> __device__ __forceinline__ float findEmptyShare(Row row) {
  return !S::zeroEmpty && row.logsumexp <= 0.5f * lowest ? 1.0f / S::keys : 0.0f;
}
// The gradient of a product of query and key, from that of its share.
template <class S> __device__ __forceinline__ float differentiate(float weight, float grad, Row row) {
  return weight * (grad - row.dot) * S::scale;
}

// On the ordinary multipliers.
constexpr int side = 64, depth = 16, pitch = side + 4, threads = 256;
constexpr int stageFloats = 2 * depth * pitch;

__device__ __forceinline__ int line() { return threadIdx.x / 16; }
__device__ __forceinline__ int column() { return threadIdx.x % 16; }

// products[i][j] = sum_k left[row i][k] right[row j][k]
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
  // The block's first column of the result.
  __device__ static int from() { return blockIdx.y * (side * parts); }

  // += sum over the tile's columns of weights[column][row] x[firstColumn + column][from...]
  template <class Factor>
  __device__ __forceinline__ void add(const float (*weights)[pitch], const Factor &x,
                                      int firstColumn, float *stage) {
    constexpr int wide = side * parts;
    float (*const values)[wide] = reinterpret_cast<float (*)[wide]>(stage);
    for (int start = 0; start < side; start += depth) {
      __syncthreads();
#pragma unroll
      for (int i = threadIdx.x; i < depth * wide; i += threads)
        values[i / wide][i % wide] = x.read(firstColumn + start + i / wide, from() + i % wide);
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
  __device__ __forceinline__ void store(typename Array::Bits *array, int sample, int head,
                                        int firstRow) const {
    typename Array::Bits *const data = array + Array::begin(sample, head);
#pragma unroll
    for (int i = 0; i < 4; ++i)
#pragma unroll
      for (int j = 0; j < 4 * parts; ++j) {
        const int place = firstRow + line() * 4 + i;
        const int k = from() + j / 4 * side + column() * 4 + j % 4;
        if (Array::has(place, k))
          data[Array::offset(place, k)] = Array::Number::round(of[i][j]);
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

template <class S, int parts>
__device__ __forceinline__ void forward(const Bits<S> *query, const Bits<S> *key,
                                        const Bits<S> *value, const unsigned char *mask,
                                        Bits<S> *result, float *logsumexp) {
  __shared__ __align__(16) float stage[stageFloats];
  __shared__ __align__(16) float weights[side][pitch];
  const Block<S::queries, S::heads, side> block;
  const Operands<S> x(query, key, value, mask, block.sample, block.head);
  Softmax softmax[4];
  Sums<parts> y;
  const int end = findLastKey<S>(block.firstRow, side);
  for (int first = 0; first < end; first += side) {
    float scores[4][4];
    multiply(scores, x.query, block.firstRow, x.key, first, stage);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int row = block.firstRow + line() * 4 + i;
      float largest = nothing();
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        scores[i][j] = x.mask.score(row, first + column() * 4 + j,
                                    scores[i][j] * (S::scale * log2e));
        largest = fmaxf(largest, scores[i][j]);
      }
      y.scale(i, softmax[i].raise(maximum(largest)));
      float added = 0.0f;
#pragma unroll
      for (int j = 0; j < 4; ++j)
        added += scores[i][j] = exp2f(scores[i][j] - softmax[i].base());
      softmax[i].sum += total(added);
    }
    share(weights, scores);
    y.add(weights, x.value, first, stage);
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = block.firstRow + line() * 4 + i;
    y.scale(i, softmax[i].factor());
    if (row < S::queries && column() == 0 && blockIdx.y == 0)
      logsumexp[findRow<S>(block.sample, block.head, row)] = softmax[i].logsumexp();
  }
  y.template store<Result<S>>(result, block.sample, block.head, block.firstRow);
}

template <class S, int parts>
__device__ __forceinline__ void queryGrad(const Bits<S> *query, const Bits<S> *key,
                                          const Bits<S> *value, const float *logsumexp,
                                          const float *dot, const Bits<S> *dy,
                                          const unsigned char *mask, Bits<S> *dquery) {
  __shared__ __align__(16) float stage[stageFloats];
  __shared__ __align__(16) float weights[side][pitch];
  const Block<S::queries, S::heads, side> block;
  const Operands<S> x(query, key, value, mask, block.sample, block.head);
  const Result<S> grad(dy, block.sample, block.head);
  Row rows[4];
#pragma unroll
  for (int i = 0; i < 4; ++i)
    rows[i] = readRow<S>(logsumexp, dot, block.sample, block.head,
                         block.firstRow + line() * 4 + i);
  Sums<parts> sums;
  const int end = findLastKey<S>(block.firstRow, side);
  for (int first = 0; first < end; first += side) {
    float scores[4][4], grads[4][4];
    multiply(scores, x.query, block.firstRow, x.key, first, stage);
    multiply(grads, grad, block.firstRow, x.value, first, stage);
#pragma unroll
    for (int i = 0; i < 4; ++i)
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const int row = block.firstRow + line() * 4 + i, place = first + column() * 4 + j;
        grads[i][j] = x.mask.joins(row, place)
                          ? differentiate<S>(findShare<S>(scores[i][j], rows[i]), grads[i][j],
                                             rows[i])
                          : 0.0f;
      }
    share(weights, grads);
    sums.add(weights, x.key, first, stage);
  }
  sums.template store<Query<S>>(dquery, block.sample, block.head, block.firstRow);
}

// dvalue, or dkey: of all heads of queries that read the head of keys, one after the other.
template <class S, int parts, bool ofValue>
__device__ __forceinline__ void keyGrad(const Bits<S> *query, const Bits<S> *key,
                                        const Bits<S> *value, const float *logsumexp,
                                        const float *dot, const Bits<S> *dy,
                                        const unsigned char *mask, Bits<S> *result) {
  __shared__ __align__(16) float stage[stageFloats];
  __shared__ __align__(16) float weights[side][pitch];
  const Block<S::keys, S::keyHeads, side> block;
  constexpr int group = S::heads / S::keyHeads;
  Sums<parts> sums;
  for (int head = block.head * group; head < (block.head + 1) * group; ++head) {
    const Operands<S> x(query, key, value, mask, block.sample, head);
    const Result<S> grad(dy, block.sample, head);
    for (int first = skips<S>() ? block.firstRow : 0; first < S::queries; first += side) {
      float scores[4][4], grads[4][4];
      multiply(scores, x.key, block.firstRow, x.query, first, stage);
      if (!ofValue)
        multiply(grads, x.value, block.firstRow, grad, first, stage);
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const int place = first + column() * 4 + j;
        const Row row = readRow<S>(logsumexp, dot, block.sample, head, place);
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          const bool joins = x.mask.joins(place, block.firstRow + line() * 4 + i);
          const float weight = findShare<S>(scores[i][j], row);
          if (ofValue)
            scores[i][j] = joins ? weight : findEmptyShare<S>(row);
          else
            scores[i][j] = joins ? differentiate<S>(weight, grads[i][j], row) : 0.0f;
        }
      }
      share(weights, scores);
      if (ofValue)
        sums.add(weights, grad, first, stage);
      else
        sums.add(weights, x.query, first, stage);
    }
  }
  if (ofValue)
    sums.template store<Value<S>>(result, block.sample, block.head, block.firstRow);
  else
    sums.template store<Key<S>>(result, block.sample, block.head, block.firstRow);
}
} // namespace attention
)";
}

} // namespace dlc::emit::cuda::routines
