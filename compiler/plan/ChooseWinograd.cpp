// Chooses the convolutions that a CPU computes by Winograd's algorithm.
#include "compiler/Passes.h"
#include "dialects/kernel/Kernel.h"
#include "llvm/Support/MathExtras.h"

namespace dlc {
#define GEN_PASS_DEF_CHOOSEWINOGRAD
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

/// A batch to reckon with. The actual one and the largest may not matter, so
/// that neither changes results.
static constexpr int64_t nominalBatch = 32;

/// Winograd's tiles are 4 by 4 pixels, its vectors 16 channels.
static constexpr int64_t tile = 4, lanes = 16;

// Picoseconds on one core: a fit to 72 convolutions of VGG16, ResNet50, a U-Net
// and a small CNN with AVX-512, all three directions, which it meets within 16
// % on average. Where the two algorithms are far apart it never errs. With AVX2
// the runtime's own code gains wherever this chooses it; it would on a few more
// narrow layers, by little.
static constexpr double directFlop = 8.4;
static constexpr double winogradFlop = 2.7;     // of direct convolution
static constexpr double winogradElement = 1400; // of both images, with copies
static constexpr double winogradWeight = 4500;

namespace {

struct Convolution {
  RankedTensorType x, kernel, y;
};

} // namespace

/// The images and the kernel of a convolution or one of its gradients.
static std::optional<Convolution> findConvolution(kernel::LibraryOp call) {
  auto type = [](Value value) {
    return cast<RankedTensorType>(value.getType());
  };
  StringRef routine = call.getRoutine();
  if (routine == "conv2d")
    return Convolution{type(call.getInputs()[0]), type(call.getInputs()[1]),
                       type(call.getOutput())};
  if (routine == "conv2d_input_grad")
    return Convolution{type(call.getOutput()), type(call.getInputs()[1]),
                       type(call.getInputs()[0])};
  if (routine == "conv2d_kernel_grad")
    return Convolution{type(call.getInputs()[0]), type(call.getOutput()),
                       type(call.getInputs()[1])};
  return std::nullopt;
}

/// Three by three, one pixel a step, all channels with all.
static bool suits(const Convolution &conv, DictionaryAttr config) {
  auto isOne = [&](StringRef key) {
    auto pair = config.getAs<DenseI64ArrayAttr>(key);
    return pair && llvm::all_of(pair.asArrayRef(),
                                [](int64_t size) { return size == 1; });
  };
  auto groups = config.getAs<IntegerAttr>("groups");
  return conv.kernel.getDimSize(0) == 3 && conv.kernel.getDimSize(1) == 3 &&
         isOne("strides") && isOne("dilation") && groups &&
         groups.getInt() == 1;
}

static double countElements(RankedTensorType type) {
  double count = 1;
  for (int64_t size : type.getShape())
    count *= ShapedType::isDynamic(size) ? nominalBatch : size;
  return count;
}

/// The same where only whole tiles and vectors are computed.
static double countPadded(RankedTensorType image) {
  double size = double(llvm::alignTo(image.getDimSize(1), tile)) *
                double(llvm::alignTo(image.getDimSize(2), tile)) *
                double(llvm::alignTo(image.getDimSize(3), lanes));
  int64_t samples = image.getDimSize(0);
  return size * (ShapedType::isDynamic(samples) ? nominalBatch : samples);
}

static bool isFaster(const Convolution &conv) {
  int64_t channels = conv.x.getDimSize(3);
  double direct = 2 * 9.0 * countElements(conv.y) * channels;
  double padded =
      2 * 9.0 * countPadded(conv.y) * llvm::alignTo(channels, lanes);
  double images = countElements(conv.x) + countElements(conv.y);
  return winogradFlop * padded + winogradElement * images +
             winogradWeight * countElements(conv.kernel) <
         directFlop * direct;
}

namespace {

struct ChooseWinogradPass : dlc::impl::ChooseWinogradBase<ChooseWinogradPass> {
  void runOnOperation() override {
    getOperation().walk([](kernel::LibraryOp call) {
      std::optional<Convolution> conv = findConvolution(call);
      if (!conv || !suits(*conv, call.getConfig()) || !isFaster(*conv))
        return;
      NamedAttrList config(call.getConfig());
      config.set("winograd", BoolAttr::get(call.getContext(), true));
      call.setConfigAttr(config.getDictionary(call.getContext()));
    });
  }
};

} // namespace
