// Shuffles, votes, matches, reductions, and the matrix instructions with the
// fragment layouts of the PTX manual.
#include "tools/ptx-sim/engine/math/Collective.h"
#include "tools/ptx-sim/engine/math/Halves.h"

#include <algorithm>
#include <cstring>

using namespace ptxsim;

/// A lane without a thread, or outside the mask, gives what memory without a
/// value holds.
static constexpr uint32_t poison = 0xffffffff;

/// Operands: value, lane or distance, clamp and segment mask. Results: the
/// value, and whether its lane was in range.
static void shuffle(Collective::Mode mode, const Lanes &lanes) {
  for (int lane = 0; lane < 32; ++lane) {
    if (!lanes[lane])
      continue;
    auto distance = static_cast<int>(lanes[lane]->operands[1] & 31);
    auto clamp = static_cast<int>(lanes[lane]->operands[2] & 31);
    auto segment = static_cast<int>(lanes[lane]->operands[2] >> 8 & 31);
    int last = (lane & segment) | (clamp & ~segment);
    int first = lane & segment;
    int source = 0;
    bool inRange = false;
    switch (mode) {
    case Collective::Up:
      source = lane - distance;
      inRange = source >= last;
      break;
    case Collective::Down:
      source = lane + distance;
      inRange = source <= last;
      break;
    case Collective::Butterfly:
      source = lane ^ distance;
      inRange = source <= last;
      break;
    default:
      source = first | (distance & ~segment);
      inRange = source <= last;
    }
    if (!inRange)
      source = lane;
    lanes[lane]->results[0] =
        lanes[source] ? lanes[source]->operands[0] : poison;
    lanes[lane]->results[1] = inRange;
  }
}

static void vote(Collective::Mode mode, const Lanes &lanes) {
  uint32_t ballot = 0;
  uint32_t present = 0;
  for (unsigned lane = 0; lane < 32; ++lane)
    if (lanes[lane]) {
      present |= 1u << lane;
      ballot |= (lanes[lane]->operands[0] & 1) << lane;
    }
  uint32_t result = ballot;
  if (mode == Collective::All)
    result = ballot == present;
  else if (mode == Collective::Any)
    result = ballot != 0;
  else if (mode == Collective::Uniform)
    result = ballot == 0 || ballot == present;
  for (ThreadState *thread : lanes)
    if (thread)
      thread->results[0] = result;
}

/// Operands: the value in two words.
static void match(Collective::Mode mode, const Lanes &lanes) {
  for (ThreadState *thread : lanes) {
    if (!thread)
      continue;
    uint32_t same = 0;
    uint32_t present = 0;
    for (unsigned lane = 0; lane < 32; ++lane)
      if (lanes[lane]) {
        present |= 1u << lane;
        if (lanes[lane]->operands[0] == thread->operands[0] &&
            lanes[lane]->operands[1] == thread->operands[1])
          same |= 1u << lane;
      }
    bool all = same == present;
    thread->results[0] = mode == Collective::All && !all ? 0 : same;
    thread->results[1] = all;
  }
}

static uint32_t combine(const Collective &collective, uint32_t a, uint32_t b) {
  auto signedA = static_cast<int32_t>(a);
  auto signedB = static_cast<int32_t>(b);
  switch (collective.mode) {
  case Collective::Add:
    return a + b;
  case Collective::Min:
    return collective.isSigned
               ? static_cast<uint32_t>(std::min(signedA, signedB))
               : std::min(a, b);
  case Collective::Max:
    return collective.isSigned
               ? static_cast<uint32_t>(std::max(signedA, signedB))
               : std::max(a, b);
  case Collective::And:
    return a & b;
  case Collective::Or:
    return a | b;
  default:
    return a ^ b;
  }
}

static void reduce(const Collective &collective, const Lanes &lanes) {
  bool isFirst = true;
  uint32_t result = 0;
  for (ThreadState *thread : lanes) {
    if (!thread)
      continue;
    uint32_t value = thread->operands[0];
    result = isFirst ? value : combine(collective, result, value);
    isFirst = false;
  }
  for (ThreadState *thread : lanes)
    if (thread)
      thread->results[0] = result;
}

/// Operands: where the lane's row is in shared memory. Lane 8 m + r names row r
/// of matrix m; lane l receives elements 2 (l mod 4) and the next of row l / 4.
static void loadMatrix(const Collective &collective, const Lanes &lanes) {
  for (unsigned matrix = 0; matrix < collective.count; ++matrix) {
    uint16_t elements[8][8] = {};
    for (unsigned row = 0; row < 8; ++row)
      if (ThreadState *thread = lanes[8 * matrix + row])
        std::memcpy(elements[row], thread->shared + thread->operands[0], 16);
    for (unsigned lane = 0; lane < 32; ++lane) {
      if (!lanes[lane])
        continue;
      unsigned row = lane / 4;
      unsigned column = lane % 4 * 2;
      uint16_t low =
          collective.transposed ? elements[column][row] : elements[row][column];
      uint16_t high = collective.transposed ? elements[column + 1][row]
                                            : elements[row][column + 1];
      lanes[lane]->results[matrix] = low | uint32_t{high} << 16;
    }
  }
}

namespace {
/// D = A B + C of 16 x 8 x k, fragments gathered from all lanes.
class MatrixProduct {
public:
  MatrixProduct(const Collective &collective, const Lanes &lanes)
      : collective(collective), lanes(lanes),
        perRegister(collective.mode == Collective::TF32 ? 1 : 2) {}

  void run() {
    // A holds 16 k / 32 elements a lane, B 8 k / 32.
    unsigned inA = collective.count / (2 * perRegister);
    unsigned inB = collective.count / (4 * perRegister);
    for (unsigned lane = 0; lane < 32; ++lane) {
      for (unsigned i = 0; i < inA * perRegister; ++i)
        placeA(lane, i);
      for (unsigned i = 0; i < inB * perRegister; ++i)
        placeB(lane, inA, i);
    }
    for (unsigned lane = 0; lane < 32; ++lane)
      if (lanes[lane])
        multiply(lane, inA + inB);
  }

private:
  uint32_t word(unsigned lane, unsigned index) const {
    return lanes[lane] ? lanes[lane]->operands[index] : poison;
  }

  float element(uint32_t bits, unsigned half) const {
    auto part = static_cast<uint16_t>(bits >> (16 * half));
    if (collective.mode == Collective::BF16)
      return fromBf16(part);
    if (collective.mode == Collective::F16)
      return fromF16(part);
    // The hardware looks at 10 bits of the fraction.
    return std::bit_cast<float>(bits & 0xffffe000);
  }

  /// Element i of the lane: registers alternate between row and row + 8, then
  /// go to the second half of k.
  void placeA(unsigned lane, unsigned i) {
    unsigned reg = i / perRegister;
    unsigned row = lane / 4 + reg % 2 * 8;
    unsigned column =
        lane % 4 * perRegister + i % perRegister + reg / 2 * 4 * perRegister;
    a[row][column] = element(word(lane, reg), i % perRegister);
  }

  void placeB(unsigned lane, unsigned first, unsigned i) {
    unsigned reg = i / perRegister;
    unsigned row =
        lane % 4 * perRegister + i % perRegister + reg * 4 * perRegister;
    b[row][lane / 4] = element(word(lane, first + reg), i % perRegister);
  }

  void multiply(unsigned lane, unsigned first) {
    ThreadState &thread = *lanes[lane];
    if (collective.halfSum)
      thread.results[0] = thread.results[1] = 0;
    for (unsigned i = 0; i < 4; ++i) {
      unsigned row = lane / 4 + i / 2 * 8;
      unsigned column = lane % 4 * 2 + i % 2;
      // Products of such numbers are exact in double.
      double sum = 0;
      for (unsigned k = 0; k < collective.count; ++k)
        sum += static_cast<double>(a[row][k]) * b[k][column];
      if (collective.halfSum) {
        uint32_t bits = thread.operands[first + i / 2] >> (16 * (i % 2));
        float c = fromF16(static_cast<uint16_t>(bits));
        thread.results[i / 2] |= uint32_t{toF16(static_cast<float>(c + sum))}
                                 << (16 * (i % 2));
      } else {
        auto c = std::bit_cast<float>(thread.operands[first + i]);
        thread.results[i] =
            std::bit_cast<uint32_t>(static_cast<float>(c + sum));
      }
    }
  }

  const Collective &collective;
  const Lanes &lanes;
  unsigned perRegister;
  float a[16][16];
  float b[16][8];
};
} // namespace

void ptxsim::compute(const Collective &collective, const Lanes &lanes) {
  switch (collective.kind) {
  case Collective::None:
  case Collective::SyncWarp:
    return;
  case Collective::Shuffle:
    return shuffle(collective.mode, lanes);
  case Collective::Vote:
    return vote(collective.mode, lanes);
  case Collective::Match:
    return match(collective.mode, lanes);
  case Collective::Reduce:
    return reduce(collective, lanes);
  case Collective::LoadMatrix:
    return loadMatrix(collective, lanes);
  case Collective::Multiply:
    return MatrixProduct(collective, lanes).run();
  }
}
