// kernel.fused: the rules that make every kernel race-free and in bounds.
#include "dialects/kernel/Kernel.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::kernel;

//===-- Reading and writing a space: [?, 4] -------------------------------===//

static ParseResult parseSpace(OpAsmParser &parser, DenseI64ArrayAttr &space) {
  SmallVector<int64_t> sizes;
  auto parseSize = [&]() -> ParseResult {
    if (succeeded(parser.parseOptionalQuestion())) {
      sizes.push_back(ShapedType::kDynamic);
      return success();
    }
    return parser.parseInteger(sizes.emplace_back());
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseSize))
    return failure();
  space = parser.getBuilder().getDenseI64ArrayAttr(sizes);
  return success();
}

static void printSize(raw_ostream &os, int64_t size) {
  if (ShapedType::isDynamic(size))
    os << '?';
  else
    os << size;
}

static void printSpace(OpAsmPrinter &printer, Operation *,
                       DenseI64ArrayAttr space) {
  raw_ostream &os = printer.getStream();
  os << '[';
  llvm::interleaveComma(space.asArrayRef(), os,
                        [&](int64_t size) { printSize(os, size); });
  os << ']';
}

#define GET_OP_CLASSES
#include "dialects/kernel/KernelOps.cpp.inc"

//===-- Maps and values ---------------------------------------------------===//

AffineMap FusedOp::getInputMap(unsigned input) {
  return cast<AffineMapAttr>(getMaps()[input]).getValue();
}

AffineMap FusedOp::getOutputMap(unsigned output) {
  return getInputMap(getInputs().size() + output);
}

AffineMap FusedOp::getIdentityMap() {
  return AffineMap::getMultiDimIdentityMap(getSpace().size(), getContext());
}

AffineMap FusedOp::getKeptMap() {
  return dropDims(getIdentityMap(), getReduced());
}

DenseSet<Value> FusedOp::findPerElement() {
  DenseSet<Value> perElement;
  auto contains = [&](Value value) { return perElement.contains(value); };
  Block &block = getBody().front();
  for (BlockArgument argument : block.getArguments())
    for (int64_t dim : getReduced())
      if (getInputMap(argument.getArgNumber()).isFunctionOfDim(dim))
        perElement.insert(argument);
  for (Operation &op : block.without_terminator()) {
    auto index = dyn_cast<IndexOp>(op);
    if (index ? llvm::is_contained(getReduced(), int64_t(index.getDim()))
              : !isa<ReduceOp>(op) && llvm::any_of(op.getOperands(), contains))
      perElement.insert_range(op.getResults());
  }
  return perElement;
}

//===-- Verification ------------------------------------------------------===//

/// kernel.fused "k0": what it has, the limit, the remedy.
static InFlightDiagnostic emitKernelError(FusedOp op) {
  return std::move(op.emitError()
                   << "kernel.fused \"" << op.getName() << "\": ");
}

/// [C3] An input's map stays inside the tensor. The batch is walked whole: only
/// a loop over `?` may follow a dim of `?`, and nothing else may depend on one.
static LogicalResult verifyInput(FusedOp op, unsigned index, Type type) {
  AffineMap map = op.getInputMap(index);
  auto attr = AffineMapAttr::get(map);
  ArrayRef<int64_t> space = op.getSpace();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(type).getShape();
  if (map.getNumDims() != space.size() || map.getNumSymbols() != 0 ||
      map.getNumResults() != shape.size())
    return emitKernelError(op)
           << "map " << index << " is " << attr << " but must lead from the "
           << space.size() << " dims of the space to the " << shape.size()
           << " of " << type << "; write one expression for each";
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    if (ShapedType::isDynamic(shape[i])) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (dim && ShapedType::isDynamic(space[dim.getPosition()]))
        continue;
      return emitKernelError(op)
             << "map " << index << " is " << attr << " but dim " << i << " of "
             << type << " is the batch; read it along a loop over `?`";
    }
    std::optional<Range> range = findRange(expr, space);
    if (!range)
      return emitKernelError(op)
             << "map " << index << " is " << attr << " but expression " << i
             << " may only add up constants and dims of known size times "
                "strides other than 0; rewrite it";
    if (range->low < 0 || range->high >= shape[i])
      return emitKernelError(op)
             << "map " << index << " reads elements " << range->low << " to "
             << range->high << " of dim " << i << " but " << type << " has "
             << shape[i] << "; correct the map or the space";
  }
  return success();
}

/// [C5] Every element of an output is written: its map names all dims, or all
/// but the reduced ones, and their trip counts are its sizes.
static LogicalResult verifyOutput(FusedOp op, unsigned output, Type type) {
  AffineMap map = op.getOutputMap(output);
  AffineMap identity = op.getIdentityMap(), kept = op.getKeptMap();
  if (map != identity && map != kept)
    return emitKernelError(op)
           << "output " << output << " has map " << AffineMapAttr::get(map)
           << " but an output is written at " << AffineMapAttr::get(identity)
           << " or " << AffineMapAttr::get(kept)
           << "; transpose where it is read";
  SmallVector<int64_t> shape;
  for (AffineExpr expr : map.getResults())
    shape.push_back(op.getSpace()[cast<AffineDimExpr>(expr).getPosition()]);
  auto tensor = cast<RankedTensorType>(type);
  if (tensor.getShape() != ArrayRef(shape))
    return emitKernelError(op)
           << "output " << output << " is " << type << " but its loops write "
           << tensor.clone(shape) << "; correct the type or the space";
  return success();
}

LogicalResult FusedOp::verify() {
  // [C1] Reduced dims are dims of the space, in rising order, and the pattern
  // is the one that they make.
  int64_t rank = getSpace().size(), previous = -1;
  for (int64_t dim : getReduced()) {
    if (dim <= previous || dim >= rank)
      return emitKernelError(*this) << "reduced has " << dim << " after "
                                    << previous << " but the space has " << rank
                                    << " dims; name each once, in rising order";
    previous = dim;
  }
  if (kernel::Pattern pattern = choosePattern(rank, getReduced());
      pattern != getPattern())
    return emitKernelError(*this)
           << "pattern is " << stringifyPattern(getPattern())
           << " but these loops are a " << stringifyPattern(pattern)
           << "; correct the pattern or the reduced dims";

  // [C2] There is one map for each input, then one for each output.
  size_t tensors = getInputs().size() + getOutputs().size();
  if (getMaps().size() != tensors)
    return emitKernelError(*this)
           << "has " << getMaps().size() << " maps but " << tensors
           << " inputs and outputs; write one map for each";
  for (auto [i, type] : llvm::enumerate(getInputs().getTypes()))
    if (failed(verifyInput(*this, i, type)))
      return failure();
  for (auto [i, type] : llvm::enumerate(getOutputs().getTypes()))
    if (failed(verifyOutput(*this, i, type)))
      return failure();
  return success();
}

/// [C4] The region takes the element type of each input and yields that of each
/// output.
static LogicalResult verifyScalars(FusedOp op, TypeRange scalars,
                                   TypeRange tensors, StringRef kind) {
  if (scalars.size() != tensors.size())
    return emitKernelError(op)
           << "region has " << scalars.size() << " scalars for its "
           << tensors.size() << ' ' << kind << "s; pass one for each";
  for (auto [i, scalar, tensor] : llvm::enumerate(scalars, tensors))
    if (scalar != cast<RankedTensorType>(tensor).getElementType())
      return emitKernelError(op)
             << "region has " << scalar << " for " << kind << ' ' << i
             << " but it is " << tensor << "; convert it in the region";
  return success();
}

LogicalResult FusedOp::verifyRegions() {
  Block &block = getBody().front();
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield)
    return emitKernelError(*this) << "region ends with no kernel.yield but "
                                     "must yield its outputs; add one";
  if (failed(verifyScalars(*this, block.getArgumentTypes(),
                           getInputs().getTypes(), "input")) ||
      failed(verifyScalars(*this, yield.getOperandTypes(),
                           getOutputs().getTypes(), "output")))
    return failure();
  for (Operation &op : block.without_terminator()) {
    if (op.getNumRegions() != 0)
      return emitKernelError(*this)
             << "region holds " << op.getName()
             << " with a region of its own but is straight-line code; use "
                "arith.select";
    // [C6] An index is that of a loop of this kernel.
    if (auto index = dyn_cast<IndexOp>(op);
        index && index.getDim() >= getSpace().size())
      return emitKernelError(*this)
             << "kernel.index names dim " << index.getDim()
             << " but the space has " << getSpace().size()
             << "; name one of its dims";
  }

  // [C5] Where an output has one element per row, so has its value.
  DenseSet<Value> perElement = findPerElement();
  for (auto [i, value] : llvm::enumerate(yield.getValues()))
    if (getOutputMap(i) != getIdentityMap() && perElement.contains(value))
      return emitKernelError(*this)
             << "output " << i << " yields a value per element but its map "
             << AffineMapAttr::get(getOutputMap(i))
             << " has one element per row; kernel.reduce it first";
  return success();
}
