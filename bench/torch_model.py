# A Keras model as a plain PyTorch module, read from the .keras file alone: what
# someone would write who left Keras for PyTorch. No Keras is imported.
#
# Shapes, strides and paddings are Keras'; tensors are NCHW in channels_last
# memory. Weights are PyTorch's own: only the time matters.
import json
import zipfile

import torch
from torch import nn
from torch.nn import functional


class SamePad(nn.Module):
    """Keras' padding="same", which adds more at the end than at the start."""

    def __init__(self, kernel, strides):
        super().__init__()
        self.kernel, self.strides = kernel, strides

    def forward(self, x):
        pads = []
        for size, kernel, stride in zip(x.shape[:1:-1], self.kernel[::-1], self.strides[::-1]):
            total = max(0, (-(-size // stride) - 1) * stride + kernel - size)
            pads += [total // 2, total - total // 2]
        return functional.pad(x, pads) if any(pads) else x


class Call(nn.Module):
    """A function of PyTorch as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


def activation(name):
    functions = {"linear": [], "relu": [nn.ReLU()],
                 # The loss takes logits, as is usual in PyTorch.
                 "softmax": []}
    return functions[name]


def padded(config, kernel, strides, make):
    """[what pads, make(padding)]: even "same" padding is left to the layer."""
    if config["padding"] == "valid":
        return [make(0)]
    if all(k % 2 == 1 for k in kernel) and all(s == 1 for s in strides):
        return [make(tuple(k // 2 for k in kernel))]
    return [SamePad(kernel, strides), make(0)]


def convolution(config, depthwise):
    kernel, strides = config["kernel_size"], config["strides"]
    filters = config.get("filters")

    def make(padding):
        if depthwise:
            class Depthwise(nn.LazyConv2d):
                def initialize_parameters(self, x):
                    self.groups = self.out_channels = x.shape[1]
                    super().initialize_parameters(x)
            return Depthwise(0, kernel, strides, padding, bias=config["use_bias"])
        return nn.LazyConv2d(filters, kernel, strides, padding, bias=config["use_bias"],
                             groups=config["groups"])
    return padded(config, kernel, strides, make) + activation(config["activation"])


def pooling(config, make):
    kernel, strides = config["pool_size"], config["strides"] or config["pool_size"]
    return padded(config, kernel, strides,
                  lambda padding: make(tuple(kernel), tuple(strides), padding))


def relu(config):
    limit = config.get("max_value")
    return [nn.ReLU() if limit is None else nn.ReLU6() if limit == 6 else nn.Hardtanh(0, limit)]


def zero_padding(config):
    (top, bottom), (left, right) = config["padding"]
    return [nn.ZeroPad2d((left, right, top, bottom))]


# Keras' dtype policy -> what its layers compute in.
HALVES = {"mixed_bfloat16": torch.bfloat16, "mixed_float16": torch.float16}

LAYERS = {
    "Conv2D": lambda c: convolution(c, depthwise=False),
    "DepthwiseConv2D": lambda c: convolution(c, depthwise=True),
    "Dense": lambda c: [nn.LazyLinear(c["units"], bias=c["use_bias"]),
                        *activation(c["activation"])],
    "BatchNormalization": lambda c: [nn.LazyBatchNorm2d(c["epsilon"], 1 - c["momentum"])],
    "Activation": lambda c: activation(c["activation"]),
    "ReLU": relu,
    "Dropout": lambda c: [nn.Dropout(c["rate"])],
    "Flatten": lambda c: [nn.Flatten()],
    "MaxPooling2D": lambda c: pooling(c, nn.MaxPool2d),
    "AveragePooling2D": lambda c: pooling(c, nn.AvgPool2d),
    "GlobalAveragePooling2D": lambda c: [nn.AdaptiveAvgPool2d(1), nn.Flatten()],
    "ZeroPadding2D": zero_padding,
    "UpSampling2D": lambda c: [nn.Upsample(scale_factor=tuple(map(float, c["size"])))],
    "Add": lambda c: [Call(lambda first, *rest: first + sum(rest))],
    "Concatenate": lambda c: [Call(lambda *inputs: torch.cat(inputs, 1))],
}


def find_inputs(value):
    """Names of the layers whose outputs stand in a node's arguments."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return [value["config"]["keras_history"][0]]
        return [name for item in value.values() for name in find_inputs(item)]
    if isinstance(value, list):
        return [name for item in value for name in find_inputs(item)]
    return []


def find_compute_type(layers):
    """The half that Keras' layers compute in, for torch.autocast; None for float32."""
    names = {layer["config"]["dtype"]["config"]["name"] for layer in layers
             if isinstance(layer["config"].get("dtype"), dict)}
    return next((half for name, half in HALVES.items() if name in names), None)


class Model(nn.Module):
    """The layers of a Sequential or Functional model with one input and output."""

    def __init__(self, path):
        super().__init__()
        with zipfile.ZipFile(path) as archive:
            root = json.loads(archive.read("config.json"))
        self.compiled = root["compile_config"]
        self.compute_type = find_compute_type(root["config"]["layers"])
        self.layers = nn.ModuleDict()
        self.inputs = []  # of each layer, in order: names
        previous = None
        for layer in root["config"]["layers"]:
            name = layer["config"]["name"]
            if layer["class_name"] == "InputLayer":
                self.input = previous = name
                continue
            if layer["class_name"] not in LAYERS:
                raise SystemExit(f"no {layer['class_name']} in plain PyTorch")
            self.layers[name] = nn.Sequential(*LAYERS[layer["class_name"]](layer["config"]))
            nodes = layer.get("inbound_nodes")
            self.inputs.append((name, find_inputs(nodes[0]["args"]) if nodes else [previous]))
            previous = name
        self.output = previous

    def forward(self, x):
        values = {self.input: x}
        for name, inputs in self.inputs:
            first, *rest = self.layers[name]
            value = first(*(values[i] for i in inputs))
            for module in rest:
                value = module(value)
            values[name] = value
        return values[self.output]

    def make_optimizer(self):
        """PyTorch's fastest form of the optimizer that the file names."""
        optimizer = self.compiled["optimizer"]
        config = optimizer["config"]
        if optimizer["class_name"] == "Adam":
            return torch.optim.Adam(self.parameters(), config["learning_rate"], fused=True)
        return torch.optim.SGD(self.parameters(), config["learning_rate"],
                               momentum=config["momentum"], fused=True)
