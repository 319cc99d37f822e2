// The switch saves what the System V ABI for x86-64 says a callee keeps.
#include "tools/ptx-sim/engine/run/Fiber.h"

#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define PTXSIM_ASAN 1
#endif
#endif

using namespace ptxsim;

extern "C" void ptxsimSwitch(void **saved, void *next);
extern "C" void ptxsimStart();

asm(R"(
.text
.p2align 4
.globl ptxsimSwitch
.hidden ptxsimSwitch
.type ptxsimSwitch, @function
ptxsimSwitch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size ptxsimSwitch, .-ptxsimSwitch

.p2align 4
.globl ptxsimStart
.hidden ptxsimStart
.type ptxsimStart, @function
ptxsimStart:
  movq %r12, %rdi
  callq *%r13
  ud2
.size ptxsimStart, .-ptxsimStart
)");

/// Frames that were left without a return still forbid the places between their
/// variables.
static void forgetFrames([[maybe_unused]] void *stackEnd) {
#ifdef PTXSIM_ASAN
  constexpr size_t reached = 32 << 10;
  __asan_unpoison_memory_region(static_cast<uint8_t *>(stackEnd) - reached,
                                reached);
#endif
}

void Fiber::prepare(void *stackEnd, Entry entry, void *argument) {
  forgetFrames(stackEnd);
  auto top = reinterpret_cast<uint64_t>(stackEnd) & ~uint64_t{15};
  auto *slots = reinterpret_cast<void **>(top) - 7;
  slots[0] = nullptr;                         // r15
  slots[1] = nullptr;                         // r14
  slots[2] = reinterpret_cast<void *>(entry); // r13
  slots[3] = argument;                        // r12
  slots[4] = nullptr;                         // rbx
  slots[5] = nullptr;                         // rbp
  slots[6] = reinterpret_cast<void *>(&ptxsimStart);
  inside = slots;
}

void Fiber::resume() { ptxsimSwitch(&outside, inside); }

void Fiber::suspend() { ptxsimSwitch(&inside, outside); }

static constexpr size_t page = 4096;
/// More guards than this would take up the kernel's table of mappings.
static constexpr size_t guardedLimit = 4096;

Stacks::Stacks(size_t count, size_t bytes)
    : count(count), usable(bytes),
      stride((bytes + page - 1) / page * page + 2 * page) {
  void *memory =
      mmap(nullptr, count * stride, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED)
    return;
  base = static_cast<uint8_t *>(memory);
  if (count <= guardedLimit)
    for (size_t i = 0; i < count; ++i)
      mprotect(base + i * stride, page, PROT_NONE);
}

Stacks::~Stacks() {
  if (base)
    munmap(base, count * stride);
}

void *Stacks::end(size_t index) const {
  return base + (index + 1) * stride - (index % 31) * 128;
}
