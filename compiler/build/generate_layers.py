# Writes the C++ builder's layers from their definitions in TableGen:
#   generate_layers.py TBLGEN INCLUDE... --header H --table T -- TD...
# H holds a struct for each layer, its members Keras' arguments in Keras' order
# with Keras' defaults; T the same arguments as rows for the compiler, which
# reads calls such as "Dense(10)" by them.
import argparse
import json
import re
import subprocess

# What every layer has, said by the struct's own members or by no user.
COMMON = {"name", "trainable", "training", "keras"}
# C++ types by the definition that constrains an attribute.
TYPES = {"I64Attr": "int64_t", "BoolAttr": "bool", "StrAttr": "std::string",
         "F64Attr": "double", "NullableIntAttr": "int64_t", "NumberAttr": "double", "NullableNumberAttr": "double"}

# How Keras' signatures begin where a definition has another order.
ORDER = {
    "Dropout": ["rate", "noise_shape", "seed"],
    "DepthwiseConv1D": ["kernel_size", "strides", "padding", "depth_multiplier"],
    "DepthwiseConv2D": ["kernel_size", "strides", "padding", "depth_multiplier"],
    "SeparableConv1D": [
        "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate",
        "depth_multiplier", "activation", "use_bias", "depthwise_initializer",
        "pointwise_initializer", "bias_initializer", "depthwise_regularizer",
        "pointwise_regularizer", "bias_regularizer", "activity_regularizer",
        "depthwise_constraint", "pointwise_constraint"],
    "SeparableConv2D": [
        "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate",
        "depth_multiplier", "activation", "use_bias", "depthwise_initializer",
        "pointwise_initializer", "bias_initializer", "depthwise_regularizer",
        "pointwise_regularizer", "bias_regularizer", "activity_regularizer",
        "depthwise_constraint", "pointwise_constraint"],
    "BatchNormalization": [
        "axis", "momentum", "epsilon", "center", "scale", "beta_initializer",
        "gamma_initializer", "moving_mean_initializer", "moving_variance_initializer",
        "beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint",
        "renorm"],
    "LayerNormalization": ["axis", "epsilon", "center", "scale", "beta_initializer",
                           "gamma_initializer", "beta_regularizer", "gamma_regularizer",
                           "beta_constraint", "gamma_constraint"],
    "EinsumDense": ["equation", "output_shape", "activation", "bias_axes", "kernel_initializer",
                    "bias_initializer", "kernel_regularizer", "bias_regularizer",
                    "kernel_constraint", "bias_constraint"],
    "Embedding": ["input_dim", "output_dim", "embeddings_initializer",
                  "embeddings_regularizer", "embeddings_constraint", "mask_zero"],
}

# What Keras takes but does not save, and what stands before it: how to compute.
UNSAVED = {name: ("sliding_window", "flash_attention")
           for name in ("MultiHeadAttention", "GroupQueryAttention")}


def load(tblgen, includes, source):
    command = [tblgen, "--dump-json", *(f"-I{folder}" for folder in includes), source]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def find_kind(records, attribute):
    """The constraint's name, the default as C++ or None, whether it may be absent."""
    record = records[attribute]
    base = record.get("baseAttr")
    default = record.get("defaultValue")
    kind = base["def"] if base else attribute
    return kind, default, bool(record.get("isOptional")) or "OptionalAttr" in record["!superclasses"]


def read_layers(records):
    """(class, summary, takes a list, arguments) in the order of the definitions."""
    kinds = {name: kind for kind in ("UnaryLayerOp", "MergeLayerOp", "NamedLayerOp")
             for name in records["!instanceof"].get(kind, [])}
    ops = sorted(kinds, key=lambda name: int(records[name]["!locs"][0].rsplit(":", 1)[1]))
    for op in ops:
        record = records[op]
        class_name, module = re.findall(r'return "([^"]*)";', record["extraClassDefinition"])[:2]
        if module.startswith("keras.src.ops"):
            continue
        merges = kinds[op] == "MergeLayerOp" or record.get("requiredTensors", 1) > 1
        # The names of the tensors: of one they say nothing.
        silent = COMMON if merges else COMMON | {"arguments"}
        arguments = []
        for value, name in record["arguments"]["args"]:
            attribute = value["def"]
            if name in silent or "Attr" not in records[attribute]["!superclasses"]:
                continue
            arguments.append((name, *find_kind(records, attribute)))
        first = ORDER.get(class_name, [])
        arguments.sort(key=lambda argument: first.index(argument[0])
                       if argument[0] in first else len(first))
        if class_name in UNSAVED:
            before, name = UNSAVED[class_name]
            place = [argument[0] for argument in arguments].index(before) + 1
            arguments.insert(place, (name, "NullableBoolAttr", None, True))
        yield class_name, record["summary"], merges, arguments


def write_member(name, kind, default, optional):
    plain = TYPES.get(kind)
    if plain is None:
        return f"  Setting {name}{f' = {default}' if default is not None else ''};"
    if default is not None:
        return f"  {plain} {name} = {default};"
    return f"  std::optional<{plain}> {name};"


def write_struct(class_name, summary, merges, arguments):
    operand = "const std::vector<KerasTensor> &xs" if merges else "const KerasTensor &x"
    required = [name for name, _, default, optional in arguments if default is None and not optional]
    lines = ["/// " + (summary or "As Keras' layer of this name") + "."]
    if required:
        lines.append(f"/// Needs {' and '.join(required)}.")
    lines.append(f"struct {class_name} {{")
    lines += [write_member(*argument) for argument in arguments]
    lines += ["  std::string name;", "  bool trainable = true;", "",
              f"  KerasTensor operator()({operand}) const {{",
              f'    return build::callLayer("{class_name}",', "        {"]
    lines += [f'            {{"{name}", {name}}},' for name, *_ in arguments]
    lines += ["        },", f"        {'xs' if merges else '{x}'}, name, trainable);",
              "  }", "};", ""]
    return "\n".join(lines)


HEADER = """// Keras' layers for the C++ builder, generated from the layer dialect. A layer is
// a struct whose members are Keras' arguments; calling it on a tensor adds it to
// the tensor's graph. Errors are in the tensor that a call returns.
#pragma once

#include "compiler/build/KerasTensor.h"

namespace dlc::layers {
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tblgen")
    parser.add_argument("includes", nargs="+")
    parser.add_argument("--header", required=True)
    parser.add_argument("--table", required=True)
    parser.add_argument("--sources", nargs="+", required=True)
    options = parser.parse_args()
    layers = [layer for source in options.sources
              for layer in read_layers(load(options.tblgen, options.includes, source))]
    with open(options.header, "w") as header:
        print(HEADER, file=header)
        for layer in layers:
            print(write_struct(*layer), file=header)
        print("} // namespace dlc::layers", file=header)
    with open(options.table, "w") as table:
        for class_name, _, merges, arguments in layers:
            rows = ", ".join(
                f'{{"{name}", {"true" if default is None and not optional else "false"}}}'
                for name, _, default, optional in arguments)
            print(f'{{"{class_name}", {"true" if merges else "false"}, {{{rows}}}}},', file=table)


main()
