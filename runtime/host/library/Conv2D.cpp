// "conv2d" and its two gradients, channels last.
//
// {"strides": [h, w], "padding": [[top, bottom], [left, right]],
//  "dilation": [h, w], "groups": g}; conv2d also takes "bias": true (a third
// operand) and "activation": "relu". The kernel is HWIO with I = channels of x
// over g; output channel o belongs to group o / (O / g).
//   conv2d             (x, kernel [, bias]) -> y
//   conv2d_input_grad  (dy, kernel) -> dx
//   conv2d_kernel_grad (x, dy) -> dkernel
//
// Two ways are open: oneDNN's code for channels last, and its code for layouts
// of its own, whose operands are copied to and fro. Which comes first is told
// by the shapes alone (prefersOwnLayout); the reference code is the last
// resort.
#include "runtime/host/library/DnnlCall.h"
#include "runtime/host/library/Epilogue.h"

namespace dlc::host {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using Tag = memory::format_tag;

/// The window of a convolution in oneDNN's terms.
struct Geometry {
  memory::dims strides, dilation, low, high;
  int64_t groups = 1;
  memory::dims x, y, kernel, bias; // logical: NCHW, GOIHW
};

Expected<Geometry> readGeometry(const CallSpec &spec, Config &config,
                                const Shape &x, const Shape &kernel,
                                const Shape &y) {
  Config::Pair strides = config.pair("strides", 1);
  Config::Pair dilation = config.pair("dilation", 1);
  std::array<Config::Pair, 2> padding = config.pads("padding");
  int64_t groups = config.integer("groups");
  if (auto checked = config.check(); !checked)
    return Unexpected(checked.error());
  if (groups < 1 || x[3] % groups || kernel[3] % groups ||
      x[3] / groups != kernel[2] || kernel[3] != y[3] || x[0] != y[0])
    return failShapes(spec, "the channels of x, kernel and y do not match");
  Geometry geometry;
  for (int i = 0; i < 2; ++i) {
    int64_t reach = (kernel[i] - 1) * dilation[i] + 1;
    int64_t room = x[i + 1] + padding[i][0] + padding[i][1] - reach;
    if (kernel[i] < 1 || room < 0 || room / strides[i] + 1 != y[i + 1])
      return failShapes(spec, "the window gives another height or width");
    geometry.strides.push_back(strides[i]);
    geometry.dilation.push_back(dilation[i] - 1);
    geometry.low.push_back(padding[i][0]);
    geometry.high.push_back(padding[i][1]);
  }
  geometry.groups = groups;
  geometry.x = {x[0], x[3], x[1], x[2]};
  geometry.y = {y[0], y[3], y[1], y[2]};
  geometry.bias = {y[3]};
  if (groups == 1)
    geometry.kernel = {kernel[3], kernel[2], kernel[0], kernel[1]};
  else
    geometry.kernel = {groups, kernel[3] / groups, kernel[2], kernel[0],
                       kernel[1]};
  return geometry;
}

memory::desc kerasKernel(const Geometry &geometry) {
  return describe(geometry.kernel,
                  geometry.groups == 1 ? Tag::hwio : Tag::hwigo);
}

enum class Direction { Forward, InputGrad, KernelGrad };

/// Whether copies into oneDNN's own layout pay. Measured on one core of a Zen
/// 3, GFLOP/s in channels last against its own layout with the copies counted
/// in:
///   3x3, 64 to 64 channels, 224x224: forward 55 / 80, input grad 55 / 82,
///   kernel grad 14 / 63; 3x3, 256 to 256, 14x14: 78 / 88, 93 / 92, 58 / 65.
/// A window of one pixel is a matrix product, for which channels last is as
/// good as any; one channel a group computes too little to pay for copies.
bool prefersOwnLayout(const Geometry &geometry, Direction direction) {
  const memory::dims &kernel = geometry.kernel;
  bool onePixel = kernel.back() * kernel[kernel.size() - 2] == 1;
  if (onePixel || geometry.groups > 1)
    return false;
  // A first layer reads little and writes much, which would be copied.
  // 3x3, 3 to 64, 224x224: forward 82 / 47, kernel grad 17 / 37; 3 to 32
  // channels, 112x112: kernel grad 44 / 27.
  if (geometry.x[1] < 8)
    return direction == Direction::KernelGrad && geometry.y[1] >= 64;
  return true;
}

/// What a primitive is asked for.
struct Layouts {
  memory::desc x, kernel, y;
};

/// From the preferred layouts to the last resort.
std::vector<Layouts> listLayouts(const Geometry &geometry,
                                 Direction direction) {
  memory::desc anyKernel = describe(geometry.kernel, Tag::any);
  Layouts channelsLast{describe(geometry.x, Tag::nhwc), anyKernel,
                       describe(geometry.y, Tag::nhwc)};
  Layouts own{describe(geometry.x, Tag::any), anyKernel,
              describe(geometry.y, Tag::any)};
  Layouts keras = channelsLast;
  keras.kernel = kerasKernel(geometry);
  if (prefersOwnLayout(geometry, direction))
    return {own, channelsLast, keras};
  return {channelsLast, own, keras};
}

/// The first layouts whose code is not the reference one; failing that, the
/// first that oneDNN has any code for.
template <typename Desc, typename Make>
Expected<Desc> chooseLayouts(const CallSpec &spec, const Geometry &geometry,
                             Direction direction, Make make) {
  Desc first;
  for (const Layouts &layouts : listLayouts(geometry, direction)) {
    Desc desc = make(layouts);
    if (!desc)
      continue;
    if (!isReference(desc.impl_info_str()))
      return desc;
    if (!first)
      first = desc;
  }
  if (!first)
    return fail(spec.thing, "has no implementation in oneDNN", "",
                "report this with the model");
  return first;
}

dnnl::convolution_forward::primitive_desc
describeForward(const Library::Context &context, const Geometry &geometry,
                const Layouts &layouts, bool hasBias) {
  using Forward = dnnl::convolution_forward;
  auto kind = dnnl::prop_kind::forward_training;
  auto direct = algorithm::convolution_direct;
  const Geometry &g = geometry;
  Forward::desc desc =
      hasBias ? Forward::desc(kind, direct, layouts.x, layouts.kernel,
                              describe(g.bias, Tag::x), layouts.y, g.strides,
                              g.dilation, g.low, g.high)
              : Forward::desc(kind, direct, layouts.x, layouts.kernel,
                              layouts.y, g.strides, g.dilation, g.low, g.high);
  return Forward::primitive_desc(desc, defaultAttributes(), context.engine,
                                 /*allow_empty=*/true);
}

} // namespace

Expected<std::unique_ptr<Call>> makeConv2D(const Library::Context &context,
                                           const CallSpec &spec,
                                           Config &config) {
  bool hasBias = config.flag("bias");
  bool relu = config.relu();
  if (auto checked = expectFloats(spec, hasBias ? 3 : 2, 1, -1); !checked)
    return Unexpected(checked.error());
  const Argument &x = spec.operands[0], &kernel = spec.operands[1];
  const Argument &y = spec.results[0];
  for (const Argument *argument : {&x, &kernel, &y})
    if (argument->shape.size() != 4)
      return failShapes(spec, "images and kernels have four dimensions");
  auto geometry = readGeometry(spec, config, x.shape, kernel.shape, y.shape);
  if (!geometry)
    return Unexpected(geometry.error());
  if (hasBias && countElements(spec.operands[2].shape) != y.shape[3])
    return failShapes(spec, "the bias is as long as the channels of y");

  using Desc = dnnl::convolution_forward::primitive_desc;
  auto desc = chooseLayouts<Desc>(
      spec, *geometry, Direction::Forward, [&](const Layouts &layouts) {
        return describeForward(context, *geometry, layouts, hasBias);
      });
  if (!desc)
    return Unexpected(desc.error());

  auto call = std::make_unique<DnnlCall>(context, spec.thing);
  memory xIn = call->reordered(call->at(x, describe(geometry->x, Tag::nhwc)),
                               desc->src_desc());
  memory kernelIn = call->reordered(call->at(kernel, kerasKernel(*geometry)),
                                    desc->weights_desc());
  memory::desc last = describe(geometry->y, Tag::nhwc);
  memory yOut = call->at(y, last);
  memory yMade =
      desc->dst_desc() == last ? yOut : call->inScratch(desc->dst_desc());
  if (hasBias)
    call->add<dnnl::convolution_forward>(
        *desc, {{DNNL_ARG_SRC, xIn},
                {DNNL_ARG_WEIGHTS, kernelIn},
                {DNNL_ARG_BIAS,
                 call->at(spec.operands[2], describe(geometry->bias, Tag::x))},
                {DNNL_ARG_DST, yMade}});
  else
    call->add<dnnl::convolution_forward>(*desc, {{DNNL_ARG_SRC, xIn},
                                                 {DNNL_ARG_WEIGHTS, kernelIn},
                                                 {DNNL_ARG_DST, yMade}});
  if (desc->dst_desc() != last)
    call->addReorder(yMade, yOut);
  if (relu)
    call->addLoop(makeEpilogue(y, nullptr, relu, context.threads));
  return call;
}

Expected<std::unique_ptr<Call>>
makeConv2DInputGrad(const Library::Context &context, const CallSpec &spec,
                    Config &config) {
  if (auto checked = expectFloats(spec, 2, 1, 4); !checked)
    return Unexpected(checked.error());
  const Argument &dy = spec.operands[0], &kernel = spec.operands[1];
  const Argument &dx = spec.results[0];
  auto geometry = readGeometry(spec, config, dx.shape, kernel.shape, dy.shape);
  if (!geometry)
    return Unexpected(geometry.error());

  using Backward = dnnl::convolution_backward_data;
  const Geometry &g = *geometry;
  auto desc = chooseLayouts<Backward::primitive_desc>(
      spec, g, Direction::InputGrad, [&](const Layouts &layouts) {
        auto hint = describeForward(context, g, layouts, false);
        if (!hint)
          return Backward::primitive_desc();
        return Backward::primitive_desc(
            Backward::desc(algorithm::convolution_direct, layouts.x,
                           layouts.kernel, layouts.y, g.strides, g.dilation,
                           g.low, g.high),
            defaultAttributes(), context.engine, hint, /*allow_empty=*/true);
      });
  if (!desc)
    return Unexpected(desc.error());

  auto call = std::make_unique<DnnlCall>(context, spec.thing);
  memory dyIn = call->reordered(call->at(dy, describe(g.y, Tag::nhwc)),
                                desc->diff_dst_desc());
  memory kernelIn =
      call->reordered(call->at(kernel, kerasKernel(g)), desc->weights_desc());
  memory::desc last = describe(g.x, Tag::nhwc);
  memory dxOut = call->at(dx, last);
  bool same = desc->diff_src_desc() == last;
  memory dxMade = same ? dxOut : call->inScratch(desc->diff_src_desc());
  call->add<Backward>(*desc, {{DNNL_ARG_DIFF_DST, dyIn},
                              {DNNL_ARG_WEIGHTS, kernelIn},
                              {DNNL_ARG_DIFF_SRC, dxMade}});
  if (!same)
    call->addReorder(dxMade, dxOut);
  return call;
}

Expected<std::unique_ptr<Call>>
makeConv2DKernelGrad(const Library::Context &context, const CallSpec &spec,
                     Config &config) {
  if (auto checked = expectFloats(spec, 2, 1, 4); !checked)
    return Unexpected(checked.error());
  const Argument &x = spec.operands[0], &dy = spec.operands[1];
  const Argument &dkernel = spec.results[0];
  auto geometry = readGeometry(spec, config, x.shape, dkernel.shape, dy.shape);
  if (!geometry)
    return Unexpected(geometry.error());

  using Backward = dnnl::convolution_backward_weights;
  const Geometry &g = *geometry;
  auto desc = chooseLayouts<Backward::primitive_desc>(
      spec, g, Direction::KernelGrad, [&](const Layouts &layouts) {
        auto hint = describeForward(context, g, layouts, false);
        if (!hint)
          return Backward::primitive_desc();
        return Backward::primitive_desc(
            Backward::desc(algorithm::convolution_direct, layouts.x,
                           layouts.kernel, layouts.y, g.strides, g.dilation,
                           g.low, g.high),
            defaultAttributes(), context.engine, hint, /*allow_empty=*/true);
      });
  if (!desc)
    return Unexpected(desc.error());

  auto call = std::make_unique<DnnlCall>(context, spec.thing);
  memory xIn =
      call->reordered(call->at(x, describe(g.x, Tag::nhwc)), desc->src_desc());
  memory dyIn = call->reordered(call->at(dy, describe(g.y, Tag::nhwc)),
                                desc->diff_dst_desc());
  memory::desc last = kerasKernel(g);
  memory dkernelOut = call->at(dkernel, last);
  bool same = desc->diff_weights_desc() == last;
  memory made = same ? dkernelOut : call->inScratch(desc->diff_weights_desc());
  call->add<Backward>(*desc, {{DNNL_ARG_SRC, xIn},
                              {DNNL_ARG_DIFF_DST, dyIn},
                              {DNNL_ARG_DIFF_WEIGHTS, made}});
  if (!same)
    call->addReorder(made, dkernelOut);
  return call;
}

} // namespace dlc::host
