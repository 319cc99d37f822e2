// A few instructions run by one thread, on operands that the test gives.
#pragma once

#include "test/tools/ptx-sim/engine/Device.h"

#include <bit>

namespace ptxsim {

/// Runs `code` with %A, %B and %C (64 bits), their low halves %a, %b and %c,
/// and returns %R, into which %r goes if the code ends so. Predicates %p and %q
/// and registers %x0 to %x7, %X0 to %X7 and %h0 to %h7 are free to use.
inline uint64_t evaluate(const std::string &code, uint64_t a = 0,
                         uint64_t b = 0, uint64_t c = 0) {
  auto module = load(R"(
.visible .entry k(.param .u64 to, .param .u64 pa, .param .u64 pb,
                  .param .u64 pc)
{
  .reg .pred %p, %q;
  .reg .b16 %h<8>;
  .reg .b32 %a, %b, %c, %r, %x<8>;
  .reg .b64 %A, %B, %C, %R, %X<8>, %to;
  ld.param.u64 %to, [to];
  ld.param.u64 %A, [pa];
  ld.param.u64 %B, [pb];
  ld.param.u64 %C, [pc];
  cvt.u32.u64 %a, %A;
  cvt.u32.u64 %b, %B;
  cvt.u32.u64 %c, %C;
  mov.u64 %R, 0;
  mov.u32 %r, 0;
)" + code + R"(
  setp.eq.u64 %p, %R, 0;
  @%p cvt.u64.u32 %R, %r;
  st.global.u64 [%to], %R;
  ret;
}
)");
  if (!module)
    return 0;
  Device device;
  Buffer<uint64_t> to = device.allocate<uint64_t>(1);
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 1), to, a, b, c), "");
  return to[0];
}

/// The same of floats: in %a, %b and %c, out of %r.
inline float evaluateFloat(const std::string &code, float a, float b = 0,
                           float c = 0) {
  return std::bit_cast<float>(static_cast<uint32_t>(
      evaluate(code, std::bit_cast<uint32_t>(a), std::bit_cast<uint32_t>(b),
               std::bit_cast<uint32_t>(c))));
}

/// The same of doubles: in %A, %B and %C, out of %R.
inline double evaluateDouble(const std::string &code, double a, double b = 0,
                             double c = 0) {
  return std::bit_cast<double>(evaluate(code, std::bit_cast<uint64_t>(a),
                                        std::bit_cast<uint64_t>(b),
                                        std::bit_cast<uint64_t>(c)));
}

} // namespace ptxsim
