# No kernel of ours in the benchmark's models spills registers on any kind of GPU, in float32 and
# with halves, and blocks of those that stream fill half of a processor, or three eighths. With --full
# the end of the run tells how many kernels there are and how long compiling took.
import json
import time

import keras
import pytest

import models
import oracle

QUICK = "seed_cnn", "mlp"
FULL = "mobilenet_head", "vgg16", "vgg16_cut", "resnet50", "unet_small", "transformer"
BATCH = {"seed_cnn": 128, "mlp": 128}

# Their many loads in flight are those of many warps. The others, of tiles in shared memory, need
# a block of four warps of 48 at least.
LEAST = dict.fromkeys(
    ["pointwise", "row_reduction", "concat", "pad", "gather", "scatter_add", "max_pool2d",
     "max_pool2d_grad", "avg_pool2d", "avg_pool2d_grad"], 1 / 2)
# What follows the sums takes registers: 80 a thread.
LEAST["column_reduction"] = 3 / 8

MODELS = [*QUICK, *(pytest.param(name, marks=pytest.mark.full) for name in FULL)]


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("name", MODELS)
def test_no_spills(name, policy, tmp_path, pytestconfig, record_property):
    is_full = pytestconfig.getoption("--full")
    file = tmp_path / "model.keras"
    models.load_bench_models().build_compiled(name).save(file)
    for kind in ("sm_80", "sm_90", "sm_120") if is_full else ("sm_80",):
        start = time.monotonic()
        said = oracle.Run("inspect", file, "--batch", BATCH.get(name, 32), "--cache-dir", "off",
                          "--target", f"cuda:{kind}", "--dtype-policy", policy,
                          "--libraries", "none", "--json", "-").finish(timeout=3600)
        seconds = time.monotonic() - start
        programs = json.loads(said)
        assert programs.keys() == {"train", "evaluate", "predict"}
        for program, object in programs.items():
            assert object["rows"]
            for row in object["rows"]:
                assert row["registers"] > 0, f"{program}: {row['name']} on {kind}"
                assert row["spills"] == 0, f"{program}: {row['name']} on {kind}: {row}"
                least = LEAST.get(row["pattern"], 4 / 48)
                assert least <= row["occupancy"] <= 1, f"{program}: {row['name']} on {kind}: {row}"
            assert object["architectures"][kind]["spills"] == 0
            assert object["spills"] == 0
        if is_full:
            counts = ", ".join(f"{program} {object['kernels']}"
                               for program, object in programs.items())
            record_property("figures", f"{name} by {policy} on {kind}: kernels of {counts}; "
                                       f"compiled in {seconds:.1f} s")


def attention(sizes):
    """Heads of several sizes beside each other, with rows for warps of both kinds."""
    x = keras.Input((130, 8))
    heads = [keras.layers.MultiHeadAttention(1, size)(x, x, use_causal_mask=size > 64)
             for size in sizes]
    return keras.Model(x, keras.layers.Add()(heads))


@pytest.mark.parametrize("precision,policy", [
    ("tf32", "float32"), ("tf32", "mixed_bfloat16"),
    ("tf32x3", "float32"),
    pytest.param("tf32", "mixed_float16", marks=pytest.mark.full)])
def test_attention_spills_nothing(precision, policy, tmp_path, pytestconfig):
    is_full = pytestconfig.getoption("--full")
    model = attention((16, 32, 64, 80, 128) if is_full else (64, 128))
    model.compile("sgd", "mse")
    model.save(tmp_path / "model.keras")
    for kind in ("sm_80", "sm_90", "sm_120") if is_full else ("sm_80",):
        said = oracle.dlc("inspect", tmp_path / "model.keras", "--batch", 4, "--cache-dir", "off",
                          "--target", f"cuda:{kind}", "--dtype-policy", policy,
                          "--float32-precision", precision, "--json", "-")
        rows = json.loads(said)["train"]["rows"]
        patterns = [row["pattern"] for row in rows]
        for pattern in "attention", "attention_grad":
            assert patterns.count(pattern) == len(model.layers[1:-1])
        # The products beside it too, whose depth of 8 is half of a tile's.
        for row in rows:
            assert row["registers"] > 0 and row["spills"] == 0, f"{row['name']} on {kind}: {row}"
