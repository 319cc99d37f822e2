// Chooses the walk of a kernel by its nest.
#include "compiler/emit/cuda/kernels/Fused.h"
#include "compiler/emit/cuda/kernels/KernelWalks.h"
#include "compiler/emit/cuda/kernels/ScalarCode.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::cuda;

llvm::StringRef dlc::emit::cuda::getPrelude() {
  return R"(// The larger and the smaller number; a NaN if one of them is.
static __device__ __forceinline__ float maximum(float a, float b) {
  float result;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
static __device__ __forceinline__ float minimum(float a, float b) {
  float result;
  asm("min.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}

// Numbers of two bytes as their bits. Rounding is to nearest even; every NaN becomes 0x7fff.
static __device__ __forceinline__ float fromBf16(unsigned short bits) {
  return __uint_as_float((unsigned int)bits << 16);
}
static __device__ __forceinline__ unsigned short toBf16(float x) {
  unsigned short bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}
static __device__ __forceinline__ float fromF16(unsigned short bits) {
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
  return x;
}
static __device__ __forceinline__ unsigned short toF16(float x) {
  unsigned short bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}
static __device__ __forceinline__ float4 fromBf16(ushort4 bits) {
  return {fromBf16(bits.x), fromBf16(bits.y), fromBf16(bits.z), fromBf16(bits.w)};
}
static __device__ __forceinline__ ushort4 toBf16(float4 x) {
  return {toBf16(x.x), toBf16(x.y), toBf16(x.z), toBf16(x.w)};
}
static __device__ __forceinline__ float4 fromF16(ushort4 bits) {
  return {fromF16(bits.x), fromF16(bits.y), fromF16(bits.z), fromF16(bits.w)};
}
static __device__ __forceinline__ ushort4 toF16(float4 x) {
  return {toF16(x.x), toF16(x.y), toF16(x.z), toF16(x.w)};
}

// Four neighbours in registers: moved at once where they are aligned.
template <typename T> struct alignas(4 * sizeof(T)) Four {
  T at[4];
};
template <typename T> static __device__ __forceinline__ Four<T> load4(const T *from) {
  return *reinterpret_cast<const Four<T> *>(from);
}
template <typename T> static __device__ __forceinline__ Four<T> gather4(const T *from) {
  return {from[0], from[1], from[2], from[3]};
}
template <typename T> static __device__ __forceinline__ void store4(T *to, const Four<T> &four) {
  *reinterpret_cast<Four<T> *>(to) = four;
}

// A member of a group: its first block, its elements, and where its pointers begin in the table.
struct alignas(16) Member {
  int block, size, in, out;
};
// The last member that begins at this block or before it.
static __device__ __forceinline__ int findMember(const Member *members, int count, int block) {
  int found = 0;
  while (count > 1) {
    const int half = count / 2;
    if (members[found + half].block <= block)
      found += half;
    count -= half;
  }
  return found;
}

// Whether the block is the last of `blocks` to come here with what it has written. The counter is
// zero when a module is loaded, and again afterwards.
static __device__ __forceinline__ bool isLastBlock(unsigned int *counter, unsigned int blocks) {
  __shared__ bool isLast;
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    isLast = atomicAdd(counter, 1u) == blocks - 1;
    if (isLast) *counter = 0;
  }
  __syncthreads();
  __threadfence();
  return isLast;
}
)";
}

/// The batch may only be a tensor's first dim, or strides would depend on it.
static bool hasInnerBatch(Type type) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(type).getShape();
  return llvm::is_contained(shape.drop_front(shape.empty() ? 0 : 1),
                            ShapedType::kDynamic);
}

/// Whether the columns, what is kept behind the reduced loops, are a number
/// that is known.
static bool hasFixedColumns(const KernelCode &code) {
  unsigned firstReduced = code.reducedLoops.front();
  return llvm::none_of(code.keptLoops, [&](unsigned loop) {
    return loop > firstReduced && code.nest.loops[loop].timesBatch;
  });
}

bool dlc::emit::cuda::walksColumns(const KernelCode &code) {
  return kernel::isColumnNest(code.kernel, code.nest) && hasFixedColumns(code);
}

/// Whether there is a text for the kernel.
static Expected<void> checkFused(kernel::FusedOp kernel) {
  std::string thing = "kernel.fused \"" + kernel.getName().str() + "\"";
  if (llvm::any_of(kernel->getOperandTypes(), hasInnerBatch) ||
      llvm::any_of(kernel->getResultTypes(), hasInnerBatch))
    return fail(thing, "has a tensor with the batch inside",
                "strides must be known", "make the batch its first dim");
  if (Operation *op = findUnsupported(kernel))
    return fail(thing, "holds " + op->getName().getStringRef().str(),
                "CUDA code is written for folds, arith ops of one result and "
                "common math ops",
                "write it with those");
  return {};
}

Expected<KernelText> dlc::emit::cuda::emitFused(kernel::FusedOp kernel,
                                                int64_t maxBatch) {
  if (auto checked = checkFused(kernel); !checked)
    return dlc::Unexpected(checked.error());
  KernelCode code(kernel, maxBatch);
  if (kernel.getReduced().empty())
    return writePointwise(code);
  return walksColumns(code) ? writeColumns(code) : writeRows(code);
}

Expected<KernelText> dlc::emit::cuda::emitGroup(kernel::GroupOp group,
                                                int64_t maxBatch) {
  for (kernel::FusedOp member : group.getMembers())
    if (auto checked = checkFused(member); !checked)
      return dlc::Unexpected(checked.error());
  return writeGroup(group, maxBatch);
}
