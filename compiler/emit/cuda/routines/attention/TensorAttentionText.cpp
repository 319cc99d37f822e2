// Attention on tensor cores. A block has four warps; a warp owns `fragments`
// times 16 rows of the result in registers and goes along tiles of `columns`
// places, so that every sum has one order. Scores never leave registers: a
// lane's sums of one product are its factor of the next.
//
// `S` holds the sizes, what may be attended to, `Cores` and the tiles `Width`
// and `Depth`, whose layout is that of HeadTile.h: see AttentionKernels.cpp.
#include "compiler/emit/cuda/routines/attention/AttentionText.h"

namespace dlc::emit::cuda::routines {

std::string_view getTensorAttentionText() {
  return R"(
// Attention on tensor cores: a warp has `fragments` times 16 rows, and a lane of each fragment one
// row in its upper and one in its lower half.
namespace attention {
namespace tensor {
constexpr int warps = 4, threads = 32 * warps;

__device__ __forceinline__ int lane() { return threadIdx.x % 32; }
__device__ __forceinline__ int warp() { return threadIdx.x / 32; }
// A row of the block's.
template <int fragments> __device__ __forceinline__ int rowOf(int fragment, int half) {
  return (warp() * fragments + fragment) * 16 + half * 8 + lane() / 4;
}

// Registers of a factor; `rest` is what rounding to tf32 cuts off, where that counts too.
template <int registers> struct Fragment {
  unsigned int whole[registers], rest[registers];
};

__device__ __forceinline__ unsigned int pack(Bf16, float low, float high) {
  unsigned int both;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
  return both;
}
__device__ __forceinline__ unsigned int pack(F16, float low, float high) {
  unsigned int both;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
  return both;
}
__device__ __forceinline__ void multiply(Bf16, float *above, float *below, const Fragment<4> &a,
                                         const Fragment<2> &b) {
  ::tensor::multiplyBf16(above[0], above[1], below[0], below[1], a.whole, b.whole);
}
__device__ __forceinline__ void multiply(F16, float *above, float *below, const Fragment<4> &a,
                                         const Fragment<2> &b) {
  ::tensor::multiplyF16(above[0], above[1], below[0], below[1], a.whole, b.whole);
}

// Halves as they are. A lane has columns 2 i and 2 i + 1 of eight scores.
template <class Number> struct HalfCores {
  static constexpr int depth = 16;
  __device__ static int columnOf(int score) {
    return score / 2 * 8 + lane() % 4 * 2 + score % 2;
  }
  // Of four sums, behind joinQuads.
  __device__ static int quadColumn() { return lane() % 2 * 8 + lane() % 4 / 2 * 4; }
  template <int registers> __device__ static void settle(Fragment<registers> &) {}

  // Two fragments of a result, of four sums.
  template <class Tile, int fragments, int wide>
  __device__ static __forceinline__ void add(float (&sums)[fragments][2][wide],
                                             const Fragment<4> (&a)[fragments],
                                             unsigned int right, int unit, int step) {
    Fragment<2> b[2];
    ::tensor::loadTransposed(b[0].whole[0], b[0].whole[1], b[1].whole[0], b[1].whole[1],
                             right + Tile::across(lane(), unit, step, 0));
#pragma unroll
    for (int i = 0; i < fragments; ++i)
#pragma unroll
      for (int j = 0; j < 2; ++j)
        multiply(&sums[i][0][4 * unit + 2 * j], &sums[i][1][4 * unit + 2 * j], a[i], b[j]);
  }
  __device__ static __forceinline__ void multiply(float *above, float *below,
                                                  const Fragment<4> &a, const Fragment<2> &b) {
    tensor::multiply(Number(), above, below, a, b);
  }
  // The left factor of one step, from a lane's scores.
  __device__ static __forceinline__ void take(Fragment<4> &a, const float *above,
                                              const float *below, int step) {
    a.whole[0] = pack(Number(), above[4 * step], above[4 * step + 1]);
    a.whole[1] = pack(Number(), below[4 * step], below[4 * step + 1]);
    a.whole[2] = pack(Number(), above[4 * step + 2], above[4 * step + 3]);
    a.whole[3] = pack(Number(), below[4 * step + 2], below[4 * step + 3]);
  }
  template <int fragments, int wide>
  __device__ static __forceinline__ void join(float (&sums)[fragments][2][wide]) {
#pragma unroll
    for (int i = 0; i < 2 * fragments; ++i)
#pragma unroll
      for (int j = 0; j < wide; j += 4) {
        float *const quad = &sums[i / 2][i % 2][j];
        ::tensor::joinQuads(quad[0], quad[1], quad[2], quad[3]);
      }
  }
};

// Float32 rounded to tf32, or as a sum of two such. A lane has columns i and i + 4 of eight scores.
template <bool isSplit> struct FloatCores {
  static constexpr int depth = 8;
  __device__ static int columnOf(int score) {
    return score / 2 * 8 + lane() % 4 + score % 2 * 4;
  }
  __device__ static int quadColumn() { return lane() % 4 * 4; }
  template <int registers>
  __device__ static __forceinline__ void settle(Fragment<registers> &x) {
#pragma unroll
    for (int i = 0; i < registers; ++i)
      if (isSplit)
        ::tensor::split(x.whole[i], x.rest[i]);
      else
        x.whole[i] = ::tensor::roundTf32(x.whole[i]);
  }

  // Four fragments of a result, of eight sums: two quads, 16 columns apart.
  template <class Tile, int fragments, int wide>
  __device__ static __forceinline__ void add(float (&sums)[fragments][2][wide],
                                             const Fragment<4> (&a)[fragments],
                                             unsigned int right, int unit, int step) {
    Fragment<2> b[4];
#pragma unroll
    for (int part = 0; part < 2; ++part)
      ::tensor::loadQuad(b[0].whole[part], b[1].whole[part], b[2].whole[part], b[3].whole[part],
                         right + Tile::across(lane(), unit, step, part));
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      settle(b[j]);
#pragma unroll
      for (int i = 0; i < fragments; ++i)
        multiply<4>(&sums[i][0][8 * unit + j], &sums[i][1][8 * unit + j], a[i], b[j]);
    }
  }
  template <int apart = 1>
  __device__ static __forceinline__ void multiply(float *above, float *below,
                                                  const Fragment<4> &a, const Fragment<2> &b) {
    const auto once = [&](const unsigned int (&x)[4], const unsigned int (&y)[2]) {
      ::tensor::multiplyTf32(above[0], above[apart], below[0], below[apart], x, y);
    };
    if (isSplit) { // the small ones first
      once(a.rest, b.whole);
      once(a.whole, b.rest);
    }
    once(a.whole, b.whole);
  }
  __device__ static __forceinline__ void take(Fragment<4> &a, const float *above,
                                              const float *below, int step) {
    a.whole[0] = __float_as_uint(above[2 * step]);
    a.whole[1] = __float_as_uint(below[2 * step]);
    a.whole[2] = __float_as_uint(above[2 * step + 1]);
    a.whole[3] = __float_as_uint(below[2 * step + 1]);
    settle(a);
  }
  template <int fragments, int wide>
  __device__ static __forceinline__ void join(float (&)[fragments][2][wide]) {}
};

// Starts the copies of `count` places from `first` on to the tile at `to`.
template <class Tile, int count, class Array>
__device__ __forceinline__ void copy(unsigned int to, const Array &array, int first) {
  constexpr int perPiece = 16 / Tile::copied, perRow = Tile::pieces * perPiece;
  constexpr int width = Tile::copied / int(sizeof(typename Array::Bits));
#pragma unroll 4
  for (int slot = threadIdx.x; slot < count * perRow; slot += threads) {
    const int row = slot / perRow, inRow = slot % perRow;
    if (inRow >= Tile::filled * perPiece)
      continue;
    const bool inside = Array::has(first + row, inRow * width);
    const unsigned int target =
        to + Tile::place(row, inRow / perPiece) + inRow % perPiece * Tile::copied;
    const void *const from = array.data + (inside ? Array::offset(first + row, inRow * width) : 0);
    if (Tile::copied == 16)
      ::tensor::copy16(target, from, inside);
    else if (Tile::copied == 8)
      ::tensor::copy8(target, from, inside);
    else if (Tile::copied == 4)
      ::tensor::copy4(target, from, inside);
    else
      ::tensor::copy2(target, from, inside);
  }
}

// Calls `work` for each tile of columns, while the next one is on its way to the other stage.
template <int columns, int stageBytes, class Fetch, class Work>
__device__ __forceinline__ void walk(int begin, int end, unsigned int stages, const Fetch &fetch,
                                     const Work &work) {
  if (begin >= end)
    return;
  __syncthreads();
  fetch(begin, stages);
  ::tensor::commit();
  unsigned int from = stages, to = stages + stageBytes;
  for (int first = begin; first < end; first += columns) {
    ::tensor::waitFor<0>();
    __syncthreads();
    if (first + columns < end) {
      fetch(first + columns, to);
      ::tensor::commit();
    }
    work(first, from);
    const unsigned int next = to;
    to = from;
    from = next;
  }
}

// What blocks of queries walk along: a stage has a tile of keys, then one of their values.
template <class S, int columns> struct KeyTiles {
  static constexpr int values = columns * S::Width::rowBytes;
  static constexpr int stageBytes = values + columns * S::Depth::rowBytes;
  const Key<S> &key;
  const Value<S> &value;
  __device__ __forceinline__ void operator()(int first, unsigned int to) const {
    copy<typename S::Width, columns>(to, key, first);
    copy<typename S::Depth, columns>(to + values, value, first);
  }
};

// scores = rows of the left tile by rows of the right one.
template <class S, class Tile, int fragments, int count>
__device__ __forceinline__ void multiplyRows(float (&scores)[fragments][2][count],
                                             unsigned int left, unsigned int right) {
  using Cores = typename S::Cores;
  left += warp() * fragments * 16 * Tile::rowBytes;
#pragma unroll
  for (int i = 0; i < 2 * fragments; ++i)
#pragma unroll
    for (int j = 0; j < count; ++j)
      scores[i / 2][i % 2][j] = 0.0f;
// All at once would take registers for their addresses.
#pragma unroll 2
  for (int step = 0; step < Tile::steps; ++step) {
    Fragment<4> a[fragments];
#pragma unroll
    for (int i = 0; i < fragments; ++i) {
      ::tensor::loadMatrices(a[i].whole[0], a[i].whole[1], a[i].whole[2], a[i].whole[3],
                             left + Tile::left(lane(), i, step));
      Cores::settle(a[i]);
    }
#pragma unroll
    for (int unit = 0; unit < count / 4; ++unit) {
      Fragment<2> b[2];
      ::tensor::loadMatrices(b[0].whole[0], b[0].whole[1], b[1].whole[0], b[1].whole[1],
                             right + Tile::right(lane(), unit, step));
#pragma unroll
      for (int j = 0; j < 2; ++j) {
        Cores::settle(b[j]);
#pragma unroll
        for (int i = 0; i < fragments; ++i)
          Cores::multiply(&scores[i][0][4 * unit + 2 * j], &scores[i][1][4 * unit + 2 * j], a[i],
                          b[j]);
      }
    }
  }
}

// sums += weights by rows of the right tile, across them.
template <class S, class Tile, int fragments, int wide, int count>
__device__ __forceinline__ void addRows(float (&sums)[fragments][2][wide],
                                        const float (&weights)[fragments][2][count],
                                        unsigned int right) {
  using Cores = typename S::Cores;
#pragma unroll
  for (int step = 0; step < 4 * count / Cores::depth; ++step) {
    Fragment<4> a[fragments];
#pragma unroll
    for (int i = 0; i < fragments; ++i)
      Cores::take(a[i], weights[i][0], weights[i][1], step);
#pragma unroll
    for (int unit = 0; unit < Tile::units; ++unit)
      Cores::template add<Tile>(sums, a, right, unit, step);
  }
}

template <class S, class Array, int fragments, int wide>
__device__ __forceinline__ void store(Bits<S> *array, int sample, int head, int firstRow,
                                      float (&sums)[fragments][2][wide]) {
  using Cores = typename S::Cores;
  Cores::join(sums);
  Bits<S> *const data = array + Array::begin(sample, head);
#pragma unroll
  for (int i = 0; i < 2 * fragments; ++i)
#pragma unroll
    for (int j = 0; j < wide; j += 4) {
      const float *const quad = &sums[i / 2][i % 2][j];
      const int place = firstRow + rowOf<fragments>(i / 2, i % 2);
      const int column = 4 * j + Cores::quadColumn();
      Four<Bits<S>> four;
#pragma unroll
      for (int k = 0; k < 4; ++k)
        four.at[k] = S::Number::round(quad[k]);
      if (Array::size % 4 == 0) {
        if (Array::has(place, column))
          store4(data + Array::offset(place, column), four);
      } else {
#pragma unroll
        for (int k = 0; k < 4; ++k)
          if (Array::has(place, column + k))
            data[Array::offset(place, column + k)] = four.at[k];
      }
    }
}

// Over the four lanes that share a row.
__device__ __forceinline__ float maximum(float x) {
  x = fmaxf(x, __shfl_xor_sync(0xffffffff, x, 1));
  return fmaxf(x, __shfl_xor_sync(0xffffffff, x, 2));
}
__device__ __forceinline__ float total(float x) {
  x += __shfl_xor_sync(0xffffffff, x, 1);
  return x + __shfl_xor_sync(0xffffffff, x, 2);
}

template <class S, int fragments, int columns>
__device__ __forceinline__ void forward(const Bits<S> *query, const Bits<S> *key,
                                        const Bits<S> *value, const unsigned char *mask,
                                        Bits<S> *result, float *logsumexp) {
  using Width = typename S::Width;
  using Depth = typename S::Depth;
  using Cores = typename S::Cores;
  constexpr int rows = warps * fragments * 16, count = columns / 4;
  extern __shared__ __align__(128) unsigned char sharedTiles[];
  const Block<S::queries, S::heads, rows> block;
  const Operands<S> x(query, key, value, mask, block.sample, block.head);
  const KeyTiles<S, columns> tiles{x.key, x.value};
  const unsigned int own = ::tensor::addressOf(sharedTiles);
  const int firstQuery = block.firstRow + warp() * fragments * 16;
  Softmax softmax[fragments][2];
  float sums[fragments][2][Depth::columns / 4] = {};
  copy<Width, rows>(own, x.query, block.firstRow);
  walk<columns, KeyTiles<S, columns>::stageBytes>(
      0, findLastKey<S>(block.firstRow, rows), own + rows * Width::rowBytes,
      tiles,
      [&](int first, unsigned int from) {
        float scores[fragments][2][count];
        multiplyRows<S, Width>(scores, own, from);
        const bool open = x.mask.isOpen(firstQuery, fragments * 16, first, columns);
#pragma unroll
        for (int i = 0; i < 2 * fragments; ++i) {
          float(&row)[count] = scores[i / 2][i % 2];
#pragma unroll
          for (int j = 0; j < count; ++j)
            row[j] *= S::scale * log2e;
          if (!open) {
            const int place = block.firstRow + rowOf<fragments>(i / 2, i % 2);
#pragma unroll
            for (int j = 0; j < count; ++j)
              row[j] = x.mask.score(place, first + Cores::columnOf(j), row[j]);
          }
          float largest = nothing();
#pragma unroll
          for (int j = 0; j < count; ++j)
            largest = fmaxf(largest, row[j]);
          Softmax &one = softmax[i / 2][i % 2];
          const float shrink = one.raise(maximum(largest));
#pragma unroll
          for (int j = 0; j < count; ++j)
            one.sum += row[j] = exp2f(row[j] - one.base());
#pragma unroll
          for (int j = 0; j < Depth::columns / 4; ++j)
            sums[i / 2][i % 2][j] *= shrink;
        }
        addRows<S, Depth>(sums, scores, from + tiles.values);
      });
#pragma unroll
  for (int i = 0; i < 2 * fragments; ++i) {
    Softmax &one = softmax[i / 2][i % 2];
    one.sum = total(one.sum);
#pragma unroll
    for (int j = 0; j < Depth::columns / 4; ++j)
      sums[i / 2][i % 2][j] *= one.factor();
    const int place = block.firstRow + rowOf<fragments>(i / 2, i % 2);
    if (place < S::queries && lane() % 4 == 0)
      logsumexp[findRow<S>(block.sample, block.head, place)] = one.logsumexp();
  }
  store<S, Result<S>>(result, block.sample, block.head, block.firstRow, sums);
}

template <class S, int fragments, int columns>
__device__ __forceinline__ void queryGrad(const Bits<S> *query, const Bits<S> *key,
                                          const Bits<S> *value, const float *logsumexp,
                                          const float *dot, const Bits<S> *dy,
                                          const unsigned char *mask, Bits<S> *dquery) {
  using Width = typename S::Width;
  using Depth = typename S::Depth;
  using Cores = typename S::Cores;
  constexpr int rows = warps * fragments * 16, count = columns / 4;
  extern __shared__ __align__(128) unsigned char sharedTiles[];
  const Block<S::queries, S::heads, rows> block;
  const Operands<S> x(query, key, value, mask, block.sample, block.head);
  const KeyTiles<S, columns> tiles{x.key, x.value};
  const Result<S> grad(dy, block.sample, block.head);
  const unsigned int own = ::tensor::addressOf(sharedTiles);
  const unsigned int ownGrads = own + rows * Width::rowBytes;
  const int firstQuery = block.firstRow + warp() * fragments * 16;
  Row known[2 * fragments];
#pragma unroll
  for (int i = 0; i < 2 * fragments; ++i)
    known[i] = readRow<S>(logsumexp, dot, block.sample, block.head,
                          block.firstRow + rowOf<fragments>(i / 2, i % 2));
  float sums[fragments][2][Width::columns / 4] = {};
  copy<Width, rows>(own, x.query, block.firstRow);
  copy<Depth, rows>(ownGrads, grad, block.firstRow);
  walk<columns, KeyTiles<S, columns>::stageBytes>(
      0, findLastKey<S>(block.firstRow, rows), ownGrads + rows * Depth::rowBytes,
      tiles,
      [&](int first, unsigned int from) {
        float scores[fragments][2][count], grads[fragments][2][count];
        multiplyRows<S, Width>(scores, own, from);
        multiplyRows<S, Depth>(grads, ownGrads, from + tiles.values);
        const bool open = x.mask.isOpen(firstQuery, fragments * 16, first, columns);
#pragma unroll
        for (int i = 0; i < 2 * fragments; ++i) {
          float(&row)[count] = grads[i / 2][i % 2];
#pragma unroll
          for (int j = 0; j < count; ++j)
            row[j] = differentiate<S>(findShare<S>(scores[i / 2][i % 2][j], known[i]), row[j],
                                      known[i]);
          if (open)
            continue;
          const int place = block.firstRow + rowOf<fragments>(i / 2, i % 2);
#pragma unroll
          for (int j = 0; j < count; ++j)
            if (!x.mask.joins(place, first + Cores::columnOf(j)))
              row[j] = 0.0f;
        }
        addRows<S, Width>(sums, grads, from);
      });
  store<S, Query<S>>(dquery, block.sample, block.head, block.firstRow, sums);
}

// Of all heads of queries that read the head of keys, one after the other.
template <class S, int fragments, int columns>
__device__ __forceinline__ void keyGrad(const Bits<S> *query, const Bits<S> *key,
                                        const Bits<S> *value, const float *logsumexp,
                                        const float *dot, const Bits<S> *dy,
                                        const unsigned char *mask, Bits<S> *dkey,
                                        Bits<S> *dvalue) {
  using Width = typename S::Width;
  using Depth = typename S::Depth;
  using Cores = typename S::Cores;
  constexpr int rows = warps * fragments * 16, count = columns / 4;
  // Where these begin in a stage.
  constexpr int gradsOfResult = columns * Width::rowBytes;
  constexpr int known = gradsOfResult + columns * Depth::rowBytes;
  constexpr int group = S::heads / S::keyHeads;
  extern __shared__ __align__(128) unsigned char sharedTiles[];
  const Block<S::keys, S::keyHeads, rows> block;
  const unsigned int own = ::tensor::addressOf(sharedTiles);
  const unsigned int ownValues = own + rows * Width::rowBytes;
  const int firstKey = block.firstRow + warp() * fragments * 16;
  float keySums[fragments][2][Width::columns / 4] = {};
  float valueSums[fragments][2][Depth::columns / 4] = {};
  copy<Width, rows>(own, Key<S>(key, block.sample, block.head), block.firstRow);
  copy<Depth, rows>(ownValues, Value<S>(value, block.sample, block.head), block.firstRow);
#pragma unroll 1
  for (int head = block.head * group; head < (block.head + 1) * group; ++head) {
    const Operands<S> x(query, key, value, mask, block.sample, head);
    const Result<S> grad(dy, block.sample, head);
    walk<columns, known + columns * 2 * int(sizeof(float))>(
        skips<S>() ? block.firstRow : 0, S::queries, ownValues + rows * Depth::rowBytes,
        [&](int first, unsigned int to) {
          copy<Width, columns>(to, x.query, first);
          copy<Depth, columns>(to + gradsOfResult, grad, first);
          const int i = threadIdx.x % columns;
          const float *const from = threadIdx.x < columns ? logsumexp : dot;
          const bool inside = first + i < S::queries;
          if (threadIdx.x < 2 * columns)
            ::tensor::copy4(to + known + threadIdx.x * 4,
                            from + (inside ? findRow<S>(block.sample, head, first + i) : 0),
                            inside);
        },
        [&](int first, unsigned int from) {
          float scores[fragments][2][count], grads[fragments][2][count];
          multiplyRows<S, Width>(scores, own, from);
          multiplyRows<S, Depth>(grads, ownValues, from + gradsOfResult);
          const float *const rowsOfQueries =
              reinterpret_cast<const float *>(sharedTiles + (from - own) + known);
          const bool open = x.mask.isOpen(first, columns, firstKey, fragments * 16);
#pragma unroll
          for (int j = 0; j < count; ++j) {
            const int column = Cores::columnOf(j);
            const Row row(rowsOfQueries[column], rowsOfQueries[columns + column]);
#pragma unroll
            for (int i = 0; i < 2 * fragments; ++i) {
              float &weight = scores[i / 2][i % 2][j], &product = grads[i / 2][i % 2][j];
              weight = findShare<S>(weight, row);
              product = differentiate<S>(weight, product, row);
              if (!open &&
                  !x.mask.joins(first + column, block.firstRow + rowOf<fragments>(i / 2, i % 2))) {
                weight = findEmptyShare<S>(row);
                product = 0.0f;
              }
            }
          }
          addRows<S, Depth>(valueSums, scores, from + gradsOfResult);
          addRows<S, Width>(keySums, grads, from);
        });
  }
  store<S, Key<S>>(dkey, block.sample, block.head, block.firstRow, keySums);
  store<S, Value<S>>(dvalue, block.sample, block.head, block.firstRow, valueSums);
}
} // namespace tensor
} // namespace attention
)";
}

} // namespace dlc::emit::cuda::routines
