// The instructions of tensor cores and asynchronous copies, as functions. All
// are of compute capability 8.0; layouts of fragments are those of the PTX
// manual.
#include "compiler/emit/cuda/routines/product/TensorText.h"

namespace dlc::emit::cuda::routines {

std::string_view getTensorText() {
  return R"(
// Tensor cores, and copies from memory to shared memory that a thread does not wait for. Addresses
// of shared memory are of its own space.
namespace tensor {
__device__ __forceinline__ unsigned int addressOf(const void *shared) {
  return static_cast<unsigned int>(__cvta_generic_to_shared(shared));
}
// Zeros where nothing is inside.
__device__ __forceinline__ void copy16(unsigned int to, const void *from, bool inside = true) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to),
               "l"(__cvta_generic_to_global(from)), "r"(inside ? 16 : 0) : "memory");
}
__device__ __forceinline__ void copy8(unsigned int to, const void *from, bool inside = true) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 8, %2;" ::"r"(to),
               "l"(__cvta_generic_to_global(from)), "r"(inside ? 8 : 0) : "memory");
}
__device__ __forceinline__ void copy4(unsigned int to, const void *from, bool inside = true) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(to),
               "l"(__cvta_generic_to_global(from)), "r"(inside ? 4 : 0) : "memory");
}
// No asynchronous copy is so small.
__device__ __forceinline__ void copy2(unsigned int to, const void *from, bool inside = true) {
  const unsigned short value = inside ? *static_cast<const unsigned short *>(from) : 0;
  asm volatile("st.shared.u16 [%0], %1;" ::"r"(to), "h"(value) : "memory");
}
__device__ __forceinline__ void commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// All groups of copies but the last `pending` have come.
template <int pending> __device__ __forceinline__ void waitFor() {
  asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

__device__ __forceinline__ void loadMatrices(unsigned int &a, unsigned int &b, unsigned int &c,
                                             unsigned int &d, unsigned int from) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(a), "=r"(b), "=r"(c), "=r"(d) : "r"(from));
}
__device__ __forceinline__ void loadTransposed(unsigned int &a, unsigned int &b, unsigned int &c,
                                               unsigned int &d, unsigned int from) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(a), "=r"(b), "=r"(c), "=r"(d) : "r"(from));
}
__device__ __forceinline__ void loadQuad(unsigned int &a, unsigned int &b, unsigned int &c,
                                         unsigned int &d, unsigned int from) {
  asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(a), "=r"(b), "=r"(c), "=r"(d) : "r"(from));
}

// To the nearest of 10 bits of fraction; tensor cores do not look at the bits below.
__device__ __forceinline__ bool isFinite(unsigned int bits) {
  return fabsf(__uint_as_float(bits)) < __uint_as_float(0x7f800000);
}
__device__ __forceinline__ unsigned int roundTf32(unsigned int bits) {
  return isFinite(bits) ? bits + 0x1000 : bits;
}
// The number as a sum of two such, exact but for its last bits.
__device__ __forceinline__ void split(unsigned int &bits, unsigned int &rest) {
  const unsigned int whole = bits;
  bits = roundTf32(whole) & 0xffffe000;
  const float left = __uint_as_float(whole) - __uint_as_float(bits);
  rest = roundTf32(__float_as_uint(isFinite(whole) ? left : 0.0f));
}

// c += a b, of 16 x 8 and 32 bytes of depth.
__device__ __forceinline__ void multiplyTf32(float &c0, float &c1, float &c2, float &c3,
                                             const unsigned int (&a)[4], const unsigned int (&b)[2]) {
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c0), "+f"(c1), "+f"(c2), "+f"(c3)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
__device__ __forceinline__ void multiplyBf16(float &c0, float &c1, float &c2, float &c3,
                                             const unsigned int (&a)[4], const unsigned int (&b)[2]) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c0), "+f"(c1), "+f"(c2), "+f"(c3)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
__device__ __forceinline__ void multiplyF16(float &c0, float &c1, float &c2, float &c3,
                                            const unsigned int (&a)[4], const unsigned int (&b)[2]) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c0), "+f"(c1), "+f"(c2), "+f"(c3)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
// Lanes 2 i and 2 i + 1 have two columns each of two neighbouring fragments: they swap, so that
// one has four of the first, the other four of the second.
__device__ __forceinline__ void joinQuads(float &a0, float &a1, float &b0, float &b1) {
  const bool second = threadIdx.x % 2;
  const float got0 = __shfl_xor_sync(0xffffffff, second ? a0 : b0, 1);
  const float got1 = __shfl_xor_sync(0xffffffff, second ? a1 : b1, 1);
  if (second) {
    a0 = got0;
    a1 = got1;
  } else {
    b0 = got0;
    b1 = got1;
  }
}
} // namespace tensor
)";
}

} // namespace dlc::emit::cuda::routines
