// UpSampling2D: an image enlarged by whole factors.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/Spatial.h"
#include "dialects/layer/layers/reshaping/Resize.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static constexpr StringRef interpolations[] = {"nearest", "bilinear", "bicubic",
                                               "lanczos3", "lanczos5"};

FailureOr<Type> UpSampling2DOp::inferResult(std::optional<Location> loc,
                                            Adaptor layer) {
  auto image = inferImage<UpSampling2DOp>(loc, layer);
  if (failed(image))
    return failure();
  StringRef interpolation = layer.getInterpolation();
  if (!llvm::is_contained(interpolations, interpolation))
    return emitLayerError<UpSampling2DOp>(
        loc, layer, "interpolation is \"", interpolation, "\" but there are ",
        llvm::join(ArrayRef(interpolations), ", "), "; choose one of these");
  SmallVector<int64_t> factors = layer.getSize();
  if (factors.empty() || factors.size() > 2 ||
      llvm::any_of(factors, [](int64_t factor) { return factor < 1; }))
    return emitLayerError<UpSampling2DOp>(
        loc, layer, "size is ", formatSizes(factors),
        " but an image grows by one or two factors of at least 1; give these");
  auto x = cast<RankedTensorType>(layer.getX().getType());
  bool first = isChannelsFirst(layer.getDataFormat());
  for (unsigned d : {0, 1})
    (*image)[d] *= toPair(factors)[d];
  Type element = interpolation == "nearest"
                     ? x.getElementType()
                     : Type(Float32Type::get(x.getContext()));
  return Type(
      RankedTensorType::get(orderImage(layer.getDataFormat(), x.getDimSize(0),
                                       *image, x.getDimSize(first ? 1 : 3)),
                            element));
}

//===-- Interpolation kernels of jax.image.resize, of a distance x >= 0 ---===//

// max(0, 1 - x)
static Value buildTriangle(Formula f, Value x) {
  return f.max(f.add(f.mul(x, -1), 1), 0);
}

// R. G. Keys, Cubic convolution interpolation for digital image processing,
// 1981, with A = -0.5:
//     x < 1: 1.5 x^3 - 2.5 x^2 + 1    x < 2: -0.5 x^3 + 2.5 x^2 - 4 x + 2
static Value buildCubic(Formula f, Value x) {
  Value near = f.add(f.mul(f.mul(f.add(f.mul(x, 1.5), -2.5), x), x), 1);
  Value far =
      f.add(f.mul(f.add(f.mul(f.add(f.mul(x, -0.5), 2.5), x), -4), x), 2);
  Value zero = f.splat(x, 0);
  return f.where(x, prim::Predicate::ge, 2, zero,
                 f.where(x, prim::Predicate::ge, 1, far, near));
}

// x <= radius: radius sin(pi x) sin(pi x / radius) / (pi x)^2, 1 about 0
static Value buildLanczos(Formula f, Value x, double radius) {
  using llvm::numbers::pi;
  Value sines = f.mul(f.apply<prim::SinOp>(f.mul(x, pi)),
                      f.apply<prim::SinOp>(f.mul(x, pi / radius)));
  Value one = f.splat(x, 1);
  // A divisor that is not 0, for the elements that the outer choice drops too.
  Value square =
      f.where(x, prim::Predicate::gt, 1e-3, f.mul(f.square(x), pi * pi), one);
  Value inner = f.where(x, prim::Predicate::gt, 1e-3,
                        f.div(f.mul(sines, radius), square), one);
  return f.where(x, prim::Predicate::gt, radius, f.splat(x, 0), inner);
}

static Value buildKernel(Formula f, StringRef interpolation, Value x) {
  if (interpolation == "bilinear")
    return buildTriangle(f, x);
  if (interpolation == "bicubic")
    return buildCubic(f, x);
  return buildLanczos(f, x, interpolation == "lanczos3" ? 3 : 5);
}

// How much of each input element is in each output element, for a side that
// grows by a factor. Centres of elements are at their middle; the weights of an
// output element add up to 1 also at the edges
// (jax/_src/image/scale.py: compute_weight_mat).
//     x[i, o] = |(o + 0.5) / factor - 0.5 - i|
//     w = kernel(x) / sum_i kernel(x)                             [in, out]
static Value buildWeights(ImplicitLocOpBuilder &b, StringRef interpolation,
                          int64_t size, int64_t factor) {
  Formula f(b);
  auto type = RankedTensorType::get({size, size * factor}, b.getF32Type());
  auto position = [&](int64_t dim) {
    Value index = prim::IotaOp::create(b, type.clone(b.getI32Type()), dim);
    return convertTo(b, index, b.getF32Type());
  };
  Value sample =
      f.add(f.mul(f.add(position(1), 0.5), 1.0 / double(factor)), -0.5);
  Value distance = f.apply<prim::AbsOp>(f.sub(sample, position(0)));
  Value weights = buildKernel(f, interpolation, distance);
  Value sum = prim::ReduceSumOp::create(b, weights, ArrayRef<int64_t>{0});
  return f.div(weights, broadcastAlong(b, sum, type, 1));
}

//===-- Expansion ---------------------------------------------------------===//

// Each element again and again.
//     [n, h, w, c] -> [n, h, fh, w, fw, c] -> [n, h fh, w fw, c]
static Value repeat(ImplicitLocOpBuilder &b, Value x, int64_t height,
                    std::array<int64_t, 2> factors, RankedTensorType result) {
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin() + height + 1, factors[0]);
  shape.insert(shape.begin() + height + 3, factors[1]);
  Value y = prim::BroadcastOp::create(
      b, type.clone(shape), x, ArrayRef<int64_t>{height + 1, height + 3});
  return reshapeTo(b, y, result);
}

// A product for each side: its dimension goes to the end.
//     [n, h, w, c] -> [n, w, c, h fh] -> [n, c, h fh, w fw]
static Value interpolate(ImplicitLocOpBuilder &b, Value x, int64_t height,
                         std::array<int64_t, 2> factors,
                         StringRef interpolation) {
  for (int64_t factor : factors) {
    int64_t size = cast<RankedTensorType>(x.getType()).getDimSize(height);
    // A side that stays keeps its elements exactly.
    Value weights =
        buildWeights(b, factor == 1 ? "bilinear" : interpolation, size, factor);
    x = prim::DotOp::create(b, x, weights, ArrayRef<int64_t>{},
                            ArrayRef<int64_t>{}, ArrayRef<int64_t>{height},
                            ArrayRef<int64_t>{0});
  }
  return x;
}

Value UpSampling2DOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  bool first = isChannelsFirst(getDataFormat());
  int64_t height = first ? 2 : 1;
  std::array<int64_t, 2> factors = toPair(getSize());
  if (getInterpolation() == "nearest")
    return repeat(b, getX(), height, factors, getType());
  Value x = convertTo(b, getX(), b.getF32Type());
  Value y = interpolate(b, x, height, factors, getInterpolation());
  return first ? y : moveChannelsLast(b, y);
}
