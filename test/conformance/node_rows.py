# The rows of functions of keras.ops. Several functions may share one: its name
# lists them.
import keras
import numpy as np
from keras import layers, ops

from cases import case, whole

NUMBERS = np.random.default_rng(5).normal(size=(6, 6)).astype("float32")


def join(parts):
    return ops.concatenate(parts, axis=-1)


ROWS = {
    "ops.Add": [
        case((3, 4), (1, 4), call=lambda x, y: x + y),
        case((3, 4), call=lambda x: 1.5 + x),
        case((3, 4), (3, 1), call=lambda x, y: ops.add(x, y)),
    ],
    "ops.Subtract": [
        case((3, 4), (1, 4), call=lambda x, y: x - y),
        case((3, 4), call=lambda x: 1.5 - x),
    ],
    "ops.Multiply": [
        case((3, 4), (3, 1), call=lambda x, y: x * y),
        case((3, 4), call=lambda x: x * 0.25),
    ],
    "ops.Divide": [
        case((3, 4), (3, 1), call=lambda x, y: ops.divide(x, y), low=0.5),
        case((3, 4), call=lambda x: ops.divide(x, 3.0)),
    ],
    "ops.TrueDivide": [
        case((3, 4), (1, 4), call=lambda x, y: x / y, low=0.5),
        case((3, 4), call=lambda x: 2.0 / x, low=0.5),
    ],
    "ops.Power": [
        case((3, 4), call=lambda x: x ** 2),
        case((3, 4), (3, 4), call=lambda x, y: ops.power(x, y), low=0.5),
        case((3, 4), call=lambda x: ops.power(x, 1.5), low=0.1),
    ],
    "ops.Negative": [
        case((3, 4), call=lambda x: -x),
        case((5,), call=lambda x: ops.negative(layers.Dense(2)(x))),
    ],
    "ops.Absolute": [
        case((3, 4), call=lambda x: ops.absolute(x)),
        case((3, 4), call=lambda x: abs(x)),
    ],
    "ops.Sqrt": [
        case((3, 4), call=lambda x: ops.sqrt(x), low=0.1),
        case((5,), call=lambda x: x / ops.sqrt(layers.Dense(5, activation="softplus")(x))),
    ],
    "ops.Square": [
        case((3, 4), call=lambda x: ops.square(x)),
        case((5,), call=lambda x: ops.square(layers.Dense(3)(x)) - x[:, :1]),
    ],
    "ops.Exp": [
        case((3, 4), call=lambda x: ops.exp(x)),
        case((5,), call=lambda x: ops.exp(-ops.square(x))),
    ],
    "ops.Log": [
        case((3, 4), call=lambda x: ops.log(x), low=0.1),
        case((5,), call=lambda x: ops.log(layers.Dense(4, activation="softplus")(x))),
    ],
    "ops.Sigmoid": [
        case((3, 4), call=lambda x: ops.sigmoid(x)),
        case((5,), call=lambda x: x * ops.sigmoid(layers.Dense(5)(x))),
    ],
    "ops.Tanh": [
        case((3, 4), call=lambda x: ops.tanh(x)),
        case((5,), call=lambda x: ops.tanh(layers.Dense(3)(x)) * 2.0),
    ],
    "ops.Relu": [
        case((3, 4), call=lambda x: ops.relu(x)),
        case((5,), call=lambda x: ops.relu(layers.Dense(3)(x))),
    ],
    "ops.Softmax": [
        case((3, 4), call=lambda x: ops.softmax(x)),
        case((3, 4), call=lambda x: ops.softmax(x, axis=1)),
    ],
    "ops.Maximum": [
        case((3, 4), (3, 4), call=lambda x, y: ops.maximum(x, y)),
        case((3, 4), call=lambda x: ops.maximum(x, 0.3)),
    ],
    "ops.Minimum": [
        case((3, 4), (1, 4), call=lambda x, y: ops.minimum(x, y)),
        case((3, 4), call=lambda x: ops.minimum(x, 0.3)),
    ],
    "ops.Mean": [
        case((3, 4, 2), call=lambda x: ops.mean(x, axis=[1, 2])),
        case((3, 4, 2), call=lambda x: ops.mean(x, axis=-1, keepdims=True)),
        case((3, 4, 2), call=lambda x: ops.mean(x, axis=1)),
    ],
    "ops.Sum": [
        case((3, 4, 2), call=lambda x: ops.sum(x, axis=[1, 2])),
        case((3, 4, 2), call=lambda x: ops.sum(x, axis=2, keepdims=True)),
    ],
    "ops.Max": [
        case((3, 4, 2), call=lambda x: ops.max(x, axis=[1, 2])),
        case((3, 4, 2), call=lambda x: ops.max(x, axis=-2, keepdims=True)),
    ],
    "ops.Any": [
        case((3, 4), call=lambda x: x * ops.cast(
            ops.any(x > 1.0, axis=-1, keepdims=True), "float32")),
        case((3, 4), call=lambda x: x[:, 0, 0] * ops.cast(
            ops.any(ops.cast(x, "int32"), axis=[1, 2]), "float32")),
    ],
    "ops.All": [
        case((3, 4), call=lambda x: x * ops.cast(ops.all(x > -1.0, axis=1, keepdims=True), "float32")),
        case((3, 4), call=lambda x: x[:, 0] * ops.cast(
            ops.all(ops.cast(x, "int32"), axis=1), "float32")),
    ],
    "ops.Concatenate": [
        case((3, 4), (3, 2), call=lambda x, y: ops.concatenate([x, y], axis=-1)),
        case((3, 4), (2, 4), call=lambda x, y: ops.concatenate([x, y], axis=1)),
    ],
    "ops.Reshape": [
        case((3, 4), call=lambda x: ops.reshape(x, (-1, 12))),
        case((3, 4), call=lambda x: ops.reshape(x, (-1, 2, 6))),
    ],
    "ops.Transpose": [
        case((3, 4), call=lambda x: ops.transpose(x, (0, 2, 1))),
        case((3, 4, 2), call=lambda x: ops.transpose(x, (0, 2, 3, 1))),
    ],
    "ops.ExpandDims": [
        case((3, 4), call=lambda x: ops.expand_dims(x, -1)),
        case((3, 4), call=lambda x: ops.expand_dims(x, 1)),
    ],
    "ops.Squeeze": [
        case((3, 1), call=lambda x: ops.squeeze(x, -1)),
        case((1, 4), call=lambda x: ops.squeeze(x, 1)),
    ],
    "ops.Matmul": [
        case((3, 4), (4, 5), call=lambda x, y: ops.matmul(x, y)),
        case((2, 3, 4), (2, 4, 5), call=lambda x, y: x @ y),
        case((3, 4), (2, 4, 5), call=lambda x, y: ops.matmul(ops.expand_dims(x, 1), y)),
    ],
    "ops.Cast": [
        case((3, 4), call=lambda x: ops.cast(x, "int32") * 1.0 + x),
        case((3, 4), call=lambda x: ops.cast(ops.cast(x, "bool"), "float32") + x),
    ],
    "ops.GetItem": [
        case((5, 4), call=lambda x: x[:, 1]),
        case((5, 4), call=lambda x: x[:, 1:4, ::2]),
        case((5, 4), call=lambda x: x[:, -2]),
        case((5, 4, 3), call=lambda x: x[..., 0]),
        case((5, 4), call=lambda x: x[:, :, None, 1:]),
        case((5, 4), call=lambda x: x[:, ::-1]),
        case((5, 4), call=lambda x: x[:, 3:0:-2, ::-1]),
        case((5, 4), call=lambda x: x[:, -1:-9:-3] * x[:, :2]),
        case((5, 4), call=lambda x: ops.concatenate([x[:, ::-1, -1:], x], axis=-1)),
    ],
    "ops.Einsum": [
        case((3, 4), (5, 4), call=lambda x, y: ops.einsum("bij,bkj->bik", x, y)),
        case((3, 4), call=lambda x: ops.einsum("...i,ij->...j", x, NUMBERS[:4, :5])),
        case((3, 4), call=lambda x: ops.einsum("bij->bj", x)),
        case((3, 4), call=lambda x: ops.einsum("bij->bji", x)),
        case((3, 4, 2), (4, 2), (2,), call=lambda x, y, z: ops.einsum(
            "bijc,bjc,bc->bci", x, y, z)),
        case((2, 3, 4), (2, 5, 4), call=lambda x, y: ops.einsum("bhqc,bhkc->bhqk", x, y)),
        case((3, 4), call=lambda x: ops.einsum("jk,bij->bik", NUMBERS[:4, :2], x)),
        case((3, 4), (3, 4), call=lambda x, y: ops.einsum("bij,bij->b", x, y)[:, None]),
        case((3, 1), (1, 4), call=lambda x, y: ops.einsum("...j,...j->...j", x, y)),
        case((3,), (3, 4), call=lambda x, y: ops.einsum("...i,...ij", x, y)),
    ],
    # Functions of one tensor without settings, side by side.
    "ops.Sin ops.Cos ops.Tan ops.Erf ops.Expm1 ops.Floor ops.Ceil ops.Sign": [
        case((3, 4), call=lambda x: join([ops.sin(x), ops.cos(x), ops.tan(x * 0.5), ops.erf(x)])),
        case((3, 4), call=lambda x: join([ops.expm1(x), ops.floor(x) * x, ops.ceil(x * 3) + x,
                                          ops.sign(x) * x])),
        case((5,), call=lambda x: ops.sin(layers.Dense(3)(x)) * 2.0),
        case((3, 4), call=lambda x: ops.cast(ops.sign(ops.cast(x, "int32")), "float32") + x),
    ],
    "ops.Log2 ops.Log10 ops.Log1p ops.Reciprocal ops.Rsqrt": [
        case((3, 4), call=lambda x: join([ops.log2(x), ops.log10(x), ops.log1p(x),
                                          ops.reciprocal(x), ops.rsqrt(x)]), low=0.1),
        case((5,), call=lambda x: ops.log2(layers.Dense(4, activation="softplus")(x))),
    ],
    "ops.Round": [
        case((3, 4), call=lambda x: ops.round(x * 4) + x),
        case((3, 4), call=lambda x: ops.round(x, 1) * x),
        case((3, 4), call=lambda x: ops.round(ops.floor(x * 2) * 0.5) + x),
    ],
    "ops.Clip": [
        case((3, 4), call=lambda x: ops.clip(x, -0.5, 1)),
        case((3, 4), call=lambda x: ops.cast(ops.clip(ops.cast(x * 3, "int32"), -2, 2), "float32") + x),
        case((3, 4), call=lambda x: ops.clip(x, 0.25, 9)),
        case((3, 4), call=lambda x: ops.clip(ops.clip(x, 0, 1), 0, 1)),
    ],
    "ops.OneHot": [
        whole((4,), below=5, call=lambda x: layers.Dense(3)(ops.one_hot(x, 5))),
        whole((4,), below=7, call=lambda x: layers.Dense(3)(ops.one_hot(x, 5, axis=1))),
    ],
    # Activations as functions.
    "ops.Silu ops.Gelu ops.Elu ops.Celu ops.Selu ops.LeakyRelu ops.Relu6 ops.Threshold": [
        case((3, 4), call=lambda x: join([
            ops.silu(x), ops.gelu(x), ops.gelu(x, approximate=False), ops.elu(x),
            ops.elu(x, 0.3), ops.celu(x), ops.celu(x, 0.4), ops.selu(x)]), low=-4, high=4),
        case((3, 4), call=lambda x: join([
            ops.leaky_relu(x), ops.leaky_relu(x, 0.05), ops.relu6(x * 3),
            ops.threshold(x, 0.2, 0.1)]), low=-4, high=4),
        case((5,), call=lambda x: layers.Dense(2)(ops.silu(layers.Dense(4)(x)))),
    ],
    "ops.Softplus ops.Softsign ops.LogSigmoid ops.HardSigmoid ops.HardSilu ops.HardTanh "
    "ops.HardShrink ops.SoftShrink ops.TanhShrink ops.Squareplus ops.SparsePlus ops.SparseSigmoid": [
        case((3, 4), call=lambda x: join([
            ops.softplus(x), ops.softsign(x), ops.log_sigmoid(x), ops.hard_sigmoid(x),
            ops.hard_silu(x), ops.hard_tanh(x), ops.hard_shrink(x), ops.hard_shrink(x, 1.5)]),
            low=-4, high=4),
        case((3, 4), call=lambda x: join([
            ops.soft_shrink(x), ops.soft_shrink(x, 1.5), ops.tanh_shrink(x), ops.squareplus(x),
            ops.squareplus(x, 2), ops.sparse_plus(x), ops.sparse_sigmoid(x)]), low=-4, high=4),
    ],
    "ops.LogSoftmax ops.Glu ops.Normalize": [
        case((3, 4), call=lambda x: join([ops.log_softmax(x), ops.glu(x),
                                          ops.normalize(x, axis=-1)])),
        case((4, 3), call=lambda x: ops.concatenate([
            ops.log_softmax(x, axis=1), ops.glu(x, axis=1),
            ops.normalize(x, axis=1, epsilon=0.5)], axis=1)),
    ],
    # keras.activations writes some functions with settings as a class of its own.
    "activations.ReLU": [
        case((3, 4), call=lambda x: keras.activations.relu(x, negative_slope=0.2)),
        case((3, 4), call=lambda x: keras.activations.relu(x, max_value=0.5, threshold=0.1)),
    ],
    "ops.Min": [
        case((3, 4, 2), call=lambda x: ops.min(x, axis=[1, 2])),
        case((3, 4, 2), call=lambda x: ops.min(x, axis=-2, keepdims=True)),
    ],
    "ops.Var ops.Std": [
        case((3, 4, 2), call=lambda x: join([ops.var(x, axis=1), ops.std(x, axis=1)])),
        case((3, 4, 2), call=lambda x: (x - ops.mean(x, axis=(1, 2), keepdims=True))
             / (ops.std(x, axis=(1, 2), keepdims=True) + ops.var(x, axis=-1, keepdims=True))),
    ],
    "ops.Logsumexp": [
        case((3, 4, 2), call=lambda x: ops.logsumexp(x, axis=-1), low=-90, high=90),
        case((3, 4, 2), call=lambda x: x - ops.logsumexp(x, axis=(1, 2), keepdims=True)),
        # A mask leaves nothing of the second row: it is -inf, and no NaN.
        case((2, 2), call=lambda x: x[:, :, 0] * ops.cast(ops.logsumexp(
            x + np.array([[0, -np.inf], [-np.inf, -np.inf]], "float32"), axis=-1) < -1e30,
            "float32")),
    ],
    # Along one axis Keras 3.15 cannot compute it on JAX: it gives a list where that
    # takes none.
    "ops.Norm": [
        case((3, 4, 2), call=lambda x: ops.norm(x, axis=(1, 2))),
        case((3, 4, 2), call=lambda x: x / ops.norm(x, axis=(2, 3), keepdims=True)),
    ],
    "ops.Argmax ops.Argmin": [
        case((3, 4), call=lambda x: x[:, :, 0] + ops.cast(ops.argmax(x, axis=-1), "float32")),
        # The first NaN is the largest.
        case((3, 4), call=lambda x: x[:, :, 0] + ops.cast(ops.argmax(ops.log(x), axis=-1),
                                                          "float32")),
        case((3, 4), call=lambda x: x * ops.cast(ops.argmin(x, axis=1, keepdims=True), "float32")),
        case((3, 4), call=lambda x: x[:, 0] + ops.cast(
            ops.argmin(ops.cast(x, "int32"), axis=1), "float32")),
    ],
    "ops.Stack": [
        case((3, 4), (3, 4), call=lambda x, y: ops.stack([x, y], axis=1)),
        case((3, 4), call=lambda x: ops.stack([x, x * 2, ops.cast(x > 0, "int32")], axis=-1)),
    ],
    "ops.Split": [
        case((4, 6), call=lambda x: (lambda a, b: a * ops.sin(b))(*ops.split(x, 2, axis=-1))),
        case((4, 6), call=lambda x: ops.concatenate(
            ops.split(x, [1, 3], axis=1)[::-1], axis=1)),
        # One part is not read.
        case((4, 6), call=lambda x: ops.split(x, 3, axis=2)[1]),
    ],
    "ops.Unstack": [
        case((3, 4), call=lambda x: (lambda a, b, c: a * b - c)(*ops.unstack(x, axis=1))),
        case((3, 2), call=lambda x: ops.unstack(x, 2, axis=-1)[1]),
    ],
    "ops.Swapaxes ops.Moveaxis": [
        case((3, 4, 2), call=lambda x: ops.swapaxes(x, 1, -1)),
        case((3, 4, 2), call=lambda x: ops.moveaxis(x, 1, -1)),
        case((3, 4, 2), call=lambda x: ops.moveaxis(x, [1, 2], [3, 1])),
        case((3, 4, 2), call=lambda x: ops.swapaxes(x, 3, -1)),
    ],
    "ops.Flip ops.Roll": [
        case((3, 4, 5), call=lambda x: ops.flip(x, axis=1) * ops.roll(x, 2, axis=1)),
        case((3, 4, 5), call=lambda x: ops.flip(x, axis=(2, -1)) + ops.roll(x, [1, -7], axis=[1, 3])),
        case((5,), call=lambda x: layers.Dense(3)(ops.flip(layers.Dense(4)(x), axis=-1))),
        case((3, 4), call=lambda x: ops.roll(x, -1, axis=2) - ops.roll(x, 6, axis=1)),
    ],
    "ops.Tile ops.Repeat": [
        case((3, 4), call=lambda x: ops.tile(x, (1, 2, 3)) + ops.repeat(
            ops.repeat(x, 2, axis=1), 3, axis=2)),
        case((3, 4), call=lambda x: ops.tile(x, (2,))),
    ],
    "ops.Pad": [
        case((3, 4), call=lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 1)))),
        case((3, 4), call=lambda x: ops.pad(x, ((0, 0), (2, 1), (3, 0)), mode="reflect")),
        case((3, 4), call=lambda x: ops.pad(x, ((0, 0), (3, 1), (0, 4)), mode="symmetric")),
        case((3, 4), call=lambda x: ops.pad(x, ((0, 0), (1, 0), (0, 1)), constant_values=2.5)),
        case((3, 4), call=lambda x: ops.pad(ops.cast(x * 3, "int32"), ((0, 0), (1, 0), (0, 1)))
             * ops.pad(x, ((0, 0), (1, 0), (0, 1)))),
    ],
    # Arrays among the arguments of a function.
    "ops.arrays": [
        case((3, 4), call=lambda x: x * NUMBERS[:3, :4] + NUMBERS[0, :4]),
        case((3, 4), call=lambda x: ops.where(
            x > NUMBERS[0, :4], x * np.full((4,), 2, "float32"),
            ops.convert_to_tensor(NUMBERS[:3, :1]))),
        case((3, 4), call=lambda x: ops.matmul(x, NUMBERS[:4, :2])),
        case((3, 4), call=lambda x: x * np.array([1, 2, 3, 4], "int32")),
        # A mask, whose infinity Python writes into the JSON.
        case((3, 4), call=lambda x: ops.softmax(
            x + np.array([0, -np.inf, 1, 0], "float32"))),
        case((3, 4), call=lambda x: ops.where(np.array([True, False, True, True]), x, -x)),
    ],
}
