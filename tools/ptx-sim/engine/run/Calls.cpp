// Thin ways from translated code to the block, and what LLVM has no instruction
// for. The functions' types stand once more where translate/ calls them.
#include "tools/ptx-sim/engine/run/Calls.h"
#include "tools/ptx-sim/engine/math/Halves.h"
#include "tools/ptx-sim/engine/math/Rounded.h"
#include "tools/ptx-sim/engine/run/Block.h"

#include <chrono>
#include <cmath>
#include <cstring>

using namespace ptxsim;

/// A call of the block that may fault. Only here does the stack hold nothing
/// that would have to be destroyed.
template <auto method, typename... Operands>
static void call(ThreadState *thread, Operands... operands) {
  (thread->block->*method)(*thread, operands...);
  if (thread->block->isBroken())
    thread->block->halt(*thread);
}

static void exitThread(ThreadState *thread) {
  thread->block->endThread(*thread);
  thread->block->halt(*thread);
}

static void trap(ThreadState *thread, uint32_t site) {
  thread->block->fault(*thread, site, Status::IllegalInstruction,
                       "reached a trap");
  thread->block->halt(*thread);
}

static void failAssertion(ThreadState *thread, uint32_t site) {
  thread->block->fault(*thread, site, Status::Assert, "failed an assertion");
  thread->block->halt(*thread);
}

static uint64_t nanoseconds() {
  return static_cast<uint64_t>(
      std::chrono::steady_clock::now().time_since_epoch().count());
}

// The approximate instructions compute what they approximate.
static float exp2Of(float x) { return std::exp2(x); }
static float log2Of(float x) { return std::log2(x); }
static float sinOf(float x) { return std::sin(x); }
static float cosOf(float x) { return std::cos(x); }
static float tanhOf(float x) { return std::tanh(x); }
static float rsqrtOf(float x) {
  return static_cast<float>(1 / std::sqrt(static_cast<double>(x)));
}
static double rsqrtOfDouble(double x) { return 1 / std::sqrt(x); }

template <typename F>
static std::pair<const char *, void *> entry(const char *name, F *function) {
  return {name, reinterpret_cast<void *>(function)};
}

const std::vector<std::pair<const char *, void *>> &ptxsim::runtimeFunctions() {
  static const std::vector<std::pair<const char *, void *>> functions = {
      entry("ptxsim.range",
            call<&Block::accessRange, unsigned, unsigned, uint64_t>),
      entry("ptxsim.shared",
            call<&Block::accessShared, unsigned, uint32_t, uint32_t>),
      entry("ptxsim.local", call<&Block::accessLocal, unsigned, uint64_t>),
      entry("ptxsim.barrier", call<&Block::arriveAtBarrier, unsigned>),
      entry("ptxsim.collective",
            call<&Block::arriveAtCollective, unsigned, uint32_t>),
      entry("ptxsim.pause", call<&Block::pause, unsigned>),
      entry("ptxsim.exit", exitThread),
      entry("ptxsim.trap", trap),
      entry("ptxsim.assert", failAssertion),
      entry("ptxsim.copy",
            call<&Block::copyAsync, unsigned, uint32_t, uint64_t, uint32_t>),
      entry("ptxsim.commit", call<&Block::commitCopies>),
      entry("ptxsim.wait", call<&Block::waitForCopies, uint32_t>),
      entry("ptxsim.clock", nanoseconds),
      entry("ptxsim.ex2", exp2Of),
      entry("ptxsim.lg2", log2Of),
      entry("ptxsim.sin", sinOf),
      entry("ptxsim.cos", cosOf),
      entry("ptxsim.tanh", tanhOf),
      entry("ptxsim.rsqrt", rsqrtOf),
      entry("ptxsim.rsqrt64", rsqrtOfDouble),
      entry("ptxsim.toBf16", toBf16),
      entry("ptxsim.toF16", toF16),
      entry("ptxsim.fromF16", fromF16),
      entry("ptxsim.add32", addRounded<float>),
      entry("ptxsim.add64", addRounded<double>),
      entry("ptxsim.mul32", multiplyRounded<float>),
      entry("ptxsim.mul64", multiplyRounded<double>),
      entry("ptxsim.div32", divideRounded<float>),
      entry("ptxsim.div64", divideRounded<double>),
      entry("ptxsim.fma32", fmaRounded<float>),
      entry("ptxsim.fma64", fmaRounded<double>),
      entry("ptxsim.sqrt32", sqrtRounded<float>),
      entry("ptxsim.sqrt64", sqrtRounded<double>),
      entry("ptxsim.narrow", narrowRounded),
      entry("ptxsim.fromS32", signedRounded<float>),
      entry("ptxsim.fromS64", signedRounded<double>),
      entry("ptxsim.fromU32", unsignedRounded<float>),
      entry("ptxsim.fromU64", unsignedRounded<double>),
      // What LLVM calls where the CPU has no instruction.
      entry("fmaf", static_cast<float (*)(float, float, float)>(std::fma)),
      entry("fma", static_cast<double (*)(double, double, double)>(std::fma)),
      entry("truncf", static_cast<float (*)(float)>(std::trunc)),
      entry("floorf", static_cast<float (*)(float)>(std::floor)),
      entry("ceilf", static_cast<float (*)(float)>(std::ceil)),
      entry("roundevenf", static_cast<float (*)(float)>(std::nearbyint)),
      entry("trunc", static_cast<double (*)(double)>(std::trunc)),
      entry("floor", static_cast<double (*)(double)>(std::floor)),
      entry("ceil", static_cast<double (*)(double)>(std::ceil)),
      entry("roundeven", static_cast<double (*)(double)>(std::nearbyint)),
      entry("memset", static_cast<void *(*)(void *, int, size_t)>(std::memset)),
      entry("memcpy",
            static_cast<void *(*)(void *, const void *, size_t)>(std::memcpy)),
  };
  return functions;
}
