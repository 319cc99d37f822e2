// "conv2d" and its two gradients, channels last.
//
// {"strides": [h, w], "padding": [[top, bottom], [left, right]],
//  "dilation": [h, w], "groups": g}, and optionally "winograd": true, which
// is followed where the window suits it: by oneDNN where the CPU has AVX-512,
// elsewhere by Winograd.h; conv2d also takes "bias": true (a third operand) and
// "activation": "relu". The kernel is HWIO with I = channels of x over g;
// output channel o belongs to group o / (O / g).
//   conv2d             (x, kernel [, bias]) -> y
//   conv2d_input_grad  (dy, kernel) -> dx
//   conv2d_kernel_grad (x, dy) -> dkernel
//
// oneDNN has code for channels last, and code for layouts of its own, whose
// operands are copied to and fro: Convolution.h says which comes first. The
// reference code is the last resort.
#include "runtime/host/library/Epilogue.h"
#include "runtime/host/library/convolution/ChannelBlocks.h"
#include "runtime/host/library/convolution/Convolution.h"
#include "runtime/host/library/winograd/Winograd.h"

namespace dlc::host {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

/// The first way whose code is not the reference one, which takes hundreds of
/// times as long; failing that, the first that oneDNN has any code for, or with
/// bf16 an empty description.
template <typename Desc, typename Make>
Expected<Desc> chooseWay(const CallSpec &spec, const ConvGeometry &geometry,
                         ConvDirection direction, bool winograd, Make make) {
  Desc first;
  for (const ConvWay &way : listConvWays(geometry, direction, winograd)) {
    Desc desc = make(way);
    if (!desc)
      continue;
    if (!isReference(desc.impl_info_str()))
      return desc;
    if (!first)
      first = desc;
  }
  if (geometry.type == memory::data_type::bf16)
    return Desc();
  if (!first)
    return fail(spec.thing, "has no implementation in oneDNN", "",
                "report this with the model");
  return first;
}

dnnl::convolution_forward::primitive_desc
describeForward(const Library::Context &context, const ConvGeometry &g,
                const ConvWay &way, bool hasBias) {
  using Forward = dnnl::convolution_forward;
  auto kind = dnnl::prop_kind::forward_training;
  Forward::desc desc =
      hasBias ? Forward::desc(kind, way.algorithm, way.x, way.kernel,
                              describe(g.bias, Tag::x, g.type), way.y,
                              g.strides, g.dilation, g.low, g.high)
              : Forward::desc(kind, way.algorithm, way.x, way.kernel, way.y,
                              g.strides, g.dilation, g.low, g.high);
  return Forward::primitive_desc(desc, defaultAttributes(), context.engine,
                                 /*allow_empty=*/true);
}

/// oneDNN 2.6 computes the gradient of a 1x1 kernel with strides wrongly where
/// channels are last and fewer than a vector's lanes.
bool isKernelGradWrong(const ConvGeometry &g, const ConvWay &way) {
  const int64_t lanes = 16;
  memory::dims window(g.kernel.end() - 2, g.kernel.end());
  int64_t channels = g.kernel[g.kernel.size() - 3];
  return window == memory::dims{1, 1} && g.strides != memory::dims{1, 1} &&
         channels < lanes && way.x == g.channelsLast(g.x);
}

/// Its Winograd code takes padding on one side for padding on the other here.
bool isInputGradWrong(const ConvGeometry &g, const ConvWay &way) {
  return way.algorithm == dnnl::algorithm::convolution_winograd &&
         g.low != g.high;
}

} // namespace

Expected<std::unique_ptr<Call>> makeConv2D(const Library::Context &context,
                                           const CallSpec &spec,
                                           Config &config) {
  bool hasBias = config.flag("bias");
  bool relu = config.relu();
  bool isBf16 = isOfBf16(spec);
  if (auto checked = expectFloats(spec, hasBias ? 3 : 2, 1, -1, isBf16);
      !checked)
    return Unexpected(checked.error());
  const Argument &x = spec.operands[0], &kernel = spec.operands[1];
  const Argument &y = spec.results[0];
  for (const Argument *argument : {&x, &kernel, &y})
    if (argument->shape.size() != 4)
      return failShapes(spec, "images and kernels have four dimensions");
  bool winograd = config.flag("winograd") && !isBf16;
  auto geometry =
      readConvGeometry(spec, config, x.shape, kernel.shape, y.shape);
  if (!geometry)
    return Unexpected(geometry.error());
  if (hasBias && countElements(spec.operands[2].shape) != y.shape[3])
    return failShapes(spec, "the bias is as long as the channels of y");
  if (isBf16 && relu)
    return nullptr; // whose loop is of float32
  if (winograd && usesOwnWinograd(*geometry)) {
    auto *bias = hasBias
                     ? reinterpret_cast<const float *>(spec.operands[2].data)
                     : nullptr;
    return makeWinograd(context.threads, *geometry, x, kernel, bias, relu, y);
  }

  using Desc = dnnl::convolution_forward::primitive_desc;
  auto desc = chooseWay<Desc>(spec, *geometry, ConvDirection::Forward, winograd,
                              [&](const ConvWay &way) {
                                return describeForward(context, *geometry, way,
                                                       hasBias);
                              });
  if (!desc)
    return Unexpected(desc.error());
  if (!*desc)
    return nullptr;

  auto call = std::make_unique<DnnlCall>(context, spec.thing);
  memory xIn = call->reordered(call->at(x, geometry->channelsLast(geometry->x)),
                               desc->src_desc());
  memory kernelIn = call->reordered(call->at(kernel, geometry->kerasKernel()),
                                    desc->weights_desc());
  memory::desc last = geometry->channelsLast(geometry->y);
  memory yOut = call->at(y, last);
  memory yMade =
      desc->dst_desc() == last ? yOut : call->inScratch(desc->dst_desc());
  if (hasBias)
    call->add<dnnl::convolution_forward>(
        *desc, {{DNNL_ARG_SRC, xIn},
                {DNNL_ARG_WEIGHTS, kernelIn},
                {DNNL_ARG_BIAS,
                 call->at(spec.operands[2],
                          describe(geometry->bias, Tag::x, geometry->type))},
                {DNNL_ARG_DST, yMade}});
  else
    call->add<dnnl::convolution_forward>(*desc, {{DNNL_ARG_SRC, xIn},
                                                 {DNNL_ARG_WEIGHTS, kernelIn},
                                                 {DNNL_ARG_DST, yMade}});
  if (auto copy = makeBlockCopy(yMade, yOut, relu, context.threads)) {
    call->addLoop(std::move(copy));
    return call;
  }
  if (desc->dst_desc() != last)
    call->addReorder(yMade, yOut);
  if (relu)
    call->addLoop(makeEpilogue(y, nullptr, relu, context.threads));
  return call;
}

Expected<std::unique_ptr<Call>>
makeConv2DInputGrad(const Library::Context &context, const CallSpec &spec,
                    Config &config) {
  bool isBf16 = isOfBf16(spec);
  if (auto checked = expectFloats(spec, 2, 1, 4, isBf16); !checked)
    return Unexpected(checked.error());
  const Argument &dy = spec.operands[0], &kernel = spec.operands[1];
  const Argument &dx = spec.results[0];
  bool winograd = config.flag("winograd") && !isBf16;
  auto geometry =
      readConvGeometry(spec, config, dx.shape, kernel.shape, dy.shape);
  if (!geometry)
    return Unexpected(geometry.error());

  if (winograd && usesOwnWinograd(*geometry))
    return makeWinogradInputGrad(context.threads, *geometry, dy, kernel, dx);

  using Backward = dnnl::convolution_backward_data;
  const ConvGeometry &g = *geometry;
  auto desc = chooseWay<Backward::primitive_desc>(
      spec, g, ConvDirection::InputGrad, winograd, [&](const ConvWay &way) {
        if (isInputGradWrong(g, way))
          return Backward::primitive_desc();
        auto hint = describeForward(context, g, way, false);
        if (!hint)
          return Backward::primitive_desc();
        return Backward::primitive_desc(
            Backward::desc(way.algorithm, way.x, way.kernel, way.y, g.strides,
                           g.dilation, g.low, g.high),
            defaultAttributes(), context.engine, hint, /*allow_empty=*/true);
      });
  if (!desc)
    return Unexpected(desc.error());
  if (!*desc)
    return nullptr;

  auto call = std::make_unique<DnnlCall>(context, spec.thing);
  memory dyIn =
      call->reordered(call->at(dy, g.channelsLast(g.y)), desc->diff_dst_desc());
  memory kernelIn =
      call->reordered(call->at(kernel, g.kerasKernel()), desc->weights_desc());
  memory::desc last = g.channelsLast(g.x);
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
  bool isBf16 = isOfBf16(spec);
  if (auto checked = expectFloats(spec, 2, 1, 4, isBf16); !checked)
    return Unexpected(checked.error());
  const Argument &x = spec.operands[0], &dy = spec.operands[1];
  const Argument &dkernel = spec.results[0];
  bool winograd = config.flag("winograd") && !isBf16;
  auto geometry =
      readConvGeometry(spec, config, x.shape, dkernel.shape, dy.shape);
  if (!geometry)
    return Unexpected(geometry.error());

  if (winograd && usesOwnWinograd(*geometry))
    return makeWinogradKernelGrad(context.threads, *geometry, x, dy, dkernel);

  using Backward = dnnl::convolution_backward_weights;
  const ConvGeometry &g = *geometry;
  auto desc = chooseWay<Backward::primitive_desc>(
      spec, g, ConvDirection::KernelGrad, winograd, [&](const ConvWay &way) {
        if (isKernelGradWrong(g, way))
          return Backward::primitive_desc();
        auto hint = describeForward(context, g, way, false);
        if (!hint)
          return Backward::primitive_desc();
        return Backward::primitive_desc(
            Backward::desc(way.algorithm, way.x, way.kernel, way.y, g.strides,
                           g.dilation, g.low, g.high),
            defaultAttributes(), context.engine, hint, /*allow_empty=*/true);
      });
  if (!desc)
    return Unexpected(desc.error());
  if (!*desc)
    return nullptr;

  auto call = std::make_unique<DnnlCall>(context, spec.thing);
  memory xIn =
      call->reordered(call->at(x, g.channelsLast(g.x)), desc->src_desc());
  memory dyIn =
      call->reordered(call->at(dy, g.channelsLast(g.y)), desc->diff_dst_desc());
  memory::desc last = g.kerasKernel();
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
