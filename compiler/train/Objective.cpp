// Loss reduction over the batch, as keras/src/losses/loss.py has it.
#include "compiler/train/Objective.h"
#include "dialects/layer/training/Direction.h"
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

/// The output that a loss or metric names; without a name, the only one there
/// is. An error lists the outputs.
static FailureOr<StepResult> findOutput(Operation *op, StringRef name,
                                        ArrayRef<StepResult> outputs) {
  if (name.empty() && outputs.size() == 1)
    return outputs.front();
  for (const StepResult &output : outputs)
    if (output.name == name)
      return output;
  SmallVector<StringRef> names;
  for (const StepResult &output : outputs)
    names.push_back(output.name);
  return op->emitError() << op->getName() << ": output is \"" << name
                         << "\" but the model's outputs are "
                         << llvm::join(names, ", ") << "; name one of them";
}

/// The argument that holds the targets of an output.
static Value makeTarget(StepFunction &step, layer::LossOpInterface loss,
                        const StepResult &output) {
  auto type = cast<RankedTensorType>(output.value.getType());
  RankedTensorType targetType = loss.getTargetType(type);
  Value target = step.addArgument("dlc.target", output.name, targetType);
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

  auto losses =
      llvm::to_vector(compile.getBody().getOps<layer::LossOpInterface>());
  if (losses.empty())
    return compile.emitError()
           << "layer.compile: has no loss but training minimises one; add a "
              "loss such as layer.loss_sparse_categorical_crossentropy";

  SmallVector<StepResult> judged;
  for (layer::LossOpInterface loss : losses) {
    FailureOr<StepResult> output = findOutput(loss, loss.getOutput(), outputs);
    if (failed(output))
      return failure();
    if (objective.targets.contains(output->name))
      return loss->emitError()
             << loss->getName() << ": is a second loss of output \""
             << output->name
             << "\" but an output has one; give it to another output";
    judged.push_back(*output);
    objective.targets[output->name] = makeTarget(step, loss, *output);
  }
  auto perSample =
      RankedTensorType::get({ShapedType::kDynamic}, b.getF32Type());
  Value weight =
      step.addArgument("dlc.sample_weight", "sample_weight", perSample);

  SmallVector<Value> terms;
  for (auto [loss, output] : llvm::zip_equal(losses, judged)) {
    b.setLoc(nameObject(loss, output.name));
    Value target = objective.targets[output.name];
    Value value =
        reduceLoss(b, loss.buildLoss(b, target, output.value), weight);
    objective.outputs.push_back({output.name, value});
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

/// Adds to the states metrics/NAME/total and metrics/NAME/count. Which way the
/// metric improves, if that is known, stands at the total as dlc.direction.
class MetricWriter {
public:
  explicit MetricWriter(StepFunction &step) : step(step) {}

  void add(StringRef name, Value total, Value count, StringRef direction) {
    Value state = addTo(name, "total", total);
    if (!direction.empty())
      step.setArgumentAttr(state, "dlc.direction",
                           step.b.getStringAttr(direction));
    addTo(name, "count", count);
  }

  SmallVector<StepResult> results;

private:
  Value addTo(StringRef name, StringRef part, Value value) {
    ImplicitLocOpBuilder &b = step.b;
    auto scalar = RankedTensorType::get({}, b.getF32Type());
    StringRef path = b.getStringAttr("metrics/" + name + "/" + part).getValue();
    Value old = step.state(path, scalar, "metric");
    results.push_back({"dlc.state", path, prim::AddOp::create(b, old, value)});
    return old;
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
  writer.add("loss", prim::MulOp::create(b, objective.total, n), n, "down");

  for (auto metric : compile.getBody().getOps<layer::MetricOpInterface>()) {
    FailureOr<StepResult> output =
        findOutput(metric, metric.getOutput(), outputs);
    if (failed(output))
      return failure();
    b.setLoc(nameObject(metric, output->name));
    auto target = objective.targets.find(output->name);
    if (target == objective.targets.end())
      return metric->emitError()
             << metric->getName() << " \"" << metric.getName()
             << "\": output \"" << output->name
             << "\" has no loss but a metric compares with the loss' targets; "
                "give the output a loss";
    Value values = metric.buildValues(b, target->second, output->value);
    writer.add(nameMetric(output->name, metric.getName(), several),
               prim::buildSumAll(b, values),
               prim::buildCount(b, cast<RankedTensorType>(values.getType())),
               layer::findDirection(metric.getKerasClass()));
  }

  if (objective.outputs.size() > 1)
    for (const OutputLoss &loss : objective.outputs)
      writer.add((loss.output + "_loss").str(),
                 prim::MulOp::create(b, loss.value, n), n, "down");
  return writer.results;
}
