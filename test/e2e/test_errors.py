# Wrong files and wrong data: exit code 1, one line that names the thing, and no
# output left behind.
import json
import zipfile

import keras
import numpy as np
import pytest

import models
import oracle
from spoil import edit_config, refuse, rewrite, save_data


def test_the_good_case_works(good):
    oracle.dlc("train", good / "model.keras", "--data", good / "data.npz", "-o", good / "o.keras")


def test_no_such_model(good):
    (good / "model.keras").unlink()
    refuse(good, "model.keras")


def test_no_such_data(good):
    (good / "data.npz").unlink()
    refuse(good, "data.npz")


def test_model_is_no_zip(good):
    (good / "model.keras").write_bytes(b"not a zip at all")
    refuse(good, "model.keras")


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_truncated_model(good, keep):
    raw = (good / "model.keras").read_bytes()
    (good / "model.keras").write_bytes(raw[:int(len(raw) * keep)])
    refuse(good, "model.keras")


@pytest.mark.parametrize("member", ["config.json", "model.weights.h5"])
def test_missing_member(good, member):
    rewrite(good, lambda data: None, member)
    refuse(good, "model.keras", member)


def test_config_is_no_json(good):
    rewrite(good, lambda data: data[:-20])
    refuse(good, "config.json")


def test_config_nested_too_deeply(good):
    rewrite(good, lambda data: b"[" * 100_000 + b"]" * 100_000)
    refuse(good, "config.json")


def test_truncated_weights(good):
    rewrite(good, lambda data: data[:len(data) // 2], "model.weights.h5")
    refuse(good, "model.weights.h5")


@pytest.mark.parametrize("call, named", [
    (lambda x: keras.ops.sort(x, axis=-1), ["sort", "Sort", "NotImported.md"]),
    (lambda x: keras.ops.prod(x, axis=-1, keepdims=True), ["prod", "Prod", "NotImported.md"]),
    (lambda x: keras.ops.pad(x, ((0, 0), (1, 1)), mode="wrap"), ["pad", "wrap", "reflect"]),
    (lambda x: keras.ops.flip(x), ["flip", "batch"]),
    (lambda x: keras.ops.norm(x, ord=1, axis=-1, keepdims=True), ["norm", "Euclidean"]),
    (lambda x: keras.layers.Dense(3, activation=keras.layers.PReLU())(x),
     ["dense", "PReLU", "weights"]),
])
def test_what_dlc_does_not_compute(good, call, named):
    """The layer or function by its name, and what to do."""
    x = keras.Input((6,), name="features")
    keras.utils.set_random_seed(1)
    model = keras.Model(x, call(x))
    model.compile(optimizer="sgd", loss="mse")
    model.save(good / "model.keras")
    refuse(good, *named)


def test_weights_of_another_shape(good):
    def edit(config):
        config["config"]["layers"][1]["config"]["units"] = 9
    edit_config(good, edit)
    refuse(good, "hidden")


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_classes_in_the_other_form(good, command):
    """Labels are numbers or rows, as the loss takes them; Keras refuses others, too."""
    save_data(good, y=np.eye(4, dtype="float32")[[0, 1, 2, 3, 0, 1, 2, 3, 0, 1]])
    refuse(good, 'target "out"', "has shape (10, 4)",
           "its loss sparse_categorical_crossentropy takes class numbers of shape (None,)",
           "argmax", command=command)
    save_data(good)
    for loss in ("categorical_crossentropy", "kl_divergence"):
        refuse(good, 'target "out"', "has shape (10,)",
               f"its loss {loss} takes rows of shape (None, 4)", "to_categorical", command=command, options=("--loss", loss))
    save_data(good, y=np.zeros((10, 3), "float32"))
    refuse(good, 'target "out"', "has shape (10, 3)", "its loss mean_squared_error takes (None, 4)",
           command=command, options=("--loss", "mse"))


def save_free(path):
    keras.Sequential([
        keras.Input((None, 8, 3), name="image"), keras.layers.Conv2D(2, 3, name="conv"),
        keras.layers.GlobalAveragePooling2D()]).save(path)


@pytest.mark.parametrize("command", ["train", "compile", "import", "summary"])
def test_free_input_size(good, command):
    save_free(good / "model.keras")
    refuse(good, '"image"', "[null,null,8,3]", "--input-shape image=96x8x3", command=command)


@pytest.mark.parametrize("shape, words", [
    ("12x9x3", ['"image"', "(12, 8, 3)", "(12, 9, 3)", "dlc edit --input-shape"]),
    ("12x8", ['"image"', "--input-shape"]),
    ("picture=12x8x3", ['"picture"', "image"])])
def test_input_shape_of_another_model(good, shape, words):
    save_free(good / "model.keras")
    refuse(good, *words, command="import", options=["--input-shape", shape])


@pytest.mark.parametrize("shape", ["12x", "12x8x0", "=", "12x8x3.5", "1e2x8x3"])
def test_input_shape_is_no_shape(good, shape):
    save_free(good / "model.keras")
    refuse(good, "--input-shape", "96x96x3", command="import", exit_code=2,
           options=["--input-shape", shape])


def test_missing_weight(good):
    other = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, use_bias=False),
                              keras.layers.Dense(4)])
    other.save(good / "other.keras")
    with zipfile.ZipFile(good / "other.keras") as archive:
        weights = archive.read("model.weights.h5")
    (good / "other.keras").unlink()
    rewrite(good, lambda data: weights, "model.weights.h5")
    refuse(good, "hidden", "2 weights", "holds 1")


def test_unknown_layer(good):
    def edit(config):
        config["config"]["layers"][1]["class_name"] = "Dence"
    edit_config(good, edit)
    refuse(good, "Dence", "hidden", "Dense")


def test_unknown_activation(good):
    def edit(config):
        config["config"]["layers"][1]["config"]["activation"] = "rellu"
    edit_config(good, edit)
    refuse(good, "rellu", "hidden")


def test_layer_without_a_needed_key(good):
    def edit(config):
        del config["config"]["layers"][1]["config"]["units"]
    edit_config(good, edit)
    refuse(good, "hidden", "units")


@pytest.mark.parametrize("key, value, kind", [
    ("units", "many", "a whole number"), ("units", 2.5, "a whole number"),
    ("use_bias", 1, "true or false"), ("activation", ["relu"], "name")])
def test_key_of_another_kind(good, key, value, kind):
    def edit(config):
        config["config"]["layers"][1]["config"][key] = value
    edit_config(good, edit)
    refuse(good, "hidden", f"{key} is {json.dumps(value)}", kind)


def test_half_weights(good):
    def edit(config):
        config["config"]["layers"][1]["config"]["dtype"]["config"]["name"] = "bfloat16"
    edit_config(good, edit)
    refuse(good, "hidden", "bfloat16", "mixed_bfloat16")


def test_lambda_layer(good):
    def edit(config):
        config["config"]["layers"][1]["class_name"] = "Lambda"
    edit_config(good, edit)
    refuse(good, "Lambda")


@pytest.mark.parametrize("option, value, near", [
    ("--optimizer", "adamm", "adam"), ("--loss", "mean_squard_error", "MeanSquaredError"),
    ("--metrics", "acuracy", "accuracy")])
def test_unknown_names_get_the_nearest(good, option, value, near):
    refuse(good, value, near, options=[option, value])


@pytest.mark.parametrize("flag, text, nearest", [
    ("--optimizer", "adam(learning_rte=1)", "learning_rate"),
    ("--optimizer", '{"class_name": "Adam", "config": {"beta1": 0.5}}', "beta_1"),
    ("--loss", "SparseCategoricalCrossentropy(from_logit=True)", "from_logits"),
])
def test_unknown_argument_of_an_option(good, flag, text, nearest):
    refuse(good, flag, nearest, options=[flag, text], exit_code=2)


def test_two_outputs_of_one_name(good):
    refuse(good, "two outputs", options=["--json", good / "out.keras"])


@pytest.mark.parametrize("options, words", [
    (["--csv-log", "model.keras"], ["for MODEL and for --csv-log"]),
    (["--history", "./x/../model.keras"], ["for MODEL and for --history"]),
    (["--checkpoint", "filepath=link.keras,save_best_only=true"], ["MODEL and for --checkpoint"]),
    (["--csv-log", "filename=data.npz,append=true"], ["for --data and for --csv-log"]),
    (["--trace", "val.npz", "--validation-data", "val.npz"], ["--validation-data", "--trace"]),
    (["--profile", "w.weights.h5", "--weights", "w.weights.h5"], ["--weights", "--profile"]),
    (["--csv-log", "log", "--history", "log"], ["two outputs, --history and --csv-log"]),
    (["--checkpoint", "{epoch}.keras", "--csv-log", "{epoch}.keras"], ["two outputs"]),
    (["--tensorboard", "logs/", "--backup", "logs"], ["two outputs, --tensorboard and --backup"]),
])
def test_outputs_replace_no_input_and_no_other_output(good, options, words, monkeypatch):
    monkeypatch.chdir(good)
    (good / "x").mkdir()
    (good / "link.keras").symlink_to("model.keras")
    for name in ("val.npz", "w.weights.h5"):
        (good / name).write_bytes(b"content")
    before = {path: path.read_bytes() for path in good.iterdir() if path.is_file()}
    refuse(good, *words, options=options)
    assert {path: path.read_bytes() for path in good.iterdir() if path.is_file()} == before


def test_predictions_do_not_replace_the_data(good):
    (good / "data.npz").rename(good / "out.npz")
    refuse(good, "for --data and for -o", command="predict", data="out.npz")


def test_a_model_is_trained_in_place(good):
    before = (good / "model.keras").read_bytes()
    oracle.dlc("train", good / "model.keras", "--data", good / "data.npz", "-o",
               good / "model.keras")
    assert (good / "model.keras").read_bytes() != before


def test_unknown_metric_stops_training_alone(good):
    """What needs no compile_config works without one, and keeps it."""
    model = models.tiny()
    model.compile(optimizer="sgd", loss="mse", metrics=["Sum"])
    model.save(good / "model.keras")
    refuse(good, "Sum")
    for command, out in (("predict", "y.npz"), ("import", "m.mlir")):
        data = ["--data", good / "data.npz"] if command == "predict" else []
        code, _, stderr = oracle.Run(command, good / "model.keras", *data, "-o", good / out).outcome()
        assert code == 0, stderr
        assert "compile_config is kept" in stderr
    code, _, stderr = oracle.Run("export", good / "m.mlir", "-o", good / "back.keras").outcome()
    assert code == 0, stderr
    configs = [json.loads(zipfile.ZipFile(good / name).read("config.json"))["compile_config"]
               for name in ("model.keras", "back.keras")]
    assert configs[0]["metrics"] == configs[1]["metrics"] == ["Sum"]
    assert configs[0]["optimizer"]["class_name"] == configs[1]["optimizer"]["class_name"]


def test_cudnn_is_no_optimizer(good):
    refuse(good, "cudnn", "--target cuda", options=["--optimizer", "cudnn"])


def test_uncompiled_model_does_not_train(good):
    models.tiny().save(good / "model.keras")
    refuse(good, "--optimizer")


def test_missing_array(good):
    save_data(good, y=None)
    refuse(good, "data.npz", "y")


def test_wrong_feature_count(good):
    save_data(good, x=np.zeros((10, 7), "float32"))
    refuse(good, "7", "6")


def test_wrong_rank(good):
    save_data(good, x=np.zeros((10, 6, 1, 2), "float32"))
    refuse(good, "features", "(10, 6, 1, 2)")


def test_different_counts(good):
    save_data(good, y=np.zeros(9, "int32"))
    refuse(good, "10", "9")


def test_no_samples(good):
    save_data(good, count=0)
    refuse(good, "data.npz")


@pytest.mark.parametrize("label", [4, -1, 10**6])
def test_label_out_of_range(good, label):
    y = np.zeros(10, "int32")
    y[7] = label
    save_data(good, y=y)
    refuse(good, str(label), "4")
    refuse(good, str(label), command="evaluate")


def test_broken_label(good):
    save_data(good, y=np.full(10, 0.5, "float32"))
    refuse(good, "0.5")


def test_text_is_no_number(good):
    save_data(good, x=np.array([["a"] * 6] * 10))
    refuse(good, "x")


def test_unknown_input_name(good):
    rng = np.random.default_rng(17)
    np.savez(good / "data.npz", x_left=rng.normal(size=(10, 6)).astype("float32"),
             y=np.zeros(10, "int32"))
    model = models.two_by_two()
    model.compile(optimizer="sgd", loss="mse")
    model.save(good / "model.keras")
    refuse(good, "right")


def test_truncated_data(good):
    raw = (good / "data.npz").read_bytes()
    (good / "data.npz").write_bytes(raw[:len(raw) // 2])
    refuse(good, "data.npz")


@pytest.mark.parametrize("command", ["predict", "evaluate", "compile", "import", "gradients",
                                     "summary"])
def test_each_command_refuses_a_broken_model(good, command):
    rewrite(good, lambda data: data[:-20])
    refuse(good, "config.json", command=command)


def test_damaged_artifact(good):
    artifact = good / "model.dlc"
    oracle.dlc("compile", good / "model.keras", "-o", artifact)
    raw = bytearray(artifact.read_bytes())
    for position in (3, len(raw) // 3, len(raw) - 5):
        raw[position] ^= 1
        artifact.write_bytes(raw)
        code, _, err = oracle.Run("evaluate", artifact, "--data", good / "data.npz").outcome()
        raw[position] ^= 1
        assert code == 1 and "model.dlc" in err, err


def test_output_folder_does_not_exist(good):
    code, _, err = oracle.Run("train", good / "model.keras", "--data", good / "data.npz",
                              "-o", good / "nowhere/out.keras").outcome()
    assert code == 1 and "nowhere" in err, err


def test_usage_errors_exit_with_two(good):
    for arguments in (["train"], ["trian"], ["train", good / "model.keras", "--no-such-option"]):
        code, _, err = oracle.Run(*arguments).outcome()
        assert code == 2, (arguments, code, err)


@pytest.mark.parametrize("command", ["compile", "train", "evaluate", "predict", "summary", "import",
                                     "export", "inspect", "doctor", "gradients"])
def test_help_shows_an_example(command):
    text = oracle.dlc(command, "--help")
    assert f"dlc {command}" in text
