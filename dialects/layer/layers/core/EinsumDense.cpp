// EinsumDense: any contraction with a kernel, a bias, an activation.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/activations/Activation.h"
#include "dialects/layer/nodes/Einsum.h"
#include "dialects/prim/Prim.h"
#include "llvm/Support/FormatVariadic.h"

#include <map>
#include <tuple>

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

namespace {

/// "ab...,bc->ac...": letters of the input, the kernel and the result, with an
/// ellipsis in front of the first and the last or behind them.
struct Equation {
  StringRef input, kernel, result;
  bool left = false, right = false;
};

/// The shapes that follow (keras/src/layers/core/einsum_dense.py), or what is
/// wrong with the equation.
struct EinsumShapes {
  SmallVector<int64_t> kernel, bias;
  std::string problem;
};

} // namespace

static bool areLetters(StringRef text) {
  return !text.empty() && llvm::all_of(text, llvm::isAlpha);
}

static std::optional<Equation> readEquation(StringRef text) {
  Equation equation;
  StringRef inputs;
  std::tie(inputs, equation.result) = text.split("->");
  std::tie(equation.input, equation.kernel) = inputs.split(',');
  equation.left = equation.input.consume_front("...");
  equation.right = equation.input.consume_back("...");
  if ((equation.left && !equation.result.consume_front("...")) ||
      (equation.right && !equation.result.consume_back("...")) ||
      (equation.left && equation.right) || !areLetters(equation.input) ||
      !areLetters(equation.kernel) || !areLetters(equation.result))
    return std::nullopt;
  return equation;
}

/// Sizes by letter: those of the input, then those that `output_shape` adds.
static std::string findSizes(const Equation &equation, ArrayRef<int64_t> x,
                             ArrayRef<int64_t> output,
                             std::map<char, int64_t> &sizes) {
  ArrayRef<int64_t> named = equation.left ? x.take_back(equation.input.size())
                                          : x.take_front(equation.input.size());
  for (auto [letter, size] : llvm::zip_equal(equation.input, named))
    sizes[letter] = size;
  // Without an ellipsis in front the first letter is the batch, which
  // output_shape leaves out.
  StringRef letters = equation.result.drop_front(equation.left ? 0 : 1);
  if (output.size() != letters.size())
    return llvm::formatv("output_shape has {0} sizes but the result of \"{1}\" "
                         "has {2} beside the batch; give as many",
                         output.size(), equation.result, letters.size());
  for (auto [letter, size] : llvm::zip_equal(letters, output)) {
    auto [known, isNew] = sizes.try_emplace(letter, size);
    if (!isNew && !ShapedType::isDynamic(size) && size != known->second)
      return llvm::formatv("output_shape gives {0} for '{1}' but its input has "
                           "{2} there; make them equal",
                           size, letter, known->second);
  }
  return {};
}

static EinsumShapes findShapes(StringRef text, ArrayRef<int64_t> x,
                               ArrayRef<int64_t> output, StringRef biasAxes) {
  EinsumShapes shapes;
  std::optional<Equation> equation = readEquation(text);
  bool hasEllipsis = equation && (equation->left || equation->right);
  if (!equation ||
      x.size() < equation->input.size() + (equation->left ? 1 : 0) ||
      (!hasEllipsis && x.size() != equation->input.size())) {
    shapes.problem = llvm::formatv(
        "equation is \"{0}\" for an input of rank {1} but it has the form "
        "ab,bc->ac, ...ab,bc->...ac or ab...,bc->ac... with a letter for each "
        "dimension that the ellipsis does not stand for; correct it",
        text, x.size());
    return shapes;
  }
  std::map<char, int64_t> sizes;
  shapes.problem = findSizes(*equation, x, output, sizes);
  if (!shapes.problem.empty())
    return shapes;
  for (char letter : equation->kernel) {
    auto found = sizes.find(letter);
    if (found == sizes.end() || ShapedType::isDynamic(found->second)) {
      shapes.problem = llvm::formatv(
          "equation is \"{0}\" but no size is known of '{1}' in its kernel; "
          "name it in the input or give it in output_shape",
          text, letter);
      return shapes;
    }
    shapes.kernel.push_back(found->second);
  }
  size_t first = equation->result.find_first_of(biasAxes);
  for (char letter : biasAxes)
    if (!equation->result.contains(letter) ||
        ShapedType::isDynamic(sizes.at(letter)))
      shapes.problem =
          llvm::formatv("bias_axes are \"{0}\" but '{1}' is no dimension of "
                        "known size in the result of \"{2}\"; choose others",
                        biasAxes, letter, text);
  if (biasAxes.empty() || !shapes.problem.empty())
    return shapes;
  for (char letter : equation->result.drop_front(first))
    shapes.bias.push_back(biasAxes.contains(letter) ? sizes.at(letter) : 1);
  if (equation->right)
    shapes.bias.append(x.size() - equation->input.size(), 1);
  return shapes;
}

template <typename Layer> static EinsumShapes shapesOf(Layer layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  return findShapes(layer.getEquation(), x.getShape(), layer.getOutputShape(),
                    layer.getBiasAxes());
}

FailureOr<Type> EinsumDenseOp::inferResult(std::optional<Location> loc,
                                           Adaptor layer) {
  EinsumShapes shapes = shapesOf(layer);
  if (!shapes.problem.empty())
    return emitLayerError<EinsumDenseOp>(loc, layer, shapes.problem);
  auto x = cast<RankedTensorType>(layer.getX().getType());
  auto shape = inferEinsum(layer.getEquation(), {x.getShape(), shapes.kernel});
  if (failed(shape) || shape->empty() ||
      !ShapedType::isDynamic(shape->front()) ||
      llvm::count_if(*shape, ShapedType::isDynamic) != 1)
    return emitLayerError<EinsumDenseOp>(
        loc, layer, "equation is \"", layer.getEquation(),
        "\" but no tensor has a letter twice and the batch stays the first "
        "dimension of the result; correct it");
  return inferActivated<EinsumDenseOp>(
      loc, layer,
      RankedTensorType::get(*shape, Float32Type::get(x.getContext())));
}

// The kernel's dimensions are those of the equation; the bias has those of the
// result from the first of bias_axes on, of size 1 where it is not one of them.
SmallVector<WeightSpec> EinsumDenseOp::weights() {
  EinsumShapes shapes = shapesOf(*this);
  Type f32 = Float32Type::get(getContext());
  SmallVector<WeightSpec> weights = {
      {"kernel", RankedTensorType::get(shapes.kernel, f32), true,
       getKernelInitializer(), getKernelRegularizerAttr()}};
  if (!shapes.bias.empty())
    weights.push_back({"bias", RankedTensorType::get(shapes.bias, f32), true,
                       getBiasInitializer(), getBiasRegularizerAttr()});
  return weights;
}

// y = activation(einsum(equation, x, kernel) + bias)
Value EinsumDenseOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  Value x = convertTo(b, getX(), b.getF32Type());
  Value y = buildEinsum(b, getEquation(), {x, ctx.weight("kernel")});
  if (!shapesOf(*this).bias.empty()) {
    auto type = cast<RankedTensorType>(y.getType());
    y = prim::AddOp::create(b, y, fitTo(b, ctx.weight("bias"), type));
  }
  return buildActivation(b, getActivation(), y);
}
