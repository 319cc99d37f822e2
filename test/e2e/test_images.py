# Pictures in C++ against Keras: decoding and resizing against load_img, transforms
# against the legacy ImageDataGenerator; damaged files.
import itertools
import json
import subprocess

import keras
import numpy as np
import pytest
from keras.src.legacy.preprocessing.image import ImageDataGenerator

import damage
import oracle
import pictures

TOOL = oracle.ROOT / "build/bin/image_tool"
SANITIZED = oracle.ROOT / "build-asan/bin/image_tool"
# PIL and Keras warn of what is tested here on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
MODES = ("grayscale", "rgb", "rgba")


def run(jobs, folder, tool=TOOL):
    """What image_tool makes of each job: an array, or the text of an error."""
    folder.mkdir(exist_ok=True)
    path = folder / "jobs.json"
    path.write_text(json.dumps(jobs))
    subprocess.run([tool, path, folder], check=True, timeout=300)
    results = []
    for i in range(len(jobs)):
        array = folder / f"{i}.npy"
        results.append(np.load(array) if array.exists() else (folder / f"{i}.txt").read_text())
    return results


def load(job):
    image = keras.utils.load_img(
        job["file"], color_mode=job["mode"], target_size=job.get("size"),
        interpolation=job.get("interpolation", "nearest"),
        keep_aspect_ratio=job.get("keep_aspect_ratio", False))
    return keras.utils.img_to_array(image)


def far_apart(jobs, results, wanted, tolerance):
    """The jobs whose results are not as wanted, and by how much."""
    found = []
    for job, got, want in zip(jobs, results, wanted, strict=True):
        if isinstance(got, str) or got.shape != want.shape:
            found.append((job, got if isinstance(got, str) else got.shape))
        elif not np.abs(got - want).max() <= tolerance(job):
            found.append((job, float(np.abs(got - want).max())))
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return pictures.write_all(tmp_path_factory.mktemp("pictures"))


def test_every_kind_is_decoded_as_pil_does(files, tmp_path):
    jobs = [{"file": str(path), "mode": mode} for path in files for mode in MODES]
    # libjpegs may differ by a level; with equal ones there is no difference at all.
    differ = far_apart(jobs, run(jobs, tmp_path / "out"), map(load, jobs),
                       lambda job: 1 if job["file"].endswith(".jpg") else 0)
    assert not differ


def test_resizing_is_pils(files, tmp_path):
    by_name = {path.name: str(path) for path in files}
    chosen = (("rgb_420.jpg", "rgb"), ("gray.jpg", "grayscale"), ("pil_RGBA.png", "rgba"),
              ("0_16.png", "grayscale"), ("small.png", "grayscale"))
    sizes = ((37, 41), (8, 9), (64, 100), (1, 1), (41, 9), (13, 5), (11, 40))
    filters = ("nearest", "bilinear", "bicubic", "box", "hamming", "lanczos")
    jobs = [{"file": by_name[name], "mode": mode, "size": size, "interpolation": interpolation,
             "keep_aspect_ratio": keep}
            for (name, mode), size, interpolation, keep
            in itertools.product(chosen, sizes, filters, (False, True))]
    # Sums of levels up to 65535 are of floats: their last bit may round otherwise.
    differ = far_apart(jobs, run(jobs, tmp_path / "out"), map(load, jobs),
                       lambda job: 1 if "16" in job["file"] else 0)
    assert not differ


TRANSFORMS = (
    {}, {"theta": 20.0}, {"theta": 90.0}, {"theta": 180.0}, {"tx": 3.0, "ty": -1.5},
    {"tx": 40.25, "ty": -200.0}, {"shear": 15.0}, {"zx": 0.8, "zy": 1.3}, {"zx": 2.5, "zy": 2.5},
    {"flip_horizontal": True, "flip_vertical": True}, {"channel_shift_intensity": 30.0},
    {"brightness": 0.4}, {"brightness": 1.7}, {"theta": 45.0, "brightness": 0.0},
    {"theta": -33.0, "tx": 2.3, "ty": 1.1, "shear": 7.0, "zx": 1.2, "zy": 0.9,
     "flip_horizontal": True, "channel_shift_intensity": -20.5, "brightness": 1.3})


def test_transforms_are_those_of_image_data_generator(tmp_path):
    jobs, wanted = [], []
    for channels, (height, width) in itertools.product((1, 3, 4), ((9, 14), (16, 16), (1, 5))):
        # Beyond [0, 255], too, which brightness treats in its own way.
        scale = 300 if height == 16 else 255
        image = np.float32(pictures.pixels(height, width, channels) / 255 * scale)
        path = tmp_path / f"{height}x{width}x{channels}.npy"
        np.save(path, image)
        modes = ("nearest", "constant", "reflect", "wrap")
        for mode, order, transform in itertools.product(modes, (0, 1), TRANSFORMS):
            generator = ImageDataGenerator(fill_mode=mode, cval=7.5, interpolation_order=order)
            jobs.append({"array": str(path), "transform": transform,
                         "augment": f"fill_mode={mode},cval=7.5,interpolation_order={order}"})
            wanted.append(generator.apply_transform(image.copy(), transform))
        for text, arguments in (
                ("rescale=1./255", {"rescale": 1 / 255}),
                ("samplewise_center=true", {"samplewise_center": True}),
                ("samplewise_std_normalization=true,rescale=0.1",
                 {"samplewise_std_normalization": True, "rescale": 0.1})):
            jobs.append({"array": str(path), "standardize": True, "augment": text})
            wanted.append(ImageDataGenerator(**arguments).standardize(image.copy()))
    assert not far_apart(jobs, run(jobs, tmp_path / "out"), wanted, lambda job: 2e-4)


def test_draws_have_the_distributions_of_image_data_generator(tmp_path):
    text = ("rotation_range=20,width_shift_range=0.1,height_shift_range=[0.1,0.3],"
            "shear_range=5,zoom_range=[0.7,1.1],channel_shift_range=9,brightness_range=[0.5,2],"
            "horizontal_flip=true,vertical_flip=true")
    arguments = dict(rotation_range=20, width_shift_range=0.1, height_shift_range=[0.1, 0.3],
                     shear_range=5, zoom_range=[0.7, 1.1], channel_shift_range=9,
                     brightness_range=[0.5, 2], horizontal_flip=True, vertical_flip=True)
    count = 3000
    ours, = run([{"augment": text, "draws": count, "seed": 5, "epoch": 1, "shape": [30, 50]}],
                tmp_path / "out")
    generator = ImageDataGenerator(**arguments)
    np.random.seed(5)
    keras_draws = [list(generator.get_random_transform((30, 50, 3)).values())
                   for _ in range(count)]
    theirs = np.array(keras_draws, "float32")
    # Of uniform and two-valued draws, their ends and quartiles say all.
    quantiles = np.linspace(0, 1, 5)
    ends = np.ptp(theirs, axis=0)
    apart = np.abs(np.quantile(ours, quantiles, axis=0) - np.quantile(theirs, quantiles, axis=0))
    continuous = [0, 2, 3, 4, 5, 8, 9]
    assert (apart[:, continuous] < 0.06 * ends[continuous]).all()
    for column in (1, 6, 7):
        values, counts = np.unique(ours[:, column].round(3), return_counts=True)
        assert (values == np.unique(theirs[:, column].round(3))).all()
        assert (np.abs(counts / count - 1 / len(values)) < 0.05).all()


@pytest.mark.parametrize("kind", ["jpg", "png", "gif", "bmp"])
def test_damaged_files_are_refused_or_read(kind, files, tmp_path, request):
    """A program that ends by itself, with a picture or one line that names the file."""
    good = [path.read_bytes() for path in files if path.suffix == "." + kind]
    jobs = []
    for i in range(5000 if request.config.getoption("--full") else 400):
        damaged = tmp_path / f"{i}.{kind}"
        damaged.write_bytes(damage.damage_bytes(good[i % len(good)], f"{kind} {i}"))
        jobs.append({"file": str(damaged), "mode": MODES[i % 3], "size": (5, 7),
                     "interpolation": "bilinear"})
    # Through the sanitizers where they have been built.
    results = run(jobs, tmp_path / "out", SANITIZED if SANITIZED.exists() else TOOL)
    refused = [got for got in results if isinstance(got, str)]
    assert refused
    for job, got in zip(jobs, results):
        if isinstance(got, str):
            assert got.startswith(job["file"] + ": ") and "\n" not in got
        else:
            assert got.shape[:2] == (5, 7)


def test_cut_off_files_are_refused_as_pil_does(files, tmp_path):
    jobs, pil_takes = [], []
    for path in files:
        whole = path.read_bytes()
        for part in (0.3, 0.6, 0.9):
            cut = tmp_path / f"{part}_{path.name}"
            cut.write_bytes(whole[:int(len(whole) * part)])
            jobs.append({"file": str(cut), "mode": "rgb"})
            try:
                load(jobs[-1])
                pil_takes.append(True)
            except Exception:
                pil_takes.append(False)
    results = run(jobs, tmp_path / "out")
    wrong = [(job["file"], got) for job, got, taken in zip(jobs, results, pil_takes)
             if not isinstance(got, str) and not taken]
    assert not wrong
