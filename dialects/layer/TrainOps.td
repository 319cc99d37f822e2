// Losses, metrics and optimizers: what stands in a `layer.compile`.

#ifndef DLC_TRAIN_OPS
#define DLC_TRAIN_OPS

include "dialects/layer/LayerBase.td"

//===-- Losses ------------------------------------------------------------===//

// `output` may be left out where the model has one.
class LossOp<string mnemonic, string kerasClass, dag config = (ins)>
    : Op<LayerDialect, "loss_" # mnemonic, [
        HasParent<"CompileOp">, DeclareOpInterfaceMethods<KerasOpInterface>,
        DeclareOpInterfaceMethods<LossOpInterface>]> {
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
                  DefaultIntAttr<"-1">:$axis)>;
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
def MeanSquaredErrorOp : LossOp<"mean_squared_error", "MeanSquaredError">;

//===-- Metrics -----------------------------------------------------------===//

class MetricOp<string mnemonic, string kerasClass, dag config = (ins)>
    : Op<LayerDialect, "metric_" # mnemonic, [
        HasParent<"CompileOp">, DeclareOpInterfaceMethods<KerasOpInterface>,
        DeclareOpInterfaceMethods<MetricOpInterface>]> {
  let arguments = !con((ins StrAttr:$name,
      DefaultValuedStrAttr<StrAttr, "">:$output), config, (ins
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

#endif // DLC_TRAIN_OPS
