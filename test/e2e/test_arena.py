# Where tensors lie: how large the arena is, and that no result depends on it.
import json

import keras
import numpy as np
import pytest

import models
import oracle
from test_bit_equal import weights_of

# Batches of the bench; --full for those that take long to compile.
BATCHES = [("seed_cnn", 128), ("mlp", 256)]
LARGE = [("unet_small", 8), ("mobilenet_head", 16), ("resnet50", 8), ("vgg16", 8)]


@pytest.mark.parametrize("name, batch", [
    *BATCHES, *(pytest.param(*row, marks=pytest.mark.full) for row in LARGE)])
@pytest.mark.parametrize("target", ["host", "cuda"])
def test_arena_is_hardly_larger_than_what_is_live(name, batch, target, tmp_path):
    models.load_bench_models().build_compiled(name).save(tmp_path / "model.keras")
    text = oracle.dlc("inspect", tmp_path / "model.keras", "--batch", batch,
                      "--target", target, "--json", "-")
    for step in json.loads(text).values():
        assert step["max_live_bytes"] <= step["arena_bytes"]
        assert step["arena_bytes"] <= 1.02 * step["max_live_bytes"]


@pytest.mark.parametrize("target", ["host", "cuda"])
def test_attention_keeps_no_scores(target, tmp_path):
    sequence, batch, heads = 1024, 2, 4
    model = models.transformer(sequence)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.save(tmp_path / "model.keras")
    text = oracle.dlc("inspect", tmp_path / "model.keras", "--batch", batch,
                      "--target", target, "--json", "-")
    scores_of_one_layer = 4 * batch * heads * sequence**2
    for step in json.loads(text).values():
        assert step["arena_bytes"] < scores_of_one_layer


def unet():
    """Skips that live long, concatenation, BatchNormalization."""
    layers = keras.layers

    def block(x, filters):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization()(x))

    image = keras.Input((16, 16, 3))
    wide = block(image, 6)
    deep = block(layers.MaxPooling2D(2)(wide), 10)
    x = layers.Concatenate()([wide, layers.UpSampling2D(2)(deep)])
    x = layers.Dropout(0.3)(block(x, 8))
    return keras.Model(image, layers.Dense(10)(layers.Flatten()(x)), name="unet")


def gated():
    """An embedding, LayerNormalization, softmax over rows."""
    layers = keras.layers
    tokens = keras.Input((12,), dtype="int32")
    x = layers.LayerNormalization()(layers.Embedding(50, 16)(tokens))
    x = layers.Multiply()([x, layers.Dense(16, activation="softmax")(x)])
    x = layers.Flatten()(layers.Dense(24, activation="gelu")(x))
    return keras.Model(tokens, layers.Dense(10)(x), name="gated")


def small_mlp():
    return models.mlp()


@pytest.fixture
def trainable(request, tmp_path):
    """A model and data for two batches and a smaller one."""
    keras.utils.set_random_seed(4)
    model = request.param()
    model.compile(optimizer="adam",
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.save(tmp_path / "model.keras")
    rng = np.random.default_rng(5)
    shape = (41, *model.inputs[0].shape[1:])
    x = (rng.integers(0, 50, shape).astype("int32") if "int" in model.inputs[0].dtype
         else rng.normal(size=shape).astype("float32"))
    np.savez(tmp_path / "data.npz", x=x, y=rng.integers(0, 10, 41).astype("int32"))
    return tmp_path


def train(folder, out, *options):
    oracle.dlc("train", folder / "model.keras", "--data", folder / "data.npz",
               "-o", folder / out, "--epochs", 2, "--batch", 16, "--threads", 2,
               "--seed", 3, *options)
    return weights_of(folder / out)


@pytest.mark.parametrize("trainable", [small_mlp, models.resnet, unet, gated],
                         ids=lambda make: make.__name__, indirect=True)
def test_nothing_reads_what_is_free(trainable, monkeypatch):
    plain = train(trainable, "plain.keras")
    monkeypatch.setenv("DLC_POISON", "1")
    assert train(trainable, "poisoned.keras") == plain


def inspect(folder, *options):
    text = oracle.dlc("inspect", folder / "model.keras", "--batch", 16, "--json", "-",
                      *options)
    return json.loads(text)["train"]


@pytest.mark.parametrize("trainable", [models.resnet, unet],
                         ids=lambda make: make.__name__, indirect=True)
def test_a_limit_changes_no_bit(trainable):
    free = inspect(trainable)
    assert free["recomputed"]["kernels"] == 0
    limit = free["state_bytes"] + int(0.9 * free["arena_bytes"])
    tight = inspect(trainable, "--memory-limit", limit)
    assert tight["state_bytes"] + tight["arena_bytes"] <= limit
    again = tight["recomputed"]
    assert again["kernels"] > 0
    assert again["bytes"] == sum(row["bytes"] for row in tight["rows"] if row["recomputed"])
    assert (train(trainable, "tight.keras", "--memory-limit", limit)
            == train(trainable, "free.keras"))


def test_a_limit_below_the_least_is_an_error(tmp_path):
    models.tiny().save(tmp_path / "model.keras")
    code, _, error = oracle.Run("inspect", tmp_path / "model.keras",
                                "--memory-limit", "1KB").outcome()
    assert code == 2
    assert "--memory-limit: is 1000 bytes but @predict takes " in error
    assert "give a smaller --batch or a larger --memory-limit" in error
    assert len(error.splitlines()) == 1
    assert oracle.Run("inspect", tmp_path / "model.keras",
                      "--memory-limit", "many").outcome()[0] == 2
