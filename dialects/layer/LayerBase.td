// The dialect, and the base classes that make a simple layer one definition.

#ifndef DLC_LAYER_BASE
#define DLC_LAYER_BASE

include "dialects/layer/LayerAttrs.td"
include "dialects/layer/LayerInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def LayerDialect : Dialect {
  let name = "layer";
  let cppNamespace = "::dlc::layer";
  let summary = "Keras layers, losses, metrics, optimizers and models";
  let description = [{
    Attributes are the keys of the Keras config in plain JSON kinds: i64, f64,
    bool, string, array, dictionary, and unit for null. Tensors are as in prim:
    `?` is the batch.
  }];
  // A config stays the dictionary that Keras wrote.
  let usePropertiesForAttributes = 0;
  // A file of ops each, because each costs a compiler about 0.3 s.
  let extraClassDeclaration = [{
    void registerModelOps();
    void registerLayerOps();
    void registerSpatialOps();
    void registerNormalizationOps();
    void registerAttentionOps();
    void registerNodeOps();
    void registerTrainOps();
  }];
}

def LayerTensor : RankedTensorOf<[F32, BF16, F16, I32, I1]>;

// Keras' dtype policy by its name or as an object; float32 where there is none.
defvar layerPolicy = (ins NullableObjectAttr:$dtype);

// `arguments` of a layer: its name, `tensors`, `config`, then what all have. A
// plug-in gives its own dialect, and as the module its Keras package. A node has
// no `policy`: its result is of the type to which Keras promotes its operands'.
class LayerOp<string mnemonic, string kerasClass, dag tensors, dag config = (ins),
              list<string> methods = [], string kerasModule = "keras.layers",
              Dialect dialect = LayerDialect, dag policy = layerPolicy>
    : Op<dialect, mnemonic, [
        Pure, DeclareOpInterfaceMethods<InferTypeOpInterface>,
        DeclareOpInterfaceMethods<KerasOpInterface>,
        DeclareOpInterfaceMethods<LayerOpInterface, methods>]> {
  let arguments = !con((ins StrAttr:$name), tensors, config, policy,
      (ins DefaultValuedAttr<BoolAttr, "true">:$trainable,
           // An explicit `training=` of this call; absent: as the model.
           OptionalAttr<BoolAttr>:$training,
           OptionalAttr<DictionaryAttr>:$keras));
  let results = (outs LayerTensor:$result);
  // A layer that may have several results declares inferResults alone.
  let extraClassDeclaration = [{
    static ::llvm::FailureOr<::mlir::Type> inferResult(
        std::optional<::mlir::Location> loc, Adaptor layer);
    static ::llvm::LogicalResult inferResults(
        std::optional<::mlir::Location> loc, Adaptor layer,
        ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      ::llvm::FailureOr<::mlir::Type> result = inferResult(loc, layer);
      if (succeeded(result))
        types.push_back(*result);
      return result;
    }
  }];
  // The parser infers before it fills in defaults and verifies, and a file
  // written by hand may lack a key: so both happen here, before the shape rule.
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *context, std::optional<::mlir::Location> loc,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      ::mlir::NamedAttrList config(attributes);
      if (failed(::dlc::layer::verifyKeys(loc, getOperationName(), attributes,
                            getAttributeNames())) ||
          failed(::dlc::layer::verifyRanked(loc, getOperationName(), operands)))
        return ::llvm::failure();
      ::mlir::OperationName name(getOperationName(), context);
      populateDefaultAttrs(name, config);
      Adaptor layer(operands, config.getDictionary(context), properties,
                    regions);
      if (loc && failed(layer.verify(*loc)))
        return ::llvm::failure();
      if (failed(inferResults(loc, layer, types)))
        return ::llvm::failure();
      }] # !if(!empty(policy), "::dlc::layer::promoteResults(operands, attributes, types);",
               "::dlc::layer::applyPolicy(attributes.get(\"dtype\"), types);") # [{
      return ::llvm::success();
    }
    ::llvm::StringRef $cppClass::getKerasClass() {
      return "}] # kerasClass # [{";
    }
    ::llvm::StringRef $cppClass::getKerasModule() {
      return "}] # kerasModule # [{";
    }
  }];
}

// One tensor in.
class UnaryLayerOp<string mnemonic, string kerasClass, dag config = (ins),
                   list<string> methods = [],
                   string kerasModule = "keras.layers",
                   Dialect dialect = LayerDialect>
    : LayerOp<mnemonic, kerasClass, (ins LayerTensor:$x), config, methods,
              kerasModule, dialect> {
  let assemblyFormat = "$name $x attr-dict `:` type($x)";
}

// A list of tensors in.
class MergeLayerOp<string mnemonic, string kerasClass, dag config = (ins),
                   list<string> methods = [],
                   string kerasModule = "keras.layers",
                   Dialect dialect = LayerDialect>
    : LayerOp<mnemonic, kerasClass, (ins Variadic<LayerTensor>:$xs), config,
              methods, kerasModule, dialect> {
  let assemblyFormat = "$name $xs attr-dict `:` type($xs)";
}

// Tensors by the names of Keras' `call`: the first ones of its parameters, or
// those that `arguments` lists. `required` of them are always given.
class NamedLayerOp<string mnemonic, string kerasClass, dag config = (ins),
                   list<string> methods = [], int required = 2,
                   string kerasModule = "keras.layers",
                   Dialect dialect = LayerDialect>
    : LayerOp<mnemonic, kerasClass, (ins Variadic<LayerTensor>:$xs),
              !con(config, (ins OptionalAttr<StrArrayAttr>:$arguments)),
              !listconcat(methods, ["getParameters", "getCallKeys"]),
              kerasModule, dialect> {
  int requiredTensors = required;
  let assemblyFormat = "$name $xs attr-dict `:` type($xs)";
}

// The config of a layer with a kernel and a bias.
defvar kernelConfig = (ins
    DefaultBoolAttr<"true">:$use_bias,
    DefaultObjectAttr<"glorot_uniform">:$kernel_initializer,
    DefaultObjectAttr<"zeros">:$bias_initializer,
    NullableObjectAttr:$kernel_regularizer,
    NullableObjectAttr:$bias_regularizer,
    NullableObjectAttr:$activity_regularizer,
    NullableObjectAttr:$kernel_constraint,
    NullableObjectAttr:$bias_constraint);

#endif // DLC_LAYER_BASE
