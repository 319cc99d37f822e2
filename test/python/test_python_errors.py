# Mistakes made in Python are errors in four parts, and what needs no Keras model.
import pickle

import keras
import numpy as np
import pytest
from keras import layers

import dlc
import models
import oracle

X, Y = np.ones((8, 6), "float32"), np.ones((8, 4), "float32")


@pytest.fixture(scope="module")
def compiled():
    model = models.tiny()
    return dlc.compile(model, optimizer="sgd", loss="mse")


def refuse(call, thing, **parts):
    with pytest.raises(dlc.Error) as caught:
        call()
    assert caught.value.thing == thing
    for part, text in parts.items():
        assert text in getattr(caught.value, part), str(caught.value)
    return caught.value


def test_errors_have_four_parts(compiled):
    error = refuse(lambda: compiled.fit(X[:, :5], Y, verbose=0), 'input "features"',
                   value="has shape (8, 5)", limit="the model takes (None, 6)",
                   remedy="reshape the array")
    assert str(error) == ('input "features": has shape (8, 5) but the model takes (None, 6); '
                          "reshape the array")
    again = pickle.loads(pickle.dumps(error))
    assert (again.thing, str(again)) == (error.thing, str(error))


def test_classes_in_the_other_form():
    numbers = dlc.compile(models.tiny(), optimizer="sgd", loss="sparse_categorical_crossentropy")
    refuse(lambda: numbers.fit(X, np.eye(4)[np.arange(8) % 4], verbose=0), 'target "out"',
           value="has shape (8, 4)",
           limit="its loss sparse_categorical_crossentropy takes class numbers of shape (None,)",
           remedy="compile with categorical_crossentropy")
    rows = dlc.compile(models.tiny(), optimizer="sgd", loss="categorical_crossentropy")
    refuse(lambda: rows.fit(X, np.arange(8) % 4, verbose=0), 'target "out"',
           value="has shape (8,)", limit="its loss categorical_crossentropy takes rows of shape (None, 4)",
           remedy="compile with sparse_categorical_crossentropy")


def test_wrong_data_is_refused(compiled):
    refuse(lambda: compiled.fit(X, verbose=0), "y")
    refuse(lambda: compiled.fit(X, Y[:3], verbose=0), 'target "out"', value="has 3 samples")
    refuse(lambda: compiled.fit(X, Y, validation_data=X, verbose=0), "validation_data")
    refuse(lambda: compiled.predict(np.array(["a"]), verbose=0), 'input "features"',
           value="has dtype")
    refuse(lambda: compiled.predict([[1.0], [1.0, 2.0]], verbose=0), 'input "features"',
           value="is no array")
    refuse(lambda: compiled.fit(X, iter([Y]), verbose=0), 'target "out"')
    refuse(lambda: compiled.fit({"fetures": X, "more": X}, Y, verbose=0), 'input "features"',
           value="is not in the data")
    refuse(lambda: compiled.fit(X, Y, class_weight={0: 1.0}, sample_weight=np.ones(8),
                                verbose=0), "class weights")
    refuse(lambda: compiled.fit(X, Y, epochs=0, verbose=0), 'fit option "epochs"')
    refuse(lambda: compiled.fit(X, Y, steps_per_epoch=0, verbose=0),
           'fit option "steps_per_epoch"')
    refuse(lambda: compiled.fit(X, Y, shuffle="batch", verbose=0), "shuffle")
    refuse(lambda: compiled.fit(X, Y, callbacks=[keras.callbacks.TerminateOnNaN], verbose=0),
           "callbacks", value="the class TerminateOnNaN", remedy="give TerminateOnNaN(...)")
    refuse(lambda: compiled.fit(X, Y, callbacks=lambda: None, verbose=0), "callbacks",
           value="a function")
    refuse(lambda: compiled.fit(X, Y, class_weight={"cat": 1.0}, verbose=0), "class_weight",
           limit="the classes have no names")
    refuse(lambda: compiled.gradients(X, Y), 'model "tiny"', remedy="programs=")


def test_wrong_weights_are_refused():
    inputs = keras.Input((6,))
    model = keras.Model(inputs, [layers.Dense(1, name=name)(inputs) for name in ("a", "b")])
    model.compile(optimizer="sgd", loss="mse")
    compiled = dlc.compile(model)
    y, ones = [np.ones((8, 1))] * 2, np.ones(8)
    refuse(lambda: compiled.fit(X, y, sample_weight=[ones] * 3, verbose=0), "sample_weight",
           value="is 3 arrays", limit="the model's outputs are a, b")
    refuse(lambda: compiled.fit(X, y, sample_weight={"a": ones, "c": ones}, verbose=0),
           'sample_weight "c"', value="is not of the model")
    refuse(lambda: compiled.fit(X, y, sample_weight={"a": ones}, verbose=0),
           'sample_weight "b"', value="is not in the data")
    refuse(lambda: compiled.fit(X, y, sample_weight=np.ones((8, 2)), verbose=0),
           "sample_weight", value="has shape (8, 2)", remedy="give an array for each output")
    refuse(lambda: compiled.fit(X, y, sample_weight=[np.ones((8, 3)), ones], verbose=0),
           'sample_weight "a"', value="has shape (8, 3)")
    for call in (compiled.fit, compiled.train_on_batch):
        with pytest.raises(dlc.Error, match="class.weight.* but the model has"):
            call(X, y, class_weight={0: 2.0})


def test_classes_weigh_whole_samples():
    model = keras.Sequential([keras.Input((5, 6)),
                              layers.Dense(3, activation="softmax", name="steps")])
    model.compile(optimizer="sgd", loss="categorical_crossentropy")
    compiled = dlc.compile(model)
    x, y = np.ones((8, 5, 6)), np.ones((8, 5, 3))
    for call in (compiled.fit, compiled.train_on_batch):
        refuse(lambda call=call: call(x, y, class_weight={0: 2.0}), 'target "steps"',
               value="has shape (8, 5, 3)", remedy="instead")


def test_wide_integers_must_fit():
    model = keras.Sequential([keras.Input((1,), dtype="int32"), layers.Embedding(4, 2)])
    compiled = dlc.compile(model)
    np.testing.assert_array_equal(compiled.predict(np.array([[3]], "int64"), verbose=0)[0, 0],
                                  model.layers[0].embeddings[3])
    with pytest.raises(dlc.Error, match="whole numbers of 32 bits"):
        compiled.predict(np.array([[2**40]]), verbose=0)
    with pytest.raises(dlc.Error, match="no program \"train\""):
        compiled.fit(np.array([[1]]), np.ones((1, 1, 2)), verbose=0)


def test_what_cannot_be_compiled_is_refused(tmp_path):
    refuse(lambda: dlc.compile(3), "model", value="is a int")
    refuse(lambda: dlc.compile(tmp_path / "gone.keras"), str(tmp_path / "gone.keras"))
    refuse(lambda: dlc.compile(models.tiny(), bach=1), "compile options", value='"bach"')
    refuse(lambda: dlc.compile(models.tiny(), device="gpu"), 'device "gpu"')


class OwnWeight(keras.Model):
    def build(self, shape):
        self.scale = self.add_weight(shape=(6,), name="scale")

    def call(self, inputs):
        return inputs * self.scale


class Branch(keras.Model):
    def call(self, inputs):
        return inputs if float(keras.ops.sum(inputs)) > 0 else -inputs


def test_what_cannot_be_traced_is_refused():
    error = refuse(lambda: dlc.compile(OwnWeight(name="own"), example=X), 'model "own"')
    assert "scale" in error.value
    refuse(lambda: dlc.compile(Branch(name="branch"), example=X), 'model "branch"',
           value="cannot be traced")


def test_a_file_needs_no_keras_model(tmp_path):
    """Trained from a file, saved, compiled ahead of time, opened again."""
    model = models.tiny()
    model.compile(optimizer="sgd", loss="mse")
    model.save(tmp_path / "m.keras")
    compiled = dlc.compile(tmp_path / "m.keras", optimizer=keras.optimizers.Adam(1e-2),
                           loss="mse", metrics=["accuracy"])
    history = compiled.fit(X, Y, epochs=2, batch_size=64, verbose=0)
    assert sorted(history.history) == ["accuracy", "loss"]
    assert compiled.history is history and compiled.stop_training is False
    compiled.class_names = ["a", "b", "c", "d"]
    compiled.save(tmp_path / "trained.keras")
    assert dlc.compile(tmp_path / "trained.keras").class_names == ["a", "b", "c", "d"]
    trained = keras.saving.load_model(tmp_path / "trained.keras")
    assert type(trained.optimizer).__name__ == "Adam" and int(trained.optimizer.iterations) == 2
    compiled.save(tmp_path / "m.dlc")
    opened = dlc.compile(tmp_path / "m.dlc")
    np.testing.assert_array_equal(opened.predict(X, verbose=0), compiled.predict(X, verbose=0))
    weights = [np.zeros_like(weight) for weight in opened.get_weights()]
    opened.set_weights(weights)
    assert not opened.predict(X, batch_size=1000, verbose=0).any()
    refuse(lambda: opened.fit(X, Y, batch_size=1000, verbose=0), "batch")
    refuse(lambda: dlc.compile(tmp_path / "m.dlc", loss="mae"), str(tmp_path / "m.dlc"))


def test_gradients():
    model = models.tiny()
    oracle.randomize(model)
    compiled = dlc.compile(model, optimizer="sgd", loss="mse",
                           programs=["train", "predict", "gradients"])
    expected = oracle.keras_gradients(model, {"features": X}, Y)
    for name, value in compiled.gradients(X, Y).items():
        oracle.assert_near(value, expected[name], name, 1e-4)


def flat(**options):
    return keras.Sequential([keras.Input((6,)), layers.Dense(4, name="out", **options)],
                            name="flat")


def trained(model, **options):
    model.compile(**{"optimizer": "sgd", "loss": "mse", **options})
    return model


@pytest.mark.parametrize("name", ["train_step", "test_step", "compute_loss"])
def test_steps_of_a_models_own_are_refused(name):
    kind = type("Own", (keras.Model,), {name: lambda self, *_, **__: None})
    inputs = keras.Input((6,))
    model = trained(kind(inputs, layers.Dense(4)(inputs), name="own"))
    refuse(lambda: dlc.compile(model), 'model "own"', value=f"has a {name} of its own")


@pytest.mark.parametrize("base", [keras.Model, keras.Sequential])
def test_a_call_that_hides_the_graph_is_refused(base):
    kind = type("Own", (base,), {"call": lambda self, x: 2 * keras.ops.relu(x)})
    inputs = keras.Input((6,))
    given = ((inputs, layers.Dense(4)(inputs)) if base is keras.Model
             else ([inputs, layers.Dense(4)],))
    refuse(lambda: dlc.compile(kind(*given, name="own")), 'model "own"', value="call() of its own")


class TrainsOtherwise(keras.Model):
    def __init__(self):
        super().__init__(name="other")
        self.dense = layers.Dense(4)

    def call(self, inputs, training=None):
        return self.dense(2 * inputs if training else inputs)


def test_a_branch_on_training_is_refused():
    refuse(lambda: dlc.compile(TrainsOtherwise(), example=X), 'model "other"',
           value="computes something else in training")


def mean_squared_error(y_true, y_pred):
    return keras.ops.mean(y_pred, -1)


def relu(x):
    return -x


def test_functions_of_a_users_own_are_refused():
    """Also those that have the names of Keras'."""
    refuse(lambda: dlc.compile(trained(flat(), loss=mean_squared_error)), 'model "flat"',
           value="as its loss: mean_squared_error")
    refuse(lambda: dlc.compile(trained(flat(), metrics=["mae", mean_squared_error])),
           'model "flat"', value="as its metrics: mean_squared_error")
    refuse(lambda: dlc.compile(trained(flat(activation=relu))), 'layer "out"',
           value="as its activation: relu")
    dlc.compile(trained(flat(activation=keras.activations.relu),
                        loss=keras.losses.mean_squared_error))


@keras.saving.register_keras_serializable("acme")
class L2(keras.regularizers.L2):
    def __call__(self, x):
        return 100 * super().__call__(x)


class NonNeg(keras.constraints.NonNeg):
    def __call__(self, x):
        return -super().__call__(x)


class MeanSquaredError(keras.losses.MeanSquaredError):
    def call(self, y_true, y_pred):
        return 100 * super().call(y_true, y_pred)


def test_classes_with_the_names_of_keras_are_not_taken_for_them():
    refuse(lambda: dlc.compile(trained(flat(kernel_regularizer=L2(0.1)))), 'layer.dense "out"',
           value="the regularizer is", limit="dlc knows l1")
    refuse(lambda: dlc.compile(trained(flat(kernel_constraint=NonNeg()))), 'weight "out/kernel"',
           value="the constraint is", limit="dlc knows max_norm")
    refuse(lambda: dlc.compile(trained(flat(), loss=MeanSquaredError())), 'loss of "out"',
           value="is of class MeanSquaredError of the module")


def test_variables_without_decay_are_refused():
    optimizer = keras.optimizers.AdamW(name="adamw")
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    refuse(lambda: dlc.compile(trained(flat(), optimizer=optimizer)), 'optimizer "adamw"',
           value="excludes variables")


def test_a_model_that_has_changed_is_refused():
    def half_frozen():
        model = flat()
        model.layers[0].kernel.trainable = False
        return trained(model)
    refuse(lambda: dlc.compile(half_frozen()), 'variable "flat/out/kernel"',
           value="does not train in Keras")
    keras_model = trained(flat())
    model = dlc.compile(keras_model)
    model.fit(X, Y, verbose=0)
    keras_model.layers[0].trainable = False
    refuse(lambda: model.fit(X, Y, verbose=0), 'variable "flat/out/kernel"',
           remedy="call dlc.compile again")
    keras_model.layers[0].trainable = True
    model.fit(X, Y, verbose=0)
    trained(keras_model)
    refuse(lambda: model.fit(X, Y, verbose=0), 'model "flat"', value="was compiled again")
