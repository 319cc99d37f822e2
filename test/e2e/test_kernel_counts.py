# How many kernels a training step on a GPU takes: at most these, all dlc's own,
# none of which spills. A count may only fall.
import json

import pytest

import models
import oracle

# The bench's batch, and kernels.
MOST = {"seed_cnn": (128, 27), "mlp": (256, 26)}


@pytest.mark.parametrize("name", MOST)
def test_kernels_of_a_step(name, tmp_path):
    batch, most = MOST[name]
    file = tmp_path / "model.keras"
    models.load_bench_models().build_compiled(name).save(file)
    printed = oracle.dlc("inspect", file, "--batch", batch, "--target", "cuda:sm_80", "--json", "-")
    step = json.loads(printed)["train"]
    assert step["library_calls"] == 0
    assert step["spills"] == 0
    assert step["kernels"] <= most
    assert step["phases"] <= most
