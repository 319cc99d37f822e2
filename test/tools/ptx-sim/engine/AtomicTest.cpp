// atom: what it leaves and what it gives, in memory of each space.
#include "test/tools/ptx-sim/engine/Evaluate.h"

using namespace ptxsim;

namespace {
struct AtomicRow {
  const char *operation; // with its type
  uint64_t before;
  uint64_t operand;
  uint64_t second; // what cas leaves
  uint64_t after;
};

void PrintTo(const AtomicRow &row, std::ostream *stream) {
  *stream << row.operation << " on " << row.before;
}

class Atomics : public testing::TestWithParam<AtomicRow> {
protected:
  /// Runs the instruction on memory at `address`, which `enter` makes; the
  /// memory afterwards, or what the instruction gives.
  static uint64_t run(const AtomicRow &row, const std::string &space,
                      const std::string &enter, const std::string &address,
                      bool afterwards) {
    std::string name = row.operation;
    bool isWide = name.ends_with("64");
    std::string bits = isWide ? "64" : "32";
    std::string a = isWide ? "%A" : "%a", b = isWide ? "%B" : "%b",
                c = isWide ? "%C" : "%c", r = isWide ? "%R" : "%r",
                old = isWide ? "%X0" : "%x0";
    std::string at = ", [" + address + "]";
    std::string code = enter + "st" + space + ".b" + bits + " [" + address +
                       "], " + a + ";\natom" + space + "." + name + " " + old +
                       at + ", " + b +
                       (name.starts_with("cas") ? ", " + c : "") + ";\n";
    code += afterwards ? "ld" + space + ".b" + bits + " " + r + at + ";"
                       : "mov.b" + bits + " " + r + ", " + old + ";";
    return evaluate(code, row.before, row.operand, row.second);
  }
};
} // namespace

TEST_P(Atomics, AreTheSameInAllSpaces) {
  const AtomicRow &row = GetParam();
  struct {
    const char *space, *enter, *address;
  } places[] = {
      {".global", "", "%to"},
      {"", "", "%to"},
      {".shared", ".shared .align 8 .b8 s[8];\n", "s"},
      {"",
       ".shared .align 8 .b8 s[8];\nmov.u64 %X1, s;\n"
       "cvta.shared.u64 %X1, %X1;\n",
       "%X1"},
  };
  for (const auto &[space, enter, address] : places) {
    EXPECT_EQ(run(row, space, enter, address, true), row.after)
        << space << " " << address;
    EXPECT_EQ(run(row, space, enter, address, false), row.before)
        << space << " " << address;
  }
}

static constexpr uint64_t minusOne = 0xffffffff;

INSTANTIATE_TEST_SUITE_P(
    Results, Atomics,
    testing::Values(
        AtomicRow{"add.u32", minusOne, 3, 0, 2},
        AtomicRow{"add.u64", minusOne, 3, 0, 0x100000002},
        AtomicRow{"add.f32", 0x3fc00000, 0x40000000, 0, 0x40600000},
        AtomicRow{"add.f64", 0x3ff8000000000000, 0x4000000000000000, 0,
                  0x400c000000000000},
        AtomicRow{"min.s32", minusOne, 5, 0, minusOne},
        AtomicRow{"min.u32", minusOne, 5, 0, 5},
        AtomicRow{"max.s32", minusOne, 5, 0, 5},
        AtomicRow{"max.u32", minusOne, 5, 0, minusOne},
        AtomicRow{"max.s64", ~uint64_t{0}, 5, 0, 5},
        AtomicRow{"and.b32", 12, 10, 0, 8}, AtomicRow{"or.b32", 12, 10, 0, 14},
        AtomicRow{"xor.b64", 12, 10, 0, 6},
        AtomicRow{"exch.b32", 12, 10, 0, 10},
        AtomicRow{"cas.b32", 12, 12, 7, 7}, AtomicRow{"cas.b32", 12, 10, 7, 12},
        AtomicRow{"cas.b64", 12, 12, 1ull << 40, 1ull << 40},
        AtomicRow{"inc.u32", 3, 9, 0, 4}, AtomicRow{"inc.u32", 9, 9, 0, 0},
        AtomicRow{"inc.u32", 12, 9, 0, 0}, AtomicRow{"dec.u32", 3, 9, 0, 2},
        AtomicRow{"dec.u32", 0x100, 9, 0, 9},
        AtomicRow{"dec.u32", 0x100, 0x200, 0, 0xff}));
