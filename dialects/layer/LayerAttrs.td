// The kinds of values in a Keras config, and how C++ reads them.

#ifndef DLC_LAYER_ATTRS
#define DLC_LAYER_ATTRS

include "mlir/IR/CommonAttrConstraints.td"

// Keras writes 1 and 1.0 for the same number.
def NumberAttr : AnyAttrOf<[F64Attr, I64Attr], "number", "double",
                           "::dlc::layer::toNumber($_self)"> {
  let constBuilderCall = "$_builder.getF64FloatAttr($0)";
}

// A number, or null, which is also what an absent one means.
def NullableNumberAttr : AnyAttrOf<[F64Attr, I64Attr, UnitAttr],
                                   "number or null", "std::optional<double>",
                                   "::dlc::layer::findNumber($_self)"> {
  let isOptional = 1;
}

// An integer, or null, which is also what an absent one means.
def NullableIntAttr : AnyAttrOf<[I64Attr, UnitAttr], "integer or null",
                                "std::optional<int64_t>",
                                "::dlc::layer::findInt($_self)"> {
  let isOptional = 1;
}

// A name, or null, which is also what an absent one means.
def NullableStrAttr : AnyAttrOf<[StrAttr, UnitAttr], "name or null",
                                "::llvm::StringRef",
                                "::dlc::layer::findName($_self)"> {
  let isOptional = 1;
}

// 3 or [3, 3].
def IntsAttr : AnyAttrOf<[I64Attr, I64ArrayAttr], "integer or list of integers",
                         "::llvm::SmallVector<int64_t>",
                         "::dlc::layer::toInts($_self)"> {
  let constBuilderCall = "::dlc::layer::buildInts($_builder, $0)";
}

def NullableIntsAttr : AnyAttrOf<[I64Attr, I64ArrayAttr, UnitAttr],
                                 "integer, list of integers or null",
                                 "std::optional<::llvm::SmallVector<int64_t>>",
                                 "::dlc::layer::findInts($_self)"> {
  let isOptional = 1;
}

// 1, [1, 2] or [[1, 1], [2, 2]]: how much at the edges of an image, for all
// sides, by dimension, or before and after each dimension.
def BordersAttr : AnyAttrOf<[I64Attr, ArrayAttr],
                            "integer, list of integers or list of pairs"> {
  let constBuilderCall = "::dlc::layer::buildInts($_builder, $0)";
}

// A number, or a list of them that broadcasts against x from the last
// dimension on. Keras writes an array of numpy as {class_name = "__numpy__",
// config = {value = [...], dtype = "float32"}}.
def NumbersAttr : AnyAttrOf<[F64Attr, I64Attr, ArrayAttr, DictionaryAttr],
                            "number, list of numbers or serialised array"> {
  let constBuilderCall = "$_builder.getF64FloatAttr($0)";
}
def NullableNumbersAttr : AnyAttrOf<[F64Attr, I64Attr, ArrayAttr, UnitAttr],
                                    "number, list of numbers or null"> {
  let isOptional = 1;
}

// A Keras object by its name or as {class_name = ..., config = {...}}; null.
def ObjectAttr : AnyAttrOf<[StrAttr, DictionaryAttr, UnitAttr],
                           "name, serialised object or null"> {
  let constBuilderCall = "$_builder.getStringAttr($0)";
}
class DefaultObjectAttr<string name>
    : DefaultValuedAttr<ObjectAttr, "\"" # name # "\"">;
def NullableObjectAttr : AnyAttrOf<[StrAttr, DictionaryAttr, UnitAttr],
                                   "name, serialised object or null"> {
  let isOptional = 1;
}

// An activation: a function by its name, a layer that is one, as {class_name =
// "LeakyReLU", config = {...}}, or null for none.
class DefaultActivationAttr<string name> : DefaultObjectAttr<name>;

// A shape with null, or unit, in the place of the batch.
def SizesAttr : AnyAttrOf<[I64Attr, ArrayAttr], "integer or list of integers and nulls",
                          "::llvm::SmallVector<int64_t>",
                          "::dlc::layer::toSizes($_self)">;

class DefaultBoolAttr<string value> : DefaultValuedAttr<BoolAttr, value>;
class DefaultNumberAttr<string value> : DefaultValuedAttr<NumberAttr, value>;
class DefaultIntsAttr<string value> : DefaultValuedAttr<IntsAttr, value>;
class DefaultBordersAttr<string value> : DefaultValuedAttr<BordersAttr, value>;
class DefaultNumbersAttr<string value> : DefaultValuedAttr<NumbersAttr, value>;
class DefaultStrAttr<string value>
    : DefaultValuedStrAttr<StrAttr, value>;
class DefaultIntAttr<string value> : DefaultValuedAttr<I64Attr, value>;

#endif // DLC_LAYER_ATTRS
