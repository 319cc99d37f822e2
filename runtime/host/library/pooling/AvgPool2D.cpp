// "avg_pool2d" (x) -> y and "avg_pool2d_grad" (dy) -> dx, channels last: means
// over the elements of a window that are not padding. Configuration: Window.h.
#include "runtime/host/library/DnnlCall.h"
#include "runtime/host/library/pooling/Window.h"

namespace dlc::host {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

/// Images in oneDNN's order of dimensions.
memory::desc describeImages(const Shape &shape, Tag tag) {
  return describe({shape[0], shape[3], shape[1], shape[2]}, tag);
}

dnnl::pooling_forward::primitive_desc
describeForward(const Library::Context &context, const Window &w,
                const Shape &x, const Shape &y, Tag tag) {
  using Forward = dnnl::pooling_forward;
  return Forward::primitive_desc(
      Forward::desc(dnnl::prop_kind::forward_training,
                    dnnl::algorithm::pooling_avg_exclude_padding,
                    describeImages(x, tag), describeImages(y, tag),
                    {w.strides[0], w.strides[1]}, {w.size[0], w.size[1]},
                    {w.padding[0][0], w.padding[1][0]},
                    {w.padding[0][1], w.padding[1][1]}),
      defaultAttributes(), context.engine, /*allow_empty=*/true);
}

/// Channels last where oneDNN has proper code for it, else its own layout.
template <typename Desc, typename Make>
Expected<Desc> chooseTag(const CallSpec &spec, Make make) {
  Desc first;
  for (Tag tag : {Tag::nhwc, Tag::nChw8c, Tag::nchw}) {
    Desc desc = make(tag);
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

/// Adds the primitive between an operand and a result that are channels last.
template <typename Primitive>
std::unique_ptr<Call>
callBetween(const Library::Context &context, const CallSpec &spec,
            const typename Primitive::primitive_desc &desc, int fromIndex,
            const memory::desc &from, int toIndex, const memory::desc &to) {
  auto call = std::make_unique<DnnlCall>(context, spec.thing);
  const Argument &operand = spec.operands[0], &result = spec.results[0];
  memory in = call->reordered(
      call->at(operand, describeImages(operand.shape, Tag::nhwc)), from);
  memory::desc last = describeImages(result.shape, Tag::nhwc);
  memory out = call->at(result, last);
  memory made = to == last ? out : call->inScratch(to);
  call->template add<Primitive>(desc, {{fromIndex, in}, {toIndex, made}});
  if (to != last)
    call->addReorder(made, out);
  return call;
}

} // namespace

Expected<std::unique_ptr<Call>> makeAvgPool2D(const Library::Context &context,
                                              const CallSpec &spec,
                                              Config &config) {
  if (auto checked = expectFloats(spec, 1, 1, 4); !checked)
    return Unexpected(checked.error());
  const Shape &x = spec.operands[0].shape, &y = spec.results[0].shape;
  auto window = readWindow(spec, config, x, y);
  if (!window)
    return Unexpected(window.error());
  using Forward = dnnl::pooling_forward;
  auto desc = chooseTag<Forward::primitive_desc>(spec, [&](Tag tag) {
    return describeForward(context, *window, x, y, tag);
  });
  if (!desc)
    return Unexpected(desc.error());
  return callBetween<Forward>(context, spec, *desc, DNNL_ARG_SRC,
                              desc->src_desc(), DNNL_ARG_DST, desc->dst_desc());
}

Expected<std::unique_ptr<Call>>
makeAvgPool2DGrad(const Library::Context &context, const CallSpec &spec,
                  Config &config) {
  if (auto checked = expectFloats(spec, 1, 1, 4); !checked)
    return Unexpected(checked.error());
  const Shape &dy = spec.operands[0].shape, &dx = spec.results[0].shape;
  auto window = readWindow(spec, config, dx, dy);
  if (!window)
    return Unexpected(window.error());
  using Backward = dnnl::pooling_backward;
  const Window &w = *window;
  auto desc = chooseTag<Backward::primitive_desc>(spec, [&](Tag tag) {
    auto hint = describeForward(context, w, dx, dy, tag);
    if (!hint)
      return Backward::primitive_desc();
    return Backward::primitive_desc(
        Backward::desc(dnnl::algorithm::pooling_avg_exclude_padding,
                       describeImages(dx, tag), describeImages(dy, tag),
                       {w.strides[0], w.strides[1]}, {w.size[0], w.size[1]},
                       {w.padding[0][0], w.padding[1][0]},
                       {w.padding[0][1], w.padding[1][1]}),
        defaultAttributes(), context.engine, hint, /*allow_empty=*/true);
  });
  if (!desc)
    return Unexpected(desc.error());
  return callBetween<Backward>(context, spec, *desc, DNNL_ARG_DIFF_DST,
                               desc->diff_dst_desc(), DNNL_ARG_DIFF_SRC,
                               desc->diff_src_desc());
}

} // namespace dlc::host
