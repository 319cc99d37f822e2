# Makes what the fuzzers start from, of Keras models and of dlc itself:
# make_corpus.py FOLDER. A folder for each fuzzer, and a dictionary of the words
# that model files are made of.
import gzip
import io
import json
import os
import pathlib
import re
import struct
import sys
import zipfile

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / folder)
                for folder in ("", "e2e")]

import h5py
import keras
import numpy as np

import models
import oracle
import pictures

HEADER = 64  # bytes of a .dlc file before its table of blobs


def every_layer():
    """A small graph of many kinds of layers, for the words that configs hold."""
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(2, 3, padding="same", kernel_regularizer="l2")(image)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.LeakyReLU(negative_slope=0.1)(x)
    x = layers.AveragePooling2D(2)(x)
    x = layers.ZeroPadding2D(((1, 0), (0, 1)))(x)
    x = layers.Permute((2, 1, 3))(x)
    y = layers.Dropout(0.5, seed=3)(layers.Activation("softmax")(x))
    x = layers.Add()([x, y]) * 2.0 - y[:, 0:]
    x = layers.Reshape((-1, 2))(x)
    x = layers.Flatten()(keras.ops.transpose(x, (0, 2, 1)))
    return keras.Model({"image": image}, {"a": layers.Dense(2)(x), "b": x}, name="every_layer")


def make_models():
    made = {"tiny": models.tiny(), "resnet": models.resnet(), "nested": models.two_by_two(),
            "layers": every_layer()}
    made["tiny"].compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                         metrics=["accuracy"], weighted_metrics=[])
    made["nested"].compile(keras.optimizers.SGD(0.1, momentum=0.9, clipnorm=1.0),
                           {"classes": "categorical_crossentropy", "value": "mse"},
                           loss_weights={"classes": 0.5, "value": 2.0})
    return made


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(contents, compression):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return file.getvalue()


def describe_legacy(path):
    """A legacy file as the JSON that its fuzzer takes."""
    attributes, datasets = {}, {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            datasets[name] = list(item.shape)
        for key, value in item.attrs.items():
            value = value.tolist() if hasattr(value, "tolist") else value
            attributes.setdefault(name, {})[key] = value
    with h5py.File(path) as file:
        visit("", file)
        file.visititems(visit)
    return json.dumps({"attributes": attributes, "datasets": datasets}, default=bytes.decode).encode()


def shrink_artifact(raw):
    """The artifact with a few bytes for each piece of machine code: inputs must be
    small, and no reader looks into it."""
    manifest_bytes, count = struct.unpack_from("<QQ", raw, 24)
    table = [struct.unpack_from("<QQII", raw, HEADER + 24 * i) for i in range(count)]
    start = HEADER + 24 * count
    manifest = raw[start:start + manifest_bytes]
    code = {entry["object"] for entry in json.loads(manifest)["host_code"]}
    blobs = [b"code" if i in code else raw[at:at + size]
             for i, (at, size, _, _) in enumerate(table)]
    header, body, end = bytearray(raw[:HEADER]), b"", start + len(manifest)
    entries = b""
    for blob in blobs:
        at = -(-end // 64) * 64
        entries += struct.pack("<QQII", at, len(blob), 0, 0)
        body += bytes(at - end) + blob
        end = at + len(blob)
    # The fuzzer itself makes the checksums fit.
    return bytes(header) + entries + manifest + body


def array_inputs():
    """For each kind of array file, its first byte and its bytes."""
    arrays = [np.arange(6, dtype="float32").reshape(2, 3), np.asfortranarray(np.eye(3)),
              np.array([1, 2], "int64"), np.array([True]), np.zeros((0, 2), "float16"),
              np.array(5, "uint8")]
    for array in arrays:
        file = io.BytesIO()
        np.save(file, array)
        yield b"1" + file.getvalue()
    for save in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        save(file, x=arrays[0], y=arrays[2])
        yield b"2" + file.getvalue()
    images = struct.pack(">IIII", 0x803, 2, 3, 2) + bytes(12)
    labels = struct.pack(">II", 0x801, 5) + bytes(5)
    for idx in (images, labels):
        yield b"3" + idx
        yield b"4" + gzip.compress(idx, mtime=0)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as archive:
            for name in ("set/a/1.png", "set/b/2.jpg", "__MACOSX/set/a/1.png"):
                archive.writestr(zipfile.ZipInfo(name), bytes(40))
        yield b"5" + file.getvalue()


def words(texts):
    """A libFuzzer dictionary: quoted words, numbers that are often limits."""
    found = {word for text in texts for word in re.findall(rb'"[\w./ ]{1,40}"', text)}
    found |= {word for text in texts for word in re.findall(rb"[\w.]{3,40}", text)}
    found |= {b"-1", b"0", b"1e400", b"NaN", b"Infinity", b"4294967296", b"9223372036854775807",
              b"18446744073709551616", b"null", b"[]", b"{}", b"true"}
    quote = {word: word.replace(b"\\", b"\\\\").replace(b'"', b'\\"') for word in found}
    return b"".join(b'"' + quote[word] + b'"\n' for word in sorted(found))


def main(folder):
    counts = {}

    def add(fuzzer, data):
        target = folder / fuzzer
        target.mkdir(parents=True, exist_ok=True)
        counts[fuzzer] = counts.get(fuzzer, 0) + 1
        (target / f"seed{counts[fuzzer]}").write_bytes(data)

    texts = {"keras_config": [], "layer_file": [], "legacy": []}
    for name, model in make_models().items():
        saved, printed = folder / f"{name}.keras", folder / f"{name}.mlir"
        model.save(saved)
        oracle.dlc("import", saved, "-o", printed)
        inside = members(saved)
        # A layer file may name its weights, which the fuzzer does not have.
        text = re.sub(rb'layer\.weights = "[^"]*"', b"", printed.read_bytes())
        texts["keras_config"].append(inside["config.json"])
        texts["layer_file"].append(text)
        if name != "resnet":  # too long
            model.save(folder / f"{name}.h5")
            texts["legacy"].append(describe_legacy(folder / f"{name}.h5"))
        if name == "tiny":
            for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                add("archive", zipped(inside, compression))
            add("hdf5", inside["model.weights.h5"])
            add("hdf5", (folder / "tiny.h5").read_bytes())
            oracle.dlc("compile", saved, "-o", folder / "tiny.dlc", "--cpu", "x86-64-v3")
            add("artifact", shrink_artifact((folder / "tiny.dlc").read_bytes()))
    for fuzzer, found in texts.items():
        for text in found:
            add(fuzzer, text)
        (folder / f"{fuzzer}.dict").write_bytes(words(found))
    for data in array_inputs():
        add("data", data)
    for make in (pictures.jpegs, pictures.pngs, pictures.gifs, pictures.bmps):
        for i, (_, data) in enumerate(make()):
            # The last byte chooses the color mode and the filter.
            add("picture", data + bytes([i]))


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    main(target)
