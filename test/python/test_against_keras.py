# dlc from Python beside live Keras: the same model trained by both.
import keras
import numpy as np
import pytest
from keras import layers

import dlc
import models
import oracle

RTOL = 1e-4


def twins(make, optimizer, **compiling):
    """The same weights twice, compiled alike: one for Keras, one for dlc. The optimizer is
    a function that makes one."""
    pair = [make(), make()]
    oracle.randomize(pair[0])
    pair[1].set_weights(pair[0].get_weights())
    for model in pair:
        model.compile(optimizer=optimizer(), **compiling)
    return pair


def assert_same(ours, theirs, relative=RTOL):
    """Weights and optimizer state of two Keras models."""
    for mine, its in zip(ours.weights, theirs.weights, strict=True):
        oracle.assert_near(mine.numpy(), its.numpy(), its.path, relative)
    oracle.assert_optimizers(ours, theirs, relative)


def cnn():
    return keras.Sequential([
        keras.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"),
        layers.BatchNormalization(), layers.Flatten(), layers.Dense(3, name="logits")])


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    return rng.normal(size=(50, 8, 8, 1)).astype("float32"), rng.integers(0, 3, 50)


@pytest.fixture(scope="module")
def trained(images):
    """Twins after two epochs, and what fit returned."""
    x, y = images
    theirs, ours = twins(
        cnn, optimizer=lambda: keras.optimizers.Adam(1e-2), metrics=["accuracy"],
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model = dlc.compile(ours, batch_size=16)
    arguments = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0,
                 "validation_split": 0.2}
    return theirs, ours, model, theirs.fit(x, y, **arguments), model.fit(x, y, **arguments)


def test_fit_gives_keras_history(trained):
    _, _, _, theirs, ours = trained
    assert sorted(ours.history) == sorted(theirs.history)
    assert ours.epoch == theirs.epoch == [0, 1]
    for name, values in theirs.history.items():
        np.testing.assert_allclose(ours.history[name], values, rtol=RTOL, err_msg=name)


def test_fit_leaves_weights_and_optimizer_in_keras(trained):
    theirs, ours, _, _, _ = trained
    assert int(ours.optimizer.iterations) == 6
    assert_same(ours, theirs)


def test_evaluate_and_predict(trained, images):
    theirs, _, model, _, _ = trained
    x, y = images
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0),
                               theirs.evaluate(x, y, verbose=0), rtol=RTOL)
    ours = model.evaluate(x, y, verbose=0, return_dict=True)
    assert ours.keys() == theirs.evaluate(x, y, verbose=0, return_dict=True).keys()
    np.testing.assert_allclose(model.predict(x, verbose=0), theirs.predict(x, verbose=0),
                               rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(model.test_on_batch(x[:5], y[:5]),
                               theirs.test_on_batch(x[:5], y[:5]), rtol=RTOL)
    assert model.predict_on_batch(x[:5]).shape == (5, 3)


def test_keras_and_dlc_train_in_turns(images):
    """Each goes on from what the other left, optimizer state included."""
    x, y = images
    theirs, ours = twins(
        cnn, optimizer=lambda: keras.optimizers.SGD(1e-2, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model = dlc.compile(ours)
    options = {"batch_size": 25, "shuffle": False, "verbose": 0}
    for turn in (model, ours, model):
        turn.fit(x, y, **options)
        theirs.fit(x, y, **options)
    assert_same(ours, theirs)
    ours.optimizer.learning_rate = theirs.optimizer.learning_rate = 0.1
    model.fit(x, y, **options)
    theirs.fit(x, y, **options)
    assert_same(ours, theirs)
    # Also after a larger batch than it was compiled for.
    model.fit(x, y, **{**options, "batch_size": 50})
    theirs.fit(x, y, **{**options, "batch_size": 50})
    assert_same(ours, theirs)


def test_train_on_batch_writes_back_at_sync():
    theirs, ours = twins(models.tiny, optimizer=lambda: keras.optimizers.SGD(0.1), loss="mse")
    rng = np.random.default_rng(1)
    model = dlc.compile(ours)
    before = ours.get_weights()
    for _ in range(3):
        x, y = rng.normal(size=(7, 6)), rng.normal(size=(7, 4))
        np.testing.assert_allclose(model.train_on_batch(x, y), theirs.train_on_batch(x, y),
                                   rtol=RTOL)
    np.testing.assert_array_equal(ours.get_weights()[0], before[0])
    model.sync()
    assert_same(ours, theirs)


def two_outputs():
    image = keras.Input((6,), name="left")
    other = keras.Input((6,), name="right")
    both = layers.Concatenate()([layers.Dense(5, activation="tanh")(image), other])
    return keras.Model([image, other], [layers.Dense(3, activation="softmax", name="kind")(both),
                                        layers.Dense(1, name="size")(both)])


def test_several_inputs_and_outputs():
    theirs, ours = twins(
        two_outputs, optimizer=lambda: keras.optimizers.RMSprop(1e-2),
        loss={"kind": "sparse_categorical_crossentropy", "size": "mse"},
        loss_weights={"kind": 1.0, "size": 0.5}, metrics={"kind": "accuracy"})
    rng = np.random.default_rng(2)
    x = {"left": rng.normal(size=(20, 6)), "right": rng.normal(size=(20, 6)).astype("float32")}
    y = {"kind": rng.integers(0, 3, 20), "size": rng.normal(size=20)}
    model = dlc.compile(ours)
    options = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0}
    history = theirs.fit(x, y, **options)
    ours_history = model.fit([x["left"], x["right"]], [y["kind"], y["size"]], **options)
    for name, values in history.history.items():
        np.testing.assert_allclose(ours_history.history[name], values, rtol=RTOL, err_msg=name)
    assert_same(ours, theirs)
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0),
                               theirs.evaluate(x, y, verbose=0), rtol=RTOL)
    for mine, its in zip(model.predict(x, verbose=0), theirs.predict(x, verbose=0), strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-3, atol=1e-4)


def two_named_outputs():
    x = keras.Input((6,), name="x")
    return keras.Model(x, {"size": layers.Dense(1, name="last")(x),
                           "kind": layers.Dense(3, name="first")(x)})


def test_outputs_in_a_dict():
    theirs, ours = twins(two_named_outputs, optimizer=lambda: keras.optimizers.SGD(0.1),
                         loss={"kind": "mse", "size": "mae"})
    rng = np.random.default_rng(5)
    x = rng.normal(size=(20, 6)).astype("float32")
    y = {"kind": rng.normal(size=(20, 3)), "size": rng.normal(size=(20, 1))}
    model = dlc.compile(ours)
    expected = theirs.fit(x, y, shuffle=False, verbose=0).history
    found = model.fit(x, y, shuffle=False, verbose=0).history
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=RTOL, err_msg=name)
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), theirs.evaluate(x, y, verbose=0),
                               rtol=RTOL)
    expected = theirs.predict(x, verbose=0)
    for steps in (None, 1):
        found = model.predict(x, steps=steps, verbose=0)
        assert found.keys() == expected.keys()
        for name, values in expected.items():
            np.testing.assert_allclose(found[name], values, rtol=1e-3, atol=1e-4)


def test_weights_of_classes_and_samples():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(20, 6)), rng.integers(0, 4, 20)
    weight = rng.uniform(0, 2, 20)
    theirs, ours = twins(models.tiny, optimizer=lambda: keras.optimizers.SGD(0.1),
                         loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model = dlc.compile(ours)
    options_of_all = {"shuffle": False, "verbose": 0}
    for options in ({"sample_weight": weight}, {"class_weight": {0: 2.0, 3: 0.5}},
                    {"validation_data": (x, y, weight)}):
        options = {**options_of_all, **options}
        expected = theirs.fit(x, y, **options).history
        for name, values in model.fit(x, y, **options).history.items():
            np.testing.assert_allclose(values, expected[name], rtol=RTOL, err_msg=name)
    model.class_names = ["ant", "bee", "cow", "dog"]
    theirs.fit(x, y, class_weight={0: 2.0, 3: 0.5}, **options_of_all)
    model.fit(x, y, class_weight={"ant": 2.0, "dog": 0.5}, **options_of_all)
    assert_same(ours, theirs)
    np.testing.assert_allclose(model.train_on_batch(x, y, class_weight={"bee": 3.0}),
                               theirs.train_on_batch(x, y, class_weight={1: 3.0}), rtol=RTOL)
    np.testing.assert_allclose(model.train_on_batch(x, y, class_weight={1: 3.0}),
                               theirs.train_on_batch(x, y, class_weight={1: 3.0}), rtol=RTOL)
    np.testing.assert_allclose(model.evaluate(x, y, sample_weight=weight, verbose=0),
                               theirs.evaluate(x, y, sample_weight=weight, verbose=0), rtol=RTOL)


def steps_and_whole():
    """A number for each of five steps, and three for the whole."""
    inputs = keras.Input((5, 6))
    steps = layers.Dense(1, name="steps")(inputs)
    whole = layers.Dense(3, name="whole")(layers.Flatten()(inputs))
    return keras.Model(inputs, [steps, whole], name="steps_and_whole")


def fit_alike(theirs, ours, model, x, y, **options):
    """x: arrays, or a function that makes the batches anew for each."""
    make = x if callable(x) else lambda: x
    options = {"shuffle": False, "verbose": 0, "epochs": 2, "batch_size": 8, **options}
    expected = theirs.fit(make(), y, **options).history
    found = model.fit(make(), y, **options).history
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=RTOL, err_msg=name)
    assert_same(ours, theirs)


def test_weights_of_each_output_and_step():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(20, 5, 6)).astype("float32")
    y = [rng.normal(size=(20, 5, 1)), rng.normal(size=(20, 3))]
    steps, whole = rng.uniform(0, 2, (20, 5)), rng.uniform(0, 2, 20)
    theirs, ours = twins(steps_and_whole, optimizer=lambda: keras.optimizers.SGD(0.1), loss="mse",
                         weighted_metrics=[["mae"], ["mae"]])
    model = dlc.compile(ours, batch_size=8)
    fit_alike(theirs, ours, model, x, y)  # without any
    for weights in ([whole[:, None], 2 * whole], [steps, whole]):
        fit_alike(theirs, ours, model, x, y, sample_weight=weights,
                  validation_data=(x, y, weights))
    # By name too; an output may have none.
    by_name = {"whole": whole, "steps": None}
    np.testing.assert_allclose(
        model.evaluate(x, y, sample_weight=by_name, verbose=0),
        model.evaluate(x, y, sample_weight=[np.ones((20, 5)), whole], verbose=0), rtol=RTOL)
    for method in ("train_on_batch", "test_on_batch"):
        np.testing.assert_allclose(
            getattr(model, method)(x[:8], [part[:8] for part in y],
                                   sample_weight=[steps[:8], whole[:8]]),
            getattr(theirs, method)(x[:8], [part[:8] for part in y],
                                    sample_weight=[steps[:8], whole[:8]]), rtol=RTOL)
    model.sync()
    assert_same(ours, theirs)

    def batches():
        for _ in range(4):
            yield x[:8], tuple(part[:8] for part in y), (steps[:8], whole[:8])

    fit_alike(theirs, ours, model, batches, None, batch_size=None, epochs=1)


def test_weights_of_steps_of_one_output():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(20, 5, 6)).astype("float32"), rng.integers(0, 4, (20, 5))

    def make():
        return keras.Sequential([keras.Input((5, 6)), layers.Dense(4, name="logits")])

    theirs, ours = twins(
        make, optimizer=lambda: keras.optimizers.Adam(1e-2), weighted_metrics=["accuracy"],
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model = dlc.compile(ours, batch_size=8)
    fit_alike(theirs, ours, model, x, y)
    fit_alike(theirs, ours, model, x, y, sample_weight=rng.uniform(0, 2, (20, 5)),
              validation_split=0.25)
    model.push()
    loss, accuracy = model.evaluate(x, y, sample_weight=rng.uniform(0, 2, 20), verbose=0)
    assert np.isfinite(loss) and 0 <= accuracy <= 1


class Residual(keras.Model):
    """Its layers stand in another order than call() uses them."""

    def __init__(self):
        super().__init__()
        self.head = layers.Dense(2)
        self.dropout = layers.Dropout(0.0)
        self.body = layers.Dense(6, activation="tanh")

    def call(self, inputs, training=None):
        hidden = self.dropout(self.body(inputs), training=training)
        return self.head(keras.ops.tanh(hidden + inputs))


def test_subclassed_model():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(12, 6)).astype("float32"), rng.normal(size=(12, 2))
    theirs, ours = Residual(), Residual()
    for model in (theirs, ours):
        model(x)
    ours.set_weights(theirs.get_weights())
    for model in (theirs, ours):
        model.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.9), loss="mse")
    model = dlc.compile(ours)
    options = {"epochs": 2, "shuffle": False, "verbose": 0}
    for turn in (model, ours, model):
        np.testing.assert_allclose(turn.fit(x, y, **options).history["loss"],
                                   theirs.fit(x, y, **options).history["loss"], rtol=RTOL)
    assert_same(ours, theirs)


def test_subclassed_model_from_an_example():
    model = Residual()
    with pytest.raises(dlc.Error, match="example=x"):
        dlc.compile(model, optimizer="sgd", loss="mse")
    x = np.ones((4, 6), "float32")
    compiled = dlc.compile(model, optimizer="sgd", loss="mse", example=x[:1])
    np.testing.assert_allclose(compiled.predict(x, verbose=0), model(x), rtol=1e-4, atol=1e-5)


class Pair(keras.Model):
    """Takes a dict."""

    def __init__(self):
        super().__init__()
        self.first, self.second = layers.Dense(3), layers.Dense(3)

    def call(self, inputs):
        return self.first(inputs["a"]) * self.second(inputs["b"])


def test_subclassed_model_of_a_dict():
    rng = np.random.default_rng(6)
    x = {"b": rng.normal(size=(10, 2)).astype("float32"),
         "a": rng.normal(size=(10, 5)).astype("float32")}
    y = rng.normal(size=(10, 3))
    theirs, ours = Pair(), Pair()
    theirs(x), ours(x)
    ours.set_weights(theirs.get_weights())
    theirs.compile(optimizer="sgd", loss="mse")
    model = dlc.compile(ours, optimizer="sgd", loss="mse", example=x)
    np.testing.assert_allclose(model.fit(x, y, epochs=2, shuffle=False, verbose=0).history["loss"],
                               theirs.fit(x, y, epochs=2, shuffle=False, verbose=0).history["loss"],
                               rtol=RTOL)
    assert_same(ours, theirs)
