// Mistakes in PTX are faults that name the line.
#include "test/tools/ptx-sim/engine/Device.h"

using namespace ptxsim;

/// The message of the fault that a kernel of these lines gives; its first line
/// is line 5.
static std::string faultOf(const std::string &lines) {
  auto module = tryLoad(".visible .entry k() {\n" + lines + "\nret;\n}\n");
  return module ? "" : module.error().message;
}

TEST(Parser, NamesUnknownInstructionsAndTheirLine) {
  EXPECT_EQ(faultOf(".reg .b32 %r<4>;\n\nwgmma.mma_async %r1, %r2;"),
            "line 7: instruction wgmma.mma_async is not one that ptx-sim "
            "knows; it runs what dlc emits for sm_80");
  EXPECT_EQ(faultOf(".reg .b32 %r<4>;\nadd.frob.s32 %r1, %r2, %r3;"),
            "line 6: instruction add.frob.s32 is not one that ptx-sim knows; "
            "it runs what dlc emits for sm_80");
  EXPECT_NE(faultOf(".reg .b32 %r<4>;\nadd.s32 %r1, %r2;"), "");
  EXPECT_NE(faultOf("bar.sync 0, 64;"), "");
  for (const char *other : {"bar.sync 1;", "bar.sync %r1;"})
    EXPECT_EQ(faultOf(std::string(".reg .b32 %r<4>;\n") + other),
              "line 6: instruction bar.sync names another barrier than 0, the "
              "only one of a block that ptx-sim knows");
}

TEST(Parser, NamesWhatIsNotDeclared) {
  EXPECT_EQ(faultOf("add.s32 %r1, 1, 2;"),
            "line 5: register %r1 is not declared");
  EXPECT_EQ(faultOf(".reg .b32 %r<2>;\nadd.s32 %r2, 1, 2;"),
            "line 6: register %r2 is not declared");
  EXPECT_EQ(faultOf("bra nowhere;"), "line 5: label nowhere does not exist");
  EXPECT_EQ(faultOf("a:\na:"), "line 6: label a exists twice");
  EXPECT_EQ(faultOf(".reg .b64 %d;\nmov.u64 %d, x;"),
            "line 6: name x is not declared");
  EXPECT_EQ(faultOf("call f, ();"),
            "line 5: function f has no body, and ptx-sim has none of that "
            "name");
}

TEST(Parser, RefusesOtherTextAndTargets) {
  auto message = [](const char *text) {
    auto module = Module::load(text);
    return module ? std::string() : module.error().message;
  };
  EXPECT_EQ(message(""), "line 1: is no PTX: it has no .version and .target");
  EXPECT_EQ(message("\n\nhello"),
            "line 3: directive hello is not one that ptx-sim knows");
  EXPECT_EQ(message(".version 8.0\n.target sm_90"),
            "line 2: target is sm_90 but ptx-sim is an sm_80; compile with "
            "--gpu-architecture=compute_80");
  EXPECT_EQ(message(".version 8.0 /* no\nend"),
            "line 1: comment has no end; close it with */");
  EXPECT_EQ(message(".version 8.0\n.target sm_80\n.visible .entry k() {"),
            "line 3: has '' where '}' should be");
  EXPECT_EQ(message(".version 8.0\n.target sm_80\n.visible .entry k() { # }"),
            "line 3: character '#' has no meaning in PTX");
}

/// Cut or changed text may be refused but never harms.
TEST(Parser, SurvivesDamage) {
  std::string text = ".version 8.0\n.target sm_80\n.address_size 64\n"
                     ".global .align 4 .b8 t[8] = {1, 2};\n"
                     ".visible .entry k(.param .u64 p, .param .u32 n) {\n"
                     ".reg .pred %p; .reg .b32 %r<9>; .reg .b64 %d<9>;\n"
                     ".shared .align 16 .b8 s[64];\n"
                     "ld.param.u64 %d1, [p]; mov.u32 %r1, %tid.x;\n"
                     "setp.lt.s32 %p, %r1, 5; @%p bra L;\n"
                     "st.shared.v2.u32 [s+8], {%r1, %r1}; L: bar.sync 0;\n"
                     "shfl.sync.bfly.b32 %r2|%p, %r1, 1, 31, -1; ret; }\n";
  ASSERT_TRUE(Module::load(text));
  for (size_t i = 0; i < text.size(); ++i) {
    (void)Module::load(text.substr(0, i));
    for (char c : {'%', '9', '}', ';', '-'}) {
      std::string changed = text;
      changed[i] = c;
      (void)Module::load(changed);
    }
  }
}

/// Inline assembly brings scopes whose registers hide outer ones.
TEST(Parser, ScopesHideRegisters) {
  auto module = load(R"(
.visible .entry k(.param .u64 to) {
  .reg .b32 %r<3>; .reg .b64 %d;
  ld.param.u64 %d, [to];
  mov.u32 %r1, 5;
  { .reg .b32 %r1; mov.u32 %r1, 6; }
  st.global.u32 [%d], %r1;
  ret;
})");
  Device device;
  Buffer<uint32_t> to = device.allocate<uint32_t>(1);
  EXPECT_EQ(device.launch(*module, "k", shapeOf(1, 1), to), "");
  EXPECT_EQ(to[0], 5u);
}

TEST(Parser, DescribesKernelsAndVariables) {
  auto module = load(R"(
.global .align 8 .u32 counter = 7;
.const .align 4 .f32 table[3] = {0f3F800000, 0f40000000};
.visible .entry k(.param .u64 p, .param .u8 c, .param .align 8 .b8 s[12])
.maxntid 128, 2, 1
{
  .shared .align 4 .b8 a[100];
  .local .align 8 .b8 d[24];
  .reg .b32 %r;
  st.shared.u32 [a], 1;
  ret;
})");
  const KernelInfo &info = module->findKernel("k")->info();
  EXPECT_EQ(info.line, 7u);
  EXPECT_EQ(info.maxThreads, 256u);
  EXPECT_EQ(info.sharedBytes, 100u);
  EXPECT_EQ(info.localBytes, 24u);
  ASSERT_EQ(info.parameters.size(), 3u);
  EXPECT_EQ(info.parameters[1].offset, 8u);
  EXPECT_EQ(info.parameters[2].offset, 16u);
  EXPECT_EQ(info.parameterBytes, 28u);
  const Variable *counter = module->findVariable("counter");
  ASSERT_TRUE(counter);
  EXPECT_EQ(*static_cast<uint32_t *>(counter->address), 7u);
  const Variable *table = module->findVariable("table");
  ASSERT_TRUE(table);
  EXPECT_TRUE(table->constant);
  EXPECT_EQ(table->bytes, 12u);
  EXPECT_EQ(static_cast<float *>(table->address)[1], 2.0F);
  EXPECT_EQ(static_cast<float *>(table->address)[2], 0.0F);
  EXPECT_EQ(module->findKernel("l"), nullptr);
}
