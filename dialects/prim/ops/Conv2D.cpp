// conv2d and its two adjoints: the gradients of the three are among the three.
//
// y[n, i, j, o] = sum_{p, q, c} x[n, i * sh + p * dh - top, j * sw + q * dw -
// left,
//                                 group(o) * C / groups + c] kernel[p, q, c, o]
// with group(o) = o / (O / groups), and x = 0 outside.
#include "dialects/prim/Infer.h"
#include "dialects/prim/Window.h"

using namespace mlir;
using namespace dlc::prim;

namespace {

struct Conv {
  ArrayRef<int64_t> strides, padding, dilation;
  int64_t groups;
};

} // namespace

// [n, h, w, c] * [kh, kw, c / groups, o] -> [n, oh, ow, o]
static FailureOr<Type> inferConv(std::optional<Location> loc, StringRef op,
                                 RankedTensorType x, RankedTensorType kernel,
                                 Conv conv) {
  if (failed(verifyImages(loc, op, "x", x)))
    return failure();
  if (kernel.getRank() != 4 || !kernel.hasStaticShape())
    return emitOptionalError(loc, op, ": the kernel is ", kernel,
                             " but must be [kh, kw, c / groups, o] of known "
                             "sizes; reshape it first");
  if (conv.groups < 1)
    return emitOptionalError(loc, op, ": groups is ", conv.groups,
                             " but the least is 1; write 1 for none");
  int64_t channels = x.getDimSize(3), filters = kernel.getDimSize(3);
  if (kernel.getDimSize(2) * conv.groups != channels)
    return emitOptionalError(loc, op, ": the kernel ", kernel, " reads ",
                             kernel.getDimSize(2), " channels in each of ",
                             conv.groups, " groups but x (", x, ") has ",
                             channels, "; correct groups or the kernel");
  if (filters % conv.groups != 0)
    return emitOptionalError(loc, op, ": the kernel ", kernel, " has ", filters,
                             " filters but they must divide among ",
                             conv.groups, " groups; correct groups");
  FailureOr<std::array<int64_t, 2>> grid =
      inferGrid(loc, op, x, kernel.getShape().take_front(2), conv.strides,
                conv.padding, conv.dilation);
  if (failed(grid))
    return failure();
  return Type(RankedTensorType::get(
      {x.getDimSize(0), (*grid)[0], (*grid)[1], filters}, x.getElementType()));
}

template <typename Op> static Conv getConv(Op op) {
  return {op.getStrides(), op.getPadding(), op.getDilation(),
          static_cast<int64_t>(op.getGroups())};
}

template <typename Op> static DictionaryAttr buildConfig(Op op) {
  Builder b(op.getContext());
  return b.getDictionaryAttr(
      {b.getNamedAttr("strides", op.getStridesAttr()),
       getPaddingConfig(op.getContext(), op.getPadding()),
       b.getNamedAttr("dilation", op.getDilationAttr()),
       b.getNamedAttr("groups", op.getGroupsAttr())});
}

// A multiplication and an addition for each element of y and of a window.
static double countFlops(RankedTensorType y, RankedTensorType kernel,
                         int64_t n) {
  return 2 * countElements(y.getShape(), n) *
         countElements(kernel.getShape().drop_back(), n);
}

//===-- conv2d ------------------------------------------------------------===//

LogicalResult Conv2DOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor op,
                                         SmallVectorImpl<Type> &types) {
  FailureOr<Type> y = inferConv(
      loc, getOperationName(), cast<RankedTensorType>(op.getX().getType()),
      cast<RankedTensorType>(op.getKernel().getType()), getConv(op));
  if (failed(y))
    return failure();
  types.push_back(*y);
  return success();
}

DictionaryAttr Conv2DOp::getConfig() { return buildConfig(*this); }

double Conv2DOp::getFlops(int64_t n) {
  return countFlops(getType(), getKernel().getType(), n);
}

// dx = conv2d_input_grad(g, kernel)
// dkernel = conv2d_kernel_grad(x, g)
SmallVector<Value> Conv2DOp::buildVjp(ImplicitLocOpBuilder &b,
                                      ValueRange grads) {
  Value g = grads[0];
  return {Conv2DInputGradOp::create(b, getX().getType(), g, getKernel(),
                                    getStrides(), getPadding(), getDilation(),
                                    getGroups()),
          Conv2DKernelGradOp::create(b, getKernel().getType(), getX(), g,
                                     getStrides(), getPadding(), getDilation(),
                                     getGroups())};
}

//===-- conv2d_input_grad: <dx, x> = <dy, conv2d(x, kernel)> --------------===//

LogicalResult Conv2DInputGradOp::verify() {
  FailureOr<Type> dy = inferConv(getLoc(), getOperationName(), getType(),
                                 getKernel().getType(), getConv(*this));
  if (failed(dy))
    return failure();
  return verifyImplied(getLoc(), getOperationName(), "dy", getDy().getType(),
                       *dy);
}

DictionaryAttr Conv2DInputGradOp::getConfig() { return buildConfig(*this); }

double Conv2DInputGradOp::getFlops(int64_t n) {
  return countFlops(getDy().getType(), getKernel().getType(), n);
}

// <g, dx> = <dy, conv2d(g, kernel)>, which is linear in dy and in the kernel:
// ddy = conv2d(g, kernel)
// dkernel = conv2d_kernel_grad(g, dy)
SmallVector<Value> Conv2DInputGradOp::buildVjp(ImplicitLocOpBuilder &b,
                                               ValueRange grads) {
  Value g = grads[0];
  return {Conv2DOp::create(b, g, getKernel(), getStrides(), getPadding(),
                           getDilation(), getGroups()),
          Conv2DKernelGradOp::create(b, getKernel().getType(), g, getDy(),
                                     getStrides(), getPadding(), getDilation(),
                                     getGroups())};
}

//===-- conv2d_kernel_grad: <dkernel, k> = <dy, conv2d(x, k)> -------------===//

LogicalResult Conv2DKernelGradOp::verify() {
  FailureOr<Type> dy = inferConv(getLoc(), getOperationName(), getX().getType(),
                                 getType(), getConv(*this));
  if (failed(dy))
    return failure();
  return verifyImplied(getLoc(), getOperationName(), "dy", getDy().getType(),
                       *dy);
}

DictionaryAttr Conv2DKernelGradOp::getConfig() { return buildConfig(*this); }

double Conv2DKernelGradOp::getFlops(int64_t n) {
  return countFlops(getDy().getType(), getType(), n);
}

// <g, dkernel> = <dy, conv2d(x, g)>, which is linear in x and in dy:
// dx = conv2d_input_grad(dy, g)
// ddy = conv2d(x, g)
SmallVector<Value> Conv2DKernelGradOp::buildVjp(ImplicitLocOpBuilder &b,
                                                ValueRange grads) {
  Value g = grads[0];
  return {Conv2DInputGradOp::create(b, getX().getType(), getDy(), g,
                                    getStrides(), getPadding(), getDilation(),
                                    getGroups()),
          Conv2DOp::create(b, getX(), g, getStrides(), getPadding(),
                           getDilation(), getGroups())};
}
