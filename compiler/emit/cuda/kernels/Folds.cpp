// Every fold has one order whatever the order in which threads and blocks run,
// so results are the same from run to run.
#include "compiler/emit/cuda/kernels/Folds.h"
#include "compiler/emit/cuda/kernels/ScalarCode.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::cuda;

static constexpr int64_t warp = 32;

std::string dlc::emit::cuda::accumulatorOf(unsigned reduce) {
  return "r" + std::to_string(reduce);
}

static std::string typeOf(KernelCode &code, unsigned reduce) {
  return registerType(code.reduces[reduce].getType());
}

void dlc::emit::cuda::writeAccumulators(KernelCode &code,
                                        ArrayRef<unsigned> reduces,
                                        int64_t lanes) {
  for (unsigned reduce : reduces) {
    std::string identity = getIdentity(code.reduces[reduce]);
    std::string head = typeOf(code, reduce) + " " + accumulatorOf(reduce);
    if (lanes == 1) {
      code.text.line(head + " = " + identity + ";");
      continue;
    }
    std::string all = identity;
    for (int64_t i = 1; i < lanes; ++i)
      all += ", " + identity;
    code.text.line(head + "[" + Twine(lanes) + "] = {" + all + "};");
  }
}

void dlc::emit::cuda::writeLaneFold(KernelCode &code,
                                    ArrayRef<unsigned> reduces, int64_t lanes) {
  if (lanes == 1 || reduces.empty())
    return;
  code.text.directive("#pragma unroll");
  code.text.open("for (int step = " + Twine(lanes / 2) +
                 "; step > 0; step /= 2)");
  for (unsigned reduce : reduces) {
    std::string r = accumulatorOf(reduce);
    std::string other = "__shfl_xor_sync(0xffffffffu, " + r + ", step)";
    code.text.line(r + " = " + combine(code.reduces[reduce], r, other) + ";");
  }
  code.text.close();
}

void dlc::emit::cuda::writeBlockFold(KernelCode &code,
                                     ArrayRef<unsigned> reduces,
                                     int64_t threads) {
  writeLaneFold(code, reduces, std::min(threads, warp));
  if (threads <= warp || reduces.empty())
    return;
  int64_t warps = threads / warp;
  SmallVector<std::string> shared;
  for (unsigned reduce : reduces) {
    shared.push_back(code.makeName("warps"));
    code.text.line("__shared__ " + typeOf(code, reduce) + " " + shared.back() +
                   "[" + Twine(warps) + "];");
  }
  code.text.open("if (threadIdx.x % 32 == 0)");
  for (auto [reduce, name] : llvm::zip_equal(reduces, shared))
    code.text.line(name + "[threadIdx.x / 32] = " + accumulatorOf(reduce) +
                   ";");
  code.text.close();
  code.text.line("__syncthreads();");
  for (auto [reduce, name] : llvm::zip_equal(reduces, shared))
    code.text.line(accumulatorOf(reduce) + " = " + name + "[0];");
  code.text.directive("#pragma unroll");
  code.text.open("for (int warp = 1; warp < " + Twine(warps) + "; ++warp)");
  for (auto [reduce, name] : llvm::zip_equal(reduces, shared)) {
    std::string r = accumulatorOf(reduce);
    code.text.line(r + " = " +
                   combine(code.reduces[reduce], r, name + "[warp]") + ";");
  }
  code.text.close();
}

//===-- Chunks ------------------------------------------------------------===//

/// Four bytes each, also of a truth value, or eight of a double.
static std::string partialType(KernelCode &code, unsigned reduce) {
  std::string type = typeOf(code, reduce);
  return type == "bool" ? "int" : type;
}

static int64_t partialBytes(KernelCode &code, unsigned reduce) {
  return partialType(code, reduce) == "double" ? 8 : 4;
}

int64_t Partials::beginOf(KernelCode &code, unsigned reduce) const {
  int64_t begin = 0;
  for (unsigned i = 0; i < reduce; ++i)
    begin = llvm::alignTo(begin, partialBytes(code, i)) +
            partialBytes(code, i) * groups * chunks * elements;
  return reduce < code.reduces.size()
             ? llvm::alignTo(begin, partialBytes(code, reduce))
             : begin;
}

int64_t Partials::scratchBytes(KernelCode &code) const {
  return chunks == 1 ? 0 : beginOf(code, code.reduces.size());
}

void dlc::emit::cuda::writePartialPointers(KernelCode &code,
                                           const Partials &partials) {
  for (unsigned i = 0; i < code.reduces.size(); ++i) {
    std::string type = partialType(code, i);
    int64_t begin = partials.beginOf(code, i) / partialBytes(code, i);
    std::string start = i == 0 ? "" : " + " + std::to_string(begin);
    code.text.line(type + " *const parts" + Twine(i) + " = reinterpret_cast<" +
                   type + " *>(scratch)" + start + ";");
  }
}

void dlc::emit::cuda::writeChunkBounds(KernelCode &code,
                                       const Partials &partials,
                                       const std::string &count) {
  std::string cut = "(long long)(" + count + ")";
  std::string chunks = std::to_string(partials.chunks);
  code.text.line("const " + code.index + " begin = " + cut + " * chunk / " +
                 chunks + ";");
  code.text.line("const " + code.index + " end = " + cut + " * (chunk + 1) / " +
                 chunks + ";");
}

void dlc::emit::cuda::writeCounters(KernelCode &code,
                                    const Partials &partials) {
  code.text.comment("Blocks that have left their partial results; zero between "
                    "launches.");
  code.text.line("__device__ unsigned int @NAME@_done[" +
                 Twine(partials.groups) + "];");
}

void dlc::emit::cuda::writeLastBlock(KernelCode &code, const Partials &partials,
                                     StringRef group) {
  code.text.line("if (!isLastBlock(&@NAME@_done[" + group + "], " +
                 Twine(partials.chunks) + "))");
  code.text.line("  return;");
}
