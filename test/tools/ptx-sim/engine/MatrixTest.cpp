// mma.sync and ldmatrix against plain loops.
#include "test/tools/ptx-sim/engine/Device.h"
#include "tools/ptx-sim/engine/math/Halves.h"

#include <bit>
#include <cmath>

using namespace ptxsim;

namespace {
struct Shape {
  const char *words; // Of mma.sync.aligned.
  unsigned k;
  unsigned inA; // Registers a lane.
  unsigned inB;
  char kind; // t: tf32, b: bf16, h: f16
};
} // namespace

static std::string registers(const char *name, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i)
    text += (i ? ", %" : "%") + std::string(name) + std::to_string(i);
  return text + "}";
}

/// Fragments are loaded as the PTX manual lays them out.
static void checkProduct(const Shape &shape) {
  unsigned perRegister = shape.kind == 't' ? 1 : 2;
  auto encode = [&](float x) -> uint32_t {
    return shape.kind == 't'   ? std::bit_cast<uint32_t>(x)
           : shape.kind == 'b' ? toBf16(x)
                               : toF16(x);
  };
  std::vector<float> a(16 * shape.k);
  std::vector<float> b(shape.k * 8);
  for (size_t i = 0; i < a.size(); ++i)
    a[i] = static_cast<float>(i * 7 % 13) - 6;
  for (size_t i = 0; i < b.size(); ++i)
    b[i] = static_cast<float>(i * 5 % 11) - 4;
  std::vector<uint32_t> words;
  for (unsigned lane = 0; lane < 32; ++lane) {
    unsigned group = lane / 4;
    unsigned inGroup = lane % 4;
    for (unsigned reg = 0; reg < 4; ++reg) {
      uint32_t word = 0;
      for (unsigned half = 0; half < perRegister && reg < shape.inA; ++half) {
        unsigned row = group + (reg & 1) * 8;
        unsigned column =
            inGroup * perRegister + half + (reg >> 1) * 4 * perRegister;
        word |= encode(a[row * shape.k + column]) << (16 * half);
      }
      words.push_back(word);
    }
    for (unsigned reg = 0; reg < 2; ++reg) {
      uint32_t word = 0;
      for (unsigned half = 0; half < perRegister && reg < shape.inB; ++half) {
        unsigned row = inGroup * perRegister + half + reg * 4 * perRegister;
        word |= encode(b[row * 8 + group]) << (16 * half);
      }
      words.push_back(word);
    }
  }
  std::string loads;
  for (unsigned i = 0; i < 4; ++i)
    loads += "ld.global.u32 %a" + std::to_string(i) + ", [%d0+" +
             std::to_string(4 * i) + "];\n";
  for (unsigned i = 0; i < 2; ++i)
    loads += "ld.global.u32 %b" + std::to_string(i) + ", [%d0+" +
             std::to_string(16 + 4 * i) + "];\n";
  auto module = load(R"(
.visible .entry k(.param .u64 from, .param .u64 to) {
  .reg .b32 %a<4>, %b<2>, %c<4>, %t; .reg .b64 %d<4>;
  ld.param.u64 %d0, [from];
  ld.param.u64 %d1, [to];
  mov.u32 %t, %laneid;
  mul.wide.u32 %d2, %t, 24;
  add.s64 %d0, %d0, %d2;
  mul.wide.u32 %d3, %t, 16;
  add.s64 %d1, %d1, %d3;
)" + loads + R"(
  ld.global.v4.u32 {%c0, %c1, %c2, %c3}, [%d1];
  mma.sync.aligned.)" +
                     shape.words + " {%c0, %c1, %c2, %c3}, " +
                     registers("a", shape.inA) + ", " +
                     registers("b", shape.inB) + R"(, {%c0, %c1, %c2, %c3};
  st.global.v4.u32 [%d1], {%c0, %c1, %c2, %c3};
  ret;
})");
  ASSERT_TRUE(module);
  Device device;
  Buffer<uint32_t> from = device.upload(words);
  Buffer<float> to = device.upload(std::vector<float>(128, 0.5F));
  ASSERT_EQ(device.launch(*module, "k", shapeOf(1, 32), from, to), "");
  for (unsigned row = 0; row < 16; ++row)
    for (unsigned column = 0; column < 8; ++column) {
      float sum = 0.5F;
      for (unsigned k = 0; k < shape.k; ++k)
        sum += a[row * shape.k + k] * b[k * 8 + column];
      unsigned lane = row % 8 * 4 + column / 2;
      EXPECT_EQ(to[lane * 4 + row / 8 * 2 + column % 2], sum)
          << shape.words << " at " << row << ", " << column;
    }
}

TEST(Matrices, Products) {
  checkProduct({"m16n8k4.row.col.f32.tf32.tf32.f32", 4, 2, 1, 't'});
  checkProduct({"m16n8k8.row.col.f32.tf32.tf32.f32", 8, 4, 2, 't'});
  checkProduct({"m16n8k8.row.col.f32.bf16.bf16.f32", 8, 2, 1, 'b'});
  checkProduct({"m16n8k16.row.col.f32.bf16.bf16.f32", 16, 4, 2, 'b'});
  checkProduct({"m16n8k16.row.col.f32.f16.f16.f32", 16, 4, 2, 'h'});
}

/// Rows of 8 halves, lane l gives row l; matrix m starts at row 8 m.
static void checkLoad(unsigned count, bool transposed) {
  std::string to = registers("r", count);
  auto module = load(R"(
.visible .entry k(.param .u64 to) {
  .reg .b16 %h; .reg .b32 %r<4>, %t, %x<4>; .reg .b64 %d<4>;
  .shared .align 16 .b8 s[512];
  ld.param.u64 %d0, [to];
  mov.u32 %t, %tid.x;
  mov.u32 %x0, s;
  mad.lo.u32 %x1, %t, 16, %x0;
  mov.u32 %x2, 0;
loop:
  mad.lo.u32 %x3, %t, 8, %x2;
  cvt.u16.u32 %h, %x3;
  shl.b32 %x3, %x2, 1;
  add.u32 %x3, %x3, %x1;
  st.shared.u16 [%x3], %h;
  add.u32 %x2, %x2, 1;
  .reg .pred %p;
  setp.lt.u32 %p, %x2, 8;
  @%p bra loop;
  bar.sync 0;
  mov.u32 %r0, 0; mov.u32 %r1, 0; mov.u32 %r2, 0; mov.u32 %r3, 0;
  ldmatrix.sync.aligned.m8n8.x)" +
                     std::to_string(count) + (transposed ? ".trans" : "") +
                     ".shared.b16 " + to + R"(, [%x1];
  mul.wide.u32 %d1, %t, 16;
  add.s64 %d0, %d0, %d1;
  st.global.v4.u32 [%d0], {%r0, %r1, %r2, %r3};
  ret;
})");
  ASSERT_TRUE(module);
  Device device;
  Buffer<uint32_t> buffer = device.allocate<uint32_t>(128);
  ASSERT_EQ(device.launch(*module, "k", shapeOf(1, 32), buffer), "");
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned matrix = 0; matrix < count; ++matrix) {
      unsigned row = lane / 4;
      unsigned column = lane % 4 * 2;
      auto at = [&](unsigned r, unsigned c) { return matrix * 64 + r * 8 + c; };
      uint32_t low = transposed ? at(column, row) : at(row, column);
      uint32_t high = transposed ? at(column + 1, row) : at(row, column + 1);
      EXPECT_EQ(buffer[lane * 4 + matrix], low | high << 16);
    }
}

TEST(Matrices, Loads) {
  for (unsigned count : {1u, 2u, 4u}) {
    checkLoad(count, false);
    checkLoad(count, true);
  }
}

/// Each lane writes the row it names, or one further; then `between`, and the
/// rows are read from `offset` on.
static std::string loadAfter(const std::string &between, unsigned further,
                             unsigned offset, bool transposed, uint64_t seed) {
  auto module = load(R"(
.visible .entry k() {
  .reg .b32 %r<4>, %t, %x<4>;
  .shared .align 16 .b8 s[1024];
  mov.u32 %t, %tid.x;
  mov.u32 %x0, s;
  mad.lo.u32 %x1, %t, 16, %x0;
  add.u32 %x2, %t, )" +
                     std::to_string(further) + R"(;
  and.b32 %x2, %x2, 31;
  mad.lo.u32 %x2, %x2, 16, %x0;
  st.shared.v4.u32 [%x2], {%t, %t, %t, %t};
)" + between + "\nldmatrix.sync.aligned.m8n8.x4" +
                     (transposed ? ".trans" : "") +
                     ".shared.b16 {%r0, %r1, %r2, %r3}, [%x1+" +
                     std::to_string(offset) + "];\nret;\n}\n");
  Device device;
  device.options.seed = seed;
  return device.launch(*module, "k", shapeOf(1, 32));
}

/// A row is read by the lanes that receive it too, so also the lane that wrote
/// the row it names needs a barrier before the instruction.
TEST(Matrices, LoadsRaceWithWrites) {
  for (uint64_t seed = 0; seed < 3; ++seed)
    for (unsigned further : {0u, 1u})
      for (bool transposed : {false, true}) {
        std::string message = loadAfter("", further, 0, transposed, seed);
        // Whoever comes second is reported.
        EXPECT_TRUE(message.find("line 16 (ldmatrix.sync") != message.npos ||
                    message.find("reads in line 16") != message.npos)
            << message;
        EXPECT_NE(message.find("with no barrier between: a race"),
                  std::string::npos)
            << message;
        EXPECT_EQ(loadAfter("bar.warp.sync -1;", further, 0, transposed, seed),
                  "");
      }
}

TEST(Matrices, MisalignedLoadsAreFound) {
  std::string message = loadAfter("bar.sync 0;", 0, 8, false, 0);
  EXPECT_NE(message.find("(ldmatrix.sync"), std::string::npos) << message;
  EXPECT_NE(message.find("which is no multiple of 16"), std::string::npos)
      << message;
}
