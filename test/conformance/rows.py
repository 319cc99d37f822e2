# The conformance table: each layer and op with the configurations in which dlc is
# compared with live Keras. scripts/test takes the first two, --full all.
import numpy as np
from keras import layers, ops, regularizers
from keras.src.applications.convnext import LayerScale
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

import attention_rows
import node_rows
from cases import case, whole


ACTIVATIONS = [
    "relu", "sigmoid", "tanh", "gelu", "silu", "softmax", "elu", "selu", "softplus",
    "softsign", "linear", "relu6", "leaky_relu", "hard_sigmoid", "hard_silu", "hard_tanh",
    "hard_shrink", "soft_shrink", "tanh_shrink", "celu", "exponential", "log_sigmoid",
    "log_softmax", "mish", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
]


# Layers that another layer takes as its activation, in the place of a function.
FUNCTION_LAYERS = [
    layers.LeakyReLU(negative_slope=0.2), layers.LeakyReLU(), layers.ReLU(),
    layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.25), layers.ReLU(6.0),
    layers.ELU(alpha=0.3), layers.Softmax(), layers.Softmax(axis=1),
    layers.Activation("tanh"), layers.Activation(layers.ELU(0.5)), layers.Identity(),
]


def function_layers(x):
    """Each of them side by side, in a layer or convolution of its own."""
    image = layers.Reshape((2, 3, 1))(x)
    convolved = [
        layers.Conv2D(2, 2, activation=layers.LeakyReLU(negative_slope=0.2))(image),
        layers.DepthwiseConv2D(2, depth_multiplier=2, activation=layers.ELU(0.7))(image),
        layers.SeparableConv2D(2, 2, activation=layers.ReLU(0.5))(image),
        layers.Conv2DTranspose(2, 2, padding="same", activation=layers.Softmax(axis=1))(image),
    ]
    dense = [layers.Dense(3, activation=function)(x) for function in FUNCTION_LAYERS
             if getattr(function, "axis", -1) == -1]
    return layers.Concatenate()([*dense, *[layers.Flatten()(y) for y in convolved]])


def all_activations(x):
    """Every activation side by side."""
    return layers.Concatenate()([layers.Activation(name)(x) for name in ACTIVATIONS])


def shared_embedding(x, y):
    """One table for two inputs, as for a user and the friends of the user."""
    table = layers.Embedding(6, 4, embeddings_regularizer="l2")
    return layers.Dot(axes=(1, 2))([layers.Flatten()(table(x)), table(y)])


ROWS = {
    "InputLayer": [
        case((6,), call=lambda x: layers.Dense(3)(x)),
        case((2, 3, 4), call=lambda x: layers.Reshape((-1,))(x)),
    ],
    "Dense": [
        case((7,), call=lambda x: layers.Dense(5, activation="relu")(x)),
        case((4, 6), call=lambda x: layers.Dense(3, activation="softmax")(x)),
        case((9,), call=lambda x: layers.Dense(4, use_bias=False, activation="tanh")(x)),
        case((3, 2, 5), call=lambda x: layers.Dense(1)(x)),
        case((33,), call=lambda x: layers.Dense(65, kernel_regularizer="l2",
                                                bias_regularizer="l1")(x)),
        case((4, 3), call=lambda x: layers.Dense(5, activation="tanh",
                                                 activity_regularizer="l1")(x)),
        *[case((4, 6), call=lambda x, function=function: layers.Dense(5, activation=function)(x))
          for function in FUNCTION_LAYERS],
    ],
    "EinsumDense": [
        case((4, 6), call=lambda x: layers.EinsumDense(
            "abc,cd->abd", (4, 5), bias_axes="d", activation="relu",
            kernel_regularizer="l2")(x)),
        case((4, 6), call=lambda x: layers.EinsumDense(
            "...x,xyz->...yz", (3, 2), bias_axes="yz")(x)),
        case((4, 3, 2), call=lambda x: layers.GlobalAveragePooling1D()(layers.EinsumDense(
            "btnh,nhd->btd", (None, 5), bias_axes="d")(x))),
        case((3, 4, 2), call=lambda x: layers.EinsumDense(
            "ab...,bc->ac...", 5, bias_axes="c", bias_regularizer="l1")(x)),
        case((5,), call=lambda x: layers.EinsumDense("ab,bc->ac", output_shape=4)(x)),
        case((4, 6), call=lambda x: layers.EinsumDense(
            "abc,bcd->abd", (4, 3), bias_axes="b")(x)),
        case((4, 6, 3, 2), call=lambda x: layers.EinsumDense(
            "...tbc,bdce->...tbde", (6, 3, 4, 5), bias_axes="de")(x)),
        case((4, 6), call=lambda x: layers.EinsumDense(
            "abc,cd->adb", (3, 4), bias_axes="db", activation="tanh")(x)),
    ],
    "Embedding": [
        whole((7,), below=5, call=lambda x: layers.Embedding(5, 3)(x)),
        whole((1,), (4,), below=6, call=shared_embedding),
        whole((2, 3), below=9, call=lambda x: layers.Dense(2)(layers.Embedding(9, 4)(x))),
        case((5,), call=lambda x: layers.Embedding(4, 2)(x), low=-3.9, high=3.9),
        whole((6,), below=4, call=lambda x: layers.Dense(3)(
            layers.Flatten()(layers.Embedding(4, 2, mask_zero=True)(x)))),
        # Keras takes the mask off before a convolution or pooling.
        whole((8,), below=3, call=lambda x: layers.MaxPooling1D(2)(layers.Conv1D(2, 3)(
            layers.SpatialDropout1D(0.0)(layers.Embedding(5, 3, mask_zero=True)(x))))),
        whole((6,), below=5, call=lambda x: layers.Embedding(
            5, 3, activity_regularizer=regularizers.L1L2(0.1, 0.2))(x)),
    ],
    "Permute": [
        case((3, 4, 2), call=lambda x: layers.Permute((3, 1, 2))(x)),
        case((3, 4), call=lambda x: layers.Dense(2)(layers.Permute((2, 1))(x))),
    ],
    "RepeatVector": [
        case((4,), call=lambda x: layers.RepeatVector(3)(x)),
        case((4,), call=lambda x: layers.RepeatVector(1)(layers.Dense(2)(x))),
    ],
    "Conv2D": [
        case((8, 9, 3), call=lambda x: layers.Conv2D(5, 3, activation="relu")(x)),
        case((4, 8, 7), call=lambda x: layers.Conv2D(
            6, (3, 2), strides=2, padding="same", data_format="channels_first")(x)),
        case((9, 9, 2), call=lambda x: layers.Conv2D(4, 3, dilation_rate=2, use_bias=False)(x)),
        case((6, 6, 4), call=lambda x: layers.Conv2D(8, 3, groups=2, padding="same")(x)),
        case((5, 5, 1), call=lambda x: layers.Conv2D(32, 1, activation="tanh")(x)),
        case((10, 8, 3), call=lambda x: layers.Conv2D(3, 5, strides=(3, 2), padding="same")(x)),
        case((3, 7, 8), call=lambda x: layers.Conv2D(4, 3, padding="same",
                                                     data_format="channels_first")(x)),
        case((7, 8, 3), call=lambda x: layers.Conv2D(4, (3, 2), padding="same",
                                                     dilation_rate=(2, 3))(x)),
        case((6, 6, 4), call=lambda x: layers.Conv2D(4, 3, groups=4)(x)),
        case((8, 7, 4), call=lambda x: layers.Conv2D(6, (3, 2), strides=2, padding="same")(x)),
        case((4, 7, 8), call=lambda x: layers.Conv2D(
            6, 3, groups=2, strides=(2, 3), data_format="channels_first")(x)),
        case((3, 9, 8), call=lambda x: layers.Conv2D(
            5, (2, 3), dilation_rate=(3, 2), padding="same", activation="relu",
            data_format="channels_first")(x)),
        case((8, 9, 3), call=lambda x: layers.Conv2D(4, 3, activity_regularizer="l2")(x)),
    ],
    "DepthwiseConv2D": [
        case((8, 7, 3), call=lambda x: layers.DepthwiseConv2D(
            3, strides=2, padding="same", depth_multiplier=2, activation="relu")(x)),
        case((7, 8, 4), call=lambda x: layers.DepthwiseConv2D(
            (3, 2), dilation_rate=(2, 1), depthwise_regularizer="l2")(x)),
        case((6, 6, 5), call=lambda x: layers.DepthwiseConv2D(3, use_bias=False)(x)),
        case((3, 7, 6), call=lambda x: layers.DepthwiseConv2D(
            3, depth_multiplier=3, padding="same", data_format="channels_first")(x)),
        case((9, 9, 2), call=lambda x: layers.DepthwiseConv2D(
            3, strides=2, dilation_rate=2, padding="same")(x)),
        case((5, 5, 1), call=lambda x: layers.DepthwiseConv2D(
            3, depth_multiplier=4, bias_regularizer="l1", activity_regularizer="l2")(x)),
        case((4, 5, 64), call=lambda x: layers.DepthwiseConv2D(5, padding="same")(x)),
    ],
    "SeparableConv2D": [
        case((8, 7, 3), call=lambda x: layers.SeparableConv2D(
            5, 3, strides=2, padding="same", depth_multiplier=2, activation="relu",
            depthwise_regularizer="l2", pointwise_regularizer="l1")(x)),
        case((3, 7, 6), call=lambda x: layers.SeparableConv2D(
            4, (2, 3), data_format="channels_first")(x)),
        case((7, 8, 4), call=lambda x: layers.SeparableConv2D(
            6, 3, dilation_rate=2, use_bias=False)(x)),
        case((7, 8, 1), call=lambda x: layers.SeparableConv2D(1, 1)(x)),
        case((7, 8, 3), call=lambda x: layers.SeparableConv2D(
            4, 3, activation="relu", activity_regularizer=regularizers.L1L2(0.1, 0.2))(x)),
    ],
    "Conv2DTranspose": [
        case((4, 5, 3), call=lambda x: layers.Conv2DTranspose(
            5, 3, strides=2, padding="same", activation="relu", kernel_regularizer="l2")(x)),
        case((4, 5, 3), call=lambda x: layers.Conv2DTranspose(
            4, (2, 5), strides=(3, 2), output_padding=(2, 1))(x)),
        case((4, 5, 3), call=lambda x: layers.Conv2DTranspose(4, 3)(x)),
        case((4, 5, 3), call=lambda x: layers.Conv2DTranspose(4, 3, strides=3)(x)),
        case((4, 5, 3), call=lambda x: layers.Conv2DTranspose(4, 2, strides=4)(x)),
        case((4, 5, 3), call=lambda x: layers.Conv2DTranspose(
            4, 2, strides=4, padding="same")(x)),
        case((4, 5, 3), call=lambda x: layers.Conv2DTranspose(
            4, 4, strides=3, padding="same", output_padding=0)(x)),
        case((4, 5, 3), call=lambda x: layers.Conv2DTranspose(
            4, 3, strides=2, padding="same", output_padding=1)(x)),
        case((4, 5, 3), call=lambda x: layers.Conv2DTranspose(
            4, 1, strides=3, padding="same", output_padding=2)(x)),
        case((4, 5, 3), call=lambda x: layers.Conv2DTranspose(
            4, (3, 2), dilation_rate=(2, 3), use_bias=False)(x)),
        case((4, 5, 3), call=lambda x: layers.Conv2DTranspose(
            4, 3, dilation_rate=2, padding="same")(x)),
        case((3, 4, 5), call=lambda x: layers.Conv2DTranspose(
            4, 4, strides=2, padding="same", data_format="channels_first")(x)),
        case((4, 5, 3), call=lambda x: layers.Conv2DTranspose(
            4, 3, strides=2, activity_regularizer="l2")(x)),
    ],
    "MaxPooling2D": [
        case((6, 8, 3), call=lambda x: layers.MaxPooling2D(2)(x)),
        case((7, 7, 2), call=lambda x: layers.MaxPooling2D(3, strides=2, padding="same")(x)),
        case((7, 8, 2), call=lambda x: layers.MaxPooling2D((2, 3), strides=1)(x)),
        case((2, 7, 8), call=lambda x: layers.MaxPooling2D(2, data_format="channels_first")(x)),
        case((6, 8, 3), call=lambda x: layers.MaxPooling2D(2, activity_regularizer="l2")(x)),
        case((5, 5, 2), call=lambda x: layers.MaxPooling2D(3, strides=3, padding="same")(x)),
    ],
    "AveragePooling2D": [
        case((6, 8, 3), call=lambda x: layers.AveragePooling2D(2)(x)),
        case((7, 7, 2), call=lambda x: layers.AveragePooling2D(3, strides=2, padding="same")(x)),
        case((7, 8, 2), call=lambda x: layers.AveragePooling2D((2, 3), strides=1)(x)),
        case((2, 7, 8), call=lambda x: layers.AveragePooling2D(
            3, padding="same", data_format="channels_first")(x)),
    ],
    "GlobalAveragePooling2D": [
        case((4, 5, 3), call=lambda x: layers.GlobalAveragePooling2D()(x)),
        case((4, 5, 3), call=lambda x: layers.GlobalAveragePooling2D(keepdims=True)(x)),
        case((3, 4, 5), call=lambda x: layers.GlobalAveragePooling2D(
            data_format="channels_first")(x)),
    ],
    "GlobalMaxPooling2D": [
        case((4, 5, 3), call=lambda x: layers.GlobalMaxPooling2D()(x)),
        case((3, 4, 5), call=lambda x: layers.GlobalMaxPooling2D(
            data_format="channels_first", keepdims=True)(x)),
        case((4, 5, 3), call=lambda x: layers.GlobalMaxPooling2D(keepdims=True)(x)),
        # Elements that tie share the gradient.
        case((4, 5, 3), call=lambda x: layers.GlobalMaxPooling2D()(layers.ReLU(max_value=1.0)(x))),
    ],
    "ZeroPadding2D": [
        case((4, 5, 3), call=lambda x: layers.ZeroPadding2D(((0, 1), (2, 3)))(x)),
        case((3, 4, 5), call=lambda x: layers.ZeroPadding2D(
            (1, 2), data_format="channels_first")(x)),
        case((4, 5, 3), call=lambda x: layers.ZeroPadding2D(3)(x)),
        case((4, 5, 3), call=lambda x: layers.ZeroPadding2D(0)(x)),
        *[case((7, 8, 3), call=lambda x, borders=borders, layer=layer:
               layer(layers.ZeroPadding2D(borders)(x)))
          for borders in (((0, 1), (0, 1)), 1)
          for layer in (layers.Conv2D(4, 3, strides=2), layers.DepthwiseConv2D(3, padding="same"),
                        layers.MaxPooling2D(2))],
    ],
    "Cropping2D": [
        case((6, 7, 3), call=lambda x: layers.Cropping2D(((1, 0), (2, 3)))(x)),
        case((3, 6, 7), call=lambda x: layers.Cropping2D(
            (1, 2), data_format="channels_first")(x)),
        case((6, 7, 3), call=lambda x: layers.Cropping2D(2)(x)),
        case((6, 7, 3), call=lambda x: layers.Cropping2D()(x)),
    ],
    "UpSampling2D": [
        case((4, 5, 3), call=lambda x: layers.UpSampling2D((2, 3))(x)),
        case((4, 5, 3), call=lambda x: layers.UpSampling2D(
            (2, 3), interpolation="bilinear")(x)),
        case((3, 4, 5), call=lambda x: layers.UpSampling2D(data_format="channels_first")(x)),
        case((3, 4, 5), call=lambda x: layers.UpSampling2D(
            3, interpolation="bilinear", data_format="channels_first")(x)),
        case((4, 5, 3), call=lambda x: layers.UpSampling2D((3, 2), interpolation="bicubic")(x)),
        case((7, 6, 3), call=lambda x: layers.UpSampling2D((2, 4), interpolation="lanczos3")(x)),
        case((11, 12, 2), call=lambda x: layers.UpSampling2D((5, 2), interpolation="lanczos5")(x)),
        case((2, 1, 2), call=lambda x: layers.UpSampling2D((1, 2), interpolation="lanczos3")(x)),
    ],
    "Flatten": [
        case((3, 4, 2), call=lambda x: layers.Flatten()(x)),
        case((3, 4, 2), call=lambda x: layers.Flatten(data_format="channels_first")(x)),
        case((5,), call=lambda x: layers.Flatten()(x)),
        case((3, 4), call=lambda x: layers.Dense(2)(
            layers.Flatten(activity_regularizer="l2")(x))),
    ],
    "Reshape": [
        case((6, 4), call=lambda x: layers.Reshape((3, 8))(x)),
        case((6, 4), call=lambda x: layers.Reshape((2, -1, 3))(x)),
        case((6, 4), call=lambda x: layers.Reshape((-1,))(x)),
    ],
    "Dropout": [
        case((6, 4), call=lambda x: layers.Dropout(0.0)(x)),
        case((5,), call=lambda x: layers.Dropout(0)(layers.Dense(3)(x))),
    ],
    "Conv1D": [
        case((9, 3), call=lambda x: layers.Conv1D(5, 3, activation="relu", padding="causal",
                                                  dilation_rate=2)(x)),
        case((4, 8), call=lambda x: layers.Conv1D(
            6, 3, strides=2, padding="same", groups=2, data_format="channels_first",
            kernel_regularizer="l2")(x)),
        case((7, 2), call=lambda x: layers.Conv1D(4, 2, use_bias=False)(x)),
        case((10, 1), call=lambda x: layers.Conv1D(3, 4, strides=3, padding="causal")(x)),
    ],
    "DepthwiseConv1D": [
        case((9, 3), call=lambda x: layers.DepthwiseConv1D(
            3, strides=2, padding="same", depth_multiplier=2, activation="relu",
            depthwise_regularizer="l2")(x)),
        case((4, 8), call=lambda x: layers.DepthwiseConv1D(
            2, data_format="channels_first")(x)),
        case((9, 2), call=lambda x: layers.DepthwiseConv1D(
            3, dilation_rate=3, use_bias=False)(x)),
    ],
    "SeparableConv1D": [
        case((9, 3), call=lambda x: layers.SeparableConv1D(
            5, 3, strides=2, padding="same", depth_multiplier=2, activation="relu",
            depthwise_regularizer="l2", pointwise_regularizer="l1")(x)),
        case((3, 7), call=lambda x: layers.SeparableConv1D(
            4, 3, data_format="channels_first")(x)),
        case((9, 4), call=lambda x: layers.SeparableConv1D(
            6, 3, dilation_rate=2, use_bias=False)(x)),
    ],
    "Conv1DTranspose": [
        case((5, 3), call=lambda x: layers.Conv1DTranspose(
            4, 3, strides=2, padding="same", activation="relu", kernel_regularizer="l2")(x)),
        case((3, 5), call=lambda x: layers.Conv1DTranspose(
            4, 5, strides=3, output_padding=1, data_format="channels_first")(x)),
        case((5, 3), call=lambda x: layers.Conv1DTranspose(4, 2, strides=4)(x)),
        case((5, 3), call=lambda x: layers.Conv1DTranspose(
            4, 4, strides=3, padding="same", output_padding=0, use_bias=False)(x)),
        case((5, 3), call=lambda x: layers.Conv1DTranspose(4, 3, dilation_rate=2)(x)),
    ],
    "MaxPooling1D": [
        case((9, 3), call=lambda x: layers.MaxPooling1D(2)(x)),
        case((3, 8), call=lambda x: layers.MaxPooling1D(
            3, strides=2, padding="same", data_format="channels_first")(x)),
    ],
    "AveragePooling1D": [
        case((9, 3), call=lambda x: layers.AveragePooling1D(3, strides=2, padding="same")(x)),
        case((3, 8), call=lambda x: layers.AveragePooling1D(2, data_format="channels_first")(x)),
    ],
    "ZeroPadding1D": [
        case((4, 3), call=lambda x: layers.ZeroPadding1D((2, 1))(x)),
        case((3, 4), call=lambda x: layers.ZeroPadding1D(1, data_format="channels_first")(x)),
    ],
    "Cropping1D": [
        case((6, 3), call=lambda x: layers.Cropping1D((2, 1))(x)),
        case((6, 3), call=lambda x: layers.Dense(2)(layers.Cropping1D(1)(x))),
    ],
    "UpSampling1D": [
        case((4, 3), call=lambda x: layers.UpSampling1D(3)(x)),
        case((4, 3), call=lambda x: layers.Dense(2)(layers.UpSampling1D()(x))),
    ],
    "GroupNormalization": [
        case((4, 5, 6), call=lambda x: layers.GroupNormalization(3)(x)),
        case((4, 5), call=lambda x: layers.GroupNormalization(
            -1, axis=1, scale=False, epsilon=1e-2, beta_regularizer="l2")(x)),
        case((8,), call=lambda x: layers.GroupNormalization(2, center=False)(x)),
    ],
    "RMSNormalization": [
        case((5, 6), call=lambda x: layers.RMSNormalization()(x)),
        case((3, 4, 2), call=lambda x: layers.RMSNormalization(axis=(2, 3), epsilon=1e-2)(x)),
    ],
    "UnitNormalization": [
        case((5, 6), call=lambda x: layers.UnitNormalization()(x)),
        case((3, 4, 2), call=lambda x: layers.UnitNormalization(axis=[1, 2])(x)),
    ],
    # What they do in training: test_noise.py.
    "SpatialDropout1D": [
        case((6, 4), call=lambda x: layers.SpatialDropout1D(0.0)(x)),
        case((6, 4), call=lambda x: layers.Dense(2)(layers.SpatialDropout1D(0)(x))),
    ],
    "SpatialDropout2D": [
        case((3, 4, 2), call=lambda x: layers.SpatialDropout2D(0.0)(x)),
        case((3, 4, 2), call=lambda x: layers.SpatialDropout2D(
            0.0, data_format="channels_first")(x)),
    ],
    "GaussianDropout": [
        case((6, 4), call=lambda x: layers.GaussianDropout(0.0)(x)),
        case((6,), call=lambda x: layers.Dense(2)(layers.GaussianDropout(0)(x))),
    ],
    "GaussianNoise": [
        case((6, 4), call=lambda x: layers.GaussianNoise(0.0)(x)),
        case((6,), call=lambda x: layers.Dense(2)(layers.GaussianNoise(0)(x))),
    ],
    "ActivityRegularization": [
        case((6, 4), call=lambda x: layers.Dense(3)(layers.ActivityRegularization(0.1, 0.2)(
            layers.Dense(4)(x)))),
        case((6,), call=lambda x: layers.ActivityRegularization(l2=0.3)(x)),
    ],
    "Identity": [
        case((6, 4), call=lambda x: layers.Identity()(x)),
        case((6,), call=lambda x: layers.Dense(2)(layers.Identity()(x))),
    ],
    "BatchNormalization": [
        case((4, 5, 3), call=lambda x: layers.BatchNormalization()(x)),
        case((6,), call=lambda x: layers.BatchNormalization(momentum=0.8, epsilon=1e-2)(x)),
        case((4, 5, 3), call=lambda x: layers.BatchNormalization(scale=False)(x)),
        case((4, 5, 3), call=lambda x: layers.BatchNormalization(center=False)(x)),
        case((3, 4, 5), call=lambda x: layers.BatchNormalization(axis=1)(x)),
        case((4, 5), call=lambda x: layers.BatchNormalization(center=False, scale=False)(x)),
        case((4, 5, 3), call=lambda x: layers.BatchNormalization(trainable=False)(x)),
        case((4, 5, 3), call=lambda x: layers.BatchNormalization(activity_regularizer="l1")(x)),
        # Models with masks: test_masks.py.
        case((4, 5), (4,), call=lambda x, m: layers.BatchNormalization(axis=1)(
            x, mask=ops.greater(m, -1.0))),
    ],
    "LayerNormalization": [
        case((4, 5, 3), call=lambda x: layers.LayerNormalization(
            gamma_regularizer="l2", beta_regularizer="l1")(x)),
        # Keras sorts -1 before 1, so the weights are [3, 4].
        case((4, 5, 3), call=lambda x: layers.LayerNormalization(axis=[1, -1])(x)),
        case((4, 5, 3), call=lambda x: layers.LayerNormalization(axis=[1, 2, 3])(x)),
        case((4, 5, 3), call=lambda x: layers.LayerNormalization(axis=1, epsilon=0.1)(x)),
        case((6,), call=lambda x: layers.LayerNormalization(center=False)(x)),
        case((6,), call=lambda x: layers.LayerNormalization(scale=False)(x)),
        case((4, 6), call=lambda x: layers.LayerNormalization(scale=False, center=False)(x)),
        case((4, 6), call=lambda x: layers.LayerNormalization(rms_scaling=True)(x)),
        case((4, 6), call=lambda x: layers.LayerNormalization(
            axis=[2, 1], rms_scaling=True, scale=False)(x)),
    ],
    "Rescaling": [
        case((4, 3), call=lambda x: layers.Rescaling(1 / 127.5, offset=-1)(x)),
        case((4, 3), call=lambda x: layers.Rescaling([0.5, 0.5, 2.0], offset=[1, 2, 3])(x)),
        case((4, 3), call=lambda x: layers.Rescaling([[0.5], [1.0], [1.5], [2.0]])(x)),
        case((4, 3), call=lambda x: layers.Rescaling(
            np.array([0.5, 0.5, 2.0]), offset=np.array([[1, 2, 3]], "int32"))(x)),
    ],
    "Normalization": [
        # As weights, which training leaves as they are.
        case((4, 5, 3), call=lambda x: layers.Normalization()(x)),
        case((4, 5, 3), call=lambda x: layers.Normalization(
            mean=[0.5, -0.5, 0.25], variance=[0.5, 2.0, 4.0])(x)),
        case((4, 5, 3), call=lambda x: layers.Normalization(axis=[1, -1], invert=True)(x)),
        case((4, 5, 3), call=lambda x: layers.Normalization(axis=None)(x)),
        case((4, 5, 3), call=lambda x: layers.Normalization(
            axis=None, mean=0.5, variance=4.0, invert=True)(x)),
        case((4, 5, 3), call=lambda x: layers.Normalization(
            axis=(1, 3), mean=[[0.5], [1], [0], [2]], variance=[[0.5], [1], [0.0], [2]],
            invert=True)(x)),
        case((4, 5, 3), call=lambda x: layers.Normalization(
            axis=(1, 3), mean=[1, 2, 3], variance=[1, 2, 3])(x)),
        case((4, 5, 3), call=lambda x: layers.Normalization(mean=2, variance=3)(x)),
    ],
    "LayerScale": [
        case((4, 5, 3), call=lambda x: LayerScale(1e-6, 3)(x)),
        case((6,), call=lambda x: LayerScale(0.5, 6)(LayerScale(0.5, 6)(x))),
    ],
    "CustomScaleLayer": [
        case((4, 3), (4, 3), call=lambda x, y: CustomScaleLayer(0.17)([x, y])),
        case((4, 3), (1, 3), call=lambda x, y: CustomScaleLayer(2)([x, y])),
    ],
    "Activation": [
        case((3, 6), call=all_activations, low=-4, high=4),
        case((6,), call=function_layers),
        case((8,), call=lambda x: layers.Activation("relu")(x)),
        *[case((3, 6), call=lambda x, name=name: layers.Activation(name)(x), low=-4, high=4)
          for name in ACTIVATIONS if name != "sparsemax"],
        case((3, 6), call=lambda x: layers.Activation("sparsemax")(x), low=-0.5, high=0.5),
    ],
    "ReLU": [
        case((3, 6), call=lambda x: layers.ReLU()(x)),
        case((3, 6), call=lambda x: layers.ReLU(max_value=1.0, negative_slope=0.1,
                                                threshold=0.25)(x)),
        case((3, 6), call=lambda x: layers.ReLU(6.0)(x), low=-8, high=8),
        case((3, 6), call=lambda x: layers.ReLU(negative_slope=0.3)(x)),
        case((3, 6), call=lambda x: layers.ReLU(activity_regularizer="l1")(x)),
    ],
    "LeakyReLU": [
        case((3, 6), call=lambda x: layers.LeakyReLU()(x)),
        case((3, 6), call=lambda x: layers.LeakyReLU(negative_slope=0.05)(x)),
    ],
    "ELU": [
        case((3, 6), call=lambda x: layers.ELU()(x)),
        case((3, 6), call=lambda x: layers.ELU(alpha=0.3)(x)),
    ],
    "PReLU": [
        case((3, 6), call=lambda x: layers.PReLU()(x)),
        case((3, 4, 2), call=lambda x: layers.PReLU(shared_axes=[1, 2])(x)),
        case((3, 4, 2), call=lambda x: layers.PReLU(shared_axes=2, alpha_regularizer="l1")(x)),
        case((3, 4, 2), call=lambda x: layers.PReLU(shared_axes=[1, 2, 3])(x)),
        case((6,), call=lambda x: layers.PReLU(alpha_initializer="ones")(x)),
    ],
    "Softmax": [
        case((3, 6), call=lambda x: layers.Softmax()(x)),
        case((3, 6), call=lambda x: layers.Softmax(axis=1)(x)),
    ],
    "Add": [
        case((3, 4), (3, 4), call=lambda x, y: layers.Add()([x, y])),
        case((3, 4), (1, 4), (3, 1), call=lambda x, y, z: layers.Add()([x, y, z])),
        case((3, 4), (4,), call=lambda x, y: layers.Add()([x, y])),
        case((3, 4), (3, 4), call=lambda x, y: layers.Add(activity_regularizer="l2")([x, y])),
        case((3, 4), call=lambda x: layers.Add()([x])),
    ],
    "Subtract": [
        case((3, 4), (3, 4), call=lambda x, y: layers.Subtract()([x, y])),
        case((3, 4), (1, 4), call=lambda x, y: layers.Subtract()([x, y])),
    ],
    "Multiply": [
        case((3, 4), (3, 4), call=lambda x, y: layers.Multiply()([x, y])),
        case((3, 4, 2), (1, 1, 2), (3, 4, 2), call=lambda x, y, z: layers.Multiply()([x, y, z])),
        case((3, 4), call=lambda x: layers.Multiply()([x])),
    ],
    "Average": [
        case((3, 4), (3, 4), call=lambda x, y: layers.Average()([x, y])),
        case((3, 4), (1, 4), (4,), call=lambda x, y, z: layers.Average()([x, y, z])),
        case((3, 4), call=lambda x: layers.Average()([x])),
    ],
    "Maximum": [
        case((3, 4), (3, 4), call=lambda x, y: layers.Maximum()([x, y])),
        case((3, 4), (1, 4), (3, 1), call=lambda x, y, z: layers.Maximum()([x, y, z])),
        case((3, 4), call=lambda x: layers.Maximum()([x, x])),
        case((3, 4), call=lambda x: layers.Maximum()([x])),
    ],
    "Minimum": [
        case((3, 4), (3, 4), call=lambda x, y: layers.Minimum()([x, y])),
        case((3, 4), (1, 4), (3, 1), call=lambda x, y, z: layers.Minimum()([x, y, z])),
        case((3, 4), call=lambda x: layers.Minimum()([x])),
    ],
    "Dot": [
        case((5,), (5,), call=lambda x, y: layers.Dot(axes=1)([x, y])),
        case((3, 5), (4, 3), call=lambda x, y: layers.Dot(axes=(1, 2), normalize=True)([x, y])),
        case((3, 5), (4, 5), call=lambda x, y: layers.Dot(axes=-1)([x, y])),
        case((5,), (4, 5), call=lambda x, y: layers.Dot(axes=-1, normalize=True)([x, y])),
        case((4, 5), (5,), call=lambda x, y: layers.Dot(axes=(2, 1))([x, y])),
        case((2, 3, 5), (4, 3, 2), call=lambda x, y: layers.Dot(axes=(2, -2))([x, y])),
        case((2, 3, 4), (3, 5, 2, 2), call=lambda x, y: layers.Dot(axes=(2, 1))([x, y])),
    ],
    "Concatenate": [
        case((3, 4), (3, 2), call=lambda x, y: layers.Concatenate()([x, y])),
        case((3, 4), (5, 4), (1, 4), call=lambda x, y, z: layers.Concatenate(axis=1)([x, y, z])),
        case((3, 2, 4), (3, 5, 4), call=lambda x, y: layers.Concatenate(axis=-2)([x, y])),
        case((3, 4), call=lambda x: layers.Concatenate()([x])),
    ],
    **attention_rows.ROWS,
    **node_rows.ROWS,
}
