// The gradient of a Dense layer's kernel as oneDNN does it best.
#include "runtime/host/library/product/TransposedProduct.h"

namespace dlc::host {

using dnnl::memory;

namespace {

/// The dense matrix of an operand, if it is one and lies so.
std::optional<memory::desc> viewAsDense(const Operand &operand) {
  auto view = viewAsMatrices(operand, Batch::Merged);
  if (!view || view->dims().size() != 2 ||
      *view != describe(view->dims(), memory::format_tag::ab))
    return std::nullopt;
  return view;
}

} // namespace

std::optional<TransposedProduct>
TransposedProduct::make(const Library::Context &context, const Operand &left,
                        const Operand &right) {
  auto a = viewAsDense(
      {left.argument, {left.groups[0], left.groups[2], left.groups[1]}});
  auto b = viewAsDense(right);
  if (!a || !b)
    return std::nullopt;
  memory::desc kernel =
      describe({b->dims()[1], a->dims()[1]}, memory::format_tag::ba);
  using Forward = dnnl::inner_product_forward;
  Forward::primitive_desc hint(
      Forward::desc(dnnl::prop_kind::forward_training, *a, kernel, *b),
      defaultAttributes(), context.engine, /*allow_empty=*/true);
  if (!hint)
    return std::nullopt;
  Backward::primitive_desc desc(Backward::desc(*a, kernel, *b),
                                defaultAttributes(), context.engine, hint,
                                /*allow_empty=*/true);
  if (!desc || isReference(desc.impl_info_str()))
    return std::nullopt;
  return TransposedProduct(std::move(desc));
}

void TransposedProduct::add(DnnlCall &call, const Argument &a,
                            const Argument &b, const Argument &result) const {
  call.add<Backward>(
      desc,
      {{DNNL_ARG_SRC, call.at(a, desc.src_desc())},
       {DNNL_ARG_DIFF_DST, call.at(b, desc.diff_dst_desc())},
       {DNNL_ARG_DIFF_WEIGHTS, call.at(result, desc.diff_weights_desc())}});
}

} // namespace dlc::host
