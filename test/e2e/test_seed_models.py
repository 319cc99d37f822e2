# The models that a user starts from, taken literally: heads on feature extractors,
# a network cut before its last layer, a layer that nothing uses. Each is trained, or
# refused, as Keras does it.
import keras
import numpy as np
import pytest
from keras import layers

import oracle

BATCH, STEPS = 32, 2


def head_on_mobilenet():
    """Dense layers straight on MobileNet's images of features: [n, 1, 1, 10]."""
    base = keras.applications.MobileNet(include_top=False, weights=None, alpha=0.25,
                                        input_shape=(32, 32, 3))
    x = layers.Dense(1024, activation="relu")(base.output)
    return keras.Model(base.input, layers.Dense(10)(x))


def cut(model):
    """Without its last layer: features under a loss of classes."""
    return keras.Model(model.input, model.layers[-2].output)


def small_vgg():
    """VGG's plan in miniature, softmax and all."""
    inputs = x = keras.Input((16, 16, 3))
    for filters in (8, 16):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(2, strides=2)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(64, activation="relu")(x)
    x = layers.Dense(48, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def unused_convolution():
    """`x` is assigned twice: the graph knows only the second convolution."""
    inputs = keras.Input((12, 12, 1))
    x = layers.Conv2D(8, 3, activation="relu")(inputs)
    x = layers.Conv2D(16, 3, activation="relu")(inputs)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(32, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(10)(x))


def save(model, folder, loss):
    """The compiled model and data for it; gives the files and the arrays."""
    model.compile(optimizer=keras.optimizers.SGD(1e-3), loss=loss, metrics=["accuracy"])
    rng = np.random.default_rng(21)
    x = rng.normal(size=(BATCH * STEPS, *model.input_shape[1:])).astype("float32")
    y = rng.integers(0, 10, BATCH * STEPS).astype("int32")
    file, data = folder / "model.keras", folder / "data.npz"
    model.save(file)
    np.savez(data, x=x, y=y)
    return file, data, x, y


def check_same_steps(model, folder, loss=None):
    loss = loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    file, data, x, y = save(model, folder, loss)
    trained, history = oracle.train(file, data, folder, batch=BATCH)
    expected = oracle.keras_batches(
        model, [(x[i:i + BATCH], y[i:i + BATCH]) for i in range(0, len(x), BATCH)])
    oracle.assert_losses(history["batch_loss"], expected, 1e-3)
    oracle.assert_weights(trained, model, 1e-3)


def test_a_label_a_sample_is_refused_as_by_keras(tmp_path):
    model = head_on_mobilenet()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    file, data, x, y = save(model, tmp_path, loss)
    with pytest.raises(ValueError, match="must have the same shape"):
        model.train_on_batch(x[:BATCH], y[:BATCH])
    code, out, err = oracle.Run("train", file, "--data", data, "-o",
                                tmp_path / "out.keras", "--batch", BATCH).outcome()
    assert code == 1, out + err
    assert ("has shape (64,) but its loss sparse_categorical_crossentropy takes (None, 1, 1)"
            in err), err
    assert not (tmp_path / "out.keras").exists()


def test_vgg_cut_before_its_last_layer(tmp_path):
    check_same_steps(cut(small_vgg()), tmp_path, loss="sparse_categorical_crossentropy")


@pytest.mark.full
def test_vgg16_cut_before_its_last_layer(tmp_path):
    model = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3))
    check_same_steps(cut(model), tmp_path, loss="sparse_categorical_crossentropy")


def test_unused_convolution(tmp_path):
    model = unused_convolution()
    assert sum(isinstance(layer, layers.Conv2D) for layer in model.layers) == 1
    check_same_steps(model, tmp_path)
