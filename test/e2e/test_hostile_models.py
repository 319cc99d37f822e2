# Models that make no sense: graphs that lead nowhere, sizes that no machine has,
# weights that are no numbers. dlc refuses them by name or does as Keras does.
import io
import json
import resource
import sys

import h5py
import keras
import numpy as np
import pytest

import oracle
from spoil import edit_config, refuse, rewrite


@pytest.fixture
def branches(good):
    """A Functional model: left and right, added."""
    x = keras.Input((6,), name="features")
    left = keras.layers.Dense(4, name="left")(x)
    right = keras.layers.Dense(4, name="right")(x)
    model = keras.Model(x, keras.layers.Add(name="sum")([left, right]), name="branches")
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.save(good / "model.keras")
    return good


def layer(config, name):
    return next(entry for entry in config["config"]["layers"] if entry["name"] == name)


def history(tensor):
    """[layer, call, result] of a serialised tensor."""
    return tensor["config"]["keras_history"]


#: What is changed in the layer "sum", whose first argument is a list of two.
def set_source(value):
    def edit(config):
        history(layer(config, "sum")["inbound_nodes"][0]["args"][0][0])[:] = value
    return edit


@pytest.mark.parametrize("source", [
    ["nowhere", 0, 0], ["left", 1, 0], ["left", 0, 1], ["left", -1, 0], ["left", 0, -1],
    ["left", 2**31, 0], ["left", 0, 2**63 - 1], ["sum", 0, 0]])
def test_tensor_that_is_never_computed(branches, source):
    edit_config(branches, set_source(source))
    refuse(branches, "sum", source[0])


def test_layers_in_a_circle(branches):
    def edit(config):
        history(layer(config, "left")["inbound_nodes"][0]["args"][0])[:] = ["sum", 0, 0]
    edit_config(branches, edit)
    refuse(branches, "left", "sum")


def test_two_layers_of_one_name(branches):
    edit_config(branches, lambda config: config["config"]["layers"].append(
        layer(config, "left")))
    refuse(branches, "left", "twice")


def test_layer_that_nothing_reads(branches):
    """Keras drops nothing and neither does dlc: a dangling layer is kept."""
    def edit(config):
        extra = json.loads(json.dumps(layer(config, "left")))
        extra["name"] = extra["config"]["name"] = "extra"
        extra["inbound_nodes"] = []
        config["config"]["layers"].append(extra)
    edit_config(branches, edit)
    refuse(branches, "extra")


@pytest.mark.parametrize("value", [["nowhere", 0, 0], ["left", 9, 0], [["sum", 0]], None, 5,
                                   {"a": {"b": None}}])
@pytest.mark.parametrize("key", ["input_layers", "output_layers"])
def test_inputs_and_outputs_that_are_none(branches, key, value):
    edit_config(branches, lambda config: config["config"].update({key: value}))
    refuse(branches, "branches")


def test_layer_that_is_never_called(branches):
    edit_config(branches, lambda config: layer(config, "sum").update(inbound_nodes=[]))
    refuse(branches, "sum")


def test_custom_layer(branches):
    edit_config(branches, lambda config: layer(config, "left").update(
        class_name="MyLayer", module="builtins", registered_name="Custom>MyLayer"))
    refuse(branches, "MyLayer", "left")


def test_subclassed_model(good):
    edit_config(good, lambda config: config.update(
        class_name="MyModel", config={"name": "mine"}, registered_name="Custom>MyModel"))
    refuse(good, "MyModel", "keras.Model(x, model.call(x))")


# Sizes that break arithmetic, memory or patience.

@pytest.mark.parametrize("units", [0, -1, -2**63, 2**31, 2**62, 2**63, 10**30, 10**9, 0.5, "9",
                                   None, True, [4]])
def test_units_that_no_layer_has(good, units):
    edit_config(good, lambda config: config["config"]["layers"][1]["config"].update(units=units))
    refuse(good, "hidden", command="compile")


@pytest.mark.parametrize("make, key, value", [
    (keras.layers.Cropping2D, "cropping", [[2**62, 2**62], [1, 1]]),
    (keras.layers.ZeroPadding2D, "padding", [[2**62, 2**62], [1, 1]]),
    (keras.layers.MaxPooling2D, "pool_size", [2**63 - 1, 2]),
    # Each size may be, but the window is none that ends.
    (lambda name: keras.layers.AveragePooling2D(2, name=name), "pool_size", [2**22, 2**22]),
    # 6 times this is 2^64 + 2, which as 64 bits is 2.
    (lambda name: keras.layers.UpSampling2D(interpolation="bilinear", name=name), "size",
     [3074457345618258603, 1]),
])
def test_sizes_beyond_arithmetic(good, make, key, value):
    x = keras.Input((6, 6, 3))
    keras.Model(x, make(name="wide")(x)).save(good / "model.keras")
    edit_config(good, lambda config: layer(config, "wide")["config"].update({key: value}))
    refuse(good, "wide", key, command="compile")


def test_weights_beyond_all_memory(good):
    """2^31 x 2^31 weights of a layer file, which come from initializers."""
    (good / "m.mlir").write_text(
        "layer.model @m attributes {kind = \"Sequential\"} {\n"
        "  %x = layer.input \"x\" {shape = [2147483648]}\n"
        "  %y = layer.dense \"wide\" %x {units = 2147483648} : tensor<?x2147483648xf32>\n"
        "  layer.output %y : tensor<?x2147483648xf32>\n}\n")
    refuse(good, "wide", model="m.mlir", command="compile")


@pytest.mark.parametrize("batch", [0, -1, 2**40])
def test_batch_beyond_all_memory(good, batch):
    code, _, stderr = oracle.Run("compile", good / "model.keras", "-o", good / "m.dlc",
                                 "--batch", batch).outcome()
    assert code in (1, 2) and "batch" in stderr and stderr.count("dlc: error: ") == 1, stderr


@pytest.mark.parametrize("shape", [[None, -6], [None, 0], [None, None], [None, 2**63],
                                   [None, "6"], None, [], [None, 6.5]])
def test_input_of_no_shape(good, shape):
    edit_config(good, lambda config: config["config"]["layers"][0]["config"].update(
        batch_shape=shape))
    refuse(good, "features", command="compile")


def chain(count, make):
    """The config of a Sequential model of `count` layers."""
    start = {"class_name": "InputLayer", "module": "keras.layers",
             "config": {"name": "x", "batch_shape": [None, 3]}}
    return json.dumps({"class_name": "Sequential", "module": "keras",
                       "config": {"name": "long", "layers": [start] + [
                           make(i) for i in range(count)]}}).encode()


def measure(*arguments):
    """Runs a command that must succeed; the seconds that it computed, which do not
    depend on what else the machine does."""
    def spent():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime
    before = spent()
    oracle.dlc(*arguments)
    return spent() - before


# No step that reads or writes a model may be quadratic: a tenth of the seconds
# allowed is usual.

def test_100_000_layers(good):
    text = chain(100_000, lambda i: {
        "class_name": "Flatten", "module": "keras.layers", "config": {"name": f"f{i}"}})
    rewrite(good, lambda data: text)
    assert measure("import", good / "model.keras", "-o", good / "m.mlir") < 40


def test_20_000_layers_with_weights(good):
    text = chain(20_000, lambda i: {
        "class_name": "Dense", "module": "keras.layers", "config": {"name": f"d{i}", "units": 3}})
    rewrite(good, lambda data: text)
    rewrite(good, lambda data: None, member="model.weights.h5")
    oracle.dlc("import", good / "model.keras", "-o", good / "m.mlir")
    assert measure("export", good / "m.mlir", "-o", good / "whole.keras") < 25
    assert measure("import", good / "whole.keras", "-o", good / "m.mlir") < 40
    assert measure("edit", good / "whole.keras", "-o", good / "edited.keras",
                   "--freeze", "*", "--append", "Dense(2)") < 50


def test_1_000_nested_models(good):
    model = {"class_name": "Flatten", "module": "keras.layers", "config": {"name": "f"}}
    for i in range(1000):
        start = {"class_name": "InputLayer", "module": "keras.layers",
                 "config": {"name": f"x{i}", "batch_shape": [None, 3]}}
        model = {"class_name": "Sequential", "module": "keras",
                  "config": {"name": f"m{i}", "layers": [start, model]}}
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        text = json.dumps(model).encode()
    finally:
        sys.setrecursionlimit(limit)
    rewrite(good, lambda data: text)
    refuse(good, "config.json", "200")


# Weights.

def edit_weights(folder, edit):
    """model.weights.h5 after `edit` got it as an h5py file."""
    def change(raw):
        buffer = io.BytesIO(raw)
        with h5py.File(buffer, "r+") as file:
            edit(file)
        return buffer.getvalue()
    rewrite(folder, change, "model.weights.h5")


def replace(path, change):
    def edit(file):
        value = change(file[path][()])
        del file[path]
        file[path] = value
    return edit


KERNEL = "layers/dense/vars/0"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers(good, bad):
    """Computed with as Keras does, but the user is told which."""
    def spoil(kernel):
        kernel[0, 0] = bad
        return kernel
    edit_weights(good, replace(KERNEL, spoil))
    code, _, stderr = oracle.Run("predict", good / "model.keras", "--data", good / "data.npz",
                                 "-o", good / "y.npz").outcome()
    assert code == 0, stderr
    assert "dlc: note: " in stderr and KERNEL in stderr, stderr
    model = keras.saving.load_model(good / "model.keras")
    expected = model.predict(oracle.load_npz(good / "data.npz")["x"], verbose=0)
    np.testing.assert_allclose(oracle.load_npz(good / "y.npz")["y"], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float64", "float16", ">f4", ">f8"])
def test_weights_of_other_float_types(good, dtype):
    edit_weights(good, replace(KERNEL, lambda kernel: kernel.astype(dtype)))
    oracle.dlc("predict", good / "model.keras", "--data", good / "data.npz", "-o", good / "y.npz")
    model = keras.saving.load_model(good / "model.keras")
    expected = model.predict(oracle.load_npz(good / "data.npz")["x"], verbose=0)
    np.testing.assert_allclose(oracle.load_npz(good / "y.npz")["y"], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("change", [
    lambda kernel: kernel.astype("int32"), lambda kernel: kernel.astype(bool),
    lambda kernel: kernel.astype("complex64"), lambda kernel: kernel.astype("S4"),
    lambda kernel: kernel.ravel(), lambda kernel: kernel[:, :0], lambda kernel: np.float32(1)])
def test_weights_of_a_wrong_kind(good, change):
    edit_weights(good, replace(KERNEL, change))
    refuse(good, "model.keras", "dense")


def test_weights_in_another_file(good):
    """External and soft links of HDF5 are not followed."""
    def edit(file):
        del file[KERNEL]
        file[KERNEL] = h5py.ExternalLink("/etc/passwd", "x")
    edit_weights(good, edit)
    refuse(good, "hidden")


@pytest.mark.parametrize("units", [2 ** 40, 4611686018427387905, 2 ** 63 - 1])
def test_new_weights_beyond_the_machine(good, units):
    """Nothing is allocated for them, and no product of sizes overflows."""
    code, _, stderr = oracle.Run("edit", good / "model.keras", "-o", good / "big.keras",
                                 "--append", f"Dense({units}, name='wide')").outcome()
    assert code == 1, stderr
    assert stderr.count("\n") == 1 and "wide/" in stderr, stderr
    assert "make its layer smaller" in stderr, stderr
    assert not (good / "big.keras").exists()
