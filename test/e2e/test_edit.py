# dlc edit: what it writes is what Keras itself would have made of the model, and
# trains as Keras does.
import os
import pathlib
import re
import subprocess

import keras
import numpy as np
import pytest
from keras import layers

import models
import oracle

CLASSIFIER = "optimizer=sgd,loss=sparse_categorical_crossentropy,metrics=accuracy"


def save(model, folder):
    oracle.randomize(model)
    model.save(folder / "base.keras")
    return folder / "base.keras"


def edit(folder, *options):
    out = folder / "edited.keras"
    oracle.dlc("edit", folder / "base.keras", "-o", out, *options)
    return out


def refuse(folder, *options):
    """The one line of an edit that must fail."""
    out = folder / "edited.keras"
    code, _, error = oracle.Run("edit", folder / "base.keras", "-o", out, *options).outcome()
    assert code == (2 if error.startswith("dlc: error: --") else 1) and not out.exists()
    assert error.count("\n") == 1 and error.startswith("dlc: error: ")
    return error


def mobilenet(**options):
    return keras.applications.MobileNet(
        input_shape=(32, 32, 3), alpha=0.25, weights=None, **options)


def vgg():
    """VGG16's shape with few channels, for 32x32 images."""
    image = keras.Input((32, 32, 3), name="image")
    x = image
    for stage, (channels, convolutions) in enumerate([(4, 2), (8, 2), (8, 3)], 1):
        for i in range(1, convolutions + 1):
            x = layers.Conv2D(channels, 3, padding="same", activation="relu",
                              name=f"block{stage}_conv{i}")(x)
        x = layers.MaxPooling2D(2, name=f"block{stage}_pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(32, activation="relu", name="fc1")(x)
    x = layers.Dense(32, activation="relu", name="fc2")(x)
    return keras.Model(image, layers.Dense(10, activation="softmax", name="predictions")(x),
                       name="vgg")


def branches():
    """Layers of one class side by side, so that Keras' order decides what is
    saved under which number."""
    image = keras.Input((8, 8, 3), name="image")
    a = layers.Conv2D(4, 1, name="a1")(image)
    a = layers.Conv2D(4, 3, padding="same", name="a2")(a)
    b = layers.Conv2D(4, 3, padding="same", name="b1")(image)
    c = layers.Conv2D(4, 1, name="c1")(layers.MaxPooling2D(3, 1, padding="same")(image))
    both = layers.Concatenate(name="both")([b, a, c])
    tail = layers.Conv2D(4, 1, name="tail")(both)
    out = layers.Add(name="sum")([tail, layers.Conv2D(4, 1, name="short")(b)])
    return keras.Model(image, layers.GlobalAveragePooling2D(name="pool")(out), name="branches")


def nested():
    inner = keras.Sequential([
        keras.Input((8, 8, 3)),
        layers.Conv2D(4, 3, name="conv1"), layers.BatchNormalization(name="norm"),
        layers.Conv2D(4, 3, name="conv2")], name="base")
    image = keras.Input((8, 8, 3), name="image")
    x = layers.GlobalAveragePooling2D(name="pool")(inner(image))
    return keras.Model(image, layers.Dense(3, name="out")(x), name="outer")


def kept_weights(edited, base):
    """Every weight that both models have is the same, bit by bit."""
    ours, theirs = oracle.weights_by_name(edited), oracle.weights_by_name(base)
    common = ours.keys() & theirs.keys()
    for name in common:
        np.testing.assert_array_equal(ours[name].numpy(), theirs[name].numpy(), err_msg=name)
    return common


def images(shape, count=16, classes=5, seed=11):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(count, *shape)).astype("float32"),
            rng.integers(0, classes, count).astype("int32"))


def train_both(file, folder, shape, classes=5, relative=1e-3):
    """Two steps by dlc and by Keras on the same file. The file's own weights, the
    trained ones and Keras' model after its steps."""
    x, y = images(shape, classes=classes)
    np.savez(folder / "data.npz", x=x, y=y)
    trained, history = oracle.train(file, folder / "data.npz", folder, batch=8)
    model = keras.saving.load_model(file)
    before = {name: v.numpy() for name, v in oracle.weights_by_name(model).items()}
    expected = oracle.keras_batches(model, [(x[:8], y[:8]), (x[8:], y[8:])])
    oracle.assert_losses(history["batch_loss"], expected, 1e-4)
    loaded = oracle.assert_weights(trained, model, relative)
    after = {name: v.numpy() for name, v in oracle.weights_by_name(loaded).items()}
    return before, after, model


# --- Transfer learning


def test_mobilenet_with_a_head(tmp_path):
    base = mobilenet(include_top=False, pooling="avg")
    save(base, tmp_path)
    file = edit(tmp_path, "--freeze", "*", "--append", "Dense(64, relu)",
                "--append", "Dense(5, activation=softmax)", "--compile", CLASSIFIER)
    model = keras.saving.load_model(file)
    assert [layer.name for layer in model.layers[-2:]] == ["dense", "dense_1"]
    assert len(kept_weights(model, base)) == len(base.variables)
    before, after, _ = train_both(file, tmp_path, (32, 32, 3))
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    # Frozen BatchNormalization uses and keeps its moving statistics.
    assert moved == {"dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"}


def test_dense_on_a_4d_output(tmp_path):
    base = mobilenet(include_top=False)
    save(base, tmp_path)
    file = edit(tmp_path, "--append", "Dense(8, activation='relu')",
                "--append", "GlobalAveragePooling2D", "--append", "Dense(5, softmax)")
    model = keras.saving.load_model(file)
    assert model.output_shape == (None, 5)
    x, _ = images((32, 32, 3))
    np.savez(tmp_path / "x.npz", x=x)
    oracle.dlc("predict", file, "--data", tmp_path / "x.npz", "-o", tmp_path / "p.npz")
    oracle.assert_near(oracle.load_npz(tmp_path / "p.npz")["y"], model.predict(x, verbose=0), "y", 1e-4)


def test_vgg_cut_at_an_index(tmp_path):
    base = vgg()
    save(base, tmp_path)
    file = edit(tmp_path, "--cut-at", "layers[-2]", "--append", "Dense(5, 'softmax', name='head')",
                "--freeze", "block*", "--unfreeze", "block3_*", "--compile", CLASSIFIER)
    model = keras.saving.load_model(file)
    assert [layer.name for layer in model.layers] == [
        *(layer.name for layer in base.layers[:-1]), "head"]
    reference = keras.Model(base.input, base.layers[-2].output)
    assert kept_weights(model, reference) == oracle.weights_by_name(reference).keys()
    before, after, _ = train_both(file, tmp_path, (32, 32, 3))
    frozen = {name for name in before if name.startswith(("block1", "block2"))}
    for name in before:
        assert np.array_equal(before[name], after[name]) == (name in frozen), name


@pytest.mark.parametrize("cut", ["both", "sum", "a2", "model.layers[-3].output"])
def test_cut_between_branches(cut, tmp_path):
    base = branches()
    save(base, tmp_path)
    model = keras.saving.load_model(edit(tmp_path, "--cut-at", cut))
    layer = base.layers[-3] if "-3" in cut else base.get_layer(cut)
    reference = keras.Model(base.input, layer.output)
    assert [each.name for each in model.layers] == [each.name for each in reference.layers]
    assert kept_weights(model, reference) == oracle.weights_by_name(reference).keys()
    x, _ = images((8, 8, 3))
    np.testing.assert_array_equal(model.predict(x, verbose=0), reference.predict(x, verbose=0))


def test_sequential_stays_one(tmp_path):
    save(models.seed_cnn(), tmp_path)
    file = edit(tmp_path, "--cut-at", "2", "--append", "GlobalMaxPooling2D()", "--append", "Dense(4)")
    model = keras.saving.load_model(file)
    assert isinstance(model, keras.Sequential)
    assert [type(layer).__name__ for layer in model.layers] == [
        "Conv2D", "Conv2D", "MaxPooling2D", "GlobalMaxPooling2D", "Dense"]


def test_freezes_inside_a_nested_model(tmp_path):
    base = nested()
    save(base, tmp_path)
    file = edit(tmp_path, "--freeze", "base", "--unfreeze", "base/conv2", "--compile",
                "optimizer=sgd,loss=SparseCategoricalCrossentropy(from_logits=True)")
    before, after, model = train_both(file, tmp_path, (8, 8, 3), classes=3)
    inner = model.get_layer("base")
    assert inner.trainable
    assert [layer.trainable for layer in inner.layers] == [False, False, True]
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    assert moved == {"base/conv2/kernel", "base/conv2/bias", "out/kernel", "out/bias"}


def test_other_input_size(tmp_path):
    base = mobilenet(include_top=False, pooling="avg")
    save(base, tmp_path)
    model = keras.saving.load_model(edit(tmp_path, "--input-shape", "64x48x3"))
    assert model.input_shape == (None, 64, 48, 3)
    larger = keras.applications.MobileNet(input_shape=(64, 48, 3), alpha=0.25, weights=None,
                                          include_top=False, pooling="avg")
    assert [layer.output.shape for layer in model.layers] == [
        layer.output.shape for layer in larger.layers]
    assert len(kept_weights(model, base)) == len(base.variables)


def test_input_size_of_a_nested_model(tmp_path):
    save(nested(), tmp_path)
    model = keras.saving.load_model(edit(tmp_path, "--input-shape", "image=12x10x3"))
    assert model.get_layer("base").output.shape == (None, 8, 6, 4)


def convolutions(size):
    """A network for images of any size, its head included."""
    image = keras.Input((*size, 3), name="image")
    x = layers.Conv2D(4, 3, strides=2, activation="relu", name="conv1")(image)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Conv2D(6, 3, padding="same", name="conv2")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(image, layers.Dense(3, activation="softmax", name="head")(x), name="free")


def test_free_input_size(tmp_path):
    """MobileNet as Keras gives it without a size, for images of one."""
    base = keras.applications.MobileNet(include_top=False, alpha=0.25, weights=None)
    assert base.input_shape == (None, None, None, 3)
    save(base, tmp_path)
    model = keras.saving.load_model(edit(tmp_path, "--input-shape", "32x32x3", "--freeze", "*"))
    built = mobilenet(include_top=False)
    built.trainable = False
    # What Keras names by counting differs, and the batch_shape is among the rest.
    def configs(model):
        return [{key: value for key, value in layer.get_config().items() if key != "name"}
                for layer in model.layers]
    assert configs(model) == configs(built)
    assert [layer.output.shape for layer in model.layers] == [
        layer.output.shape for layer in built.layers]
    assert len(kept_weights(model, base)) == len(base.variables)
    built.set_weights(base.get_weights())
    x, _ = images((32, 32, 3))
    np.savez(tmp_path / "x.npz", x=x)
    oracle.dlc("predict", tmp_path / "base.keras", "--input-shape", "32x32x3", "--data",
               tmp_path / "x.npz", "-o", tmp_path / "p.npz")
    oracle.assert_near(oracle.load_npz(tmp_path / "p.npz")["y"], built.predict(x, verbose=0),
                       "y", 1e-4)


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_training_fixes_a_free_size(suffix, tmp_path):
    """Keras trains the model on whatever comes; the file says what dlc trained on."""
    base = convolutions((None, None))
    oracle.randomize(base)
    base.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    base.save(tmp_path / f"base.{suffix}")
    x, y = images((11, 9, 3), classes=3)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    trained = tmp_path / f"trained.{suffix}"
    oracle.dlc("train", tmp_path / f"base.{suffix}", "--data", tmp_path / "data.npz", "-o", trained,
               "--batch", 8, "--no-shuffle", "--input-shape", "image=11x9x3")
    oracle.keras_batches(base, [(x[:8], y[:8]), (x[8:], y[8:])])
    loaded = oracle.assert_weights(trained, base, 1e-4)
    assert loaded.input_shape == (None, 11, 9, 3)


def test_free_size_of_a_nested_model(tmp_path):
    """It has the size of what it is called on."""
    model = keras.Sequential([keras.Input((12, 10, 3)), layers.ReLU(), convolutions((None, None)),
                              layers.Dense(2)])
    oracle.randomize(model)
    model.save(tmp_path / "base.keras")
    x, _ = images((12, 10, 3))
    np.savez(tmp_path / "x.npz", x=x)
    oracle.dlc("predict", tmp_path / "base.keras", "--data", tmp_path / "x.npz",
               "-o", tmp_path / "p.npz")
    oracle.assert_near(oracle.load_npz(tmp_path / "p.npz")["y"], model.predict(x, verbose=0),
                       "y", 1e-5)
    edited = keras.saving.load_model(edit(tmp_path, "--append", "ReLU"))
    assert edited.get_layer("free").input_shape == (None, 12, 10, 3)


def test_two_outputs_become_one(tmp_path):
    base = models.two_by_two()
    save(base, tmp_path)
    model = keras.saving.load_model(edit(tmp_path, "--cut-at", "both", "--append", "Dense(2)"))
    assert model.output_shape == (None, 2)
    reference = keras.Model(base.inputs, base.get_layer("both").output)
    cut = keras.Model(model.inputs, model.get_layer("both").output)
    x = [images((12,), seed=s)[0] for s in (1, 2)]
    np.testing.assert_array_equal(cut.predict(x, verbose=0), reference.predict(x, verbose=0))


# --- Weights and the optimizer


def test_new_weights_have_keras_distributions(tmp_path):
    save(models.tiny(), tmp_path)
    file = edit(tmp_path, "--append", "Dense(400, name='a')",
                "--append", "Dense(300, kernel_initializer=he_normal, bias_initializer=ones, name='b')",
                "--append", "Dense(200, kernel_initializer=RandomNormal(stddev=0.5), name='c')",
                "--seed", 3)
    model = keras.saving.load_model(file)
    a, b, c = (model.get_layer(name).get_weights() for name in "abc")
    limit = np.sqrt(6 / (4 + 400))
    assert np.abs(a[0]).max() <= limit and abs(a[0].std() / (limit / np.sqrt(3)) - 1) < 0.05
    assert abs(b[0].std() / np.sqrt(2 / 400) - 1) < 0.02 and not a[1].any() and (b[1] == 1).all()
    assert abs(c[0].std() / 0.5 - 1) < 0.02
    same, other = (keras.saving.load_model(edit(
        tmp_path, "--append", "Dense(400, name='a')", "--seed", seed)).get_layer("a").get_weights()
        for seed in (3, 4))
    assert np.array_equal(same[0], a[0]) and not np.array_equal(other[0], a[0])


@pytest.mark.parametrize("options,kept", [
    (["--unfreeze", "out"], True),
    (["--freeze", "hidden"], False),
    (["--append", "Dense(3)"], False),
    (["--append", "ReLU()"], True),
    (["--compile", "optimizer=adam,loss=mse"], False)])
def test_optimizer_state(options, kept, tmp_path):
    model = models.tiny()
    model.compile(optimizer="adam", loss="mean_squared_error")
    x = np.ones((4, 6), "float32")
    model.train_on_batch(x, np.ones((4, 4), "float32"))
    model.save(tmp_path / "base.keras")
    run = oracle.Run("edit", tmp_path / "base.keras", "-o", tmp_path / "edited.keras", *options)
    code, _, notes = run.outcome()
    assert code == 0, notes
    loaded = keras.saving.load_model(tmp_path / "edited.keras")
    assert int(loaded.optimizer.iterations) == (1 if kept else 0)
    assert ("optimizer's state is dropped" in notes) != kept


# --- What the page says


def test_commands_of_the_page(tmp_path):
    page = (oracle.ROOT / "docs/TransferLearning.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 4
    base = mobilenet()
    oracle.randomize(base)
    base.save(tmp_path / "mobilenet.keras")
    convolutions((None, None)).save(tmp_path / "anysize.keras")
    x, y = images((32, 32, 3), count=64)
    np.savez(tmp_path / "flowers.npz", x=x, y=y)
    environment = {**os.environ, "PATH": f"{pathlib.Path(oracle.DLC).parent}:{os.environ['PATH']}"}
    for block in blocks:
        subprocess.run(["bash", "-e", "-c", block], cwd=tmp_path, env=environment, check=True)
    trained = keras.saving.load_model(tmp_path / "done.keras")
    assert {layer.name for layer in trained.layers if layer.trainable and layer.weights} == {
        "conv_dw_13", "conv_dw_13_bn", "conv_pw_13", "conv_pw_13_bn", "dense", "dense_1"}
    for name in ("small.keras", "sized.keras"):
        assert keras.saving.load_model(tmp_path / name).input_shape == (None, 48, 48, 3)


def test_objects_as_python_writes_them(tmp_path):
    save(vgg(), tmp_path)
    head = ("Dense(10, kernel_regularizer=keras.regularizers.L2(0.01), "
            "kernel_constraint=MaxNorm(2, axis=0), bias_initializer=Constant(0.5))")
    layer = keras.saving.load_model(edit(tmp_path, "--append", head)).layers[-1]
    assert float(layer.kernel_regularizer.l2) == pytest.approx(0.01)
    assert (layer.kernel_constraint.max_value, layer.kernel_constraint.axis) == (2, 0)
    assert (np.asarray(layer.bias) == 0.5).all()


def test_cutting_at_nothing_is_a_mistake(tmp_path):
    save(vgg(), tmp_path)
    assert "names no layer" in refuse(tmp_path, "--cut-at", "")


# --- Mistakes


@pytest.mark.parametrize("options,words", [
    (["--cut-at", "fc3"], ['"fc3"', "does not exist", '"fc2"']),
    (["--cut-at", "layers[40]"], ["layers[40]", "15 layers"]),
    (["--cut-at", "image"], ['"image"', "is an input"]),
    (["--append", "Dens(10)"], ["Dens", '"Dense"']),
    (["--append", "Dense(10, activations=relu)"], ["activations", '"activation"']),
    (["--append", "Dense()"], ["units"]),
    (["--append", "Dense(10"], ["no closing parenthesis"]),
    (["--append", "Dense(10, kernel_regularizer=L2(0.1, 0.2))"], ["L2", "without a key"]),
    (["--append", "Dense(10, units=10)"], ["units twice"]),
    (["--append", "Add()"], ["merges a list"]),
    (["--append", "Conv2D(8, 3)"], ['"conv2d"']),
    (["--append", "Dense(10, name=fc1)"], ['"fc1"', "name of another layer"]),
    (["--freeze", "blok1*"], ["blok1*", "matches no layer"]),
    (["--freeze", "fc4"], ["fc4", '"fc1"']),
    (["--input-shape", "64x64x3"], ['"fc1"', "(128, 32)", "(512, 32)"]),
    (["--input-shape", "64x64xthree"], ["--input-shape", "96x96x3"]),
    (["--input-shape", "picture=64x64x3"], ["picture", "image"]),
    (["--compile", "optimiser=adam"], ["optimiser"]),
    (["--compile", "optimizer=adm,loss=mse"], ["adm", "Adam"]),
    (["--compile", "optimizer=adam"], ["loss"])])
def test_mistakes_name_what_is_wrong(options, words, tmp_path):
    save(vgg(), tmp_path)
    error = refuse(tmp_path, *options)
    for word in words:
        assert word in error, error
