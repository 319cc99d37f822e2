# Folders and zips of pictures as data: what is trained on, in which order, against
# Keras' ImageDataGenerator; names of classes; damaged pictures; hostile archives.
import gzip
import json
import os
import shutil
import signal
import string
import struct
import time
import warnings
import zipfile

import keras
import numpy as np
import pytest
from keras import layers
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from PIL import Image

import oracle

SIDE = 20
FASHION = "/usr/share/datasets/fashion-mnist"
# By label; sorted by name they stand in another order.
CLASSES = ["T-shirt", "Trouser", "a pullover"]
FORMATS = ["jpg", "png", "JPEG", "bmp", "gif"]
RESCALE = ("--rescale", "1/255")


def read_fashion(count):
    """The first `count` pictures of each class."""
    def read(name, header):
        with gzip.open(f"{FASHION}/{name}") as file:
            return np.frombuffer(file.read(header + 28 * 28 * 4000)[header:], np.uint8)
    images = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
    labels = read("train-labels-idx1-ubyte.gz", 8)
    return [images[labels[:len(images)] == label][:count] for label in range(len(CLASSES))]


def save(path, pixels, number):
    """Pictures of every kind and colour mode that the set has room for."""
    image = Image.fromarray(pixels)
    if number % 4 == 1:
        image = Image.merge("RGB", [image, image.rotate(90), image.rotate(180)])
    if number % 4 == 2:
        image = image.resize((31, 25))
    image.save(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """20 pictures of each of three classes, with what a set may hold beside them."""
    root = tmp_path_factory.mktemp("pictures") / "set"
    for name, pictures in zip(CLASSES, read_fashion(20)):
        (root / name / "more").mkdir(parents=True)
        for i, pixels in enumerate(pictures):
            place = root / name / "more" if i % 7 == 3 else root / name
            save(place / f"{i}.{FORMATS[i % len(FORMATS)]}", pixels, i)
        (root / name / "Thumbs.db").write_bytes(b"no picture")
        (root / name / "notes.txt").write_text("no picture")
    return root


@pytest.fixture(scope="module")
def archive(folder):
    """The same as a zip with a folder around the classes, as macOS makes it."""
    path = folder.parent / "train.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for picture in sorted(folder.rglob("*"), reverse=True):
            if picture.is_file():
                name = picture.relative_to(folder)
                file.write(picture, f"train/{name}")
                file.writestr(f"__MACOSX/train/{name.parent}/._{name.name}", "no picture")
    return path


def make_model(path, loss="categorical_crossentropy", outputs=len(CLASSES), channels=1,
               optimizer=None, shape=None):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([
        keras.Input(shape or (SIDE, SIDE, channels)),
        layers.Conv2D(4, 3, strides=2, activation="relu"),
        layers.GlobalAveragePooling2D() if shape else layers.Flatten(),
        layers.Dense(outputs, activation="sigmoid" if outputs == 1 else "softmax"),
    ])
    model.compile(optimizer or keras.optimizers.SGD(0.05), loss=loss, metrics=["accuracy"])
    model.save(path)
    return model


def flow(folder, subset=None, split=0.0, mode="categorical", batch=8, colors="grayscale",
         generator=None, **options):
    """Keras' batches of the set, in its order."""
    generator = generator or ImageDataGenerator(rescale=1 / 255, validation_split=split)
    return generator.flow_from_directory(
        folder, target_size=(SIDE, SIDE), color_mode=colors, class_mode=mode, batch_size=batch,
        shuffle=False, subset=subset, **options)


def batches_of(iterator):
    return [iterator[i] for i in range(len(iterator))]


@pytest.fixture(autouse=True)
def list_gif(monkeypatch):
    """Keras' white list of suffixes lacks .gif."""
    from keras.src.legacy.preprocessing import image
    formats = (*image.Iterator.white_list_formats, "gif")
    monkeypatch.setattr(image.Iterator, "white_list_formats", formats)


def pictures(*options):
    return (*RESCALE, *options)


def test_trains_as_keras_on_the_same_set(archive, folder, tmp_path):
    model = make_model(tmp_path / "model.keras")
    trained, history = oracle.train(tmp_path / "model.keras", archive, tmp_path,
                                    *pictures("--validation-split", 0.26), batch=8)
    training, validation = (flow(folder, subset, 0.26) for subset in ("training", "validation"))
    # int(0.26 * 20) of each class.
    assert validation.samples == 15 and training.samples == 45
    losses = oracle.keras_batches(model, batches_of(training))
    oracle.assert_losses(history["batch_loss"], losses, 2e-5)
    x, y = (np.concatenate(part) for part in zip(*batches_of(validation)))
    loss, accuracy = model.evaluate(x, y, batch_size=8, verbose=0)
    np.testing.assert_allclose(history["val_loss"], [loss], rtol=1e-4)
    np.testing.assert_allclose(history["val_accuracy"], [accuracy], rtol=1e-6)
    oracle.assert_weights(trained, model)

    # The names of the classes stay with the file, and Keras loads it.
    with zipfile.ZipFile(trained) as file:
        metadata = json.loads(file.read("metadata.json"))
    assert metadata["dlc"]["class_names"] == sorted(CLASSES)
    evaluated = json.loads(oracle.dlc("evaluate", trained, "--data", folder, *RESCALE,
                                      "--json", "-"))
    x, y = (np.concatenate(part) for part in zip(*batches_of(flow(folder))))
    np.testing.assert_allclose(evaluated["loss"], model.evaluate(x, y, verbose=0)[0], rtol=1e-4)

    # Predictions of pictures without classes tell the file and the class.
    loose = tmp_path / "loose"
    loose.mkdir()
    names = [f"{i}.png" for i in range(4)] + ["später.png"]
    for name, pixels in zip(names, x):
        Image.fromarray((pixels[..., 0] * 255).round().astype(np.uint8)).save(loose / name)
    out = oracle.dlc("predict", trained, "--data", loose, *RESCALE, "-o", tmp_path / "y.npz",
                     "--json", tmp_path / "y.json")
    told = json.loads((tmp_path / "y.json").read_text())
    written = oracle.load_npz(tmp_path / "y.npz")
    expected = model.predict(x[:5], verbose=0)
    np.testing.assert_allclose(written["y"], expected, rtol=1e-4)
    assert written["files"].tolist() == names
    for row, entry, name in zip(expected, told, names):
        assert entry["file"] == name and entry["class"] == sorted(CLASSES)[row.argmax()]
        np.testing.assert_allclose(entry["probability"], row.max(), rtol=1e-4)
        assert f"{name}: {entry['class']} {entry['probability']:.4f}\n" in out
    # A compiled file has the names too, and takes one picture.
    oracle.dlc("compile", trained, "-o", tmp_path / "m.dlc")
    one = oracle.dlc("predict", tmp_path / "m.dlc", "--data", loose / "1.png", *RESCALE,
                     "-o", tmp_path / "y.npz")
    assert f"1.png: {told[1]['class']} " in one
    np.testing.assert_allclose(oracle.load_npz(tmp_path / "y.npz")["y"], expected[1:2], rtol=1e-4)


@pytest.mark.parametrize("loss, mode, outputs, colors", [
    ("sparse_categorical_crossentropy", "sparse", 3, "rgb"),
    ("binary_crossentropy", "binary", 1, "grayscale"),
])
def test_labels_as_class_mode_gives_them(folder, tmp_path, loss, mode, outputs, colors):
    root = folder
    if mode == "binary":
        root = tmp_path / "two"
        for name in CLASSES[:2]:
            shutil.copytree(folder / name, root / name)
    channels = 3 if colors == "rgb" else 1
    model = make_model(tmp_path / "model.keras", loss, outputs, channels)
    _, history = oracle.train(tmp_path / "model.keras", root, tmp_path,
                              *pictures("--interpolation", "bilinear", "--workers", 3), batch=8)
    iterator = flow(root, mode=mode, colors=colors, interpolation="bilinear")
    losses = oracle.keras_batches(model, batches_of(iterator))
    oracle.assert_losses(history["batch_loss"], losses, 2e-5)


@pytest.mark.parametrize("loss, outputs, scale, bias, probabilities", [
    # What looks like a probability is none where the loss says so.
    (keras.losses.BinaryCrossentropy(from_logits=True), 1, 0.1, [0.19], [0.5474, 0.5720]),
    (keras.losses.CategoricalCrossentropy(from_logits=True), 3, 0, [0.1, 0.6, 0.3],
     [0.4260, 0.4260]),
    # Nothing says so: one row is no probability, and then none is.
    (None, 1, 3, [-2.81], [0.9432, 0.5474]),
    (None, 3, 0, [0.1, 0.3, 0.2], [0.3672, 0.3672]),
    (None, 1, 0.3, [0.6], [0.6, 0.9]),
])
def test_a_class_is_told_by_the_kind_of_output(tmp_path, loss, outputs, scale, bias,
                                               probabilities):
    model = keras.Sequential([keras.Input((2, 2, 1)), layers.Flatten(), layers.Dense(outputs)])
    model.layers[-1].set_weights([np.full((4, outputs), scale / 4), np.array(bias)])
    if loss:
        model.compile("sgd", loss=loss)
    model.save(tmp_path / "model.keras")
    (tmp_path / "new").mkdir()
    for name, level in (("black", 0), ("white", 255)):
        Image.new("L", (2, 2), level).save(tmp_path / "new" / f"{name}.png")
    told = json.loads(oracle.dlc("predict", tmp_path / "model.keras", "--data", tmp_path / "new",
                                 *RESCALE, "-o", tmp_path / "y.npz", "--json", "-"))
    y = oracle.load_npz(tmp_path / "y.npz")["y"]
    labels = y.argmax(1) if outputs > 1 else [int(probabilities[0] < 0.9), 1]
    assert [one["class"] for one in told] == list(labels)
    np.testing.assert_allclose([one["probability"] for one in told], probabilities, atol=1e-4)


def test_links_that_are_left_out_are_told(folder, tmp_path):
    make_model(tmp_path / "model.keras")
    linked, some = tmp_path / "linked", tmp_path / "some"
    linked.mkdir()
    for name in CLASSES:
        (linked / name).symlink_to(folder / name)
    (some / "a").mkdir(parents=True)
    shutil.copy(folder / CLASSES[0] / "0.jpg", some / "a")
    for name in ("1.png", "2.jpg"):
        (some / "a" / name).symlink_to(folder / CLASSES[0] / name)
    def run(command, data, *options):
        return oracle.Run(command, tmp_path / "model.keras", "--data", data, *RESCALE,
                          *options).outcome()
    links = 'links that do not lead to files in it are left out, the first "'
    code, _, err = run("predict", some, "-o", tmp_path / "y.npz")
    assert code == 0 and err == f'dlc: note: {some}: 2 {links}a/1.png"\n', err
    for command, *options in (("predict", "-o", tmp_path / "y.npz"), ("evaluate",),
                              ("train", "-o", tmp_path / "out.keras")):
        code, _, err = run(command, linked, *options)
        assert code == 1 and "holds no pictures" in err and err.count("\n") == 1, err
        assert f'3 {links}{CLASSES[0]}"; copy into it what the links lead to' in err, err


def test_bits_do_not_depend_on_workers(archive, tmp_path):
    make_model(tmp_path / "model.keras")
    def train(workers, seed=1):
        out = tmp_path / f"{workers}.keras"
        oracle.dlc("train", tmp_path / "model.keras", "--data", archive, "-o", out, "--batch", 8,
                   "--epochs", 2, "--seed", seed, "--workers", workers, *RESCALE, "--augment",
                   "rotation_range=20,zoom_range=0.2,horizontal_flip=true,brightness_range=[0.5,1]",
                   "--validation-split", 0.1, "--history", tmp_path / "h.json", "--log-every", 1)
        with zipfile.ZipFile(out) as file:
            return (tmp_path / "h.json").read_text(), file.read("model.weights.h5")
    one = train(1)
    assert train(3) == one
    assert train(2) == one
    assert train(2, seed=2)[0] != one[0]


def test_preprocesses_for_keras_applications(folder, tmp_path):
    """Their modes through the command line; pixels themselves: ImageDataTest.cpp."""
    model = make_model(tmp_path / "model.keras", channels=3)
    for mode in ("caffe", "torch"):
        generator = ImageDataGenerator(preprocessing_function=lambda x, mode=mode:
                                       keras.applications.imagenet_utils.preprocess_input(x, mode=mode))
        x, _ = flow(folder, colors="rgb", batch=60, generator=generator)[0]
        oracle.dlc("predict", tmp_path / "model.keras", "--data", folder, "--preprocess", mode,
                   "-o", tmp_path / "y.npz")
        np.testing.assert_allclose(oracle.load_npz(tmp_path / "y.npz")["y"],
                                   model.predict(x, verbose=0), rtol=1e-3, atol=1e-6)


def test_free_sizes_take_the_image_size(folder, tmp_path):
    model = make_model(tmp_path / "model.keras", shape=(None, None, 3))
    oracle.dlc("predict", tmp_path / "model.keras", "--data", folder, *RESCALE, "--image-size",
               f"{SIDE}x{SIDE}", "-o", tmp_path / "y.npz")
    x, _ = flow(folder, colors="rgb", batch=60)[0]
    np.testing.assert_allclose(oracle.load_npz(tmp_path / "y.npz")["y"],
                               model.predict(x, verbose=0), rtol=1e-4)


def test_damaged_pictures_end_the_run_or_are_left_out(folder, tmp_path):
    make_model(tmp_path / "model.keras")
    def train(data, *options):
        return oracle.Run("train", tmp_path / "model.keras", "--data", data, "-o",
                          tmp_path / "out.keras", "--batch", 8, "--no-shuffle", *RESCALE,
                          "--history", tmp_path / "h.json", "--log-every", 1,
                          "--validation-split", 0.2, *options).outcome()
    clean = tmp_path / "clean"
    shutil.copytree(folder, clean)
    assert train(clean)[0] == 0
    wanted = (tmp_path / "h.json").read_text()
    (clean / CLASSES[0] / "000.jpg").write_bytes(b"\xff\xd8\xff no picture")
    (tmp_path / "out.keras").unlink()
    code, _, err = train(clean)
    assert code == 1 and err.startswith("dlc: error: ") and err.count("\n") == 1, err
    assert "000.jpg" in err and "--on-bad-image skip" in err
    assert not (tmp_path / "out.keras").exists()
    code, _, err = train(clean, "--on-bad-image", "skip")
    assert code == 0, err
    assert err.count("000.jpg") == 1 and "1 damaged picture" in err, err
    assert (tmp_path / "h.json").read_text() == wanted


def lie_about_sizes(path):
    """A member that says it holds more than its bytes, in both of its headers."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a/1.png", b"x" * 100)
        file.writestr("b/", "")
        file.writestr("c/", "")
    data = bytearray(path.read_bytes())
    local, central = data.find(b"PK\x03\x04"), data.find(b"PK\x01\x02")
    for at in (local + 22, central + 24):
        data[at:at + 4] = struct.pack("<I", 50_000)
    path.write_bytes(data)


def bomb(path):
    """Many members over the same bytes, as far as the directory goes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/1.bmp", bytes(3_000_000))
    data = path.read_bytes()
    at, end = data.find(b"PK\x01\x02"), data.find(b"PK\x05\x06")
    entries = b"".join(data[at:end].replace(b"1.bmp", letter.encode() + b".bmp")
                       for letter in string.ascii_letters)
    count = len(string.ascii_letters)
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(entries), at, 0)
    path.write_bytes(data[:at] + entries + tail)


def many_names(*names):
    def write(path):
        with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as file:
            warnings.simplefilter("ignore")
            for name in names:
                file.writestr(name, b"no picture")
    return write


@pytest.mark.parametrize("write, words", [
    (many_names("a/1.png", "../../outside.png"), 'named "../../outside.png" but no name may lead'),
    (many_names("a/1.png", "/tmp/outside.png"), 'named "/tmp/outside.png" but no name may lead'),
    (many_names("a/1.png", "a/1.png"), 'two members named "a/1.png"'),
    (many_names("a/1\n.txt"), "holds no pictures"),
    (many_names("1.png"), "holds pictures but no folders"),
    (lie_about_sizes, "a/1.png"),
    (bomb, "expands from"),
    (lambda path: path.write_bytes(b"PK\x05\x06 no archive"), "is not a zip archive"),
])
def test_hostile_archives_are_refused(tmp_path, write, words):
    make_model(tmp_path / "model.keras")
    write(tmp_path / "set.zip")
    code, out, err = oracle.Run("train", tmp_path / "model.keras", "--data", tmp_path / "set.zip",
                                "-o", tmp_path / "out.keras").outcome(timeout=60)
    assert code == 1 and err.startswith("dlc: error: ") and err.count("\n") == 1, out + err
    assert words in err, err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model.keras", "set.zip"]


def test_options_that_do_not_fit_are_told(folder, tmp_path):
    make_model(tmp_path / "model.keras")
    np.savez(tmp_path / "d.npz", x=np.zeros((3, SIDE, SIDE, 1), "float32"))
    def refuse(data, *options, code=2):
        outcome = oracle.Run("predict", tmp_path / "model.keras", "--data", data, "-o",
                             tmp_path / "y.npz", *options).outcome()
        assert outcome[0] == code and outcome[2].count("\n") == 1, outcome
        return outcome[2]
    assert "holds arrays" in refuse(tmp_path / "d.npz", *RESCALE)
    assert "--image-size" in refuse(folder, "--image-size", "20")
    assert "--rescale" in refuse(folder, "--rescale", "1/0")
    assert "takes pictures of 20x20" in refuse(folder, "--image-size", "21x20", code=1)
    assert "--color-mode" in refuse(folder, "--color-mode", "rgb", code=1)


def test_ctrl_c_ends_all_threads(folder, tmp_path):
    make_model(tmp_path / "model.keras")
    run = oracle.Run("train", tmp_path / "model.keras", "--data", folder, "-o",
                     tmp_path / "out.keras", "--epochs", 10**6, "--workers", 3, "--batch", 4)
    run.process.stdout.readline()  # how many were found
    run.process.stdout.readline()  # the first epoch
    def threads():
        time.sleep(0.01)
        return len(os.listdir(f"/proc/{run.process.pid}/task"))
    assert max(threads() for _ in range(20)) > 3
    run.process.send_signal(signal.SIGINT)
    code, _, err = run.outcome(timeout=60)
    assert code == 130 and "stopped after" in err, err
    keras.saving.load_model(tmp_path / "out.keras")


@pytest.mark.full
def test_a_frozen_mobilenet_at_224(folder, tmp_path):
    """Transfer learning as Keras' guide has it: base frozen, a head on top."""
    keras.utils.set_random_seed(4)
    base = keras.applications.MobileNet(include_top=False, weights=None, pooling="avg",
                                        input_shape=(224, 224, 3))
    base.trainable = False
    model = keras.Sequential([base, layers.Dense(3, activation="softmax")])
    oracle.randomize(model)
    model.compile(keras.optimizers.SGD(0.01), loss="categorical_crossentropy")
    model.save(tmp_path / "model.keras")
    _, history = oracle.train(tmp_path / "model.keras", folder, tmp_path, "--preprocess", "tf",
                              "--interpolation", "bilinear", "--steps", 3, batch=16)
    generator = ImageDataGenerator(
        preprocessing_function=keras.applications.mobilenet.preprocess_input)
    iterator = generator.flow_from_directory(folder, target_size=(224, 224), shuffle=False,
                                             batch_size=16, interpolation="bilinear")
    losses = oracle.keras_batches(model, [iterator[i] for i in range(3)])
    oracle.assert_losses(history["batch_loss"], losses, 1e-4)
