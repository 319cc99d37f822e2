// Movements of movements become one, and those that move nothing none.
#include "compiler/Passes.h"
#include "dialects/prim/Prim.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace dlc {
#define GEN_PASS_DEF_FOLDMOVEMENT
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

namespace {

/// A moved constant becomes a constant: neither occupies memory.
template <typename Op> struct MoveConstant : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    auto constant = op.getX().template getDefiningOp<prim::ConstantOp>();
    if (!constant)
      return failure();
    rewriter.replaceOpWithNewOp<prim::ConstantOp>(op, op.getType(),
                                                  constant.getValue());
    return success();
  }
};

/// A slice of all, and a pad by nothing, become what they read.
template <typename Op> struct MoveNothing : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (op.getX().getType() != op.getType())
      return failure();
    rewriter.replaceOp(op, op.getX());
    return success();
  }
};

//===-- Broadcasts and transposes -----------------------------------------===//

/// What repeats a broadcast repeats its operand along the dims of both.
struct BroadcastOfBroadcast : OpRewritePattern<prim::BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(prim::BroadcastOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<prim::BroadcastOp>();
    if (!inner)
      return failure();
    SmallVector<int64_t> dims;
    int64_t innerDim = 0;
    for (int64_t dim = 0; dim < op.getType().getRank(); ++dim)
      if (llvm::is_contained(op.getDims(), dim) ||
          llvm::is_contained(inner.getDims(), innerDim++))
        dims.push_back(dim);
    rewriter.replaceOpWithNewOp<prim::BroadcastOp>(op, op.getType(),
                                                   inner.getX(), dims);
    return success();
  }
};

/// Two transposes become one, and none where the second undoes the first.
struct TransposeOfTranspose : OpRewritePattern<prim::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(prim::TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<prim::TransposeOp>();
    if (!inner)
      return failure();
    SmallVector<int64_t> permutation;
    for (int64_t dim : op.getPermutation())
      permutation.push_back(inner.getPermutation()[dim]);
    if (llvm::is_sorted(permutation))
      rewriter.replaceOp(op, inner.getX());
    else
      rewriter.replaceOpWithNewOp<prim::TransposeOp>(op, inner.getX(),
                                                     permutation);
    return success();
  }
};

/// dot(transpose(x), w) becomes dot(x, w) that names the dims of x. Those that
/// are neither batch nor contracted have to keep their order.
struct DotOfTranspose : OpRewritePattern<prim::DotOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(prim::DotOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned side : {0, 1}) {
      auto transpose = op->getOperand(side).getDefiningOp<prim::TransposeOp>();
      if (!transpose)
        continue;
      ArrayRef<int64_t> batch = side ? op.getRhsBatch() : op.getLhsBatch();
      ArrayRef<int64_t> contract =
          side ? op.getRhsContract() : op.getLhsContract();
      SmallVector<int64_t> free, batchBefore, contractBefore;
      for (auto [dim, before] : llvm::enumerate(transpose.getPermutation()))
        if (!llvm::is_contained(batch, int64_t(dim)) &&
            !llvm::is_contained(contract, int64_t(dim)))
          free.push_back(before);
      if (!llvm::is_sorted(free))
        continue;
      for (int64_t dim : batch)
        batchBefore.push_back(transpose.getPermutation()[dim]);
      for (int64_t dim : contract)
        contractBefore.push_back(transpose.getPermutation()[dim]);
      rewriter.modifyOpInPlace(op, [&] {
        side ? op.setRhsBatch(batchBefore) : op.setLhsBatch(batchBefore);
        side ? op.setRhsContract(contractBefore)
             : op.setLhsContract(contractBefore);
        op->setOperand(side, transpose.getX());
      });
      return success();
    }
    return failure();
  }
};

//===-- Slices and concats ------------------------------------------------===//

/// x[s + i * t][u + j * v] becomes x[s + u * t + j * t * v].
struct SliceOfSlice : OpRewritePattern<prim::SliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(prim::SliceOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<prim::SliceOp>();
    if (!inner)
      return failure();
    SmallVector<int64_t> starts, strides;
    for (auto [start, stride, innerStart, innerStride] :
         llvm::zip_equal(op.getStarts(), op.getStrides(), inner.getStarts(),
                         inner.getStrides())) {
      starts.push_back(innerStart + start * innerStride);
      strides.push_back(stride * innerStride);
    }
    rewriter.replaceOpWithNewOp<prim::SliceOp>(op, inner.getX(), starts,
                                               op.getSizes(), strides);
    return success();
  }
};

/// A slice that lies in one operand of a concat becomes a slice of that one.
struct SliceOfConcat : OpRewritePattern<prim::SliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(prim::SliceOp op,
                                PatternRewriter &rewriter) const override {
    auto concat = op.getX().getDefiningOp<prim::ConcatOp>();
    if (!concat)
      return failure();
    auto dim = static_cast<int64_t>(concat.getDim());
    int64_t first = op.getStarts()[dim];
    int64_t last = first + (op.getSizes()[dim] - 1) * op.getStrides()[dim];
    for (Value x : concat.getXs()) {
      int64_t size = cast<RankedTensorType>(x.getType()).getDimSize(dim);
      if (first >= size) {
        first -= size;
        last -= size;
        continue;
      }
      if (last >= size)
        return failure();
      SmallVector<int64_t> starts(op.getStarts());
      starts[dim] = first;
      rewriter.replaceOpWithNewOp<prim::SliceOp>(op, x, starts, op.getSizes(),
                                                 op.getStrides());
      return success();
    }
    return failure();
  }
};

/// One tensor alone becomes itself.
struct ConcatOfOne : OpRewritePattern<prim::ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(prim::ConcatOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getXs().size() != 1)
      return failure();
    rewriter.replaceOp(op, op.getXs().front());
    return success();
  }
};

struct FoldMovementPass : dlc::impl::FoldMovementBase<FoldMovementPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<MoveConstant<prim::ReshapeOp>, MoveConstant<prim::SliceOp>,
                 MoveConstant<prim::TransposeOp>, MoveNothing<prim::PadOp>,
                 MoveNothing<prim::SliceOp>, BroadcastOfBroadcast,
                 TransposeOfTranspose, DotOfTranspose, SliceOfSlice,
                 SliceOfConcat, ConcatOfOne>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
