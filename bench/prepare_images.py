# Makes pictures to read and a model that does next to nothing with them:
# prepare_images.py FOLDER COUNT SIDE. Needs Keras and Pillow.
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from PIL import Image

CLASSES = 4


def draw(rng):
    """Shapes of a few sizes, so that JPEG packs them as it packs photographs."""
    pixels = np.zeros((375, 500, 3))
    for cells, weight in ((4, 90), (24, 40), (120, 12)):
        noise = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        pixels += np.asarray(noise.resize((500, 375), Image.BICUBIC), float) / 255 * weight
    return Image.fromarray((pixels + 50).clip(0, 255).astype(np.uint8))


def main():
    folder, count, side = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    rng = np.random.default_rng(1)
    for i in range(count):
        place = folder / "pictures" / str(i % CLASSES)
        place.mkdir(parents=True, exist_ok=True)
        draw(rng).save(place / f"{i}.jpg", quality=90)
    model = keras.Sequential([keras.Input((side, side, 3)),
                              keras.layers.Cropping2D(((0, side - 4), (0, side - 4))),
                              keras.layers.Flatten(),
                              keras.layers.Dense(CLASSES, activation="softmax")])
    model.compile("sgd", loss="sparse_categorical_crossentropy")
    model.save(folder / "model.keras")


if __name__ == "__main__":
    main()
