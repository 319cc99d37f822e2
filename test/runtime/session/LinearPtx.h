// The linear model's steps as PTX: each is one thread that does what the code
// in LinearModel.cpp does; predict is a thread a sample.
#pragma once

namespace dlc::test {

inline constexpr const char *linearPtx = R"(
.version 7.0
.target sm_80
.address_size 64
.visible .entry evaluate(
  .param .u64 p0,
  .param .u64 p1,
  .param .u64 p2,
  .param .u64 p3,
  .param .u64 p4,
  .param .u64 p5,
  .param .u64 p6,
  .param .u64 p7,
  .param .u64 p8,
  .param .u64 p9,
  .param .u32 p10
)
{
  .reg .pred %p<4>;
  .reg .f32 %f<40>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<28>;
  ld.param.u64 %rd10, [p0];
  ld.param.u64 %rd11, [p1];
  ld.param.u64 %rd12, [p2];
  ld.param.u64 %rd13, [p3];
  ld.param.u64 %rd14, [p4];
  ld.param.u64 %rd15, [p6];
  ld.param.u64 %rd16, [p7];
  ld.param.u64 %rd17, [p8];
  ld.param.u64 %rd18, [p9];
  ld.param.u32 %r3, [p10];
  setp.lt.s32 %p1, %r3, 1;
  mov.f32 %f38, 0f00000000;
  mov.f32 %f39, %f38;
  @%p1 bra LBB0_3;
  cvta.to.global.u64 %rd19, %rd13;
  cvta.to.global.u64 %rd20, %rd14;
  ld.global.f32 %f1, [%rd19];
  ld.global.f32 %f2, [%rd19+4];
  ld.global.f32 %f3, [%rd20];
  cvta.to.global.u64 %rd27, %rd10;
  cvta.to.global.u64 %rd25, %rd11;
  cvta.to.global.u64 %rd26, %rd12;
  mov.f32 %f39, 0f00000000;
  mov.u32 %r5, 0;
  mov.f32 %f38, %f39;
LBB0_2:
  .pragma "nounroll";
  ld.global.f32 %f14, [%rd27];
  mul.rn.f32 %f15, %f14, %f1;
  ld.global.f32 %f16, [%rd27+4];
  mul.rn.f32 %f17, %f16, %f2;
  add.rn.f32 %f18, %f15, %f17;
  add.rn.f32 %f19, %f3, %f18;
  ld.global.f32 %f20, [%rd25];
  sub.rn.f32 %f21, %f19, %f20;
  ld.global.f32 %f22, [%rd26];
  mul.rn.f32 %f23, %f22, %f21;
  mul.rn.f32 %f24, %f21, %f23;
  add.rn.f32 %f38, %f38, %f24;
  setp.lt.f32 %p2, %f21, 0f00000000;
  neg.f32 %f25, %f21;
  selp.f32 %f26, %f25, %f21, %p2;
  add.rn.f32 %f39, %f39, %f26;
  add.s64 %rd27, %rd27, 8;
  add.s64 %rd26, %rd26, 4;
  add.s64 %rd25, %rd25, 4;
  add.s32 %r5, %r5, 1;
  setp.lt.s32 %p3, %r5, %r3;
  @%p3 bra LBB0_2;
LBB0_3:
  cvta.to.global.u64 %rd21, %rd18;
  cvta.to.global.u64 %rd22, %rd17;
  cvta.to.global.u64 %rd23, %rd16;
  cvta.to.global.u64 %rd24, %rd15;
  ld.global.f32 %f27, [%rd24];
  add.rn.f32 %f28, %f38, %f27;
  st.global.f32 [%rd24], %f28;
  ld.global.f32 %f29, [%rd23];
  cvt.rn.f32.s32 %f30, %r3;
  add.rn.f32 %f31, %f29, %f30;
  st.global.f32 [%rd23], %f31;
  ld.global.f32 %f32, [%rd22];
  add.rn.f32 %f33, %f39, %f32;
  st.global.f32 [%rd22], %f33;
  ld.global.f32 %f34, [%rd21];
  add.rn.f32 %f35, %f34, %f30;
  st.global.f32 [%rd21], %f35;
  ret;
}
.visible .entry train(
  .param .u64 p0,
  .param .u64 p1,
  .param .u64 p2,
  .param .u64 p3,
  .param .u64 p4,
  .param .u64 p5,
  .param .u64 p6,
  .param .u64 p7,
  .param .u64 p8,
  .param .u64 p9,
  .param .u64 p10,
  .param .u32 p11
)
{
  .reg .pred %p<6>;
  .reg .f32 %f<86>;
  .reg .b32 %r<12>;
  .reg .b64 %rd<41>;
  ld.param.u64 %rd24, [p0];
  ld.param.u64 %rd25, [p1];
  ld.param.u64 %rd26, [p2];
  ld.param.u64 %rd27, [p3];
  ld.param.u64 %rd28, [p4];
  ld.param.u64 %rd18, [p5];
  ld.param.u64 %rd19, [p6];
  ld.param.u64 %rd20, [p7];
  ld.param.u64 %rd21, [p8];
  ld.param.u64 %rd22, [p9];
  ld.param.u64 %rd23, [p10];
  ld.param.u32 %r5, [p11];
  cvta.to.global.u64 %rd40, %rd25;
  cvta.to.global.u64 %rd38, %rd24;
  cvta.to.global.u64 %rd39, %rd26;
  cvta.to.global.u64 %rd4, %rd28;
  cvta.to.global.u64 %rd5, %rd27;
  setp.gt.s32 %p1, %r5, 0;
  @%p1 bra LBB1_2;
  bra.uni LBB1_1;
LBB1_2:
  ld.global.f32 %f1, [%rd5];
  ld.global.f32 %f2, [%rd5+4];
  ld.global.f32 %f3, [%rd4];
  mov.f32 %f79, 0f00000000;
  mov.u32 %r10, 0;
  mov.u64 %rd35, %rd40;
  mov.u64 %rd36, %rd39;
  mov.u64 %rd37, %rd38;
  mov.f32 %f78, %f79;
LBB1_3:
  .pragma "nounroll";
  ld.global.f32 %f30, [%rd37];
  mul.rn.f32 %f31, %f30, %f1;
  ld.global.f32 %f32, [%rd37+4];
  mul.rn.f32 %f33, %f32, %f2;
  add.rn.f32 %f34, %f31, %f33;
  add.rn.f32 %f35, %f3, %f34;
  ld.global.f32 %f36, [%rd35];
  sub.rn.f32 %f37, %f35, %f36;
  ld.global.f32 %f38, [%rd36];
  mul.rn.f32 %f39, %f38, %f37;
  mul.rn.f32 %f40, %f37, %f39;
  add.rn.f32 %f78, %f78, %f40;
  setp.lt.f32 %p2, %f37, 0f00000000;
  neg.f32 %f41, %f37;
  selp.f32 %f42, %f41, %f37, %p2;
  add.rn.f32 %f79, %f79, %f42;
  add.s64 %rd37, %rd37, 8;
  add.s64 %rd36, %rd36, 4;
  add.s64 %rd35, %rd35, 4;
  add.s32 %r10, %r10, 1;
  setp.lt.s32 %p3, %r10, %r5;
  @%p3 bra LBB1_3;
  bra.uni LBB1_4;
LBB1_1:
  mov.f32 %f78, 0f00000000;
  mov.f32 %f79, %f78;
LBB1_4:
  cvta.to.global.u64 %rd29, %rd22;
  cvta.to.global.u64 %rd30, %rd21;
  cvta.to.global.u64 %rd31, %rd20;
  cvta.to.global.u64 %rd32, %rd19;
  ld.global.f32 %f46, [%rd32];
  add.rn.f32 %f47, %f78, %f46;
  st.global.f32 [%rd32], %f47;
  ld.global.f32 %f48, [%rd31];
  cvt.rn.f32.s32 %f10, %r5;
  add.rn.f32 %f49, %f48, %f10;
  st.global.f32 [%rd31], %f49;
  ld.global.f32 %f50, [%rd30];
  add.rn.f32 %f51, %f79, %f50;
  st.global.f32 [%rd30], %f51;
  ld.global.f32 %f52, [%rd29];
  add.rn.f32 %f53, %f52, %f10;
  st.global.f32 [%rd29], %f53;
  div.rn.f32 %f54, %f78, %f10;
  cvta.to.global.u64 %rd33, %rd23;
  st.global.f32 [%rd33], %f54;
  ld.global.f32 %f11, [%rd5];
  ld.global.f32 %f12, [%rd5+4];
  setp.lt.s32 %p4, %r5, 1;
  mov.f32 %f83, 0f00000000;
  mov.f32 %f84, %f83;
  mov.f32 %f85, %f83;
  @%p4 bra LBB1_8;
  ld.global.f32 %f13, [%rd4];
  mov.f32 %f80, 0f00000000;
  mov.u32 %r11, 0;
  mov.f32 %f81, %f80;
  mov.f32 %f82, %f80;
LBB1_6:
  .pragma "nounroll";
  ld.global.f32 %f58, [%rd39];
  add.rn.f32 %f59, %f58, %f58;
  ld.global.f32 %f60, [%rd38];
  mul.rn.f32 %f61, %f60, %f11;
  ld.global.f32 %f62, [%rd38+4];
  mul.rn.f32 %f63, %f62, %f12;
  add.rn.f32 %f64, %f61, %f63;
  add.rn.f32 %f65, %f13, %f64;
  ld.global.f32 %f66, [%rd40];
  sub.rn.f32 %f67, %f65, %f66;
  mul.rn.f32 %f68, %f59, %f67;
  div.rn.f32 %f69, %f68, %f10;
  mul.rn.f32 %f70, %f60, %f69;
  add.rn.f32 %f82, %f82, %f70;
  mul.rn.f32 %f71, %f62, %f69;
  add.rn.f32 %f81, %f81, %f71;
  add.rn.f32 %f80, %f80, %f69;
  add.s64 %rd40, %rd40, 4;
  add.s64 %rd39, %rd39, 4;
  add.s64 %rd38, %rd38, 8;
  add.s32 %r11, %r11, 1;
  setp.lt.s32 %p5, %r11, %r5;
  @%p5 bra LBB1_6;
  mul.rn.f32 %f83, %f82, 0f3D4CCCCD;
  mul.rn.f32 %f84, %f81, 0f3D4CCCCD;
  mul.rn.f32 %f85, %f80, 0f3D4CCCCD;
LBB1_8:
  cvta.to.global.u64 %rd34, %rd18;
  sub.rn.f32 %f72, %f11, %f83;
  st.global.f32 [%rd5], %f72;
  sub.rn.f32 %f73, %f12, %f84;
  st.global.f32 [%rd5+4], %f73;
  ld.global.f32 %f74, [%rd4];
  sub.rn.f32 %f75, %f74, %f85;
  st.global.f32 [%rd4], %f75;
  ld.global.u32 %r8, [%rd34];
  add.s32 %r9, %r8, 1;
  st.global.u32 [%rd34], %r9;
  ret;
}
.visible .entry predict(
  .param .u64 p0,
  .param .u64 p1,
  .param .u64 p2,
  .param .u64 p3,
  .param .u32 p4
)
{
  .reg .pred %p<2>;
  .reg .f32 %f<10>;
  .reg .b32 %r<7>;
  .reg .b64 %rd<13>;
  ld.param.u64 %rd1, [p0];
  ld.param.u64 %rd2, [p1];
  ld.param.u64 %rd3, [p2];
  ld.param.u64 %rd4, [p3];
  ld.param.u32 %r2, [p4];
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %ctaid.x;
  mov.u32 %r5, %tid.x;
  mad.lo.s32 %r1, %r4, %r3, %r5;
  setp.ge.s32 %p1, %r1, %r2;
  @%p1 bra LBB2_2;
  cvta.to.global.u64 %rd5, %rd2;
  cvta.to.global.u64 %rd6, %rd3;
  shl.b32 %r6, %r1, 1;
  cvta.to.global.u64 %rd7, %rd1;
  mul.wide.s32 %rd8, %r6, 4;
  add.s64 %rd9, %rd7, %rd8;
  ld.global.f32 %f1, [%rd5];
  ld.global.f32 %f2, [%rd9];
  mul.rn.f32 %f3, %f2, %f1;
  ld.global.f32 %f4, [%rd5+4];
  ld.global.f32 %f5, [%rd9+4];
  mul.rn.f32 %f6, %f5, %f4;
  add.rn.f32 %f7, %f3, %f6;
  ld.global.f32 %f8, [%rd6];
  add.rn.f32 %f9, %f8, %f7;
  cvta.to.global.u64 %rd10, %rd4;
  mul.wide.s32 %rd11, %r1, 4;
  add.s64 %rd12, %rd10, %rd11;
  st.global.f32 [%rd12], %f9;
LBB2_2:
  ret;
}
)";

} // namespace dlc::test
