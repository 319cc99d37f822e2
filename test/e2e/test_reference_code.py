# No call of a benchmark model may end up in oneDNN's reference code, which takes
# hundreds of times as long as the rest: on this CPU, and as if it had AVX2 only.
import importlib.util
import json
import os
import subprocess

import numpy as np
import pytest

from oracle import DLC, ROOT


def load_bench_models():
    spec = importlib.util.spec_from_file_location("bench_models", ROOT / "bench/models.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

LARGE = [pytest.param(name, marks=pytest.mark.full) for name in ("vgg16", "resnet50")]


@pytest.fixture(scope="module", params=["seed_cnn", "mlp", "mobilenet_head", "unet_small", *LARGE])
def trained(request, tmp_path_factory):
    """The model's file and two samples for it."""
    folder = tmp_path_factory.mktemp(request.param)
    models = load_bench_models()
    model = models.build_compiled(request.param)
    x, y = models.make_data(model, 2)
    model.save(folder / "model.keras")
    np.savez(folder / "data.npz", x=x, y=y)
    return folder


@pytest.mark.parametrize("isa", ["DEFAULT", "AVX2"])
def test_no_reference_code(trained, isa):
    profile = trained / f"{isa}.json"
    command = [DLC, "train", trained / "model.keras", "--data", trained / "data.npz",
               "--batch", "2", "--steps", "1", "--profile", profile,
               "-o", trained / "trained.keras"]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300,
                            env={**os.environ, "DNNL_MAX_CPU_ISA": isa})
    assert result.returncode == 0, result.stderr
    code = {row["name"]: row["code"] for row in json.loads(profile.read_text())["rows"]
            if "code" in row}
    assert code
    assert not {name: text for name, text in code.items()
                if any(part.startswith("ref") for part in text.split(", "))}
