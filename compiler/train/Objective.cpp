// Loss reduction over the batch, as keras/src/losses/loss.py has it.
#include "compiler/train/Objective.h"
#include "dialects/prim/Build.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::train;

Value dlc::train::spreadWeight(ImplicitLocOpBuilder &b, Value weight,
                               RankedTensorType type) {
  int64_t rank = cast<RankedTensorType>(weight.getType()).getRank();
  if (type.getRank() <= rank)
    return weight;
  auto rest = llvm::to_vector(llvm::seq<int64_t>(rank, type.getRank()));
  return prim::BroadcastOp::create(b, type, weight, rest);
}

/// x / y, scalars, and 0 where y is 0.
static Value divideNoNan(ImplicitLocOpBuilder &b, Value x, Value y) {
  Value zero = prim::buildScalar(b, 0);
  Value isZero = prim::CompareOp::create(b, prim::Predicate::eq, y, zero);
  return prim::SelectOp::create(b, isZero, zero, prim::DivOp::create(b, x, y));
}

/// Where a sample counts: not where its label stands for no class, and not
/// where the mask of the output says so. Null where all count.
static Value buildCounts(ImplicitLocOpBuilder &b, layer::LossOpInterface loss,
                         Value target, Value mask) {
  std::optional<int64_t> ignored = loss.getIgnoredLabel();
  if (!ignored)
    return mask;
  Value counts = prim::CompareOp::create(
      b, prim::Predicate::ne, target,
      prim::buildSplat(b, target.getType(), double(*ignored)));
  return mask ? prim::AndOp::create(b, mask, counts).getResult() : counts;
}

/// The weight of each loss that counts, else 0. A mean is then one over the
/// former: their weights are scaled up by elements / counted (apply_mask).
static Value weighLosses(ImplicitLocOpBuilder &b, StringRef reduction,
                         Value counts, Value weight, RankedTensorType type) {
  if (!counts)
    return weight;
  Value share = prim::buildScalar(b, 1);
  if (reduction == "sum_over_batch_size" || reduction == "mean") {
    Value counted =
        prim::buildSumAll(b, prim::ConvertOp::create(b, type, counts));
    share = divideNoNan(b, prim::buildCount(b, type), counted);
  }
  Value mask =
      prim::SelectOp::create(b, counts, prim::buildBroadcast(b, share, type),
                             prim::buildSplat(b, type, 0));
  return prim::MulOp::create(b, weight, mask);
}

// sum:                      sum_i w[i] loss[i, ...]
// sum_over_batch_size, mean: that / (number of elements of loss)
// mean_with_sample_weight:   that / sum_i w[i]
static Value reduceLoss(ImplicitLocOpBuilder &b, StringRef reduction,
                        Value losses, Value counts, Value weight) {
  auto type = cast<RankedTensorType>(losses.getType());
  Value weights = weighLosses(b, reduction, counts, weight, type);
  Value sum = prim::buildSumAll(b, prim::MulOp::create(b, losses, weights));
  if (reduction == "sum")
    return sum;
  if (reduction == "mean_with_sample_weight")
    return divideNoNan(b, sum, prim::buildSumAll(b, weights));
  return prim::DivOp::create(b, sum, prim::buildCount(b, type));
}

Location dlc::train::nameObject(Operation *op, StringRef output) {
  auto keras = cast<layer::KerasOpInterface>(op);
  auto name =
      StringAttr::get(op->getContext(), keras.getKerasClass() + " " + output);
  return NameLoc::get(name, op->getLoc());
}

FailureOr<StepResult> dlc::train::findOutput(Operation *op, StringRef name,
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
  step.setArgumentAttr(
      target, "dlc.loss_class",
      step.b.getStringAttr(layer::toSnakeCase(loss.getKerasClass())));
  // Whoever ignores a label may give any number to what has no class.
  if (targetType.getElementType().isInteger(32) && !loss.getIgnoredLabel())
    step.setArgumentAttr(target, "dlc.classes",
                         step.b.getI64IntegerAttr(type.getShape().back()));
  return target;
}

Value dlc::train::findMask(StepFunction &step, StringRef output) {
  for (const StepResult &mask : step.results("dlc.mask"))
    if (mask.name == output)
      return mask.value;
  return {};
}

/// The argument that weighs the losses of an output, one by one.
static Value makeWeight(StepFunction &step, layer::CompileOp compile,
                        StringRef output, Value losses) {
  bool isOnly = llvm::hasSingleElement(
      compile.getBody().getOps<layer::LossOpInterface>());
  return step.addArgument("dlc.sample_weight",
                          isOnly ? "sample_weight" : output, losses.getType());
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

  SmallVector<Value> terms;
  for (auto [loss, output] : llvm::zip_equal(losses, judged)) {
    b.setLoc(nameObject(loss, output.name));
    Value target = objective.targets[output.name];
    Value losses = loss.buildLoss(b, target, output.value);
    Value mask = findMask(step, output.name);
    if (mask && cast<RankedTensorType>(mask.getType()).getShape() !=
                    cast<RankedTensorType>(losses.getType()).getShape())
      return loss->emitError()
             << loss->getName() << ": output \"" << output.name
             << "\" has a mask of " << mask.getType() << " but its loss is of "
             << losses.getType()
             << "; build the embedding that it comes from with mask_zero=False";
    Value weight = makeWeight(step, compile, output.name, losses);
    objective.weights[output.name] = weight;
    Value value = reduceLoss(b, loss.getReduction(), losses,
                             buildCounts(b, loss, target, mask), weight);
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
