// Races on shared memory are found in every order of the threads.
#include "test/tools/ptx-sim/engine/Device.h"

using namespace ptxsim;

/// Runs `code` with %own, the offset of the thread's word, and %next, that of
/// its neighbour; words are 4 bytes, or `bytes`.
static std::string run(const std::string &code, uint64_t seed,
                       unsigned threads = 64, unsigned bytes = 4,
                       bool races = true) {
  auto module =
      load(R"(
.visible .entry k() {
  .reg .pred %p; .reg .b16 %h; .reg .b32 %r<9>, %t, %own, %next;
  .shared .align 16 .b8 s[1024];
  mov.u32 %t, %tid.x;
  mov.u32 %r0, %ntid.x;
  add.u32 %next, %t, 1;
  rem.u32 %next, %next, %r0;
  mov.u32 %r1, s;
  mad.lo.u32 %own, %t, )" +
           std::to_string(bytes) + ", %r1;\nmad.lo.u32 %next, %next, " +
           std::to_string(bytes) + ", %r1;\n" + code + "\nret;\n}\n");
  Device device;
  device.options.seed = seed;
  device.options.races = races;
  return device.launch(*module, "k", shapeOf(2, threads));
}

static void expectRace(const std::string &code, unsigned threads = 64) {
  for (uint64_t seed = 0; seed < 16; ++seed) {
    std::string message = run(code, seed, threads);
    EXPECT_NE(message.find("with no barrier between: a race"),
              std::string::npos)
        << code << ": " << message;
  }
}

static void expectNone(const std::string &code, unsigned threads = 64,
                       unsigned bytes = 4) {
  for (uint64_t seed = 0; seed < 16; ++seed)
    EXPECT_EQ(run(code, seed, threads, bytes), "") << code;
}

TEST(Races, DroppedBarrierAfterTheWrite) {
  expectRace("st.shared.u32 [%own], %t;\nld.shared.u32 %r2, [%next];");
  expectNone("st.shared.u32 [%own], %t;\nbar.sync 0;\n"
             "ld.shared.u32 %r2, [%next];");
}

TEST(Races, DroppedBarrierBeforeTheNextWrite) {
  std::string begin = "st.shared.u32 [%own], %t;\nbar.sync 0;\n"
                      "ld.shared.u32 %r2, [%next];\n";
  expectRace(begin + "st.shared.u32 [%own], %r2;");
  expectNone(begin + "bar.sync 0;\nst.shared.u32 [%own], %r2;");
}

TEST(Races, TwoWriters) {
  expectRace("st.shared.u32 [s], %t;");
  expectNone("st.shared.u32 [s], %t;", 1);
}

TEST(Races, ReadsByManyThenAWrite) {
  std::string begin = "setp.eq.u32 %p, %t, 0; @%p st.shared.u32 [s], %t;\n"
                      "bar.sync 0;\nld.shared.u32 %r2, [s];\n"
                      "ld.shared.u32 %r3, [s];\n";
  expectNone(begin);
  expectRace(begin + "@%p st.shared.u32 [s], %t;");
  expectNone(begin + "bar.sync 0; @%p st.shared.u32 [s], %t;");
}

TEST(Races, WarpBarriersOrderAWarpOnly) {
  std::string code = "st.shared.u32 [%own], %t;\nbar.warp.sync -1;\n"
                     "ld.shared.u32 %r2, [%next];\nbar.warp.sync -1;\n"
                     "st.shared.u32 [%own], %r2;";
  expectNone(code, 32);
  expectRace(code, 64);
}

/// CUDA promises no order of memory for them.
TEST(Races, ShufflesOrderNothing) {
  expectRace("st.shared.u32 [%own], %t;\n"
             "shfl.sync.bfly.b32 %r3, %t, 1, 31, -1;\n"
             "ld.shared.u32 %r2, [%next];",
             32);
}

TEST(Races, AtomicsMeetAtomics) {
  std::string begin = "setp.eq.u32 %p, %t, 0; @%p st.shared.u32 [s], 0;\n"
                      "bar.sync 0;\natom.shared.add.u32 %r2, [s], 1;\n";
  expectNone(begin + "red.shared.max.u32 [s], 5;\nbar.sync 0;\n"
                     "ld.shared.u32 %r3, [s];");
  expectRace(begin + "ld.shared.u32 %r3, [s];");
  expectRace(begin + "@%p st.shared.u32 [s], 7;");
}

/// Two threads, so that half of the orders have the ordinary access and the
/// atomic one of its thread side by side.
TEST(Races, AtomicsHideNothing) {
  std::string first = "setp.eq.u32 %p, %t, 0; @%p st.shared.u32 [s], 0;\n";
  std::string count = "red.shared.add.u32 [s], 1;\n";
  expectRace(first + count, 2);
  expectNone(first + "bar.sync 0;\n" + count, 2);
  std::string last = "@%p ld.shared.u32 %r2, [s];";
  expectRace(first + "bar.sync 0;\n" + count + last, 2);
  expectNone(first + "bar.sync 0;\n" + count + "bar.sync 0;\n" + last, 2);
  expectRace(first + "bar.sync 0;\n@%p ld.shared.u32 %r2, [s];\n"
                     "@%p ld.volatile.shared.u32 %r3, [s];\n"
                     "@!%p red.shared.add.u32 [s], 1;",
             2);
  // The warp's barrier orders its own threads, and no others.
  expectNone(first + "bar.warp.sync 3;\n" + count, 2);
  expectRace(first + "bar.warp.sync -1;\n" + count, 64);
}

/// Neighbouring bytes of a word are not the same place.
TEST(Races, BytesAreApart) {
  expectNone("cvt.u16.u32 %h, %t; st.shared.u8 [%own], %h;\nbar.sync 0;\n"
             "ld.shared.u8 %r2, [%next];",
             64, 1);
}

TEST(Races, VectorsTouchAllTheirWords) {
  expectRace("setp.eq.u32 %p, %t, 0;\n"
             "@%p st.shared.v4.u32 [s], {%t, %t, %t, %t};\n"
             "ld.shared.u32 %r2, [s+12];");
}

TEST(Races, AreNotLookedForWhenOff) {
  EXPECT_EQ(run("st.shared.u32 [s], %t;", 0, 64, 4, false), "");
  EXPECT_NE(run("st.shared.u32 [s+1024], %t;", 0, 64, 4, false), "");
}

TEST(Races, ReportNamesBothSides) {
  std::string message =
      run("setp.eq.u32 %p, %t, 0;\n@%p st.shared.u32 [s], %t;\n"
          "setp.eq.u32 %p, %t, 40;\n@%p ld.shared.u32 %r2, [s];",
          0);
  bool readIsLast =
      message.find("line 18 (ld.shared.u32): thread (40,0,0)") !=
          std::string::npos &&
      message.find("which thread (0,0,0) writes in line 16 with no barrier "
                   "between") != std::string::npos;
  bool writeIsLast =
      message.find("line 16 (st.shared.u32): thread (0,0,0)") !=
          std::string::npos &&
      message.find("which thread (40,0,0) reads in line 18 with no barrier "
                   "between") != std::string::npos;
  EXPECT_TRUE(readIsLast || writeIsLast) << message;
}
