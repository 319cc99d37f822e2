// Which products and convolutions a library of the GPU's computes. It is the
// emitter that knows what our kernels take, so the pass stands here.
#include "compiler/Passes.h"
#include "compiler/emit/cuda/routines/library/LibraryConv.h"
#include "compiler/emit/cuda/routines/library/LibraryCost.h"
#include "compiler/emit/cuda/routines/library/LibraryDot.h"
#include "dialects/kernel/Libraries.h"
#include "mlir/IR/IRMapping.h"
#include "runtime/core/CudaLibraries.h"

namespace dlc {
#define GEN_PASS_DEF_CHOOSELIBRARIES
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::cuda::routines;

/// Below that share of our time the library's is less, by more than predictions
/// are off; and a kernel of ours runs where the library is not.
static constexpr double worthwhile = 0.8;

/// Below that many rows or columns our kernels are no tiles (SmallDot.h), and
/// both wait for memory.
static constexpr int64_t leastLines = 16;

/// The library's loads are of 16 bytes where lines begin at multiples of them.
static constexpr int64_t alignedBytes = 16;

//===-- What it takes -----------------------------------------------------===//

static double countBytes(TypeRange types, int64_t maxBatch) {
  double bytes = 0;
  for (Type type : types) {
    auto tensor = cast<RankedTensorType>(type);
    double elements = tensor.getElementType().getIntOrFloatBitWidth() / 8.0;
    for (int64_t size : tensor.getShape())
      elements *= double(ShapedType::isDynamic(size) ? maxBatch : size);
    bytes += elements;
  }
  return bytes;
}

namespace {

/// What launches are predicted to take on one GPU, in seconds.
struct Costs {
  const KnownGpu &gpu;
  int64_t maxBatch;

  /// Of one launch whose multipliers are busy for so long.
  double predictLaunch(TypeRange reads, TypeRange writes,
                       double multiplying) const {
    double bytes = countBytes(reads, maxBatch) + countBytes(writes, maxBatch);
    return launchSeconds +
           std::max(multiplying, bytes / (realised * gpu.bytesPerSecond));
  }
};

} // namespace

/// Whether an output of an epilogue only hands on what it carries.
static bool isCopy(kernel::FusedOp epilogue, unsigned carried,
                   unsigned output) {
  Block &block = epilogue.getBody().front();
  return block.getTerminator()->getOperand(output) ==
             block.getArgument(carried) &&
         epilogue.getOutputMap(output) == epilogue.getIdentityMap();
}

/// What a chain's epilogue makes beside the result of the call.
static SmallVector<Type> listMade(kernel::ChainOp chain) {
  SmallVector<Type> types;
  for (auto [i, output] : llvm::enumerate(chain.getEpilogue().getOutputs()))
    if (!isCopy(chain.getEpilogue(), chain.getCarried(), i))
      types.push_back(output.getType());
  return types;
}

static bool isAligned(const artifact::LibraryProduct &product,
                      Precision precision) {
  int64_t elements = alignedBytes / elementBytes(precision);
  return product.lhs.leading % elements == 0 &&
         product.rhs.leading % elements == 0 &&
         product.columns.trips % elements == 0 &&
         product.lhs.stride % elements == 0 &&
         product.rhs.stride % elements == 0;
}

/// In groups each of which has few of them the library's kernels are others,
/// of which nothing is known here.
static bool isAligned(const artifact::LibraryConvolution &conv,
                      Precision precision) {
  int64_t elements = alignedBytes / elementBytes(precision);
  return conv.groups == 1 && conv.channels % elements == 0 &&
         conv.filters % elements == 0 &&
         std::min(conv.channels, conv.filters) >= leastLines;
}

namespace {

/// A call that a library has.
struct Candidate {
  StringRef name; // of the attribute
  const CudaLibrary &library;
  ProductSizes sizes;
  /// Whether it is for the library's fast kernels.
  bool isLarge;
  Precision precision;
  int64_t workspace;
  /// What is turned round for the library, in a launch of its own: a kernel.
  SmallVector<Type> turned;
};

} // namespace

/// Which library has a call; mistakes are told where the kernel is written.
static std::optional<Candidate> findCandidate(kernel::LibraryOp call,
                                              int64_t maxBatch) {
  RoutineCall read(call, maxBatch);
  if (call.getRoutine() == "dot") {
    auto product = readLibraryDot(read);
    if (!product || !*product)
      return std::nullopt;
    ProductSizes sizes{evaluate((*product)->parts, maxBatch),
                       evaluate((*product)->rows, maxBatch),
                       evaluate((*product)->columns, maxBatch),
                       evaluate((*product)->depth, maxBatch)};
    bool isLarge = std::min(sizes.rows, sizes.columns) >= leastLines &&
                   isAligned(**product, read.precision());
    return Candidate{"cublaslt",       cublasLtLibrary(), sizes, isLarge,
                     read.precision(), workspaceBytes,    {}};
  }
  if (!isConvolution(call.getRoutine()))
    return std::nullopt;
  auto conv = readLibraryConv(read);
  if (!conv || !*conv)
    return std::nullopt;
  bool makesKernel =
      (*conv)->direction == artifact::LibraryConvolution::Direction::KernelGrad;
  Type kernel = makesKernel ? call->getResult(0).getType()
                            : call->getOperand(1).getType();
  return Candidate{"cudnn",
                   cudnnLibrary(),
                   sizesOf(**conv, maxBatch),
                   isAligned(**conv, read.precision()),
                   read.precision(),
                   convWorkspaceBytes,
                   {kernel}};
}

/// Whether the library is predicted to be the quicker one. `chain` is what our
/// kernel would also compute; null for nothing.
static bool isQuicker(kernel::LibraryOp call, kernel::ChainOp chain,
                      const Candidate &candidate, const Costs &costs) {
  if (!candidate.isLarge)
    return false;
  const ProductSizes &sizes = candidate.sizes;
  Precision precision = candidate.precision;
  Operation *launch = chain ? chain.getOperation() : call.getOperation();
  double own = costs.predictLaunch(
      launch->getOperandTypes(), launch->getResultTypes(),
      predictOwn(costs.gpu, sizes, precision, /*hasEpilogue=*/bool(chain)));
  double library = costs.predictLaunch(
      call->getOperandTypes(), call->getResultTypes(),
      predictLibrary(costs.gpu, sizes, precision, candidate.workspace));
  if (!candidate.turned.empty())
    library += costs.predictLaunch(candidate.turned, candidate.turned, 0);
  // What the library does not take along is a launch of its own.
  if (chain)
    library += costs.predictLaunch(chain.getEpilogue().getOperandTypes(),
                                   listMade(chain), 0);
  return library < worthwhile * own;
}

//===-- Giving it away ----------------------------------------------------===//

/// The epilogue without the outputs that only hand on what it carries, which
/// become what that is.
static void dropCopies(kernel::FusedOp epilogue, unsigned carried) {
  Operation *yield = epilogue.getBody().front().getTerminator();
  SmallVector<Type> types;
  SmallVector<Attribute> maps(
      epilogue.getMaps().getValue().take_front(epilogue.getInputs().size()));
  SmallVector<Value> yielded, outputs;
  for (auto [i, output] : llvm::enumerate(epilogue.getOutputs())) {
    if (isCopy(epilogue, carried, i)) {
      output.replaceAllUsesWith(epilogue.getInputs()[carried]);
      continue;
    }
    types.push_back(output.getType());
    maps.push_back(AffineMapAttr::get(epilogue.getOutputMap(i)));
    yielded.push_back(yield->getOperand(i));
    outputs.push_back(output);
  }
  if (outputs.size() == epilogue.getOutputs().size())
    return;
  OpBuilder b(epilogue);
  auto rest = kernel::FusedOp::create(
      b, epilogue.getLoc(), types, epilogue.getNameAttr(),
      epilogue.getPatternAttr(), epilogue.getSpaceAttr(),
      epilogue.getReducedAttr(), b.getArrayAttr(maps), epilogue.getInputs(),
      /*schedule=*/nullptr);
  rest->setDiscardableAttrs(epilogue->getDiscardableAttrDictionary());
  yield->setOperands(yielded);
  rest.getBody().takeBody(epilogue.getBody());
  for (auto [old, made] : llvm::zip_equal(outputs, rest.getOutputs()))
    old.replaceAllUsesWith(made);
  epilogue.erase();
}

/// Puts the ops of a chain in its place; gives the call.
static kernel::LibraryOp takeApart(kernel::ChainOp chain) {
  OpBuilder b(chain);
  IRMapping mapping;
  Block &block = chain.getBody().front();
  mapping.map(block.getArguments(), chain.getInputs());
  for (Operation &op : block.without_terminator())
    b.clone(op, mapping);
  for (auto [output, value] : llvm::zip_equal(
           chain.getOutputs(), block.getTerminator()->getOperands()))
    output.replaceAllUsesWith(mapping.lookup(value));
  auto lookup = [&](auto op) {
    return cast<decltype(op)>(mapping.lookup(op->getResult(0)).getDefiningOp());
  };
  kernel::LibraryOp call = lookup(chain.getCall());
  dropCopies(lookup(chain.getEpilogue()), chain.getCarried());
  chain.erase();
  return call;
}

namespace {

struct ChooseLibrariesPass
    : dlc::impl::ChooseLibrariesBase<ChooseLibrariesPass> {
  using ChooseLibrariesBase::ChooseLibrariesBase;

  void runOnOperation() override {
    SmallVector<kernel::LibraryOp> calls;
    getOperation().walk([&](kernel::LibraryOp call) { calls.push_back(call); });
    for (kernel::LibraryOp call : calls) {
      auto chain = dyn_cast<kernel::ChainOp>(call->getParentOp());
      std::optional<Candidate> candidate = findCandidate(call, maxBatch);
      if (!candidate || !isWorthIt(call, chain, *candidate))
        continue;
      if (chain)
        call = takeApart(chain);
      call->setAttr(kernel::libraryKey,
                    StringAttr::get(&getContext(), candidate->name));
    }
  }

  bool isWorthIt(kernel::LibraryOp call, kernel::ChainOp chain,
                 const Candidate &candidate) const {
    if (always)
      return true;
    // Opened last, and only where something is to be gained.
    return isQuicker(call, chain, candidate, {findGpu(capability), maxBatch}) &&
           findLibrary(candidate.library).has_value();
  }
};

} // namespace
