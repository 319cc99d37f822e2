// Whole numbers and bits: each row is an instruction, operands, result.
#include "test/tools/ptx-sim/engine/Evaluate.h"

using namespace ptxsim;

namespace {
struct Row {
  const char *code;
  uint64_t a;
  uint64_t b;
  uint64_t c;
  uint64_t result;
};

void PrintTo(const Row &row, std::ostream *stream) { *stream << row.code; }

class Integers : public testing::TestWithParam<Row> {};
} // namespace

TEST_P(Integers, GiveTheResult) {
  const Row &row = GetParam();
  EXPECT_EQ(evaluate(row.code, row.a, row.b, row.c), row.result);
}

static constexpr uint64_t minusOne = 0xffffffff;
static constexpr uint64_t least = 0x80000000;
static constexpr uint64_t wideMinusOne = ~uint64_t{0};

INSTANTIATE_TEST_SUITE_P(
    Arithmetic, Integers,
    testing::Values(
        Row{"add.s32 %r, %a, %b;", 7, minusOne, 0, 6},
        Row{"add.sat.s32 %r, %a, %b;", 0x7fffffff, 1, 0, 0x7fffffff},
        Row{"add.s64 %R, %A, -1;", 0x100000000, 0, 0, 0xffffffff},
        Row{"sub.u32 %r, %a, %b;", 3, 5, 0, 0xfffffffe},
        Row{"add.cc.u32 %x0, %a, %b; addc.u32 %r, %c, 0;", minusOne, 2, 5, 6},
        Row{"sub.cc.u32 %x0, %a, %b; subc.u32 %r, %c, 0;", 1, 2, 5, 4},
        Row{"add.cc.u32 %x0, %a, %b; addc.cc.u32 %x1, %a, 0;"
            "addc.u32 %r, 0, 0;",
            minusOne, 1, 0, 1},
        Row{"mul.lo.s32 %r, %a, %b;", 0x10001, 0x10001, 0, 0x20001},
        Row{"mul.hi.u32 %r, %a, %b;", minusOne, minusOne, 0, 0xfffffffe},
        Row{"mul.hi.s32 %r, %a, %b;", minusOne, 5, 0, minusOne},
        Row{"mul.hi.u64 %R, %A, %B;", wideMinusOne, wideMinusOne, 0,
            wideMinusOne - 1},
        Row{"mul.wide.s32 %R, %a, %b;", minusOne, 5, 0, wideMinusOne - 4},
        Row{"mul.wide.u32 %R, %a, %b;", minusOne, 2, 0, 0x1fffffffe},
        Row{"mul.lo.u64 %R, %A, %B;", 0x100000001, 3, 0, 0x300000003},
        Row{"mad.lo.s32 %r, %a, %b, %c;", 3, 4, 5, 17},
        Row{"mad.hi.u32 %r, %a, %b, %c;", least, 4, 5, 7},
        Row{"mad.wide.u32 %R, %a, %b, %C;", minusOne, 2, 2, 0x200000000},
        Row{"mad.lo.cc.u32 %x0, %a, %b, %c; madc.hi.u32 %r, %a, %b, 0;",
            minusOne, minusOne, minusOne, minusOne},
        Row{"div.s32 %r, %a, %b;", minusOne - 6, 2, 0, minusOne - 2},
        Row{"div.u32 %r, %a, %b;", 7, 0, 0, minusOne},
        Row{"div.s32 %r, %a, %b;", least, minusOne, 0, least},
        Row{"rem.s32 %r, %a, %b;", minusOne - 6, 4, 0, minusOne - 2},
        Row{"rem.u64 %R, %A, %B;", 0x100000005, 16, 0, 5},
        Row{"rem.u32 %r, %a, %b;", 7, 0, 0, 7},
        Row{"abs.s32 %r, %a;", minusOne - 3, 0, 0, 4},
        Row{"neg.s32 %r, %a;", 4, 0, 0, minusOne - 3},
        Row{"min.s32 %r, %a, %b;", minusOne, 5, 0, minusOne},
        Row{"min.u32 %r, %a, %b;", minusOne, 5, 0, 5},
        Row{"max.s64 %R, %A, %B;", wideMinusOne, 5, 0, 5},
        Row{"cvt.u16.u32 %h0, %a; mul.lo.s16 %h1, %h0, %h0;"
            "cvt.u32.u16 %r, %h1;",
            0x1001, 0, 0, 0x2001}));

INSTANTIATE_TEST_SUITE_P(
    Bits, Integers,
    testing::Values(
        Row{"and.b32 %r, %a, %b;", 12, 10, 0, 8},
        Row{"or.b64 %R, %A, %B;", 12, 10, 0, 14},
        Row{"xor.b32 %r, %a, %b;", 12, 10, 0, 6},
        Row{"not.b32 %r, %a;", 12, 0, 0, minusOne - 12},
        Row{"cnot.b32 %r, %a;", 0, 0, 0, 1},
        Row{"shl.b32 %r, %a, %b;", 1, 31, 0, least},
        Row{"shl.b32 %r, %a, %b;", 1, 32, 0, 0},
        Row{"shr.u32 %r, %a, %b;", least, 40, 0, 0},
        Row{"shr.s32 %r, %a, %b;", least, 40, 0, minusOne},
        Row{"shr.s64 %R, %A, 60;", wideMinusOne, 0, 0, wideMinusOne},
        Row{"shf.l.wrap.b32 %r, %a, %b, %c;", 0x80000001, 2, 33, 5},
        Row{"shf.r.wrap.b32 %r, %a, %b, %c;", 2, 1, 1, 0x80000001},
        Row{"shf.r.clamp.b32 %r, %a, %b, %c;", 2, 9, 50, 9},
        Row{"shf.l.clamp.b32 %r, %a, %b, %c;", 2, 9, 50, 2},
        Row{"lop3.b32 %r, %a, %b, %c, 0x96;", 12, 10, 3, 12 ^ 10 ^ 3},
        Row{"lop3.b32 %r, %a, %b, %c, 0xCA;", 12, 10, 3, (12 & 10) | 3},
        Row{"bfe.u32 %r, %a, 4, 8;", 0xabcd, 0, 0, 0xbc},
        Row{"bfe.s32 %r, %a, 4, 8;", 0xabcd, 0, 0, 0xffffffbc},
        Row{"bfe.u32 %r, %a, %b, %c;", 0xabcd, 28, 60, 0},
        Row{"bfe.s64 %R, %A, 60, 8;", 0x9000000000000000, 0, 0,
            wideMinusOne - 6},
        Row{"bfi.b32 %r, %a, %b, 8, 4;", 0xf5, 0x12345678, 0, 0x12345578},
        Row{"bfi.b64 %R, %A, %B, 32, 32;", 5, 7, 0, 0x500000007},
        Row{"bfind.u32 %r, %a;", 0x8000, 0, 0, 15},
        Row{"bfind.shiftamt.u32 %r, %a;", 0x8000, 0, 0, 16},
        Row{"bfind.s32 %r, %a;", minusOne, 0, 0, minusOne},
        Row{"popc.b64 %r, %A;", wideMinusOne, 0, 0, 64},
        Row{"clz.b32 %r, %a;", 1, 0, 0, 31},
        Row{"clz.b64 %r, %A;", 0x100000000, 0, 0, 31},
        Row{"brev.b32 %r, %a;", 1, 0, 0, least},
        Row{"prmt.b32 %r, %a, %b, 0x7410;", 0x33221100, 0x77665544, 0,
            0x77441100},
        Row{"prmt.b32 %r, %a, %b, 0x9999;", 0x8000, 0, 0, minusOne},
        Row{"setp.ne.u32 %p, %c, 0; selp.b32 %r, %a, %b, %p;", 3, 4, 0, 4},
        Row{"setp.ne.u32 %p, %c, 0; selp.b64 %R, %A, %B, %p;", 3, 4, 1, 3},
        Row{"mov.b64 %R, {%a, %b};", 1, 2, 0, 0x200000001},
        Row{"mov.b64 {%x0, %r}, %A;", 0x500000001, 0, 0, 5},
        Row{"mov.b64 {_, %r}, %A;", 0x500000001, 0, 0, 5},
        Row{"cvt.u16.u32 %h0, %a; cvt.u16.u32 %h1, %b;"
            "mov.b32 %r, {%h0, %h1};",
            0x1111, 0x2222, 0, 0x22221111}));

INSTANTIATE_TEST_SUITE_P(
    Comparisons, Integers,
    testing::Values(
        Row{"setp.lt.s32 %p, %a, %b; selp.u32 %r, 1, 2, %p;", minusOne, 0, 0,
            1},
        Row{"setp.lt.u32 %p, %a, %b; selp.u32 %r, 1, 2, %p;", minusOne, 0, 0,
            2},
        Row{"setp.hi.u32 %p, %a, %b; selp.u32 %r, 1, 2, %p;", minusOne, 0, 0,
            1},
        Row{"setp.eq.s32 %q, %a, %a; setp.lt.and.s32 %p, %a, %b, %q;"
            "selp.u32 %r, 1, 2, %p;",
            1, 2, 0, 1},
        Row{"setp.eq.s32 %q, %a, %a; setp.lt.and.s32 %p, %a, %b, !%q;"
            "selp.u32 %r, 1, 2, %p;",
            1, 2, 0, 2},
        Row{"setp.lt.s32 %p|%q, %a, %b; selp.u32 %r, 1, 2, %q;", 1, 2, 0, 2},
        Row{"set.lt.u32.s32 %r, %a, %b;", 1, 2, 0, minusOne},
        Row{"setp.ge.s64 %p, %A, %B; @!%p mov.u32 %r, 9;", wideMinusOne, 1, 0,
            9},
        Row{"setp.eq.u32 %p, %a, 1; setp.eq.u32 %q, %b, 2;"
            "and.pred %p, %p, %q; not.pred %q, %p; selp.u32 %r, 1, 2, %q;",
            1, 2, 0, 2}));

INSTANTIATE_TEST_SUITE_P(
    Conversions, Integers,
    testing::Values(Row{"cvt.s64.s32 %R, %a;", minusOne, 0, 0, wideMinusOne},
                    Row{"cvt.u64.u32 %R, %a;", minusOne, 0, 0, minusOne},
                    Row{"cvt.u16.u32 %h0, %a; cvt.s32.s16 %r, %h0;", 0x18000, 0,
                        0, 0xffff8000},
                    Row{"cvt.s32.s8 %r, %a;", 0x80, 0, 0, 0xffffff80},
                    Row{"cvt.sat.u8.s32 %r, %a;", 300, 0, 0, 255},
                    Row{"cvt.sat.s8.s32 %r, %a; and.b32 %r, %r, 255;",
                        0xffffff00, 0, 0, 0x80},
                    Row{"cvt.sat.u32.s32 %r, %a;", minusOne, 0, 0, 0}));

/// Fences, hints and waits change nothing; a thread knows of no other that runs
/// beside it.
INSTANTIATE_TEST_SUITE_P(
    Others, Integers,
    testing::Values(
        Row{"membar.gl; fence.acq_rel.gpu; fence.sc.cta; mov.u32 %r, 3;", 0, 0,
            0, 3},
        Row{"prefetch.global.L2 [%to]; prefetchu.L1 [%to]; brkpt;"
            "nanosleep.u32 20; mov.u32 %r, 3;",
            0, 0, 0, 3},
        Row{"activemask.b32 %r;", 0, 0, 0, 1},
        Row{"st.global.u32 [%to], %a; ldu.global.u32 %r, [%to];", 7, 0, 0, 7},
        Row{"isspacep.global %p, %to; selp.u32 %r, 1, 2, %p;", 0, 0, 0, 1},
        Row{"isspacep.shared %p, %to; selp.u32 %r, 1, 2, %p;", 0, 0, 0, 2},
        Row{".shared .b8 s[8]; mov.u64 %X0, s; cvta.shared.u64 %X0, %X0;"
            "isspacep.shared %p, %X0; selp.u32 %r, 1, 2, %p;",
            0, 0, 0, 1},
        Row{".local .b8 l[8]; mov.u64 %X0, l; cvta.local.u64 %X0, %X0;"
            "isspacep.local %p, %X0; selp.u32 %r, 1, 2, %p;",
            0, 0, 0, 1},
        Row{"mov.u32 %r, %lanemask_ge; mov.u32 %x0, %laneid;"
            "add.u32 %r, %r, %x0;",
            0, 0, 0, minusOne},
        // What was never written.
        Row{"mov.u32 %r, %x7;", 0, 0, 0, minusOne},
        Row{".local .align 8 .b8 l[8]; ld.local.u64 %R, [l];", 0, 0, 0,
            wideMinusOne},
        Row{".shared .align 8 .b8 s[8]; ld.shared.u64 %R, [s];", 0, 0, 0,
            wideMinusOne},
        Row{"ld.global.u64 %R, [%to];", 0, 0, 0, wideMinusOne}));
