# Models as layers of models: by what name and at which level they stand must not
# matter. Forward, all gradients, and the trained file, which Keras loads again.
import json
import zipfile

import keras
import numpy as np
import pytest
from keras import layers

import oracle

BATCH = 4
WIDTH = 5


def dense_model(name, activation="tanh"):
    x = keras.Input((WIDTH,), name="x")
    y = layers.Dense(WIDTH, activation=activation, name="core")(x)
    return keras.Model(x, y, name=name)


def chain_model(name):
    return keras.Sequential([keras.Input((WIDTH,)), layers.Dense(WIDTH, activation="tanh"),
                             layers.BatchNormalization(), layers.Dense(WIDTH)], name=name)


def one_name_at_two_levels():
    """Two models, both "m1": one in "mid", one beside it."""
    x = keras.Input((WIDTH,), name="x")
    mid = keras.Model(x, layers.Dense(WIDTH)(dense_model("m1")(x)), name="mid")
    x = keras.Input((WIDTH,), name="x")
    return keras.Model(x, dense_model("m1", "sigmoid")(mid(x)), name="outer")


def name_of_the_outermost():
    x = keras.Input((WIDTH,), name="x")
    return keras.Model(x, dense_model("outer")(x), name="outer")


def called_three_times():
    """One model, its weights shared by three calls, one of them of another's output."""
    shared = dense_model("shared")
    x = keras.Input((WIDTH,), name="a")
    y = keras.Input((WIDTH,), name="b")
    product = layers.Multiply()([shared(x), shared(shared(y))])
    return keras.Model([x, y], layers.Dense(2)(product), name="outer")


def chains_of_one_name():
    """Sequential models of one name, one in the other, the outer called twice."""
    inner = keras.Sequential([keras.Input((WIDTH,)), chain_model("block"),
                              layers.Dense(WIDTH)], name="block")
    x = keras.Input((WIDTH,), name="x")
    return keras.Model(x, inner(x) + inner(x * 0.5), name="outer")


def nine_levels():
    """A model in a model ... all of one name."""
    model = dense_model("m")
    for _ in range(8):
        x = keras.Input((WIDTH,), name="x")
        model = keras.Model(x, layers.Dense(WIDTH, name="core")(model(x)), name="m")
    return model


SAME_NAMES = [one_name_at_two_levels, name_of_the_outermost, called_three_times,
              chains_of_one_name, nine_levels]


def shared_at_two_levels():
    """One model object in "mid" and beside it."""
    shared = dense_model("shared")
    x = keras.Input((WIDTH,), name="x")
    mid = keras.Model(x, layers.Dense(WIDTH)(shared(x)), name="mid")
    x = keras.Input((WIDTH,), name="x")
    return keras.Model(x, shared(mid(x)), name="outer")


def shared_outside_first():
    shared = chain_model("shared")
    x = keras.Input((WIDTH,), name="x")
    mid = keras.Model(x, layers.Dense(WIDTH)(shared(x)), name="mid")
    x = keras.Input((WIDTH,), name="x")
    return keras.Model(x, mid(shared(x)), name="outer")


def shared_layer():
    """A layer, not a model, in "mid" and beside it."""
    shared = layers.Dense(WIDTH, activation="tanh", kernel_regularizer="l2", name="shared")
    x = keras.Input((WIDTH,), name="x")
    mid = keras.Model(x, shared(x), name="mid")
    x = keras.Input((WIDTH,), name="x")
    return keras.Model(x, shared(mid(x)) * mid(x), name="outer")


SHARED = [shared_at_two_levels, shared_outside_first, shared_layer]


def prepare(build, folder):
    keras.utils.set_random_seed(3)
    model = build()
    oracle.randomize(model)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mean_squared_error")
    rng = np.random.default_rng(11)
    names = [tensor.name for tensor in model.inputs]
    x = {name: rng.normal(size=(BATCH, WIDTH)).astype("float32") for name in names}
    y = rng.normal(size=(BATCH, *model.output_shape[1:])).astype("float32")
    model.save(folder / "model.keras")
    np.savez(folder / "data.npz", y=y, **{f"x_{name}": value for name, value in x.items()})
    return model, x, y


def assert_gradients(model, x, y, folder):
    """Each variable's once, under the first name that it has."""
    oracle.dlc("gradients", folder / "model.keras", "--data", folder / "data.npz", "-o",
               folder / "g.npz", "--batch", BATCH)
    actual = oracle.load_npz(folder / "g.npz")
    expected = oracle.keras_gradients(model, x, y)
    assert actual.keys() <= expected.keys()
    assert len(actual) == 1 + len(x) + len(model.trainable_variables)
    for name, value in actual.items():
        oracle.assert_near(np.reshape(value, expected[name].shape), expected[name],
                           f"gradient of {name}", 1e-5)


@pytest.mark.parametrize("build", SAME_NAMES)
def test_names_do_not_matter(build, tmp_path):
    model, x, y = prepare(build, tmp_path)
    fed = oracle.x_structure(model, x)
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    oracle.dlc("predict", file, "--data", data, "-o", tmp_path / "y.npz", "--batch", BATCH)
    oracle.assert_near(oracle.load_npz(tmp_path / "y.npz")["y"],
                       np.asarray(model(fed, training=False)), "output", 1e-5)
    assert_gradients(model, x, y, tmp_path)
    trained, _ = oracle.train(file, data, tmp_path, batch=BATCH, epochs=2)
    oracle.keras_batches(model, [(fed, y)] * 2)
    oracle.assert_weights(trained, model, 1e-5)
    for command in ("summary", "inspect"):
        assert oracle.dlc(command, file)


@pytest.mark.parametrize("build", SHARED)
def test_one_object_at_two_levels(build, tmp_path):
    """Keras 3.15 writes such files and does not load them: the second place lacks its
    weights. The file that dlc writes has them in both."""
    model, x, y = prepare(build, tmp_path)
    fed = oracle.x_structure(model, x)
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    oracle.dlc("predict", file, "--data", data, "-o", tmp_path / "y.npz", "--batch", BATCH)
    oracle.assert_near(oracle.load_npz(tmp_path / "y.npz")["y"],
                       np.asarray(model(fed, training=False)), "output", 1e-5)
    assert_gradients(model, x, y, tmp_path)
    trained, _ = oracle.train(file, data, tmp_path, batch=BATCH, epochs=2)
    oracle.keras_batches(model, [(fed, y)] * 2)
    oracle.dlc("predict", trained, "--data", data, "-o", tmp_path / "y.npz", "--batch", BATCH)
    forward = np.asarray(model(fed, training=False))
    oracle.assert_near(oracle.load_npz(tmp_path / "y.npz")["y"], forward, "trained output", 1e-5)
    assert f"{model.count_params():,}" in oracle.dlc("summary", trained)
    if build is not shared_outside_first:  # of that Keras cannot read the graph
        loaded = keras.saving.load_model(trained, compile=False)
        oracle.assert_near(np.asarray(loaded(fed, training=False)), forward, "in Keras", 1e-5)


def in_models(order, middle=()):
    """Layers of one name and config, one for each letter of `order`, each in a model of its
    own, but for those at the places `middle`, which stand in the outermost."""
    objects = {name: layers.Dense(WIDTH, activation="tanh", name="core")
               for name in sorted(set(order))}
    y = x = keras.Input((WIDTH,), name="x")
    for i, name in enumerate(order):
        inner = keras.Input((WIDTH,), name="x")
        y = (objects[name](y) if i in middle
             else keras.Model(inner, objects[name](inner) + inner, name=f"m{i}")(y))
    return keras.Model(x, y, name="outer")


def predict(model, x, file, folder):
    oracle.dlc("predict", file, "--data", folder / "data.npz", "-o", folder / "y.npz",
               "--batch", BATCH)
    oracle.assert_near(oracle.load_npz(folder / "y.npz")["y"],
                       np.asarray(model(oracle.x_structure(model, x), training=False)),
                       "output", 1e-5)


@pytest.mark.parametrize("order,middle", [
    ("aab", ()), ("aabb", ()), ("aabab", ()), ("aaa", (1,)), ("baa", (1,)), ("bcaa", (2,))])
def test_objects_of_one_name_are_told_apart(order, middle, tmp_path):
    """By what Keras numbers, and by which of them it gave weights; in the file that dlc
    writes all of them have some."""
    model, x, y = prepare(lambda: in_models(order, middle), tmp_path)
    file = tmp_path / "model.keras"
    predict(model, x, file, tmp_path)
    trained, _ = oracle.train(file, tmp_path / "data.npz", tmp_path, batch=BATCH, epochs=2)
    fed = oracle.x_structure(model, x)
    oracle.keras_batches(model, [(fed, y)] * 2)
    predict(model, x, trained, tmp_path)
    again = tmp_path / "again"
    again.mkdir()
    trained, _ = oracle.train(trained, tmp_path / "data.npz", again, batch=BATCH, epochs=2)
    oracle.keras_batches(model, [(fed, y)] * 2)
    predict(model, x, trained, tmp_path)


def test_a_layer_of_a_shared_model_is_told_apart(tmp_path):
    """The model's second writing has the number of the layer in it."""
    def build():
        cores = [layers.Dense(WIDTH, activation="tanh", name="core") for _ in range(2)]
        y = x = keras.Input((WIDTH,), name="x")
        models = []
        for name, layer in (("s", cores[0]), ("t", cores[1])):
            inner = keras.Input((WIDTH,), name="x")
            models.append(keras.Model(inner, layer(inner), name=name))
        for i, part in enumerate((models[1], models[0], models[0], cores[0])):
            inner = keras.Input((WIDTH,), name="x")
            y = keras.Model(inner, part(inner) + inner, name=f"m{i}")(y)
        return keras.Model(x, y, name="outer")
    model, x, _ = prepare(build, tmp_path)
    predict(model, x, tmp_path / "model.keras", tmp_path)


@pytest.mark.parametrize("order,place,firsts", [
    ("abb", 2, "01"), ("aba", 2, "01"), ("abab", 2, "01"), ("aabcc", 4, "23")])
def test_objects_that_the_file_mixes_up_are_refused(order, place, firsts, tmp_path):
    """Keras writes the same config for "abb" and "aba", and the same weights."""
    prepare(lambda: in_models(order), tmp_path)
    code, _, err = oracle.Run("predict", tmp_path / "model.keras", "--data",
                              tmp_path / "data.npz", "-o", tmp_path / "y.npz").outcome()
    assert code == 1 and (f'layer "core" in model "m{place}": has the weights of that in '
                          f'model "m{firsts[0]}" or model "m{firsts[1]}" but') in err
    assert "give the layers different names" in err and len(err.splitlines()) == 1


def test_layers_without_weights_need_not_be_told_apart(tmp_path):
    objects = [layers.ReLU(name="core"), layers.ReLU(name="core")]
    y = x = keras.Input((WIDTH,), name="x")
    y = layers.Dense(WIDTH)(y)
    for i, place in enumerate((0, 1, 1)):
        inner = keras.Input((WIDTH,), name="x")
        y = keras.Model(inner, objects[place](inner) - 0.1, name=f"m{i}")(y)
    model, x, _ = prepare(lambda: keras.Model(x, y, name="outer"), tmp_path)
    predict(model, x, tmp_path / "model.keras", tmp_path)


@pytest.mark.parametrize("names", ["a", "ab"])
def test_inputs_by_name(names, tmp_path):
    """Keras records a mask of nulls for the dict."""
    def build():
        inputs = {name: keras.Input((WIDTH,), name=name) for name in names}
        sums = [layers.Dense(3, name=f"fc_{name}")(x) for name, x in inputs.items()]
        inner = keras.Model(inputs, {"sum": sum(sums), "first": sums[0]}, name="inner")
        x = keras.Input((WIDTH,), name="x")
        result = inner({name: x * (i + 1.0) for i, name in enumerate(names)})
        return keras.Model(x, result["sum"] * result["first"], name="outer")
    model, x, y = prepare(build, tmp_path)
    predict(model, x, tmp_path / "model.keras", tmp_path)
    trained, _ = oracle.train(tmp_path / "model.keras", tmp_path / "data.npz", tmp_path,
                              batch=BATCH, epochs=2)
    oracle.keras_batches(model, [(oracle.x_structure(model, x), y)] * 2)
    oracle.assert_weights(trained, model, 1e-5)


def test_a_second_size_is_refused(tmp_path):
    """A nested model that leaves sizes free has those of its first call."""
    image = keras.Input((None, None, 3))
    inner = keras.Model(image, layers.Conv2D(3, 3, padding="same")(image), name="inner")
    x = keras.Input((8, 8, 3), name="x")
    sums = [layers.GlobalAveragePooling2D()(inner(each))
            for each in (x, layers.MaxPooling2D()(x))]
    keras.Model(x, sums[0] + sums[1]).save(tmp_path / "model.keras")
    code, _, err = oracle.Run("summary", tmp_path / "model.keras").outcome()
    assert code == 1 and 'layer "inner": is called on a tensor of shape (None, 4, 4, 3)' in err
    assert "one size per nested model is supported" in err and len(err.splitlines()) == 1


def test_a_long_activation_is_refused_by_its_class(tmp_path):
    x = keras.Input((WIDTH,), name="x")
    act = keras.Sequential([keras.Input((3,)), layers.Dense(3)])
    keras.Model(x, layers.Dense(3, activation=act)(x)).save(tmp_path / "model.keras")
    code, _, err = oracle.Run("summary", tmp_path / "model.keras").outcome()
    assert code == 1 and "activation is of class Sequential but dlc takes functions" in err
    assert "{" not in err


def test_other_shapes_under_one_number_are_refused(tmp_path):
    """What a file says is one layer has one shape."""
    prepare(shared_layer, tmp_path)
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    outer = config["config"]["layers"]
    mid = next(layer for layer in outer if layer["config"]["name"] == "mid")
    for entry in (mid["config"]["layers"][0], outer[0]):
        assert entry["class_name"] == "InputLayer"
        entry["config"]["batch_shape"] = [None, WIDTH + 1]
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(tmp_path / "other.keras", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    code, _, err = oracle.Run("compile", tmp_path / "other.keras", "-o",
                              tmp_path / "o.dlc").outcome()
    assert code == 1 and "shared" in err and len(err.splitlines()) == 1
