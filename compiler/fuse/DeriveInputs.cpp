// A tensor that follows from others that a kernel reads anyway is computed
// there again: a relu's mask from what its BatchNormalization read, not from
// its result.
#include "compiler/Passes.h"
#include "compiler/fuse/explain/Reasons.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace dlc {
#define GEN_PASS_DEF_DERIVEINPUTS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

/// More operations per element are no longer hidden behind the reads that stay;
/// more inputs spill.
static constexpr size_t maxScalarOps = 6, maxInputs = 16;

namespace {

/// A scalar of a kernel's region and all that it is made of.
struct Derivation {
  kernel::FusedOp maker;
  Value scalar;
  SmallVector<Operation *> ops; // in the region's order
  SmallVector<unsigned> inputs; // of the maker
};

} // namespace

static bool isCheap(Operation &op) {
  return isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::NegFOp,
             arith::CmpFOp, arith::SelectOp, arith::MaximumFOp,
             arith::MinimumFOp, arith::ConstantOp>(op);
}

/// How the element of an input comes about, if that takes a few operations on
/// elements and rows of a pointwise kernel over the same space.
static std::optional<Derivation> findDerivation(kernel::FusedOp kernel,
                                                unsigned input) {
  Value tensor = kernel.getInputs()[input];
  auto maker = tensor.getDefiningOp<kernel::FusedOp>();
  if (!maker || !maker.getReduced().empty() ||
      maker.getSpace() != kernel.getSpace() ||
      kernel.getInputMap(input) != kernel.getIdentityMap())
    return std::nullopt;
  unsigned output = cast<OpResult>(tensor).getResultNumber();
  if (maker.getOutputMap(output) != maker.getIdentityMap())
    return std::nullopt;
  Block &block = maker.getBody().front();
  Derivation found{maker, block.getTerminator()->getOperand(output), {}, {}};
  DenseSet<Value> needed{found.scalar};
  size_t count = 0;
  for (Operation &op : llvm::reverse(block.without_terminator())) {
    if (!llvm::any_of(op.getResults(),
                      [&](Value value) { return needed.contains(value); }))
      continue;
    if (!isCheap(op))
      return std::nullopt;
    count += !isa<arith::ConstantOp>(op);
    needed.insert_range(op.getOperands());
    found.ops.push_back(&op);
  }
  if (found.ops.empty() || count > maxScalarOps)
    return std::nullopt;
  std::reverse(found.ops.begin(), found.ops.end());
  for (BlockArgument argument : block.getArguments())
    if (needed.contains(argument))
      found.inputs.push_back(argument.getArgNumber());
  return found;
}

/// The argument of the region that is this tensor at this map, or null.
static BlockArgument findArgument(kernel::FusedOp kernel, Value tensor,
                                  AffineMap map) {
  for (auto [i, input] : llvm::enumerate(kernel.getInputs()))
    if (input == tensor && kernel.getInputMap(i) == map)
      return kernel.getBody().getArgument(i);
  return {};
}

/// Whether an input of this map is read far less often than each element.
static bool isSmall(kernel::FusedOp kernel, AffineMap map) {
  return llvm::any_of(llvm::seq<unsigned>(0, map.getNumDims()),
                      [&](unsigned dim) {
                        return ShapedType::isDynamic(kernel.getSpace()[dim]) &&
                               !map.isFunctionOfDim(dim);
                      });
}

/// Whether the kernel reads all elements that the derivation takes, so that
/// only numbers a row or column come to its inputs.
static bool isRead(kernel::FusedOp kernel, Derivation &derivation) {
  size_t added = 0;
  for (unsigned input : derivation.inputs) {
    AffineMap map = derivation.maker.getInputMap(input);
    if (findArgument(kernel, derivation.maker.getInputs()[input], map))
      continue;
    if (!isSmall(kernel, map))
      return false;
    ++added;
  }
  return kernel.getInputs().size() - 1 + added <= maxInputs;
}

/// The kernel with what derives the input in place of it.
static kernel::FusedOp derive(kernel::FusedOp kernel, unsigned input,
                              Derivation &derivation) {
  Block &block = kernel.getBody().front();
  SmallVector<Value> inputs(kernel.getInputs());
  SmallVector<AffineMap> maps(
      kernel.getMaps().getAsValueRange<AffineMapAttr>());
  IRMapping mapping;
  for (unsigned from : derivation.inputs) {
    Value tensor = derivation.maker.getInputs()[from];
    AffineMap map = derivation.maker.getInputMap(from);
    BlockArgument argument = findArgument(kernel, tensor, map);
    if (!argument) {
      argument = block.addArgument(
          derivation.maker.getBody().getArgument(from).getType(),
          tensor.getLoc());
      maps.insert(maps.begin() + inputs.size(), map);
      inputs.push_back(tensor);
    }
    mapping.map(derivation.maker.getBody().getArgument(from), argument);
  }
  OpBuilder inner = OpBuilder::atBlockBegin(&block);
  for (Operation *op : derivation.ops)
    inner.clone(*op, mapping);
  block.getArgument(input).replaceAllUsesWith(
      mapping.lookup(derivation.scalar));
  block.eraseArgument(input);
  inputs.erase(inputs.begin() + input);
  maps.erase(maps.begin() + input);

  SmallVector<std::string> refusals =
      fuse::getStrings(kernel, fuse::refusalsKey);
  if (!refusals.empty()) {
    refusals.resize(inputs.size() + 1);
    refusals.erase(refusals.begin() + input);
    fuse::setStrings(kernel, fuse::refusalsKey, refusals);
  }

  OpBuilder b(kernel);
  auto derived = kernel::FusedOp::create(
      b, kernel.getLoc(), kernel->getResultTypes(), kernel.getNameAttr(),
      kernel.getPatternAttr(), kernel.getSpaceAttr(), kernel.getReducedAttr(),
      b.getAffineMapArrayAttr(maps), inputs, /*schedule=*/nullptr);
  derived->setDiscardableAttrs(kernel->getDiscardableAttrDictionary());
  derived.getBody().takeBody(kernel.getBody());
  kernel.replaceAllUsesWith(derived);
  kernel.erase();
  return derived;
}

namespace {

struct DeriveInputsPass : dlc::impl::DeriveInputsBase<DeriveInputsPass> {
  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<kernel::FusedOp>()))
      deriveInputs(kernel);
  }

  static void deriveInputs(kernel::FusedOp kernel) {
    for (unsigned i = 0; i < kernel.getInputs().size();) {
      std::optional<Derivation> found = findDerivation(kernel, i);
      if (found && isRead(kernel, *found))
        kernel = derive(kernel, i, *found);
      else
        ++i;
    }
  }
};

} // namespace
