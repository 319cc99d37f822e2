# Times dlc's pictures beside PIL's and Keras', on one core: bench/images.py. Medians
# in milliseconds of processor time of decoding to RGB, resizing to 224 x 224 and augmenting, for a photo
# of noise and waves; build/bin/image_tool has to be built.
import io
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test/e2e"))

import numpy as np
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from PIL import Image

import pictures

TIMES = 31
SIZE = (224, 224)
AUGMENT = {"rotation_range": 20, "width_shift_range": 0.1, "shear_range": 10, "zoom_range": 0.2,
           "horizontal_flip": True, "rescale": 1 / 255}


def median_ms(step):
    times = []
    for _ in range(TIMES):
        start = time.thread_time()
        step()
        times.append(1000 * (time.thread_time() - start))
    return statistics.median(times)


def time_pil(data, interpolation):
    def decode():
        image = Image.open(io.BytesIO(data))
        return image.convert("RGB") if image.mode != "RGB" else (image.load(), image)[1]

    image = decode()
    resample = Image.Resampling[interpolation.upper()]
    resized = np.asarray(image.resize(SIZE[::-1], resample), "float32")
    generator = ImageDataGenerator(**AUGMENT)
    return (median_ms(decode), median_ms(lambda: image.resize(SIZE[::-1], resample)),
            median_ms(lambda: generator.standardize(generator.random_transform(resized.copy()))))


def main():
    warnings.simplefilter("ignore")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    image = Image.fromarray(pictures.pixels(600, 800, 3))
    gray = image.convert("L")
    files = {"photo.jpg": pictures.saved(image, "JPEG", quality=90),
             "gray.jpg": pictures.saved(gray, "JPEG", quality=90),
             "photo.png": pictures.saved(image, "PNG"),
             "photo.gif": pictures.saved(image.quantize(256), "GIF"),
             "photo.bmp": pictures.saved(image, "BMP")}
    augment = ",".join(f"{name}={value}" for name, value in AUGMENT.items())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        cases = [(name, "bilinear") for name in files]
        cases += [("photo.jpg", other) for other in ("nearest", "bicubic", "lanczos")]
        jobs = []
        for name, interpolation in cases:
            (folder / name).write_bytes(files[name])
            jobs.append({"file": str(folder / name), "size": SIZE, "times": TIMES,
                         "interpolation": interpolation, "augment": augment})
        (folder / "jobs.json").write_text(json.dumps(jobs))
        subprocess.run([ROOT / "build/bin/image_tool", folder / "jobs.json", folder], check=True)
        print("| File, filter | Decode | PIL | Resize | PIL | Augment | Keras |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
        for i, (name, interpolation) in enumerate(cases):
            ours = np.load(folder / f"{i}.npy")
            pairs = zip(ours, time_pil(files[name], interpolation))
            numbers = " | ".join(f"{a:.2f} | {b:.2f}" for a, b in pairs)
            print(f"| {name}, {interpolation} | {numbers} |")


if __name__ == "__main__":
    main()
