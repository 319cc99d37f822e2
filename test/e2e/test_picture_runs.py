# Runs on pictures beyond their pixels: what must be the same when one goes on, what a
# model keeps of its pictures in files of every form, and fit's arguments about epochs.
import json
import shutil
import zipfile

import h5py
import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

import oracle

SIDE = 8
CLASSES = ["ant", "bee", "café"]
PER_CLASS = 6


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Pictures in class folders `set`, the same in `set.zip`, and a model for them."""
    place = tmp_path_factory.mktemp("runs")
    rng = np.random.default_rng(5)
    for label, name in enumerate(CLASSES):
        (place / "set" / name).mkdir(parents=True)
        for i in range(PER_CLASS):
            pixels = rng.integers(0, 120, (SIDE, SIDE, 3)) + 60 * label
            Image.fromarray(pixels.astype(np.uint8)).save(place / "set" / name / f"{i}.png")
    with zipfile.ZipFile(place / "set.zip", "w") as file:
        for picture in sorted((place / "set").rglob("*.png")):
            file.write(picture, f"all/{picture.relative_to(place / 'set')}")
    keras.utils.set_random_seed(6)
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), layers.Flatten(),
                              layers.Dense(4, activation="relu", name="hidden"),
                              layers.Dense(3, activation="softmax", name="head")])
    model.compile(keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    model.save(place / "model.keras")
    # Starts in a moment.
    oracle.dlc("compile", place / "model.keras", "-o", place / "model.dlc", "--batch", 4)
    return place


def arrays(place):
    """The samples in dlc's order, and their labels."""
    files = sorted((place / "set").rglob("*.png"))
    x = np.stack([np.asarray(Image.open(file), np.float32) for file in files])
    return x, np.array([CLASSES.index(file.parent.name) for file in files], np.int32)


def train(place, out, *options, data="set", model="model.dlc"):
    return oracle.Run("train", place / model, "--data", place / data, "-o", out, "--batch", 4,
                      "--seed", 1, *options)


def test_a_run_goes_on_with_its_pictures_alone(place, tmp_path):
    shutil.copytree(place / "set", tmp_path / "set")
    backup, out = tmp_path / "run", tmp_path / "out.keras"
    usual = ("--rescale", "1/255", "--validation-split", "0.2", "--augment",
             "rotation_range=10", "--history", tmp_path / "h.json")
    train(place, out, *usual, "--epochs", 3).finish()
    whole = (tmp_path / "h.json").read_text()
    train(place, out, *usual, "--steps", 5, "--epochs", 3, "--backup", backup).finish()

    def refused(data="set", options=usual):
        code, _, err = train(tmp_path, out, *options, "--epochs", 3, "--resume", backup,
                             data=data, model=place / "model.dlc").outcome()
        assert code == 1 and err.count("\n") == 1, err
        return err

    def instead(option, value):
        return [value if i and usual[i - 1] == option else part for i, part in enumerate(usual)]
    assert "--rescale 0.00392" in refused(options=instead("--rescale", "1/127"))
    assert "--augment.rotation_range 10.0 but this run has 20.0" in refused(
        options=instead("--augment", "rotation_range=20"))
    assert "--validation-split 0.2 but this run has 0.3" in refused(
        options=instead("--validation-split", "0.3"))
    assert "--interpolation nearest but this run has box" in refused(
        options=(*usual, "--interpolation", "box"))
    assert "--keep-aspect-ratio off but" in refused(options=(*usual, "--keep-aspect-ratio"))
    # A picture under another name, another one of the same name, one more; a class more.
    first = tmp_path / "set" / "bee" / "0.png"
    first.rename(first.with_name("00.png"))
    err = refused()
    assert f'class "bee": {PER_CLASS} pictures, ' in err, err
    first.with_name("00.png").rename(first)
    bytes_before = first.read_bytes()
    Image.new("RGB", (SIDE, SIDE)).save(first)
    assert 'class "bee":' in refused()
    first.write_bytes(bytes_before)
    shutil.copy(first, first.with_name("6.png"))
    assert f"but this run has {PER_CLASS + 1} pictures" in refused()
    first.with_name("6.png").unlink()
    (tmp_path / "set" / "dog").mkdir()
    assert 'is "dog"' in refused()  # of which the model knows nothing either
    (tmp_path / "set" / "dog").rmdir()
    shutil.rmtree(tmp_path / "set" / "ant")
    assert 'class "ant":' in refused()
    # A zip of them is the same set, and the result that of a run that was not stopped.
    train(place, out, *usual, "--epochs", 3, "--resume", backup, data="set.zip").finish()
    assert (tmp_path / "h.json").read_text() == whole


def test_a_run_that_a_callback_ended_says_so(place, tmp_path):
    backup, out = tmp_path / "run", tmp_path / "out.keras"
    options = ("--early-stopping", "monitor=loss,patience=1,min_delta=100,"
               "restore_best_weights=true", "--history", tmp_path / "h.json")
    train(place, out, *options, "--epochs", 5, "--backup", backup).finish()
    history = (tmp_path / "h.json").read_text()
    assert len(json.loads(history)["loss"]) == 2
    with zipfile.ZipFile(out) as file:
        weights = file.read("model.weights.h5")
    out.unlink()
    code, _, err = train(place, out, *options, "--epochs", 9, "--resume", backup).outcome()
    assert code == 0, err
    assert f"a callback had ended the run in {backup}" in err and "do not go on" in err, err
    assert (tmp_path / "h.json").read_text() == history
    with zipfile.ZipFile(out) as file:
        assert file.read("model.weights.h5") == weights


KEPT = {"interpolation": "bilinear", "keep_aspect_ratio": True, "rescale": 1 / 255,
        "preprocess": "none", "samplewise_center": True, "samplewise_std_normalization": False}
FLAGS = ("--rescale", "1/255", "--interpolation", "bilinear", "--keep-aspect-ratio")


def notes_of(path):
    """What a .keras file keeps of its data."""
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read("metadata.json")).get("dlc")


def test_a_model_keeps_how_its_pictures_were_read(place, tmp_path):
    trained = tmp_path / "trained.keras"
    train(place, trained, *FLAGS, "--augment", "samplewise_center=true").finish()
    assert notes_of(trained) == {"class_names": CLASSES, "pictures": KEPT}
    wide = tmp_path / "wide"
    wide.mkdir()
    rng = np.random.default_rng(7)
    for i in range(3):
        Image.fromarray(rng.integers(0, 255, (9, 14, 3), np.uint8)).save(wide / f"{i}.png")

    def predict(model, *options):
        code, out, err = oracle.Run("predict", model, "--data", wide, "-o", tmp_path / "y.npz",
                                    *options).outcome()
        assert code == 0, err
        return oracle.load_npz(tmp_path / "y.npz")["y"], out, err
    x = np.stack([keras.utils.img_to_array(keras.utils.load_img(
        wide / f"{i}.png", target_size=(SIDE, SIDE), interpolation="bilinear",
        keep_aspect_ratio=True)) / np.float32(255) for i in range(3)])
    x -= x.mean((1, 2, 3), keepdims=True)
    model = keras.saving.load_model(trained)
    y, out, err = predict(trained)
    np.testing.assert_allclose(y, model.predict(x, verbose=0), rtol=1e-4)
    assert err == "" and "0.png: " in out

    # The command line is followed, and a difference told.
    other, _, err = predict(trained, "--preprocess", "tf")
    assert not np.allclose(other, y)
    assert err == (f"dlc: note: {wide}: preprocess is tf, and the model was trained with none\n"
                   f"dlc: note: {wide}: rescale is none, and the model was trained with "
                   "0.00392157\n")
    assert predict(trained, *FLAGS)[2] == ""

    # Files of every form keep it, and so do edits, but for names that do not fit.
    for form in ("mlir", "h5", "dlc"):
        command = {"mlir": "import", "h5": "export", "dlc": "compile"}[form]
        oracle.dlc(command, trained, "-o", tmp_path / f"m.{form}")
        again, told, err = predict(tmp_path / f"m.{form}")
        np.testing.assert_array_equal(again, y)
        assert told == out and err == ""
    keras.saving.load_model(tmp_path / "m.h5", compile=False)
    oracle.dlc("export", tmp_path / "m.mlir", "-o", tmp_path / "a.h5")
    oracle.dlc("export", tmp_path / "a.h5", "-o", tmp_path / "a.keras")
    assert notes_of(tmp_path / "a.keras") == notes_of(trained)

    def edit(*options):
        code, _, err = oracle.Run("edit", trained, "-o", tmp_path / "e.keras",
                                  *options).outcome()
        assert code == 0, err
        return err
    assert "classes" not in edit("--freeze", "hidden")
    assert notes_of(tmp_path / "e.keras") == notes_of(trained)
    head = ("--cut-at", "hidden", "--append")
    err = edit(*head, "Dense(5, activation=softmax)")
    assert "the names of 3 classes are dropped: the model now has 5 outputs" in err, err
    assert notes_of(tmp_path / "e.keras") == {"pictures": KEPT}
    assert "classes" not in edit(*head, "Dense(3, activation=softmax)")
    assert notes_of(tmp_path / "e.keras")["class_names"] == CLASSES


def test_an_h5_file_keeps_what_training_found(place, tmp_path):
    """Written by training itself, from a legacy file and back into one."""
    oracle.dlc("export", place / "model.keras", "-o", tmp_path / "m.h5")
    train(tmp_path, tmp_path / "out.h5", "--rescale", "1/255", data=place / "set",
          model="m.h5").finish()
    with h5py.File(tmp_path / "out.h5") as file:
        notes = json.loads(file.attrs["dlc"])
    assert notes["class_names"] == CLASSES and notes["pictures"]["rescale"] == 1 / 255
    code, _, err = train(tmp_path, tmp_path / "more.h5", data=place / "set",
                         model="out.h5").outcome()
    assert code == 0 and "are read as those that" in err and "rescale 0.00392157" in err, err


def test_settings_that_no_file_may_hold(place, tmp_path):
    train(place, tmp_path / "t.keras").finish()
    with zipfile.ZipFile(tmp_path / "t.keras") as file:
        members = {name: file.read(name) for name in file.namelist()}

    def refuse(pictures):
        metadata = json.loads(members["metadata.json"])
        metadata["dlc"]["pictures"] = pictures
        with zipfile.ZipFile(tmp_path / "bad.keras", "w") as file:
            for name, content in {**members, "metadata.json": json.dumps(metadata)}.items():
                file.writestr(name, content)
        code, _, err = oracle.Run("evaluate", tmp_path / "bad.keras", "--data",
                                  place / "set").outcome()
        assert code == 1 and err.count("\n") == 1, err
        return err
    assert '"rescale" of pictures: is 1/255 but it is a number' in refuse({"rescale": "1/255"})
    assert "it may be nearest, bilinear" in refuse({"interpolation": "neares"})
    assert "it is true or false" in refuse({"keep_aspect_ratio": 1})


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_epochs_are_cut_as_in_keras(place, tmp_path):
    """steps_per_epoch, validation_steps, validation_freq and class_weight by name."""
    x, y = arrays(place)
    x /= np.float32(255)
    model = keras.saving.load_model(place / "model.keras")
    history = model.fit(x, y, batch_size=4, epochs=4, shuffle=False, steps_per_epoch=2,
                        validation_data=(x, y), validation_steps=2, validation_freq=2,
                        class_weight={0: 1, 1: 2, 2: 0.5}, verbose=0).history
    options = ("--rescale", "1/255", "--no-shuffle", "--steps-per-epoch", 2, "--validation-data",
               place / "set", "--validation-steps", 2, "--validation-freq", 2, "--class-weight",
               "ant=1,bee=2,café=0.5", "--history", tmp_path / "h.json", "--epochs", 4)
    train(place, tmp_path / "out.keras", *options).finish()
    ours = json.loads((tmp_path / "h.json").read_text())
    assert ours.keys() == history.keys()
    for name, values in history.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-4, err_msg=name)
    oracle.assert_weights(tmp_path / "out.keras", model)
    # It goes on in the middle of a pass, too.
    backup = ("--backup", tmp_path / "run")
    train(place, tmp_path / "out.keras", *options, "--steps", 3, *backup).finish()
    train(place, tmp_path / "out.keras", *options, "--resume", tmp_path / "run").finish()
    assert json.loads((tmp_path / "h.json").read_text()) == ours
    code, _, err = train(place, tmp_path / "out.keras", "--class-weight", "cow=1").outcome()
    assert code == 2 and 'names a class "cow" but the classes are ant, bee' in err, err


def test_classes_that_are_numbered_anew_are_noted(place, tmp_path):
    """A folder less, and all numbers behind it mean other classes than before."""
    train(place, tmp_path / "all.keras").finish()
    shutil.copytree(place / "set", tmp_path / "set")
    shutil.rmtree(tmp_path / "set" / "ant")

    def further():
        code, _, err = oracle.Run("train", tmp_path / "all.keras", "--data", tmp_path / "set",
                                  "-o", tmp_path / "further.keras").outcome()
        assert code == 0, err
        return err
    assert 'number 0 is "bee" and was "ant"' in further()
    (tmp_path / "set" / "ant").mkdir()
    assert "classes" not in further()
    (tmp_path / "set" / "dog").mkdir()
    (tmp_path / "set" / "ant").rmdir()
    assert 'number 0 is "bee" and was "ant"' in further()
