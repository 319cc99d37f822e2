// A routine hands its elements to the kernel that goes on with them, in one
// launch, so that they are not stored to be read again.
#include "compiler/Passes.h"
#include "compiler/fuse/Kernels.h"
#include "dialects/kernel/LoopNest.h"
#include "dialects/kernel/Views.h"
#include "mlir/IR/IRMapping.h"

namespace dlc {
#define GEN_PASS_DEF_CHAINKERNELS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

/// More accumulators and more arrays at once spill out of registers.
static constexpr size_t maxSums = 4, maxOthers = 16;

namespace {

/// A call and a kernel that reads its result, perhaps as a view.
struct Link {
  kernel::LibraryOp call;
  kernel::FusedOp epilogue;
  /// The input of the epilogue that is the result.
  Value carried;
};

} // namespace

//===-- Whether a kernel can go on with the elements ----------------------===//

/// The routines that make one element after the other, in registers.
static bool isCarrier(kernel::LibraryOp call) {
  return llvm::is_contained({"dot", "conv2d", "conv2d_input_grad", "max_pool2d",
                             "max_pool2d_grad", "avg_pool2d",
                             "avg_pool2d_grad"},
                            call.getRoutine());
}

static ArrayRef<int64_t> getDims(kernel::LibraryOp call, StringRef key) {
  return call.getConfig().getAs<DenseI64ArrayAttr>(key).asArrayRef();
}

/// Whether the last dim of the result is the columns of one matrix, so that
/// blocks can add them up.
static bool hasColumns(kernel::LibraryOp call) {
  auto type = call.getOutput().getType();
  if (type.getRank() < 2 || type.isDynamicDim(type.getRank() - 1))
    return false;
  // A group of a convolution is a product by itself, unless it has one channel
  // and is none.
  if (auto groups = call.getConfig().getAs<IntegerAttr>("groups")) {
    auto kernel = cast<RankedTensorType>(call.getInputs()[1].getType());
    return groups.getInt() == 1 || kernel.getDimSize(2) == 1;
  }
  if (call.getRoutine() != "dot")
    return true;
  int64_t free =
      cast<RankedTensorType>(call.getInputs()[1].getType()).getRank() -
      int64_t(getDims(call, "rhs_contract").size());
  return getDims(call, "lhs_batch").empty() && free == 1;
}

/// Whether all folds are sums of columns of the result.
static bool addsUpColumns(Link link) {
  kernel::FusedOp epilogue = link.epilogue;
  auto sums = epilogue.getBody().getOps<kernel::ReduceOp>();
  ArrayRef<int64_t> space = epilogue.getSpace();
  return epilogue.getReduced().size() == space.size() - 1 &&
         epilogue.getPattern() == kernel::Pattern::ColumnReduction &&
         space.back() == link.call.getOutput().getType().getShape().back() &&
         hasColumns(link.call) && !sums.empty() &&
         size_t(llvm::range_size(sums)) <= maxSums &&
         llvm::all_of(sums, [](kernel::ReduceOp sum) {
           return sum.getCombiner() == arith::AtomicRMWKind::addf;
         });
}

/// Whether the result is read once, element by element, and all of it: the call
/// makes what a slice leaves out too, which has no place in the loops.
static bool readsEachElement(Link link) {
  kernel::FusedOp epilogue = link.epilogue;
  auto carried = cast<RankedTensorType>(link.carried.getType());
  if (carried.getShape() != epilogue.getSpace())
    return false;
  unsigned readings = 0;
  for (auto [i, input] : llvm::enumerate(epilogue.getInputs())) {
    if (input == link.carried &&
        epilogue.getInputMap(i) != epilogue.getIdentityMap())
      return false;
    while (auto view = input.getDefiningOp<kernel::ViewOp>())
      input = view.getX();
    readings += input == link.call.getOutput();
  }
  return readings == 1;
}

/// Whether the kernel writes a state element by element: it could not be
/// written in place.
static bool updatesElements(kernel::FusedOp epilogue) {
  for (auto [i, output] : llvm::enumerate(epilogue.getOutputs()))
    if (epilogue.getOutputMap(i) == epilogue.getIdentityMap() &&
        fuse::becomesState(output))
      return true;
  return false;
}

static bool canGoOn(Link link) {
  kernel::FusedOp epilogue = link.epilogue;
  return readsEachElement(link) && kernel::needsOneWalk(epilogue) &&
         epilogue.getInputs().size() + epilogue.getOutputs().size() <=
             maxOthers &&
         (epilogue.getReduced().empty() || addsUpColumns(link)) &&
         !updatesElements(epilogue);
}

//===-- Where the chain may stand -----------------------------------------===//

/// The value of a state that a function returns for an argument, or null.
static Value findUpdate(BlockArgument state) {
  auto func = cast<func::FuncOp>(state.getOwner()->getParentOp());
  auto name =
      func.getArgAttrOfType<StringAttr>(state.getArgNumber(), "dlc.state");
  Operation *exit = state.getOwner()->getTerminator();
  for (OpOperand &result : exit->getOpOperands())
    if (name &&
        name == func.getResultAttr(result.getOperandNumber(), "dlc.state"))
      return result.get();
  return Value();
}

/// Whether the epilogue can go to its call. What it updates must not be read in
/// between, or it would have to be copied.
static bool canHoist(Link link, llvm::SetVector<Operation *> &movers) {
  for (Value input : link.epilogue.getInputs())
    if (input != link.carried &&
        !fuse::collectMovers(input, link.call, link.epilogue.getSpace().size(),
                             movers))
      return false;
  return llvm::none_of(link.epilogue.getOutputs(), fuse::becomesState);
}

/// Whether the call can go to its epilogue: nobody needs its result before, and
/// no state that it reads is updated on the way.
static bool canSink(Link link) {
  SmallVector<Operation *> readers(link.call->getUsers());
  while (!readers.empty()) {
    Operation *reader = readers.pop_back_val();
    if (isa<kernel::ViewOp>(reader))
      llvm::append_range(readers, reader->getUsers());
    else if (reader->isBeforeInBlock(link.epilogue))
      return false;
  }
  return llvm::none_of(link.call.getInputs(), [&](Value input) {
    auto state = dyn_cast<BlockArgument>(kernel::findStorage(input));
    Value update = state ? findUpdate(state) : Value();
    Operation *maker =
        update ? kernel::findStorage(update).getDefiningOp() : nullptr;
    return maker && link.call->isBeforeInBlock(maker) &&
           (maker == link.epilogue || maker->isBeforeInBlock(link.epilogue));
  });
}

//===-- Building ----------------------------------------------------------===//

/// The epilogue in a chain, with `inputs`; it also yields its carried element
/// if `keeps`.
static kernel::FusedOp cloneEpilogue(OpBuilder &b, Link link, ValueRange inputs,
                                     bool keeps) {
  kernel::FusedOp old = link.epilogue;
  SmallVector<Type> types(old->getResultTypes());
  SmallVector<AffineMap> maps(old.getMaps().getAsValueRange<AffineMapAttr>());
  if (keeps) {
    types.push_back(link.carried.getType());
    maps.push_back(old.getIdentityMap());
  }
  auto epilogue = kernel::FusedOp::create(
      b, old.getLoc(), types, old.getNameAttr(), old.getPatternAttr(),
      old.getSpaceAttr(), old.getReducedAttr(), b.getAffineMapArrayAttr(maps),
      inputs, /*schedule=*/nullptr);
  epilogue->setDiscardableAttrs(old->getDiscardableAttrDictionary());
  epilogue.getBody().takeBody(old.getBody());
  if (keeps) {
    Block &block = epilogue.getBody().front();
    unsigned carried =
        llvm::find(old.getInputs(), link.carried) - old.getInputs().begin();
    Operation *yield = block.getTerminator();
    yield->insertOperands(yield->getNumOperands(), block.getArgument(carried));
  }
  return epilogue;
}

/// Whether anything but the epilogue, and views that lead to it, reads the
/// result.
static bool isReadElsewhere(Link link) {
  for (Value value = link.carried;;
       value = value.getDefiningOp<kernel::ViewOp>().getX()) {
    if (!value.hasOneUse())
      return true;
    if (value == link.call.getOutput())
      return false;
  }
}

static void chain(Link link, Operation *place) {
  bool keeps = isReadElsewhere(link);
  ImplicitLocOpBuilder b(
      fuse::joinLocations({link.call.getLoc(), link.epilogue.getLoc()},
                          link.call.getLoc()),
      place);
  SmallVector<Value> inputs(link.call.getInputs());
  for (Value input : link.epilogue.getInputs())
    if (input != link.carried)
      inputs.push_back(input);
  SmallVector<Type> types(link.epilogue->getResultTypes());
  if (keeps)
    types.push_back(link.carried.getType());
  auto chain =
      kernel::ChainOp::create(b, types, link.call.getNameAttr(), inputs);

  Block &block = chain.getBody().emplaceBlock();
  OpBuilder inner = OpBuilder::atBlockEnd(&block);
  IRMapping mapping;
  for (Value input : inputs)
    block.addArgument(input.getType(), input.getLoc());
  size_t operands = link.call.getInputs().size();
  Operation *made = inner.clone(*link.call);
  mapping.map(link.call.getOutput(), made->getResult(0));
  // A tensor that the call takes twice is two arguments.
  made->setOperands(block.getArguments().take_front(operands));
  SmallVector<kernel::ViewOp> views;
  for (Value value = link.carried;
       auto view = value.getDefiningOp<kernel::ViewOp>(); value = view.getX())
    views.push_back(view);
  for (kernel::ViewOp view : llvm::reverse(views))
    made = inner.clone(*view, mapping);
  // What the epilogue reads twice, or the call too, comes as often.
  SmallVector<Value> read;
  unsigned next = operands;
  for (Value input : link.epilogue.getInputs())
    read.push_back(input == link.carried ? Value(made->getResult(0))
                                         : Value(block.getArgument(next++)));
  kernel::FusedOp epilogue = cloneEpilogue(inner, link, read, keeps);
  kernel::YieldOp::create(inner, epilogue.getLoc(), epilogue.getOutputs());

  for (auto [old, result] :
       llvm::zip(link.epilogue.getOutputs(), chain.getOutputs()))
    old.replaceAllUsesWith(result);
  link.epilogue.erase();
  if (keeps) {
    // Other readers see the result through views of their own.
    Value kept = chain.getOutputs().back();
    link.carried.replaceAllUsesWith(kept);
    Value result = link.call.getOutput();
    if (!result.use_empty() && result != link.carried)
      result.replaceAllUsesWith(
          kernel::ViewOp::create(b, result.getType(), kept));
  }
  for (kernel::ViewOp view : views)
    if (view.use_empty())
      view.erase();
  link.call.erase();
}

//===-- The pass ----------------------------------------------------------===//

static bool tryChain(Link link) {
  if (!canGoOn(link))
    return false;
  llvm::SetVector<Operation *> movers;
  if (canHoist(link, movers)) {
    for (Operation *op : movers)
      op->moveBefore(link.call);
    chain(link, link.call);
    return true;
  }
  if (!canSink(link))
    return false;
  chain(link, link.epilogue);
  return true;
}

/// Kernels that read the result, and what of it, the nearest first.
static SmallVector<Link> findLinks(kernel::LibraryOp call) {
  SmallVector<Link> links;
  SmallVector<Value> values{call.getOutput()};
  while (!values.empty()) {
    Value value = values.pop_back_val();
    for (Operation *user : value.getUsers()) {
      if (auto view = dyn_cast<kernel::ViewOp>(user))
        values.push_back(view.getResult());
      else if (auto fused = dyn_cast<kernel::FusedOp>(user))
        links.push_back({call, fused, value});
    }
  }
  llvm::sort(links, [](Link a, Link b) {
    return a.epilogue.getOperation()->isBeforeInBlock(b.epilogue);
  });
  return links;
}

namespace {

struct ChainKernelsPass : dlc::impl::ChainKernelsBase<ChainKernelsPass> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    auto calls = llvm::to_vector(
        llvm::make_filter_range(func.getOps<kernel::LibraryOp>(), isCarrier));
    // From the last one, so that of two calls whose results meet in a kernel
    // the later one takes it.
    for (kernel::LibraryOp call : llvm::reverse(calls))
      for (Link link : findLinks(call))
        if (tryChain(link))
          break;
    fuse::nameKernels(func);
  }
};

} // namespace
