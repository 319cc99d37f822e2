// Counts parameters, shapes and connections; costs come from the expansion.
#include "compiler/Summary.h"
#include "compiler/Pipeline.h"
#include "dialects/layer/Layer.h"
#include "dialects/layer/WeightPaths.h"
#include "dialects/prim/Prim.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace dlc;

namespace {

/// One row before formatting: the calls of one layer.
struct Row {
  StringRef name;
  std::string kerasClass;
  SmallVector<Operation *> calls;
};

struct Parameters {
  int64_t trainable = 0;
  int64_t fixed = 0;
  SmallVector<int64_t> trainableSizes; // for the optimizer's state
};

class Summarizer {
public:
  Summarizer(ModuleOp module, layer::ModelOp model, int64_t batch)
      : module(module), model(model), batch(batch) {}

  FailureOr<ModelSummary> run() {
    collectRows(model);
    ModelSummary summary;
    summary.name = model.getSymName().str();
    bool isSequential = model.getKind() == "Sequential";
    summary.sequential = isSequential || isChain();
    for (const Row &row : rows) {
      if (isSequential && isa<layer::InputOp>(row.calls.front()))
        continue;
      summary.layers.push_back(describe(row, !summary.sequential));
    }
    Parameters all =
        countModel(model, model.getTrainable(), /*countShared=*/false);
    summary.trainable = all.trainable;
    summary.nonTrainable = all.fixed;
    countOptimizer(summary, all);
    if (failed(addCosts(summary)))
      return failure();
    return summary;
  }

private:
  /// layer.constant is a number, not a layer.
  static StringRef nameOf(Operation &op) {
    if (auto call = dyn_cast<layer::CallOp>(op))
      return call.getName();
    auto layerOp = dyn_cast<layer::LayerOpInterface>(op);
    return layerOp ? layerOp.getName() : StringRef();
  }

  void collectRows(layer::ModelOp owner) {
    for (Operation &op : owner.getBody().front()) {
      StringRef name = nameOf(op);
      if (name.empty())
        continue;
      auto [index, isNew] = rowOf.try_emplace(name, rows.size());
      if (isNew)
        rows.push_back({name, classOf(op), {}});
      rows[index->second].calls.push_back(&op);
    }
  }

  std::string classOf(Operation &op) {
    if (auto call = dyn_cast<layer::CallOp>(op))
      return findModel(call).getKind().str();
    return cast<layer::KerasOpInterface>(op).getKerasClass().str();
  }

  layer::ModelOp findModel(layer::CallOp call) {
    return SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
        call, call.getModelAttr());
  }

  /// Whether each layer reads one tensor, the one made just before it.
  bool isChain() {
    Operation *previous = nullptr;
    for (const Row &row : rows) {
      if (row.calls.size() != 1)
        return false;
      Operation *op = row.calls.front();
      bool isInput = isa<layer::InputOp>(op);
      if (isInput ? previous != nullptr
                  : op->getNumOperands() != 1 ||
                        op->getOperand(0).getDefiningOp() != previous)
        return false;
      previous = op;
    }
    return true;
  }

  LayerSummary describe(const Row &row, bool withConnections) {
    LayerSummary layer;
    layer.name = row.name.str();
    layer.kerasClass = row.kerasClass;
    for (Value result : row.calls.back()->getResults()) {
      Shape shape;
      int64_t bytes = 4;
      for (int64_t size : cast<RankedTensorType>(result.getType()).getShape()) {
        shape.push_back(ShapedType::isDynamic(size) ? batchDim : size);
        bytes *= ShapedType::isDynamic(size) ? batch : size;
      }
      layer.outputShapes.push_back(std::move(shape));
      layer.bytes += bytes * int64_t(row.calls.size());
    }
    Parameters own = countOp(*row.calls.front(), /*trainable=*/true,
                             /*countShared=*/true);
    layer.parameters = own.trainable + own.fixed;
    if (withConnections)
      for (Operation *call : row.calls)
        for (Value operand : call->getOperands())
          connect(layer, operand);
    return layer;
  }

  /// "conv2d[0][0]": the layer, which of its calls, which of its outputs.
  void connect(LayerSummary &layer, Value operand) {
    Operation *source = operand.getDefiningOp();
    StringRef name = nameOf(*source);
    if (name.empty())
      return;
    const Row &row = rows[rowOf.at(name)];
    size_t call = llvm::find(row.calls, source) - row.calls.begin();
    layer.connectedTo.push_back(
        (name + "[" + Twine(call) + "][" +
         Twine(cast<OpResult>(operand).getResultNumber()) + "]")
            .str());
  }

  /// With `countShared` also weights that another model's layer owns.
  Parameters countOp(Operation &op, bool trainable, bool countShared) {
    if (auto call = dyn_cast<layer::CallOp>(op))
      return countModel(findModel(call), trainable && call.getTrainable(),
                        countShared);
    Parameters parameters;
    auto layerOp = dyn_cast<layer::LayerOpInterface>(op);
    if (!layerOp)
      return parameters;
    auto flag = op.getAttrOfType<BoolAttr>("trainable");
    bool isTrainable = trainable && (!flag || flag.getValue());
    for (const layer::WeightSpec &weight : layerOp.weights()) {
      int64_t size = weight.type.getNumElements();
      if (isTrainable && weight.trainable) {
        parameters.trainable += size;
        parameters.trainableSizes.push_back(size);
      } else {
        parameters.fixed += size;
      }
    }
    return parameters;
  }

  Parameters countModel(layer::ModelOp owner, bool trainable,
                        bool countShared) {
    Parameters sum;
    llvm::StringSet<> seen;
    for (Operation &op : owner.getBody().front()) {
      if (StringRef name = nameOf(op);
          name.empty() || !seen.insert(name).second ||
          (!countShared && !layer::findOwner(owner, name).empty()))
        continue;
      Parameters own =
          countOp(op, trainable && owner.getTrainable(), countShared);
      sum.trainable += own.trainable;
      sum.fixed += own.fixed;
      llvm::append_range(sum.trainableSizes, own.trainableSizes);
    }
    return sum;
  }

  void countOptimizer(ModelSummary &summary, const Parameters &all) {
    for (auto compile : module.getOps<layer::CompileOp>())
      for (auto optimizer :
           compile.getBody().getOps<layer::OptimizerOpInterface>()) {
        summary.compiled = true;
        summary.optimizer = 2; // iterations and learning rate
        for (const auto &block : optimizer.slotBlocks())
          for (int64_t size : all.trainableSizes)
            summary.optimizer += size * int64_t(block.size());
      }
  }

  /// Floating-point operations of @predict, by the layer that prims name.
  LogicalResult addCosts(ModelSummary &summary) {
    OwningOpRef<ModuleOp> copy = module.clone();
    PassManager pm(module.getContext());
    CompileOptions options;
    options.batch = batch;
    buildPipeline(pm, options, "prim");
    if (failed(pm.run(*copy)))
      return failure();
    auto predict = copy->lookupSymbol<func::FuncOp>("predict");
    llvm::StringMap<double> flops;
    predict.walk([&](Operation *op) {
      if (auto name = op->getLoc()->findInstanceOf<NameLoc>())
        flops[name.getName()] += countFlops(op);
    });
    for (LayerSummary &layer : summary.layers)
      for (const auto &entry : flops) {
        // A nested model's layers are named after it: "Dense outer/inner".
        StringRef path = entry.getKey().split(' ').second;
        if (path == layer.name || path.starts_with(layer.name + "/"))
          layer.flops += entry.getValue();
      }
    return success();
  }

  double countFlops(Operation *op) {
    if (auto library = dyn_cast<prim::LibraryOpInterface>(op))
      return library.getFlops(batch);
    auto loops = dyn_cast<prim::LoopOpInterface>(op);
    if (!loops || loops.isFree())
      return 0;
    double points = 1;
    for (int64_t trips : loops.getSpace())
      points *= ShapedType::isDynamic(trips) ? batch : trips;
    return points;
  }

  ModuleOp module;
  layer::ModelOp model;
  int64_t batch;
  SmallVector<Row> rows;
  llvm::StringMap<size_t> rowOf;
};

} // namespace

FailureOr<ModelSummary> dlc::summarizeModule(ModuleOp module, int64_t batch) {
  FailureOr<layer::ModelOp> model = layer::findMainModel(module);
  if (failed(model))
    return failure();
  return Summarizer(module, *model, batch).run();
}
