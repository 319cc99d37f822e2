// Kernels that a GPU, or ptx-sim, runs in the tests of the executor.
#pragma once

namespace dlc::cuda::test {

inline constexpr const char *tinyPtx = R"(
.version 7.0
.target sm_80
.address_size 64
// y[i] = x[i] + 1, 3 elements a sample
.visible .entry add_one(
  .param .u64 p0,
  .param .u64 p1,
  .param .u32 p2
)
{
  .reg .pred %p<2>;
  .reg .f32 %f<3>;
  .reg .b32 %r<7>;
  .reg .b64 %rd<8>;
  ld.param.u64 %rd1, [p0];
  ld.param.u64 %rd2, [p1];
  ld.param.u32 %r2, [p2];
  mov.u32 %r3, %ctaid.x;
  mov.u32 %r4, %ntid.x;
  mov.u32 %r5, %tid.x;
  mad.lo.s32 %r1, %r3, %r4, %r5;
  mul.lo.s32 %r6, %r2, 3;
  setp.ge.s32 %p1, %r1, %r6;
  @%p1 bra LBB0_2;
  cvta.to.global.u64 %rd3, %rd1;
  mul.wide.s32 %rd4, %r1, 4;
  add.s64 %rd5, %rd3, %rd4;
  ld.global.f32 %f1, [%rd5];
  add.rn.f32 %f2, %f1, 0f3F800000;
  cvta.to.global.u64 %rd6, %rd2;
  add.s64 %rd7, %rd6, %rd4;
  st.global.f32 [%rd7], %f2;
LBB0_2:
  ret;
}
// w[j] += sum of y[i][j] over the samples
.visible .entry accumulate(
  .param .u64 p0,
  .param .u64 p1,
  .param .u32 p2
)
{
  .reg .pred %p<3>;
  .reg .f32 %f<11>;
  .reg .b32 %r<7>;
  .reg .b64 %rd<12>;
  ld.param.u64 %rd4, [p0];
  ld.param.u64 %rd5, [p1];
  ld.param.u32 %r4, [p2];
  mov.u32 %r1, %tid.x;
  setp.gt.s32 %p1, %r4, 0;
  @%p1 bra LBB1_2;
  bra.uni LBB1_1;
LBB1_2:
  cvta.to.global.u64 %rd6, %rd4;
  mul.wide.s32 %rd7, %r1, 4;
  add.s64 %rd11, %rd6, %rd7;
  mov.f32 %f10, 0f00000000;
  mov.u32 %r6, 0;
LBB1_3:
  .pragma "nounroll";
  ld.global.f32 %f6, [%rd11];
  add.rn.f32 %f10, %f10, %f6;
  add.s64 %rd11, %rd11, 12;
  add.s32 %r6, %r6, 1;
  setp.lt.s32 %p2, %r6, %r4;
  @%p2 bra LBB1_3;
  bra.uni LBB1_4;
LBB1_1:
  mov.f32 %f10, 0f00000000;
LBB1_4:
  cvta.to.global.u64 %rd8, %rd5;
  mul.wide.s32 %rd9, %r1, 4;
  add.s64 %rd10, %rd8, %rd9;
  ld.global.f32 %f7, [%rd10];
  add.rn.f32 %f8, %f10, %f7;
  st.global.f32 [%rd10], %f8;
  ret;
}
// table: x, out; out = sum of x
.visible .entry sum_table(
  .param .u64 p0,
  .param .u32 p1
)
{
  .reg .pred %p<3>;
  .reg .f32 %f<9>;
  .reg .b32 %r<7>;
  .reg .b64 %rd<10>;
  ld.param.u64 %rd6, [p0];
  ld.param.u32 %r4, [p1];
  cvta.to.global.u64 %rd1, %rd6;
  ld.global.u64 %rd2, [%rd1+8];
  setp.lt.s32 %p1, %r4, 1;
  mov.f32 %f8, 0f00000000;
  @%p1 bra LBB2_3;
  ld.global.u64 %rd7, [%rd1];
  mul.lo.s32 %r1, %r4, 3;
  cvta.to.global.u64 %rd9, %rd7;
  mov.f32 %f8, 0f00000000;
  mov.u32 %r6, 0;
LBB2_2:
  .pragma "nounroll";
  ld.global.f32 %f6, [%rd9];
  add.rn.f32 %f8, %f8, %f6;
  add.s64 %rd9, %rd9, 4;
  add.s32 %r6, %r6, 1;
  setp.lt.s32 %p2, %r6, %r1;
  @%p2 bra LBB2_2;
LBB2_3:
  cvta.to.global.u64 %rd8, %rd2;
  st.global.f32 [%rd8], %f8;
  ret;
}
// y[1 << 24] = 1
.visible .entry write_far(
  .param .u64 p0,
  .param .u32 p1
)
{
  .reg .b32 %r<2>;
  .reg .b64 %rd<3>;
  ld.param.u64 %rd1, [p0];
  cvta.to.global.u64 %rd2, %rd1;
  mov.u32 %r1, 1065353216;
  st.global.u32 [%rd2+67108864], %r1;
  ret;
}
)";

} // namespace dlc::cuda::test
