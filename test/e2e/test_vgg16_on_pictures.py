# A whole day's work on pictures: VGG16 cut before its last layer, frozen, with a new
# head, trained from a zip at 224x224, killed and resumed. Losses are Keras' own.
import gzip
import json
import signal
import time
import zipfile

import keras
import numpy as np
import pytest
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from PIL import Image

import oracle

FASHION = "/usr/share/datasets/fashion-mnist"
CLASSES = ["pullover", "t-shirt", "trouser"]
LABELS = {"t-shirt": 0, "trouser": 1, "pullover": 2}
PER_CLASS, BATCH, STEPS, EPOCHS = 100, 8, 2, 2


def write_pictures(folder):
    """JPEG and PNG files of different sizes, a folder a class."""
    def read(name, header):
        with gzip.open(f"{FASHION}/{name}") as file:
            return np.frombuffer(file.read()[header:], np.uint8)
    images = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
    labels = read("train-labels-idx1-ubyte.gz", 8)
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        for i, pixels in enumerate(images[labels == LABELS[name]][:PER_CLASS]):
            picture = Image.fromarray(pixels).resize((240 + i, 260 - i), Image.BICUBIC)
            picture.save(folder / name / f"{i:03}.{'jpg' if i % 2 else 'png'}")


@pytest.mark.full
def test_vgg16_with_a_new_head(tmp_path):
    keras.utils.set_random_seed(8)
    base = keras.applications.VGG16(weights=None)
    oracle.randomize(base)
    base.save(tmp_path / "vgg16.keras")
    oracle.dlc("edit", tmp_path / "vgg16.keras", "-o", tmp_path / "model.keras", "--cut-at",
               "layers[-2]", "--freeze", "*", "--append", "Dense(3, activation=softmax)",
               "--compile", "optimizer=sgd(learning_rate=1e-5),loss=categorical_crossentropy,"
               "metrics=accuracy")
    write_pictures(tmp_path / "set")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as file:
        for picture in sorted((tmp_path / "set").rglob("*.*")):
            file.write(picture, picture.relative_to(tmp_path))

    backup = tmp_path / "run"
    arguments = ["train", tmp_path / "model.keras", "--data", tmp_path / "set.zip", "-o",
                 tmp_path / "out.keras", "--batch", BATCH, "--image-size", "224x224",
                 "--preprocess", "caffe", "--interpolation", "bilinear", "--no-shuffle",
                 "--validation-split", 0.1, "--validation-steps", 1, "--epochs", EPOCHS,
                 "--steps-per-epoch", STEPS, "--history", tmp_path / "h.json", "--log-every", 1]
    run = oracle.Run(*arguments, "--backup", backup, "--backup-every", 1)
    state = backup / "state.dlcb"
    writings = set()
    # Before the first step, then after a step or two.
    while run.process.poll() is None and len(writings) < 3:
        if state.exists():
            writings.add(state.stat().st_mtime_ns)
        time.sleep(0.01)
    run.process.send_signal(signal.SIGKILL)
    assert run.outcome()[0] == -signal.SIGKILL and not (tmp_path / "out.keras").exists()
    oracle.dlc(*arguments, "--resume", backup)
    history = json.loads((tmp_path / "h.json").read_text())

    model = keras.saving.load_model(tmp_path / "model.keras")
    assert [len(layer.trainable_variables) > 0 for layer in model.layers].count(True) == 1
    generator = ImageDataGenerator(
        preprocessing_function=keras.applications.vgg16.preprocess_input, validation_split=0.1)

    def flow(subset):
        return generator.flow_from_directory(
            tmp_path / "set", target_size=(224, 224), shuffle=False, batch_size=BATCH,
            interpolation="bilinear", subset=subset)
    training, (x, y) = flow("training"), flow("validation")[0]
    losses, validation = [], []
    for epoch in range(EPOCHS):
        losses += oracle.keras_batches(
            model, [training[epoch * STEPS + step] for step in range(STEPS)])
        validation.append(model.evaluate(x, y, batch_size=BATCH, verbose=0)[0])
    oracle.assert_losses(history["batch_loss"], losses, 1e-3)
    oracle.assert_losses(history["val_loss"], validation, 1e-3)
