// Metrics as states of a step: sums, from which the runtime shows total /
// count.
#include "compiler/train/Objective.h"
#include "dialects/layer/training/Direction.h"
#include "dialects/prim/Build.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::train;

namespace {

/// Writes the states metrics/NAME/total and metrics/NAME/count. Which way the
/// metric improves, if that is known, stands at the total as dlc.direction.
class MetricWriter {
public:
  explicit MetricWriter(StepFunction &step) : step(step) {}

  void add(StringRef name, Value total, Value count, StringRef direction) {
    addTo(name, "total", total);
    setDirection(name, direction);
    addTo(name, "count", count);
  }

  /// A metric that is no mean: its value by the sums so far as the total of
  /// one.
  void set(StringRef name, Value value, StringRef direction) {
    write(name, "total", value);
    setDirection(name, direction);
    write(name, "count", prim::buildScalar(step.b, 1));
  }

  /// Adds to the state metrics/NAME/PART; its new value.
  Value addTo(StringRef name, StringRef part, Value value) {
    Value old = state(name, part, value.getType());
    Value sum = prim::AddOp::create(step.b, old, value);
    write(name, part, sum);
    return sum;
  }

  SmallVector<StepResult> results;

private:
  StringRef path(StringRef name, StringRef part) {
    return step.b.getStringAttr("metrics/" + name + "/" + part).getValue();
  }
  Value state(StringRef name, StringRef part, Type type) {
    return step.state(path(name, part), cast<RankedTensorType>(type), "metric");
  }
  void write(StringRef name, StringRef part, Value value) {
    state(name, part, value.getType());
    results.push_back({"dlc.state", path(name, part), value});
  }
  void setDirection(StringRef name, StringRef direction) {
    auto scalar = RankedTensorType::get({}, step.b.getF32Type());
    if (!direction.empty())
      step.setArgumentAttr(state(name, "total", scalar), "dlc.direction",
                           step.b.getStringAttr(direction));
  }

  StepFunction &step;
};

/// The sums of one metric, states beside its total and count.
class StateSums : public layer::MetricSums {
public:
  StateSums(MetricWriter &writer, StringRef metric)
      : writer(writer), metric(metric) {}
  Value add(StringRef name, Value amount) override {
    return writer.addTo(metric, name, amount);
  }

private:
  MetricWriter &writer;
  StringRef metric;
};

} // namespace

namespace {

/// Names as the user sees them, each once (compile_utils.py): "accuracy" with
/// one output, "OUTPUT_accuracy" with several; then "accuracy_1", or
/// "weighted_accuracy" for a metric that counts by weights.
class MetricNames {
public:
  explicit MetricNames(bool severalOutputs) : severalOutputs(severalOutputs) {}

  std::string add(StringRef output, layer::MetricOpInterface metric) {
    auto withOutput = [&](const Twine &name) {
      return severalOutputs ? (output + "_" + name).str() : name.str();
    };
    std::string name = withOutput(metric.getName());
    if (metric.getWeighted() && counts.contains(name))
      name = withOutput("weighted_" + metric.getName());
    unsigned repeats = counts[name]++;
    return repeats == 0 ? name : name + "_" + std::to_string(repeats);
  }

private:
  bool severalOutputs;
  llvm::StringMap<unsigned> counts;
};

} // namespace

/// What each value of a metric counts: by the sample's weight if the metric is
/// a weighted one, and not where the output's mask says so. Null where all
/// count 1.
static Value weighMetric(StepFunction &step, layer::MetricOpInterface metric,
                         StringRef output, Value sampleWeight,
                         RankedTensorType type) {
  ImplicitLocOpBuilder &b = step.b;
  Value weight =
      metric.getWeighted() ? spreadWeight(b, sampleWeight, type) : Value();
  Value mask = findMask(step, output);
  if (!mask)
    return weight;
  auto numbers = cast<RankedTensorType>(mask.getType()).clone(b.getF32Type());
  Value counts =
      spreadWeight(b, prim::ConvertOp::create(b, numbers, mask), type);
  return weight ? prim::MulOp::create(b, weight, counts).getResult() : counts;
}

/// Those that count by sample weights come last.
static SmallVector<layer::MetricOpInterface>
listMetrics(layer::CompileOp compile) {
  SmallVector<layer::MetricOpInterface> metrics;
  for (bool weighted : {false, true})
    for (auto metric : compile.getBody().getOps<layer::MetricOpInterface>())
      if (metric.getWeighted() == weighted)
        metrics.push_back(metric);
  return metrics;
}

FailureOr<SmallVector<StepResult>>
dlc::train::buildMetrics(StepFunction &step, layer::CompileOp compile,
                         const Objective &objective) {
  ImplicitLocOpBuilder &b = step.b;
  SmallVector<StepResult> outputs = step.results("dlc.output");
  MetricNames names(outputs.size() > 1);
  MetricWriter writer(step);

  Value n = prim::BatchSizeOp::create(b);
  writer.add("loss", prim::MulOp::create(b, objective.total, n), n, "down");

  for (layer::MetricOpInterface metric : listMetrics(compile)) {
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
    auto targetType = cast<RankedTensorType>(target->second.getType());
    auto outputType = cast<RankedTensorType>(output->value.getType());
    if (!metric.takesTargets(targetType, outputType))
      return metric->emitError()
             << metric->getName() << " \"" << metric.getName()
             << "\": compares no " << targetType << " with " << outputType
             << " but the loss of output \"" << output->name
             << "\" takes such targets; choose a metric that goes with the "
                "loss, such as accuracy";
    std::string name = names.add(output->name, metric);
    StringRef direction = layer::findDirection(metric.getKerasClass());
    Value values = metric.buildValues(b, target->second, output->value);
    if (!values) {
      StateSums sums(writer, name);
      Value weights = weighMetric(
          step, metric, output->name, objective.weights.lookup(output->name),
          outputType.getRank() > 1
              ? outputType.clone(outputType.getShape().drop_back())
              : outputType);
      writer.set(
          name,
          metric.buildFromSums(b, sums, target->second, output->value, weights),
          direction);
      continue;
    }
    auto type = cast<RankedTensorType>(values.getType());
    Value count = prim::buildCount(b, type);
    if (Value weight =
            weighMetric(step, metric, output->name,
                        objective.weights.lookup(output->name), type)) {
      values = prim::MulOp::create(b, values, weight);
      count = prim::buildSumAll(b, weight);
    }
    writer.add(name, prim::buildSumAll(b, values), count, direction);
  }

  if (objective.outputs.size() > 1)
    for (const OutputLoss &loss : objective.outputs)
      writer.add((loss.output + "_loss").str(),
                 prim::MulOp::create(b, loss.value, n), n, "down");
  return writer.results;
}
