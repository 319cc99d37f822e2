// Losses, metrics, optimizers and learning-rate schedules: what stands in a
// `layer.compile`.

#ifndef DLC_TRAIN_OPS
#define DLC_TRAIN_OPS

include "dialects/layer/LayerBase.td"

//===-- Losses ------------------------------------------------------------===//

// `output` may be left out where the model has one.
class LossOp<string mnemonic, string kerasClass, dag config = (ins),
             list<string> methods = []>
    : Op<LayerDialect, "loss_" # mnemonic, [
        HasParent<"CompileOp">, DeclareOpInterfaceMethods<KerasOpInterface>,
        DeclareOpInterfaceMethods<LossOpInterface, methods>]> {
  let arguments = !con((ins
      DefaultValuedStrAttr<StrAttr, "">:$output,
      DefaultNumberAttr<"1.0">:$loss_weight), config, (ins
      DefaultValuedStrAttr<StrAttr, "sum_over_batch_size">:$reduction,
      OptionalAttr<DictionaryAttr>:$keras));
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
  let extraClassDefinition = [{
    ::llvm::StringRef $cppClass::getKerasClass() {
      return "}] # kerasClass # [{";
    }
    ::llvm::StringRef $cppClass::getKerasModule() { return "keras.losses"; }
    double $cppClass::getWeight() { return getLossWeight(); }
  }];
}

def SparseCategoricalCrossentropyOp
    : LossOp<"sparse_categorical_crossentropy", "SparseCategoricalCrossentropy",
             (ins DefaultBoolAttr<"false">:$from_logits,
                  NullableNumberAttr:$ignore_class,
                  DefaultIntAttr<"-1">:$axis), ["getIgnoredLabel"]>;
def CategoricalCrossentropyOp
    : LossOp<"categorical_crossentropy", "CategoricalCrossentropy",
             (ins DefaultBoolAttr<"false">:$from_logits,
                  DefaultNumberAttr<"0.0">:$label_smoothing,
                  DefaultIntAttr<"-1">:$axis)>;
def BinaryCrossentropyOp
    : LossOp<"binary_crossentropy", "BinaryCrossentropy",
             (ins DefaultBoolAttr<"false">:$from_logits,
                  DefaultNumberAttr<"0.0">:$label_smoothing,
                  DefaultIntAttr<"-1">:$axis)>;

// Targets are numbers in the shape of the predictions; the .cpp gives buildLoss.
class NumberLossOp<string mnemonic, string kerasClass, dag config = (ins)>
    : LossOp<mnemonic, kerasClass, config> {
  let extraClassDefinition = [{
    ::llvm::StringRef $cppClass::getKerasClass() {
      return "}] # kerasClass # [{";
    }
    ::llvm::StringRef $cppClass::getKerasModule() { return "keras.losses"; }
    double $cppClass::getWeight() { return getLossWeight(); }
    ::mlir::RankedTensorType
    $cppClass::getTargetType(::mlir::RankedTensorType predictions) {
      return predictions.clone(::mlir::Float32Type::get(getContext()));
    }
    ::llvm::LogicalResult $cppClass::verify() {
      return ::dlc::layer::verifyLoss(*this);
    }
  }];
}

def MeanSquaredErrorOp : NumberLossOp<"mean_squared_error", "MeanSquaredError">;
def MeanAbsoluteErrorOp
    : NumberLossOp<"mean_absolute_error", "MeanAbsoluteError">;
def MeanAbsolutePercentageErrorOp
    : NumberLossOp<"mean_absolute_percentage_error",
                   "MeanAbsolutePercentageError">;
def MeanSquaredLogarithmicErrorOp
    : NumberLossOp<"mean_squared_logarithmic_error",
                   "MeanSquaredLogarithmicError">;
def HuberOp : NumberLossOp<"huber", "Huber", (ins
    DefaultNumberAttr<"1.0">:$delta)>;
def LogCoshOp : NumberLossOp<"log_cosh", "LogCosh">;
def KLDivergenceOp : NumberLossOp<"kl_divergence", "KLDivergence">;
def PoissonOp : NumberLossOp<"poisson", "Poisson">;
def CosineSimilarityOp
    : NumberLossOp<"cosine_similarity", "CosineSimilarity",
                   (ins DefaultIntAttr<"-1">:$axis)>;
def HingeOp : NumberLossOp<"hinge", "Hinge">;
def SquaredHingeOp : NumberLossOp<"squared_hinge", "SquaredHinge">;
def CategoricalHingeOp : NumberLossOp<"categorical_hinge", "CategoricalHinge">;
def BinaryFocalCrossentropyOp
    : NumberLossOp<"binary_focal_crossentropy", "BinaryFocalCrossentropy", (ins
          DefaultBoolAttr<"false">:$apply_class_balancing,
          DefaultNumberAttr<"0.25">:$alpha, DefaultNumberAttr<"2.0">:$gamma,
          DefaultBoolAttr<"false">:$from_logits,
          DefaultNumberAttr<"0.0">:$label_smoothing,
          DefaultIntAttr<"-1">:$axis)>;
def CategoricalFocalCrossentropyOp
    : NumberLossOp<"categorical_focal_crossentropy",
                   "CategoricalFocalCrossentropy", (ins
          DefaultNumberAttr<"0.25">:$alpha, DefaultNumberAttr<"2.0">:$gamma,
          DefaultBoolAttr<"false">:$from_logits,
          DefaultNumberAttr<"0.0">:$label_smoothing,
          DefaultIntAttr<"-1">:$axis)>;

// How much of both is in both: over `axis`, or all of the batch.
def DiceOp : LossOp<"dice", "Dice", (ins NullableIntsAttr:$axis)>;
def TverskyOp : LossOp<"tversky", "Tversky", (ins
    DefaultNumberAttr<"0.5">:$alpha, DefaultNumberAttr<"0.5">:$beta,
    NullableIntsAttr:$axis)>;
def CategoricalGeneralizedCrossEntropyOp
    : LossOp<"categorical_generalized_cross_entropy",
             "CategoricalGeneralizedCrossEntropy",
             (ins DefaultNumberAttr<"0.5">:$q)>;

//===-- Metrics -----------------------------------------------------------===//

// `weighted` are those of `weighted_metrics`.
class MetricOp<string mnemonic, string kerasClass, dag config = (ins),
               list<string> methods = ["buildValues"]>
    : Op<LayerDialect, "metric_" # mnemonic, [
        HasParent<"CompileOp">, DeclareOpInterfaceMethods<KerasOpInterface>,
        DeclareOpInterfaceMethods<MetricOpInterface, methods>]> {
  let arguments = !con((ins StrAttr:$name,
      DefaultValuedStrAttr<StrAttr, "">:$output,
      DefaultBoolAttr<"false">:$weighted), config, (ins
      OptionalAttr<DictionaryAttr>:$keras));
  let assemblyFormat = "$name attr-dict";
  let extraClassDefinition = [{
    ::llvm::StringRef $cppClass::getKerasClass() {
      return "}] # kerasClass # [{";
    }
    ::llvm::StringRef $cppClass::getKerasModule() { return "keras.metrics"; }
  }];
}

def AccuracyOp : MetricOp<"accuracy", "accuracy"> {
  let summary = "The string \"accuracy\" or \"acc\", resolved by shapes";
}
def BinaryAccuracyOp : MetricOp<"binary_accuracy", "BinaryAccuracy", (ins
    DefaultNumberAttr<"0.5">:$threshold)>;
def CategoricalAccuracyOp
    : MetricOp<"categorical_accuracy", "CategoricalAccuracy">;
def SparseCategoricalAccuracyOp
    : MetricOp<"sparse_categorical_accuracy", "SparseCategoricalAccuracy">;

// Targets are numbers in the shape of the predictions.
class NumberMetricOp<string mnemonic, string kerasClass, dag config = (ins)>
    : MetricOp<mnemonic, kerasClass, config, ["takesTargets", "buildValues"]> {
  let extraClassDefinition = [{
    ::llvm::StringRef $cppClass::getKerasClass() {
      return "}] # kerasClass # [{";
    }
    ::llvm::StringRef $cppClass::getKerasModule() { return "keras.metrics"; }
    bool $cppClass::takesTargets(::mlir::RankedTensorType targets,
                                 ::mlir::RankedTensorType predictions) {
      return targets.getShape() == predictions.getShape();
    }
  }];
}

def MeanSquaredErrorMetricOp
    : NumberMetricOp<"mean_squared_error", "MeanSquaredError">;
def MeanAbsoluteErrorMetricOp
    : NumberMetricOp<"mean_absolute_error", "MeanAbsoluteError">;
def MeanAbsolutePercentageErrorMetricOp
    : NumberMetricOp<"mean_absolute_percentage_error",
                     "MeanAbsolutePercentageError">;
def MeanSquaredLogarithmicErrorMetricOp
    : NumberMetricOp<"mean_squared_logarithmic_error",
                     "MeanSquaredLogarithmicError">;
def LogCoshErrorMetricOp : NumberMetricOp<"log_cosh_error", "LogCoshError">;
def KLDivergenceMetricOp : NumberMetricOp<"kl_divergence", "KLDivergence">;
def PoissonMetricOp : NumberMetricOp<"poisson", "Poisson">;
def CosineSimilarityMetricOp
    : NumberMetricOp<"cosine_similarity", "CosineSimilarity">;
def HingeMetricOp : NumberMetricOp<"hinge", "Hinge">;
def SquaredHingeMetricOp : NumberMetricOp<"squared_hinge", "SquaredHinge">;
def CategoricalHingeMetricOp
    : NumberMetricOp<"categorical_hinge", "CategoricalHinge">;
def BinaryCrossentropyMetricOp
    : NumberMetricOp<"binary_crossentropy", "BinaryCrossentropy", (ins
          DefaultBoolAttr<"false">:$from_logits,
          DefaultNumberAttr<"0.0">:$label_smoothing)> {
  let hasVerifier = 1;
}
def CategoricalCrossentropyMetricOp
    : NumberMetricOp<"categorical_crossentropy", "CategoricalCrossentropy", (ins
          DefaultBoolAttr<"false">:$from_logits,
          DefaultNumberAttr<"0.0">:$label_smoothing,
          DefaultIntAttr<"-1">:$axis)> {
  let hasVerifier = 1;
}
def SparseCategoricalCrossentropyMetricOp
    : MetricOp<"sparse_categorical_crossentropy",
               "SparseCategoricalCrossentropy", (ins
                   DefaultBoolAttr<"false">:$from_logits,
                   NullableNumberAttr:$ignore_class,
                   DefaultIntAttr<"-1">:$axis), ["takesTargets", "buildValues"]> {
  let hasVerifier = 1;
}
def TopKCategoricalAccuracyOp
    : NumberMetricOp<"top_k_categorical_accuracy", "TopKCategoricalAccuracy",
                     (ins DefaultIntAttr<"5">:$k)>;
def SparseTopKCategoricalAccuracyOp
    : MetricOp<"sparse_top_k_categorical_accuracy",
               "SparseTopKCategoricalAccuracy", (ins DefaultIntAttr<"5">:$k),
               ["takesTargets", "buildValues"]>;

// The correlation of each sample's numbers with its targets.
def PearsonCorrelationOp
    : NumberMetricOp<"pearson_correlation", "PearsonCorrelation",
                     (ins DefaultIntAttr<"-1">:$axis)>;
def ConcordanceCorrelationOp
    : NumberMetricOp<"concordance_correlation", "ConcordanceCorrelation",
                     (ins DefaultIntAttr<"-1">:$axis)>;

//===-- Metrics of sums ---------------------------------------------------===//

// No means: numbers made of several sums over samples. The .cpp gives
// buildFromSums.
class SumsMetricOp<string mnemonic, string kerasClass, dag config = (ins)>
    : MetricOp<mnemonic, kerasClass, config,
               ["takesTargets", "buildFromSums"]> {
  let hasVerifier = 1;
}

// Predictions that lie above a threshold, and whether they are right.
class CountMetricOp<string mnemonic, string kerasClass>
    : SumsMetricOp<mnemonic, kerasClass, (ins NullableNumbersAttr:$thresholds)>;
def TruePositivesOp : CountMetricOp<"true_positives", "TruePositives">;
def FalsePositivesOp : CountMetricOp<"false_positives", "FalsePositives">;
def TrueNegativesOp : CountMetricOp<"true_negatives", "TrueNegatives">;
def FalseNegativesOp : CountMetricOp<"false_negatives", "FalseNegatives">;

class RateMetricOp<string mnemonic, string kerasClass>
    : SumsMetricOp<mnemonic, kerasClass, (ins
          NullableNumbersAttr:$thresholds, NullableIntAttr:$top_k,
          NullableIntAttr:$class_id)>;
def PrecisionOp : RateMetricOp<"precision", "Precision">;
def RecallOp : RateMetricOp<"recall", "Recall">;

// The best of one rate where another reaches a value.
class RateAtRateOp<string mnemonic, string kerasClass, dag value>
    : SumsMetricOp<mnemonic, kerasClass, !con(value, (ins
          DefaultIntAttr<"200">:$num_thresholds, NullableIntAttr:$class_id))>;
def SensitivityAtSpecificityOp
    : RateAtRateOp<"sensitivity_at_specificity", "SensitivityAtSpecificity",
                   (ins NumberAttr:$specificity)>;
def SpecificityAtSensitivityOp
    : RateAtRateOp<"specificity_at_sensitivity", "SpecificityAtSensitivity",
                   (ins NumberAttr:$sensitivity)>;
def PrecisionAtRecallOp
    : RateAtRateOp<"precision_at_recall", "PrecisionAtRecall",
                   (ins NumberAttr:$recall)>;
def RecallAtPrecisionOp
    : RateAtRateOp<"recall_at_precision", "RecallAtPrecision",
                   (ins NumberAttr:$precision)>;

def AUCOp : SumsMetricOp<"auc", "AUC", (ins
    DefaultIntAttr<"200">:$num_thresholds, DefaultStrAttr<"ROC">:$curve,
    DefaultStrAttr<"interpolation">:$summation_method,
    NullableNumbersAttr:$thresholds, DefaultBoolAttr<"false">:$multi_label,
    NullableIntAttr:$num_labels, NullableNumbersAttr:$label_weights,
    DefaultBoolAttr<"false">:$from_logits)> {
  let summary = "The area under the curve of one rate by another";
}

def FBetaScoreOp : SumsMetricOp<"fbeta_score", "FBetaScore", (ins
    NullableStrAttr:$average, DefaultNumberAttr<"1.0">:$beta,
    NullableNumberAttr:$threshold)>;
def F1ScoreOp : SumsMetricOp<"f1_score", "F1Score", (ins
    NullableStrAttr:$average, NullableNumberAttr:$threshold)>;

// Intersection over union, by classes.
class OverlapMetricOp<string mnemonic, string kerasClass, dag config>
    : SumsMetricOp<mnemonic, kerasClass, !con(config, (ins
          NullableIntAttr:$ignore_class, DefaultIntAttr<"-1">:$axis))>;
def IoUOp : OverlapMetricOp<"iou", "IoU", (ins
    I64Attr:$num_classes, IntsAttr:$target_class_ids,
    DefaultBoolAttr<"true">:$sparse_y_true,
    DefaultBoolAttr<"true">:$sparse_y_pred)>;
def MeanIoUOp : OverlapMetricOp<"mean_iou", "MeanIoU", (ins
    I64Attr:$num_classes, DefaultBoolAttr<"true">:$sparse_y_true,
    DefaultBoolAttr<"true">:$sparse_y_pred)>;
def OneHotIoUOp : OverlapMetricOp<"one_hot_iou", "OneHotIoU", (ins
    I64Attr:$num_classes, IntsAttr:$target_class_ids,
    DefaultBoolAttr<"false">:$sparse_y_pred)>;
def OneHotMeanIoUOp : OverlapMetricOp<"one_hot_mean_iou", "OneHotMeanIoU", (ins
    I64Attr:$num_classes, DefaultBoolAttr<"false">:$sparse_y_pred)>;
def BinaryIoUOp : SumsMetricOp<"binary_iou", "BinaryIoU", (ins
    DefaultIntsAttr<"{0, 1}">:$target_class_ids,
    DefaultNumberAttr<"0.5">:$threshold)>;

def RootMeanSquaredErrorOp
    : SumsMetricOp<"root_mean_squared_error", "RootMeanSquaredError">;
def R2ScoreOp : SumsMetricOp<"r2_score", "R2Score", (ins
    DefaultStrAttr<"uniform_average">:$class_aggregation,
    DefaultIntAttr<"0">:$num_regressors)>;

//===-- Optimizers --------------------------------------------------------===//

class OptimizerOp<string mnemonic, string kerasClass, string rate, dag config,
                  string decay = "">
    : Op<LayerDialect, "optimizer_" # mnemonic, [
        HasParent<"CompileOp">, DeclareOpInterfaceMethods<KerasOpInterface>,
        DeclareOpInterfaceMethods<OptimizerOpInterface>]> {
  let arguments = !con((ins DefaultNumberAttr<rate>:$learning_rate), config,
      !if(!empty(decay), (ins NullableNumberAttr:$weight_decay),
                         (ins DefaultNumberAttr<decay>:$weight_decay)),
      (ins NullableNumberAttr:$clipnorm, NullableNumberAttr:$global_clipnorm,
           NullableNumberAttr:$clipvalue, DefaultBoolAttr<"false">:$use_ema,
           DefaultNumberAttr<"0.99">:$ema_momentum,
           NullableNumberAttr:$ema_overwrite_frequency,
           NullableNumberAttr:$loss_scale_factor,
           NullableNumberAttr:$gradient_accumulation_steps,
           OptionalAttr<DictionaryAttr>:$keras));
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
  let extraClassDefinition = [{
    ::llvm::StringRef $cppClass::getKerasClass() {
      return "}] # kerasClass # [{";
    }
    ::llvm::StringRef $cppClass::getKerasModule() { return "keras.optimizers"; }
    ::llvm::LogicalResult $cppClass::verify() {
      return ::dlc::layer::verifyOptimizer(*this);
    }
  }];
}

defvar adamConfig = (ins
    DefaultNumberAttr<"0.9">:$beta_1, DefaultNumberAttr<"0.999">:$beta_2,
    DefaultNumberAttr<"1e-7">:$epsilon, DefaultBoolAttr<"false">:$amsgrad);

def SGDOp : OptimizerOp<"sgd", "SGD", "0.01", (ins
    DefaultNumberAttr<"0.0">:$momentum, DefaultBoolAttr<"false">:$nesterov)>;
def AdamOp : OptimizerOp<"adam", "Adam", "0.001", adamConfig>;
def AdamWOp : OptimizerOp<"adamw", "AdamW", "0.001", adamConfig, "0.004">;
def RMSpropOp : OptimizerOp<"rmsprop", "RMSprop", "0.001", (ins
    DefaultNumberAttr<"0.9">:$rho, DefaultNumberAttr<"0.0">:$momentum,
    DefaultNumberAttr<"1e-7">:$epsilon, DefaultBoolAttr<"false">:$centered)>;

//===-- Loss scaling ------------------------------------------------------===//

def LossScaleOptimizerOp : Op<LayerDialect, "loss_scale_optimizer", [
    HasParent<"CompileOp">, DeclareOpInterfaceMethods<KerasOpInterface>]> {
  let summary = "Scales the loss so that gradients of halves do not vanish";
  let description = [{
    Stands beside the optimizer that Keras wraps in it. Gradients are taken of the
    loss times a scale and divided by it. A step whose gradients are not finite
    changes no weight and halves the scale; `dynamic_growth_steps` finite ones in
    a row double it.
  }];
  let arguments = (ins DefaultNumberAttr<"32768.0">:$initial_scale,
                       DefaultIntAttr<"2000">:$dynamic_growth_steps,
                       OptionalAttr<DictionaryAttr>:$keras);
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
  let extraClassDefinition = [{
    ::llvm::StringRef $cppClass::getKerasClass() {
      return "LossScaleOptimizer";
    }
    ::llvm::StringRef $cppClass::getKerasModule() { return "keras.optimizers"; }
  }];
}

//===-- Learning-rate schedules -------------------------------------------===//

// Stands beside the optimizer, which then has no learning_rate of its own.
class ScheduleOp<string mnemonic, string kerasClass, dag config,
                 string usualName = kerasClass>
    : Op<LayerDialect, "schedule_" # mnemonic, [
        HasParent<"CompileOp">, DeclareOpInterfaceMethods<KerasOpInterface>,
        DeclareOpInterfaceMethods<ScheduleOpInterface>]> {
  let arguments = !con(config, (ins
      DefaultValuedStrAttr<StrAttr, usualName>:$name,
      OptionalAttr<DictionaryAttr>:$keras));
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
  let extraClassDefinition = [{
    ::llvm::StringRef $cppClass::getKerasClass() {
      return "}] # kerasClass # [{";
    }
    ::llvm::StringRef $cppClass::getKerasModule() {
      return "keras.optimizers.schedules";
    }
  }];
}

def ExponentialDecayOp : ScheduleOp<"exponential_decay", "ExponentialDecay",
    (ins NumberAttr:$initial_learning_rate, NumberAttr:$decay_steps,
         NumberAttr:$decay_rate, DefaultBoolAttr<"false">:$staircase)>;
def PiecewiseConstantDecayOp
    : ScheduleOp<"piecewise_constant_decay", "PiecewiseConstantDecay",
                 (ins ArrayAttr:$boundaries, ArrayAttr:$values),
                 "PiecewiseConstant">;
def PolynomialDecayOp : ScheduleOp<"polynomial_decay", "PolynomialDecay",
    (ins NumberAttr:$initial_learning_rate, NumberAttr:$decay_steps,
         DefaultNumberAttr<"0.0001">:$end_learning_rate,
         DefaultNumberAttr<"1.0">:$power, DefaultBoolAttr<"false">:$cycle)>;
def InverseTimeDecayOp : ScheduleOp<"inverse_time_decay", "InverseTimeDecay",
    (ins NumberAttr:$initial_learning_rate, NumberAttr:$decay_steps,
         NumberAttr:$decay_rate, DefaultBoolAttr<"false">:$staircase)>;
def CosineDecayOp : ScheduleOp<"cosine_decay", "CosineDecay",
    (ins NumberAttr:$initial_learning_rate, NumberAttr:$decay_steps,
         DefaultNumberAttr<"0.0">:$alpha, NullableNumberAttr:$warmup_target,
         DefaultNumberAttr<"0.0">:$warmup_steps)>;
def CosineDecayRestartsOp
    : ScheduleOp<"cosine_decay_restarts", "CosineDecayRestarts",
                 (ins NumberAttr:$initial_learning_rate,
                      NumberAttr:$first_decay_steps,
                      DefaultNumberAttr<"2.0">:$t_mul,
                      DefaultNumberAttr<"1.0">:$m_mul,
                      DefaultNumberAttr<"0.0">:$alpha),
                 "SGDRDecay">;

#endif // DLC_TRAIN_OPS
