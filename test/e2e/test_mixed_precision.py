# Keras' dtype policies: five steps beside Keras under the same policy, loss
# scales in every step, and what files say of them.
import json
import re
import zipfile

import keras
import numpy as np
import pytest
from keras import layers

import oracle

BATCH, STEPS = 8, 5
# Of the norm: a bf16 has 8 bits, and two programs round in different places.
NEAR = 2e-2


@pytest.fixture
def policy(request):
    """The policy for layers made in the test."""
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)


def cnn():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(8, 3, padding="same", use_bias=False)(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(12, 3, padding="same", activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(4, dtype="float32")(x))


def mlp():
    return keras.Sequential([
        keras.Input((20,)), layers.Dense(16, activation="gelu"),
        layers.Dense(12, activation="tanh"), layers.Dropout(0.0), layers.Dense(4)])


def transformer():
    inputs = keras.Input((6,), dtype="int32")
    x = layers.Embedding(11, 8)(inputs)
    for _ in range(2):
        y = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(y, y)])
        y = layers.LayerNormalization()(x)
        y = layers.Dense(8)(layers.Dense(16, activation="relu")(y))
        x = x + y * 0.5
    return keras.Model(inputs, layers.Dense(4)(layers.Flatten()(x)))


def nested():
    """Models whose inputs are float32 as all inputs are, called on that and on halves; one
    hands its input on."""
    x = keras.Input((20,))
    y = layers.BatchNormalization()(layers.Dense(20, activation="tanh")(x))
    block = keras.Model(x, [y, x], name="block")
    chain = keras.Sequential([layers.Dense(20, activation="relu"), layers.Dense(8)])
    x = keras.Input((20,))
    first, same = block(x)
    second, half = block(layers.Dense(20)(first))
    return keras.Model(x, layers.Dense(4)(chain(second + half * 0.5 + same)))


def chains():
    inner = keras.Sequential([keras.Input((16,)), layers.Dense(12), layers.ReLU()])
    return keras.Sequential([keras.Input((20,)), layers.Dense(16), inner, layers.Dense(4)])


def make_data(model, samples=BATCH * STEPS, seed=5):
    rng = np.random.default_rng(seed)
    shape = (samples, *model.input_shape[1:])
    x = (rng.integers(0, 11, shape).astype("int32") if model.inputs[0].dtype == "int32"
         else rng.normal(size=shape).astype("float32"))
    return x, rng.integers(0, 4, samples).astype("int32")


def compile_model(model, optimizer=None):
    model.compile(optimizer=optimizer or keras.optimizers.SGD(0.01, momentum=0.9),
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=["accuracy"])
    return model


def save(model, x, y, folder):
    file, data = folder / "model.keras", folder / "data.npz"
    model.save(file)
    np.savez(data, x=x, y=y)
    return file, data


def batches(x, y):
    return [(x[i:i + BATCH], y[i:i + BATCH]) for i in range(0, len(x), BATCH)]


def check_steps(model, folder, device):
    """Five steps, the weights, and what Keras reads back."""
    # No weight begins at 0: the norm of its steps alone is no measure.
    oracle.randomize(model)
    x, y = make_data(model)
    file, data = save(model, x, y, folder)
    trained, history = oracle.train(file, data, folder, "--device", device, batch=BATCH)
    expected = oracle.keras_batches(model, batches(x, y))
    oracle.assert_losses(history["batch_loss"], expected, NEAR)
    loaded = oracle.assert_weights(trained, model, NEAR)
    assert [each.dtype_policy.name for each in loaded.layers] == [
        each.dtype_policy.name for each in model.layers]
    return loaded


FULL = pytest.mark.full
CASES = [
    ("mixed_bfloat16", cnn, "host", ()), ("mixed_float16", mlp, "host", ()),
    ("mixed_bfloat16", transformer, "host", ()), ("mixed_bfloat16", transformer, "sim", ()),
    ("mixed_float16", cnn, "sim", ()),
    ("mixed_bfloat16", nested, "host", ()), ("mixed_float16", chains, "host", ()),
    ("mixed_float16", nested, "sim", FULL),
    ("mixed_float16", cnn, "host", FULL), ("mixed_bfloat16", mlp, "host", FULL),
    ("mixed_float16", transformer, "host", FULL), ("mixed_bfloat16", cnn, "sim", FULL),
    ("mixed_float16", mlp, "sim", FULL), ("mixed_bfloat16", mlp, "sim", FULL),
    ("mixed_float16", transformer, "sim", FULL),
]


@pytest.fixture
def attention_by_scores(monkeypatch):
    """Keras' attention as it is where its scores are asked for: JAX's own function has no
    product of float16 on a CPU."""
    compute = layers.MultiHeadAttention._compute_attention

    def by_scores(self, query, key, value, mask=None, training=None, *_, **options):
        return compute(self, query, key, value, mask, training, True, **options)
    monkeypatch.setattr(layers.MultiHeadAttention, "_compute_attention", by_scores)


@pytest.mark.parametrize("name,build,device", [
    pytest.param(*case, marks=marks, id=f"{case[1].__name__}-{case[0]}-{case[2]}")
    for *case, marks in CASES])
def test_five_steps(name, build, device, policy, tmp_path, request):
    policy(name)
    if name == "mixed_float16":
        request.getfixturevalue("attention_by_scores")
    keras.utils.set_random_seed(3)
    loaded = check_steps(compile_model(build()), tmp_path, device)
    wraps = isinstance(loaded.optimizer, keras.optimizers.LossScaleOptimizer)
    assert wraps == (name == "mixed_float16")


# What tensor cores make of each policy's halves, in PTX.
INSTRUCTION = {"mixed_bfloat16": "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32",
               "mixed_float16": "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"}


@pytest.mark.parametrize("name", INSTRUCTION)
@pytest.mark.parametrize("build", [cnn, mlp, transformer])
def test_products_take_halves_on_a_gpu(name, build, policy, tmp_path):
    """Forward and both gradients are on tensor cores, in the policy's type. Products of
    float32 would not be: oracle asks for IEEE's."""
    policy(name)
    model = compile_model(build())
    file, _ = save(model, *make_data(model), tmp_path)
    text = oracle.dlc("compile", file, "--batch", BATCH, "--target", "cuda", "--emit", "ptx")
    kernels = text.split(".entry")[1:]
    tensor = [kernel for kernel in kernels if "mma.sync" in kernel]
    assert len(tensor) >= 3
    for kernel in tensor:
        assert set(re.findall(r"mma\.sync[.\w]*", kernel)) == {INSTRUCTION[name]}
    # Softmax between two products.
    assert build is not transformer or any("ex2" in kernel for kernel in tensor)


def scaled(initial, growth):
    return keras.optimizers.LossScaleOptimizer(
        keras.optimizers.Adam(0.01), initial_scale=initial, dynamic_growth_steps=growth)


@pytest.mark.parametrize("device", ["host", pytest.param("sim", marks=FULL)])
def test_loss_scale_skips_and_grows(device, policy, tmp_path):
    """The scale starts so high that gradients overflow and steps are skipped, then it
    grows every two steps: scale, counter and iteration are Keras' own in the end."""
    policy("mixed_float16")
    keras.utils.set_random_seed(3)
    model = compile_model(mlp(), scaled(2.0 ** 22, 2))
    x, y = make_data(model, BATCH * 12)
    file, data = save(model, x, y, tmp_path)
    trained, history = oracle.train(file, data, tmp_path, "--device", device, batch=BATCH)
    scales = []
    for batch in batches(x, y):
        model.train_on_batch(*batch)
        scales.append(float(model.optimizer.dynamic_scale.numpy()))
    assert min(scales) < 2.0 ** 22 and any(b > a for a, b in zip(scales, scales[1:]))
    loaded = oracle.assert_weights(trained, model, NEAR)
    ours, theirs = loaded.optimizer, model.optimizer
    assert ours.dynamic_scale.numpy() == theirs.dynamic_scale.numpy()
    assert ours.step_counter.numpy() == theirs.step_counter.numpy()
    assert ours.iterations.numpy() == theirs.iterations.numpy() < 12
    assert (ours.initial_scale, ours.dynamic_growth_steps) == (2.0 ** 22, 2)
    oracle.assert_optimizers(loaded, model, 5e-2)


def test_scale_goes_on_from_a_file(policy, tmp_path):
    """Six steps at once, and twice three over a file, by dlc and then by Keras."""
    policy("mixed_float16")
    keras.utils.set_random_seed(3)
    model = compile_model(mlp(), scaled(2.0 ** 20, 2))
    x, y = make_data(model, BATCH * 6)
    file, data = save(model, x, y, tmp_path)
    whole, _ = oracle.train(file, data, tmp_path, batch=BATCH)
    whole = keras.saving.load_model(whole)
    half = BATCH * 3
    np.savez(data, x=x[:half], y=y[:half])
    trained, _ = oracle.train(file, data, tmp_path, batch=BATCH)
    first = tmp_path / "first.keras"
    first.write_bytes(trained.read_bytes())
    np.savez(data, x=x[half:], y=y[half:])
    again, _ = oracle.train(first, data, tmp_path, batch=BATCH)
    again = keras.saving.load_model(again)
    for one, other in zip(again.optimizer.variables, whole.optimizer.variables):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    loaded = keras.saving.load_model(first)
    for batch in batches(x[half:], y[half:]):
        loaded.train_on_batch(*batch)
    assert loaded.optimizer.dynamic_scale.numpy() == whole.optimizer.dynamic_scale.numpy()


def layer_policies(file):
    """{layer: policy} as a .keras file writes them."""
    with zipfile.ZipFile(file) as archive:
        config = json.loads(archive.read("config.json"))
    def name(dtype):
        return dtype["config"]["name"] if isinstance(dtype, dict) else dtype
    return {each["config"]["name"]: name(each["config"].get("dtype", "float32"))
            for each in config["config"]["layers"]}


def test_option_is_the_global_policy(policy, tmp_path):
    """--dtype-policy is set_dtype_policy: layers without a policy get it, and others,
    as the last layer of this model, keep theirs."""
    keras.utils.set_random_seed(3)
    policy("float32")
    plain = keras.Sequential([keras.Input((20,)), layers.Dense(8, name="a"),
                              layers.Dense(4, name="b", dtype="mixed_float16")])
    x, y = make_data(plain)
    file, data = save(compile_model(plain), x, y, tmp_path)
    trained, history = oracle.train(file, data, tmp_path, "--dtype-policy", "mixed_bfloat16",
                                    batch=BATCH)
    assert layer_policies(trained)["a"] == "mixed_bfloat16"
    assert layer_policies(trained)["b"] == "mixed_float16"
    policy("mixed_bfloat16")
    model = keras.Sequential([keras.Input((20,)), layers.Dense(8, name="a"),
                              layers.Dense(4, name="b", dtype="mixed_float16")])
    model.set_weights(plain.get_weights())
    expected = oracle.keras_batches(compile_model(model), batches(x, y))
    oracle.assert_losses(history["batch_loss"], expected, NEAR)
    oracle.assert_weights(trained, model, NEAR)


def test_predictions(policy, tmp_path):
    """What the model gives is float32, with the numbers of Keras' half."""
    policy("mixed_bfloat16")
    keras.utils.set_random_seed(3)
    model = mlp()
    x, _ = make_data(model)
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=x)
    oracle.dlc("predict", file, "--data", data, "-o", tmp_path / "y.npz")
    (ours,) = oracle.load_npz(tmp_path / "y.npz").values()
    assert ours.dtype == np.float32
    oracle.assert_near(ours, np.asarray(model.predict(x, verbose=0), np.float32),
                       "predictions", NEAR)
