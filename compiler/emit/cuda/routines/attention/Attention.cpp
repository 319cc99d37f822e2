// "attention" and "attention_grad", with the meaning that
// runtime/host/library/Attention.h gives them: kernels that name their sizes
// and call what AttentionText.cpp holds.
#include "compiler/emit/cuda/routines/RoutineCall.h"
#include "compiler/emit/cuda/routines/attention/AttentionText.h"

namespace dlc::emit::cuda::routines {
namespace {

constexpr uint32_t threads = 256;
constexpr int64_t side = 64; // of a tile

/// Groups of `side` columns of the result that a block makes: more would take
/// registers that there are not.
int64_t countParts(int64_t width) { return width > side ? 2 : 1; }

class AttentionKernels {
public:
  /// `operands` of the call come before the mask, if there is one.
  AttentionKernels(RoutineCall &call, size_t operands)
      : call(call), hasMask(call.operands.size() > operands),
        scale(call.number("scale")), window(call.integer("window")),
        causal(call.flag("causal")), zeroEmpty(call.flag("zero_empty")) {}

  Expected<void> check(size_t operands) const;

  KernelText emitForward();
  KernelText emitBackward();

private:
  const Array &query() const { return call.operands[0]; }
  const Array &key() const { return call.operands[1]; }
  const Array &value() const { return call.operands[2]; }
  llvm::SmallVector<int64_t, 4> listMaskStrides() const;
  void writeSizes();
  void addKernel(const char *suffix, const std::string &function,
                 llvm::ArrayRef<std::string> names,
                 llvm::ArrayRef<std::string> arguments, const Array &rows,
                 int64_t width);

  RoutineCall &call;
  bool hasMask;
  double scale;
  int64_t window;
  bool causal, zeroEmpty;
  Code code;
  std::vector<artifact::DeviceStage> stages;
};

} // namespace

Expected<void> AttentionKernels::check(size_t operands) const {
  if (auto checked = call.check(); !checked)
    return checked;
  size_t given = call.operands.size() - (hasMask ? 1 : 0);
  bool fits = given == operands;
  for (size_t i = 0; fits && i < given; ++i)
    fits = call.operands[i].dtype == DType::F32;
  for (size_t i = 0; fits && i < 3; ++i)
    fits = call.operands[i].shape.size() == 4;
  fits = fits && key().shape[2] > 0 && query().shape[2] % key().shape[2] == 0;
  if (fits && hasMask)
    fits = call.operands.back().dtype == DType::Bool &&
           call.operands.back().shape.size() == 4;
  if (!fits)
    return call.failShapes(call.routine +
                           " works on heads [n, t, h, c] and [n, s, k, c] of "
                           "float32, h a multiple of k");
  return {};
}

/// How far apart elements of the mask are; 0 where all share one.
llvm::SmallVector<int64_t, 4> AttentionKernels::listMaskStrides() const {
  llvm::SmallVector<int64_t, 4> strides(4, 0);
  if (!hasMask)
    return strides;
  llvm::ArrayRef<int64_t> shape = call.operands.back().shape;
  for (auto [dim, stride] : llvm::enumerate(stridesOf(shape)))
    strides[dim] = shape[dim] == 1 ? 0 : stride;
  return strides;
}

void AttentionKernels::writeSizes() {
  auto strides = listMaskStrides();
  code.open("struct @NAME@_sizes");
  code.line("static constexpr int queries = {}, keys = {};", query().shape[1],
            key().shape[1]);
  code.line("static constexpr int heads = {}, keyHeads = {};", query().shape[2],
            key().shape[2]);
  code.line("static constexpr int width = {}, depth = {};", query().shape[3],
            value().shape[3]);
  code.line("static constexpr float scale = {:#.9g}f;", scale);
  code.line("static constexpr bool causal = {}, zeroEmpty = {}, hasMask = {};",
            causal, zeroEmpty, hasMask);
  code.line("static constexpr int window = {};", window);
  code.line("static constexpr int maskSample = {}, maskHead = {};", strides[0],
            strides[1]);
  code.line("static constexpr int maskQuery = {}, maskKey = {};", strides[2],
            strides[3]);
  code.close(";");
}

/// A kernel whose blocks own `side` rows of `rows` [n, places, heads, .], and
/// columns of a result that has `width` of them.
void AttentionKernels::addKernel(const char *suffix,
                                 const std::string &function,
                                 llvm::ArrayRef<std::string> names,
                                 llvm::ArrayRef<std::string> arguments,
                                 const Array &rows, int64_t width) {
  int64_t parts = countParts(width);
  call.suffix = suffix;
  call.openKernel(code, threads, names, /*scratch=*/false);
  code.line("attention::{}({});",
            fmt::format(fmt::runtime(function),
                        fmt::format("@NAME@_sizes, {}", parts)),
            fmt::join(arguments, ", "));
  code.close();
  artifact::DeviceStage stage;
  stage.symbol = std::string("@NAME@") + suffix;
  stage.extent =
      countOf(rows.shape[0]) * (rows.shape[2] * ceilDiv(rows.shape[1], side));
  stage.perBlock = 1;
  stage.gridY = ceilDiv(width, parts * side);
  stage.threads = threads;
  stages.push_back(stage);
}

KernelText AttentionKernels::emitForward() {
  writeSizes();
  std::vector<std::string> names = {"query", "key", "value"};
  if (hasMask)
    names.emplace_back("mask");
  std::vector<std::string> arguments = names;
  if (!hasMask)
    arguments.emplace_back("nullptr");
  for (const char *result : {"y", "logsumexp"}) {
    names.emplace_back(result);
    arguments.emplace_back(result);
  }
  addKernel("", "forward<{}>", names, arguments, query(), value().shape[3]);
  return {code.take(), stages, 0};
}

KernelText AttentionKernels::emitBackward() {
  writeSizes();
  std::vector<std::string> names = {"query",     "key", "value",
                                    "logsumexp", "dot", "dy"};
  if (hasMask)
    names.emplace_back("mask");
  std::vector<std::string> arguments = names;
  if (!hasMask)
    arguments.emplace_back("nullptr");
  arguments.emplace_back("dquery");
  for (const char *result : {"dquery", "dkey", "dvalue"})
    names.emplace_back(result);
  int64_t width = query().shape[3], depth = value().shape[3];
  addKernel("", "queryGrad<{}>", names, arguments, query(), width);
  arguments.back() = "dkey";
  addKernel("_key", "keyGrad<{}, false>", names, arguments, key(), width);
  arguments.back() = "dvalue";
  addKernel("_value", "keyGrad<{}, true>", names, arguments, key(), depth);
  return {code.take(), stages, 0};
}

Expected<KernelText> emitAttention(RoutineCall &call) {
  AttentionKernels kernels(call, 3);
  if (auto checked = kernels.check(3); !checked)
    return dlc::Unexpected(checked.error());
  return kernels.emitForward();
}

Expected<KernelText> emitAttentionGrad(RoutineCall &call) {
  AttentionKernels kernels(call, 6);
  if (auto checked = kernels.check(6); !checked)
    return dlc::Unexpected(checked.error());
  return kernels.emitBackward();
}

} // namespace dlc::emit::cuda::routines
