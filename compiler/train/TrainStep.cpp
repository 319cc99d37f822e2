// Forward functions become steps: evaluate, train and, on demand, gradients.
#include "compiler/Passes.h"
#include "compiler/train/Autodiff.h"
#include "compiler/train/Objective.h"
#include "compiler/train/OptimizerState.h"
#include "compiler/train/Update.h"
#include "dialects/prim/Build.h"
#include "mlir/IR/SymbolTable.h"

namespace dlc {
#define GEN_PASS_DEF_TRAINSTEP
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::train;

static func::FuncOp cloneAs(func::FuncOp func, StringRef name) {
  OpBuilder b(func);
  auto copy = cast<func::FuncOp>(b.clone(*func));
  copy.setSymName(name);
  return copy;
}

static FailureOr<SmallVector<Value>>
differentiateStep(StepFunction &step, Value loss, ArrayRef<BlockArgument> wrt) {
  return differentiate(loss, SmallVector<Value>(wrt.begin(), wrt.end()),
                       step.b);
}

/// @predict becomes @evaluate: the loss and the metrics of a batch.
static LogicalResult buildEvaluate(func::FuncOp predict,
                                   layer::CompileOp compile) {
  StepFunction step(cloneAs(predict, "evaluate"));
  FailureOr<Objective> objective = buildObjective(step, compile);
  if (failed(objective))
    return failure();
  auto metrics = buildMetrics(step, compile, *objective);
  if (failed(metrics))
    return failure();
  step.setResults(*metrics);
  return success();
}

/// The counter that random numbers are keyed by moves on with every step.
static void countStep(StepFunction &step,
                      SmallVectorImpl<StepResult> &results) {
  for (BlockArgument argument : step.func.getArguments()) {
    if (step.name(argument, "dlc.state") != "step")
      continue;
    Value one = prim::ConstantOp::create(step.b, argument.getType(), 1.0);
    results.push_back(
        {"dlc.state", "step", prim::AddOp::create(step.b, argument, one)});
  }
}

/// What gradients are taken of: with `loss_scale_factor` a multiple of the
/// loss, which the update divides by again.
static Value scaleLoss(ImplicitLocOpBuilder &b, Operation *optimizer,
                       Value loss) {
  auto scale = layer::findNumber(optimizer->getAttr("loss_scale_factor"));
  return scale ? prim::MulOp::create(b, loss, prim::buildScalar(b, *scale))
                     .getResult()
               : loss;
}

/// @forward becomes @train: one step of the optimizer.
static LogicalResult buildTrain(func::FuncOp forward, layer::CompileOp compile,
                                layer::OptimizerOpInterface optimizer) {
  auto schedules =
      llvm::to_vector(compile.getBody().getOps<layer::ScheduleOpInterface>());
  if (schedules.size() > 1)
    return compile.emitError()
           << "layer.compile: has " << schedules.size()
           << " learning-rate schedules but training follows one; keep one";
  auto scalings =
      llvm::to_vector(compile.getBody().getOps<layer::LossScaleOptimizerOp>());
  if (scalings.size() > 1)
    return compile.emitError() << "layer.compile: has " << scalings.size()
                               << " loss scales but a loss has one; keep one";
  StepFunction step(forward);
  step.func.setSymName("train");
  FailureOr<Objective> objective = buildObjective(step, compile);
  if (failed(objective))
    return failure();
  auto metrics = buildMetrics(step, compile, *objective);
  if (failed(metrics))
    return failure();

  SmallVector<BlockArgument> weights = step.trainable();
  std::optional<LossScale> scaling;
  if (!scalings.empty())
    scaling.emplace(step, scalings.front());
  Value minimised = scaling ? scaling->scale(objective->total)
                            : scaleLoss(step.b, optimizer, objective->total);
  auto gradients = differentiateStep(step, minimised, weights);
  if (failed(gradients))
    return failure();

  SmallVector<StepResult> results = {{"dlc.output", "loss", objective->total}};
  llvm::append_range(results, step.results("dlc.state"));
  auto update = buildUpdate(step, optimizer,
                            schedules.empty() ? layer::ScheduleOpInterface()
                                              : schedules.front(),
                            scaling ? &*scaling : nullptr, weights, *gradients);
  if (failed(update))
    return failure();
  llvm::append_range(results, *update);
  llvm::append_range(results, *metrics);
  countStep(step, results);
  step.setResults(results);
  return success();
}

/// @learning_rate: what a schedule gives for the step to come. A step does
/// without; those ask who log the rate.
static void buildLearningRate(layer::CompileOp compile, func::FuncOp train,
                              layer::OptimizerOpInterface optimizer) {
  auto schedules = compile.getBody().getOps<layer::ScheduleOpInterface>();
  if (schedules.empty())
    return;
  OpBuilder b(train->getContext());
  b.setInsertionPointAfter(train);
  Location loc = NameLoc::get(b.getStringAttr(optimizer.getKerasClass()),
                              optimizer.getLoc());
  auto func =
      func::FuncOp::create(b, loc, "learning_rate", b.getFunctionType({}, {}));
  b.setInsertionPointToEnd(func.addEntryBlock());
  func::ReturnOp::create(b, loc);
  StepFunction step(func);
  bool isScaled =
      !compile.getBody().getOps<layer::LossScaleOptimizerOp>().empty();
  OptimizerVariable iteration =
      makeIteration(step, isScaled ? LossScale::variables : 0);
  Value rate = (*schedules.begin()).buildRate(step.b, iteration.value);
  step.setResults({{"dlc.output", "learning_rate", rate}});
}

/// @forward becomes @gradients: the loss, then its gradient in every float
/// input and every trainable weight.
static LogicalResult buildGradients(func::FuncOp forward,
                                    layer::CompileOp compile) {
  StepFunction step(cloneAs(forward, "gradients"));
  FailureOr<Objective> objective = buildObjective(step, compile);
  if (failed(objective))
    return failure();

  SmallVector<BlockArgument> inputs = step.inputs(), weights = step.trainable();
  SmallVector<BlockArgument> wrt = inputs;
  llvm::append_range(wrt, weights);
  auto gradients = differentiateStep(step, objective->total, wrt);
  if (failed(gradients))
    return failure();

  SmallVector<StepResult> results = {{"dlc.output", "loss", objective->total}};
  for (auto [argument, gradient] : llvm::zip_equal(wrt, *gradients)) {
    StringRef input = step.name(argument, "dlc.input");
    StringRef name = input.empty()
                         ? step.name(argument, "dlc.state")
                         : step.b.getStringAttr("x_" + input).getValue();
    results.push_back({"dlc.output", name, gradient});
  }
  step.setResults(results);
  return success();
}

/// Losses of layers belong to the steps; predictions go without.
static void dropLosses(func::FuncOp predict) {
  StepFunction step(predict);
  step.setResults(step.results("dlc.output"));
}

namespace {

struct TrainStepPass : dlc::impl::TrainStepBase<TrainStepPass> {
  using TrainStepBase::TrainStepBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    auto predict = symbols.lookup<func::FuncOp>("predict");
    auto forward = symbols.lookup<func::FuncOp>("forward");
    if (!predict || !forward) {
      module.emitError()
          << "module: has no @predict and @forward but a step is "
             "made from them; run expand-layers first";
      return signalPassFailure();
    }
    auto compiles = llvm::to_vector(module.getOps<layer::CompileOp>());
    for (layer::CompileOp compile : compiles) {
      if (failed(buildSteps(predict, forward, compile)))
        return signalPassFailure();
      compile.erase();
      forward = nullptr;
    }
    if (forward)
      forward.erase();
    if (compiles.empty() || wants("predict"))
      dropLosses(predict);
    else
      predict.erase();
  }

  bool wants(StringRef program) {
    if (programs.empty())
      return program != "gradients";
    return llvm::is_contained(programs, program);
  }

  LogicalResult buildSteps(func::FuncOp predict, func::FuncOp forward,
                           layer::CompileOp compile) {
    if (!forward)
      return compile.emitError() << "layer.compile: is the second one but a "
                                    "model is compiled once; remove it";
    auto optimizers = llvm::to_vector(
        compile.getBody().getOps<layer::OptimizerOpInterface>());
    if (optimizers.size() != 1)
      return compile.emitError()
             << "layer.compile: has " << optimizers.size()
             << " optimizers but training uses one; keep or add one such as "
                "layer.optimizer_adam";
    if (wants("evaluate") && failed(buildEvaluate(predict, compile)))
      return failure();
    if (wants("gradients") && failed(buildGradients(forward, compile)))
      return failure();
    if (wants("train")) {
      buildLearningRate(compile, forward, optimizers.front());
      return buildTrain(forward, compile, optimizers.front());
    }
    forward.erase();
    return success();
  }
};

} // namespace
