# How many kernels a training step on a GPU takes: at most these, all dlc's own,
# none of which spills. A count may only fall.
import json

import pytest

import models
import oracle

# Batches are the bench's.
MOST = {"seed_cnn": (128, 26), "mlp": (256, 30)}
MOST_FULL = {"vgg16": (8, 100), "mobilenet_head": (16, 300), "resnet50": (8, 500),
             "unet_small": (8, 200)}


@pytest.mark.parametrize("name", [
    *MOST, *(pytest.param(name, marks=pytest.mark.full) for name in MOST_FULL)])
def test_kernels_of_a_step(name, tmp_path):
    batch, most = (MOST | MOST_FULL)[name]
    file = tmp_path / "model.keras"
    models.load_bench_models().build_compiled(name).save(file)
    printed = oracle.dlc("inspect", file, "--batch", batch, "--target", "cuda:sm_80", "--json", "-")
    step = json.loads(printed)["train"]
    assert step["library_calls"] == 0
    assert step["spills"] == 0
    assert step["kernels"] <= most
    assert step["phases"] <= most
