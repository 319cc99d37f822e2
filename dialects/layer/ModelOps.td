// Models, nested models, and what surrounds layers in a file.

#ifndef DLC_MODEL_OPS
#define DLC_MODEL_OPS

include "dialects/layer/LayerBase.td"

def ModelOp : Op<LayerDialect, "model",
    [Symbol, IsolatedFromAbove, SingleBlock]> {
  let summary = "A graph of layers that ends in an output";
  let description = [{
    `kind` is Keras' class: "Sequential" or "Functional". Its inputs are its
    `layer.input` ops, in their order. `layers` lists the names of `model.layers`
    where their order is not that of the ops: weights are saved under numbers
    that count in this order.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       DefaultValuedStrAttr<StrAttr, "Functional">:$kind,
                       DefaultBoolAttr<"true">:$trainable,
                       OptionalAttr<StrArrayAttr>:$layers,
                       OptionalAttr<DictionaryAttr>:$keras);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

def OutputOp : Op<LayerDialect, "output",
    [Pure, Terminator, HasParent<"ModelOp">]> {
  let summary = "What the model computes";
  let description = [{
    `names` are Keras' `output_names`; without them an output has the name of
    its layer. `structure` is the nest of dicts and lists that
    the model returns, with the output's index at each leaf.
  }];
  let arguments = (ins Variadic<LayerTensor>:$values,
                       OptionalAttr<StrArrayAttr>:$names,
                       OptionalAttr<AnyAttr>:$structure);
  let assemblyFormat = [{
    $values (`named` $names^)? attr-dict `:` type($values)
  }];
  let hasVerifier = 1;
}

def CallOp : Op<LayerDialect, "call", [
    Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A model used as a layer";
  let description = [{
    Arguments are in the order of the called model's inputs, results in that of
    its outputs. Two calls of the same name share their weights.
  }];
  let arguments = (ins StrAttr:$name, FlatSymbolRefAttr:$model,
                       Variadic<LayerTensor>:$xs,
                       DefaultBoolAttr<"true">:$trainable,
                       OptionalAttr<BoolAttr>:$training,
                       OptionalAttr<DictionaryAttr>:$keras);
  let results = (outs Variadic<LayerTensor>:$results);
  let assemblyFormat = [{
    $name $model `(` $xs `)` attr-dict `:` functional-type($xs, $results)
  }];
}

def ConstantOp : Op<LayerDialect, "constant", [
    Pure, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "A number or an array among the arguments of a function of keras.ops";
  let description = [{
    A floating-point number is f32, a whole one i32 and true or false i1. As in
    Keras, whole numbers never promote a tensor. An array of numpy is written as
    Keras does: {class_name = "__numpy__", config = {value = [...], dtype =
    "float32"}}; a tensor of Keras' backend is a `__tensor__`.
  }];
  let arguments = (ins AnyAttrOf<[F64Attr, I64Attr, BoolAttr, DictionaryAttr],
                                 "number, true, false or array">:$value);
  let results = (outs LayerTensor:$result);
  let assemblyFormat = "$value attr-dict";
}

def CompileOp : Op<LayerDialect, "compile",
    [IsolatedFromAbove, SingleBlock, NoTerminator,
     DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "What model.compile(...) was given: one optimizer, losses, metrics";
  let description = [{
    A learning-rate schedule stands beside the optimizer, which then has no
    learning_rate of its own.
  }];
  let arguments = (ins FlatSymbolRefAttr:$model,
                       OptionalAttr<DictionaryAttr>:$keras);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$model attr-dict-with-keyword $body";
}

#endif // DLC_MODEL_OPS
