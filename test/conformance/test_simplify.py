# What simplification changes about a step, against live Keras: scales folded into
# kernels, and biases whose gradient is zero.
import keras
import numpy as np
import pytest

import oracle
from test_fit import compiled, fit_both, image_data, image_model

layers = keras.layers


def folding_model():
    """Normalisations behind a convolution, a depthwise one and a dense layer, where
    folding pays: what reads them is a convolution or a product."""
    return keras.Sequential([
        keras.Input((8, 8, 2)),
        layers.Conv2D(4, 3, padding="same"),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False),
        layers.BatchNormalization(center=False),
        layers.ZeroPadding2D(1),
        layers.Conv2D(3, 3, strides=2),
        layers.ZeroPadding2D(1),
        layers.BatchNormalization(scale=False),
        layers.Flatten(),
        layers.Dense(6),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Dense(5, activation="softmax"),
    ])


@pytest.mark.parametrize("frozen", ["nothing", "normalisations", "base"])
def test_folded_scales(frozen, tmp_path):
    """Evaluation folds all, training the frozen ones, whose convolutions may learn."""
    model = folding_model()
    for layer in model.layers[:-1]:
        if frozen == "base" or (frozen == "normalisations" and
                                isinstance(layer, layers.BatchNormalization)):
            layer.trainable = False
    fit_both(compiled(model), image_data(45), tmp_path, "--validation-split", 0.3,
             validation_split=0.3)


def test_folded_scales_are_those_of_the_step(tmp_path):
    """Weights change between steps, and what is folded with them."""
    model = compiled(folding_model())
    arrays = image_data(48)
    fit_both(model, arrays, tmp_path)
    np.savez(tmp_path / "more.npz", x=arrays["x"])
    oracle.dlc("predict", tmp_path / "trained.keras", "--data", tmp_path / "more.npz",
               "--batch", 16, "-o", tmp_path / "y.npz")
    oracle.assert_near(oracle.load_npz(tmp_path / "y.npz")["y"],
                       model.predict(arrays["x"], verbose=0), "y", 1e-4)


def test_zero_bias_gradients(tmp_path):
    """By plain SGD Keras moves such a bias by no more than rounding."""
    fit_both(compiled(image_model()), image_data(45), tmp_path, "--zero-bias-gradients")


def test_zero_bias_gradients_by_adam(tmp_path):
    """Adam makes steps of Keras' rounding; here the bias stays, all that a training
    step depends on is the same, and the moving mean is that of the bias at hand."""
    model = image_model()
    oracle.randomize(model)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy")
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    arrays = image_data(64)
    model.save(file)
    np.savez(data, **arrays)
    bias = model.layers[0].bias.numpy()

    trained, history = oracle.train(file, data, tmp_path, "--zero-bias-gradients", batch=16)
    batches = [(arrays["x"][i:i + 16], arrays["y"][i:i + 16]) for i in range(0, 64, 16)]
    oracle.assert_losses(history["batch_loss"], oracle.keras_batches(model, batches), 1e-4)
    ours = oracle.weights_by_name(keras.saving.load_model(trained))
    theirs = oracle.weights_by_name(model)
    name = model.layers[0].name
    np.testing.assert_array_equal(ours[f"{name}/bias"].numpy(), bias)
    free = {f"{name}/bias", f"{model.layers[1].name}/moving_mean"}
    for key in ours.keys() - free:
        oracle.assert_near(ours[key].numpy(), theirs[key].numpy(), key, 1e-4)

    # The moving mean as Keras would have it, had its bias not moved.
    moved = model.layers[1].moving_mean.numpy()
    np.testing.assert_allclose(ours[f"{model.layers[1].name}/moving_mean"].numpy(), moved,
                               atol=4 * 0.01)
