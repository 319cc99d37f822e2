# fit, evaluate and predict on batches that Python makes, and the arguments that go with
# them, beside live Keras.
import keras
import numpy as np
import pytest

import dlc
import models

X = np.random.default_rng(7).normal(size=(44, 6)).astype("float32")
LABELS = np.random.default_rng(8).integers(0, 4, 44)
WEIGHTS = np.random.default_rng(9).uniform(0, 2, 44).astype("float32")
SIZE = 8


@pytest.fixture(scope="module")
def pair():
    """Keras' model, dlc's, and weights that both begin with."""
    twins = [models.tiny(), models.tiny()]
    for model in twins:
        model.compile(optimizer=keras.optimizers.SGD(0.2), metrics=["accuracy"],
                      loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return twins[0], dlc.compile(twins[1], batch_size=SIZE), twins[0].get_weights()


def batches(weights=False, count=6):
    for i in range(count):
        rows = slice(i % 6 * SIZE, (i % 6 + 1) * SIZE)
        yield (X[rows], LABELS[rows], WEIGHTS[rows]) if weights else (X[rows], LABELS[rows])


class Dataset(keras.utils.PyDataset):
    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.epochs = 0

    def __len__(self):
        return 6

    def __getitem__(self, index):
        rows = slice(index * SIZE, (index + 1) * SIZE)
        return X[rows], LABELS[rows]

    def on_epoch_end(self):
        self.epochs += 1


class Loader:
    """As torch's: batches are lists, again in each epoch, of a known number."""

    def __len__(self):
        return 6

    def __iter__(self):
        return iter([list(batch) for batch in batches()])


class Endless:
    """As a tf.data.Dataset that repeats: its length raises."""

    def __len__(self):
        raise TypeError("infinite")

    def __iter__(self):
        return batches(count=10**9)


def assert_same_fits(pair, theirs, ours, **options):
    """theirs, ours: fit's arguments, made anew for each model."""
    keras_model, model, weights = pair
    keras_model.set_weights(weights)
    model.set_weights(weights)
    expected = keras_model.fit(**theirs(), verbose=0, **options)
    history = model.fit(**ours(), verbose=0, **options)
    assert history.epoch == expected.epoch
    assert history.params["steps"] == expected.params["steps"]
    assert sorted(history.history) == sorted(expected.history)
    for name, values in expected.history.items():
        np.testing.assert_allclose(history.history[name], values, rtol=1e-4, err_msg=name)
    for mine, its in zip(model.get_weights(), keras_model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-4, atol=1e-6)


ARRAYS = {"x": X, "y": LABELS, "shuffle": False, "batch_size": SIZE}
VALIDATION = (X[:20], LABELS[:20])
CASES = {
    "generator": (lambda: {"x": batches(count=99)}, None, {"steps_per_epoch": 4, "epochs": 2}),
    "generator with weights": (lambda: {"x": batches(True, 99)}, None, {
        "steps_per_epoch": 6, "epochs": 2, "validation_data": VALIDATION}),
    "PyDataset": (lambda: {"x": Dataset(), "shuffle": False}, None, {
        "epochs": 3, "initial_epoch": 1, "validation_freq": [2]}),
    "PyDataset with class weights": (lambda: {"x": Dataset(workers=2), "shuffle": False}, None, {
        "class_weight": {0: 2.0, 3: 0.5}, "validation_freq": 2, "epochs": 4}),
    # Keras takes torch's own only: the same batches as a generator's.
    "loader": (lambda: {"x": Dataset(), "shuffle": False}, lambda: {"x": Loader()},
               {"epochs": 2}),
    "endless": (lambda: {"x": batches(count=99)}, lambda: {"x": Endless()},
                {"epochs": 2, "steps_per_epoch": 3}),
    "steps of arrays": (lambda: ARRAYS, None, {"steps_per_epoch": 2, "epochs": 4}),
    "steps that end with the data": (lambda: ARRAYS, None, {"steps_per_epoch": 4, "epochs": 3}),
    "listed epochs": (lambda: ARRAYS, None, {
        "validation_freq": [1, 4], "epochs": 4, "initial_epoch": 1}),
    "split of arrays": (lambda: ARRAYS, None, {
        "validation_split": 0.25, "validation_freq": 2, "epochs": 3, "validation_steps": 1}),
    "larger validation batches": (lambda: ARRAYS, None, {
        "validation_data": VALIDATION, "validation_batch_size": 20, "epochs": 2}),
}


@pytest.mark.filterwarnings("ignore:.*ran out of data", "ignore:The data ran out")
@pytest.mark.parametrize("name", CASES)
def test_fit_is_that_of_keras(pair, name):
    theirs, ours, options = CASES[name]
    validates = "freq" in str(options) and "split" not in str(options)
    extra = {"validation_data": VALIDATION} if validates else {}
    assert_same_fits(pair, theirs, ours or theirs, **options, **extra)


def test_validation_by_batches(pair):
    assert_same_fits(pair, lambda: ARRAYS | {"validation_data": Dataset()},
                     lambda: ARRAYS | {"validation_data": Dataset()}, epochs=2)
    assert_same_fits(pair, lambda: ARRAYS | {"validation_data": batches(), "validation_steps": 3},
                     lambda: ARRAYS | {"validation_data": batches(), "validation_steps": 3})


def test_evaluate_and_predict_take_batches(pair):
    keras_model, model, weights = pair
    keras_model.set_weights(weights)
    model.set_weights(weights)
    np.testing.assert_allclose(model.evaluate(Dataset(), verbose=0),
                               keras_model.evaluate(Dataset(), verbose=0), rtol=1e-4)
    np.testing.assert_allclose(model.evaluate(batches(), steps=2, verbose=0),
                               keras_model.evaluate(batches(), steps=2, verbose=0), rtol=1e-4)
    # Larger than what the model was compiled for.
    np.testing.assert_allclose(
        model.evaluate(iter([(X, LABELS, WEIGHTS)]), verbose=0),
        keras_model.evaluate(X, LABELS, sample_weight=WEIGHTS, batch_size=44, verbose=0),
        rtol=1e-4)
    expected = keras_model.predict(X, verbose=0)
    for source, steps in ((Dataset(), None), (iter([X]), None), (X, 3), (Endless(), 2)):
        found = model.predict(source, batch_size=SIZE, steps=steps, verbose=0)
        np.testing.assert_allclose(found, expected[:steps * SIZE if steps else 44], atol=1e-5)


@pytest.mark.parametrize("options", [
    {"steps_per_epoch": 2, "epochs": 2, "validation_split": 0.3, "validation_steps": 1},
    {"steps_per_epoch": 3, "validation_data": VALIDATION, "validation_steps": 2}])
def test_steps_take_all_of_arrays_where_no_batch_is_told(pair, options):
    keras_model, _, weights = pair
    twin = models.tiny()
    model = dlc.compile(twin, optimizer=keras.optimizers.SGD(0.2), metrics=["accuracy"],
                        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    arrays = lambda: {"x": X, "y": LABELS, "shuffle": False}
    assert_same_fits((keras_model, model, weights), arrays, arrays, **options)
    np.testing.assert_allclose(model.evaluate(X, LABELS, steps=3, verbose=0),
                               keras_model.evaluate(X, LABELS, steps=3, verbose=0), rtol=1e-4)
    np.testing.assert_allclose(model.predict(X, steps=3, verbose=0),
                               keras_model.predict(X, steps=3, verbose=0), atol=1e-5)
    # A batch that was told stays.
    assert pair[1].fit(X, LABELS, steps_per_epoch=2, verbose=0).params["steps"] == 2
    assert len(pair[1].predict(X, batch_size=SIZE, steps=2, verbose=0)) == 2 * SIZE


class Follower:
    """Has Python make the loop, since it is told of the steps of validation."""

    def on_test_batch_end(self, batch, logs):
        pass


@pytest.mark.filterwarnings("ignore:The data ran out")
@pytest.mark.parametrize("options", [{}, {"steps_per_epoch": 4, "initial_epoch": 1}])
def test_arrays_are_cut_as_the_library_cuts_them(pair, options):
    """To the bit, shuffled."""
    _, model, weights = pair
    results = []
    for callbacks in (None, Follower()):
        model.set_weights(weights)
        history = model.fit(X, LABELS, batch_size=SIZE, epochs=4, verbose=0,
                            validation_data=VALIDATION, class_weight={1: 2.0},
                            callbacks=callbacks, **options)
        results.append((model.get_weights(), history.history["loss"]))
    for one, other in zip(*(weights for weights, _ in results), strict=True):
        np.testing.assert_array_equal(one, other)
    assert results[0][1] == results[1][1]


def test_steps_count_batches_of_the_size_that_is_asked_for(pair):
    """Also where it is larger than what the model was compiled for."""
    keras_model, _, weights = pair
    keras_model.set_weights(weights)
    twin = models.tiny()
    twin.set_weights(weights)
    model = dlc.compile(twin, optimizer=keras.optimizers.SGD(0.2), batch_size=4,
                        metrics=["accuracy"],
                        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    options = {"batch_size": 16, "steps": 2, "verbose": 0}
    np.testing.assert_allclose(model.evaluate(X, LABELS, **options),
                               keras_model.evaluate(X, LABELS, **options), rtol=1e-4)
    np.testing.assert_allclose(model.predict(X, **options), keras_model.predict(X, **options),
                               atol=1e-5)
    # What fit takes, unless it is told, stays what compile was given.
    model.fit(X, LABELS, batch_size=20, validation_split=0.5, validation_batch_size=22, verbose=0)
    assert model.fit(X, LABELS, verbose=0).params["steps"] == 11


def test_a_larger_batch_compiles_again_and_keeps_the_metrics(pair):
    keras_model, _, weights = pair
    twin = models.tiny()
    twin.set_weights(weights)
    keras_model.set_weights(weights)
    model = dlc.compile(twin, optimizer=keras.optimizers.SGD(0.2), batch_size=4,
                        metrics=["accuracy"],
                        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    uneven = lambda: ((X[rows], LABELS[rows]) for rows in (slice(3), slice(3, 20)))
    expected = keras_model.fit(uneven(), steps_per_epoch=2, verbose=0).history
    found = model.fit(uneven(), steps_per_epoch=2, verbose=0).history
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-4, err_msg=name)


def test_data_that_runs_out_ends_training(pair):
    _, model, _ = pair
    with pytest.warns(UserWarning, match="ran out after 1 epochs"):
        history = model.fit(batches(), epochs=3, verbose=0)
    assert history.epoch == [0]
    for data in ((batches(),), (X, LABELS)):
        with pytest.warns(UserWarning, match="ran out after 6 of 9 batches"):
            model.fit(*data, batch_size=SIZE, steps_per_epoch=9, verbose=0)


def test_epochs_are_told_to_a_dataset(pair):
    data = Dataset()
    pair[1].fit(data, epochs=2, verbose=0)
    assert data.epochs == 2


def test_an_unknown_length_is_printed_as_keras_does(pair, capsys):
    pair[1].fit(batches(), epochs=1)
    assert capsys.readouterr().out.startswith("6/6 ━━━━━━━━━━━━━━━━━━━━ ")


def refuse(call, thing, **parts):
    with pytest.raises(dlc.Error) as caught:
        call()
    assert caught.value.thing == thing
    for part, text in parts.items():
        assert text in getattr(caught.value, part), str(caught.value)


def test_mistakes_are_errors(pair):
    _, model, _ = pair
    refuse(lambda: model.fit(iter([]), verbose=0), "x", value="no batch")
    refuse(lambda: model.fit(Dataset(), LABELS, verbose=0), "y", value="beside batches")
    refuse(lambda: model.fit(batches(), validation_split=0.5, verbose=0), "validation_split")
    refuse(lambda: model.fit(iter([(X, LABELS, WEIGHTS, 1)]), verbose=0), "a batch")
    refuse(lambda: model.fit(iter([(X, LABELS[:3])]), verbose=0), 'target "out"',
           value="has 3 samples")
    refuse(lambda: model.fit(iter([X]), verbose=0), "y", value="is not given")
    refuse(lambda: model.fit(X, batches(), verbose=0), 'target "out"')
    refuse(lambda: model.fit(batches(), steps_per_epoch=0.5, verbose=0), "the steps of an epoch")
    refuse(lambda: model.fit(batches(), backup="there", verbose=0), "backup")
    refuse(lambda: model.evaluate(iter([]), verbose=0), "x", value="no batch")
