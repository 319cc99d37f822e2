// Loss reduction over the batch, as keras/src/losses/loss.py has it.
#include "compiler/train/Objective.h"
#include "dialects/prim/Build.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::train;

/// w[i] for every loss of sample i.                          [n] -> [n, ...]
static Value broadcastSampleWeight(ImplicitLocOpBuilder &b, Value weight,
                                   RankedTensorType type) {
  if (type.getRank() == 1)
    return weight;
  auto rest = llvm::to_vector(llvm::seq<int64_t>(1, type.getRank()));
  return prim::BroadcastOp::create(b, type, weight, rest);
}

// sum_over_batch_size: sum_i w[i] loss[i, ...] / (number of elements of loss)
static Value reduceLoss(ImplicitLocOpBuilder &b, Value losses, Value weight) {
  auto type = cast<RankedTensorType>(losses.getType());
  Value weighted =
      prim::MulOp::create(b, losses, broadcastSampleWeight(b, weight, type));
  Value sum = prim::buildSumAll(b, weighted);
  return prim::DivOp::create(b, sum, prim::buildCount(b, type));
}

static Location nameObject(Operation *op, StringRef output) {
  auto keras = cast<layer::KerasOpInterface>(op);
  auto name =
      StringAttr::get(op->getContext(), keras.getKerasClass() + " " + output);
  return NameLoc::get(name, op->getLoc());
}

/// The output that a loss or metric names, or an error that lists what there
/// is.
static FailureOr<Value> findOutput(Operation *op, StringRef output,
                                   const llvm::StringMap<Value> &predictions,
                                   ArrayRef<StepResult> outputs) {
  auto found = predictions.find(output);
  if (found != predictions.end())
    return found->second;
  SmallVector<StringRef> names;
  for (const StepResult &result : outputs)
    names.push_back(result.name);
  return op->emitError() << op->getName() << ": output is \"" << output
                         << "\" but the model's outputs are "
                         << llvm::join(names, ", ") << "; name one of them";
}

/// The target for predictions: one argument an output, whoever asks first.
static Value makeTarget(StepFunction &step, layer::LossOpInterface loss,
                        Value prediction) {
  auto type = cast<RankedTensorType>(prediction.getType());
  RankedTensorType targetType = loss.getTargetType(type);
  Value target = step.addArgument("dlc.target", loss.getOutput(), targetType);
  if (targetType.getElementType().isInteger(32))
    step.setArgumentAttr(target, "dlc.classes",
                         step.b.getI64IntegerAttr(type.getShape().back()));
  return target;
}

FailureOr<Objective> dlc::train::buildObjective(StepFunction &step,
                                                layer::CompileOp compile) {
  ImplicitLocOpBuilder &b = step.b;
  Objective objective;
  SmallVector<StepResult> outputs = step.results("dlc.output");
  for (const StepResult &output : outputs)
    objective.predictions[output.name] = output.value;

  auto losses =
      llvm::to_vector(compile.getBody().getOps<layer::LossOpInterface>());
  if (losses.empty())
    return compile.emitError()
           << "layer.compile: has no loss but training minimises one; add a "
              "loss such as layer.loss_sparse_categorical_crossentropy";

  SmallVector<Value> predictions;
  for (layer::LossOpInterface loss : losses) {
    FailureOr<Value> prediction =
        findOutput(loss, loss.getOutput(), objective.predictions, outputs);
    if (failed(prediction))
      return failure();
    if (objective.targets.contains(loss.getOutput()))
      return loss->emitError()
             << loss->getName() << ": is a second loss of output \""
             << loss.getOutput()
             << "\" but an output has one; give it to another output";
    predictions.push_back(*prediction);
    objective.targets[loss.getOutput()] = makeTarget(step, loss, *prediction);
  }
  auto perSample =
      RankedTensorType::get({ShapedType::kDynamic}, b.getF32Type());
  Value weight =
      step.addArgument("dlc.sample_weight", "sample_weight", perSample);

  SmallVector<Value> terms;
  for (auto [loss, prediction] : llvm::zip_equal(losses, predictions)) {
    b.setLoc(nameObject(loss, loss.getOutput()));
    Value target = objective.targets[loss.getOutput()];
    Value value = reduceLoss(b, loss.buildLoss(b, target, prediction), weight);
    objective.outputs.push_back({loss.getOutput(), value});
    if (loss.getWeight() != 1.0)
      value =
          prim::MulOp::create(b, value, prim::buildScalar(b, loss.getWeight()));
    terms.push_back(value);
  }
  for (const StepResult &loss : step.results("dlc.loss"))
    terms.push_back(loss.value);

  objective.total = terms.front();
  for (Value term : ArrayRef(terms).drop_front())
    objective.total = prim::AddOp::create(b, objective.total, term);
  return objective;
}

//===-- Metrics -----------------------------------------------------------===//

namespace {

/// Adds to the states metrics/NAME/total and metrics/NAME/count.
class MetricWriter {
public:
  explicit MetricWriter(StepFunction &step) : step(step) {}

  void add(StringRef name, Value total, Value count) {
    addTo(name, "total", total);
    addTo(name, "count", count);
  }

  SmallVector<StepResult> results;

private:
  void addTo(StringRef name, StringRef part, Value value) {
    ImplicitLocOpBuilder &b = step.b;
    auto scalar = RankedTensorType::get({}, b.getF32Type());
    StringRef path = b.getStringAttr("metrics/" + name + "/" + part).getValue();
    Value old = step.state(path, scalar, "metric");
    results.push_back({"dlc.state", path, prim::AddOp::create(b, old, value)});
  }

  StepFunction &step;
};

} // namespace

/// "accuracy" with one output, "OUTPUT_accuracy" with several.
static std::string nameMetric(StringRef output, StringRef metric,
                              bool severalOutputs) {
  return severalOutputs ? (output + "_" + metric).str() : metric.str();
}

FailureOr<SmallVector<StepResult>>
dlc::train::buildMetrics(StepFunction &step, layer::CompileOp compile,
                         const Objective &objective) {
  ImplicitLocOpBuilder &b = step.b;
  SmallVector<StepResult> outputs = step.results("dlc.output");
  bool several = outputs.size() > 1;
  MetricWriter writer(step);

  Value n = prim::BatchSizeOp::create(b);
  writer.add("loss", prim::MulOp::create(b, objective.total, n), n);

  for (auto metric : compile.getBody().getOps<layer::MetricOpInterface>()) {
    b.setLoc(nameObject(metric, metric.getOutput()));
    FailureOr<Value> prediction =
        findOutput(metric, metric.getOutput(), objective.predictions, outputs);
    if (failed(prediction))
      return failure();
    auto target = objective.targets.find(metric.getOutput());
    if (target == objective.targets.end())
      return metric->emitError()
             << metric->getName() << " \"" << metric.getName()
             << "\": output \"" << metric.getOutput()
             << "\" has no loss but a metric compares with the loss' targets; "
                "give the output a loss";
    Value values = metric.buildValues(b, target->second, *prediction);
    writer.add(nameMetric(metric.getOutput(), metric.getName(), several),
               prim::buildSumAll(b, values),
               prim::buildCount(b, cast<RankedTensorType>(values.getType())));
  }

  if (several)
    for (const OutputLoss &loss : objective.outputs)
      writer.add((loss.output + "_loss").str(),
                 prim::MulOp::create(b, loss.value, n), n);
  return writer.results;
}
