# pip install . from the clone, on the libraries that are built already.
import subprocess
import sys

import oracle

MODEL = """
layer.model @tiny attributes {kind = "Sequential"} {
  %x = layer.input "features" {shape = [3]}
  %out = layer.dense "out" %x {units = 2} : tensor<?x3xf32>
  layer.output %out : tensor<?x2xf32>
}
layer.compile @tiny {
  layer.optimizer_sgd
  layer.loss_mean_squared_error
}
"""

# Trains without Keras, and says where the libraries are.
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import dlc
model = dlc.compile(sys.argv[2], threads=1)
model.summary()
history = model.fit(np.ones((8, 3)), np.zeros((8, 2)), epochs=3, verbose=2)
assert history.history["loss"][2] < history.history["loss"][0]
assert "keras" not in sys.modules
import importlib.metadata
assert importlib.metadata.version("dlc") == dlc.__version__
print(dlc.__file__)
for line in open("/proc/self/maps"):
    if "libdlc" in line:
        print("mapped", line.split()[-1])
"""


def test_installed_package_trains_without_keras(tmp_path):
    target = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--no-build-isolation", "--no-deps", "--no-index", "--target", target, oracle.ROOT],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "tiny.mlir").write_text(MODEL)
    done = subprocess.run([sys.executable, "-c", PROGRAM, target, tmp_path / "tiny.mlir"],
                          capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert str(target / "dlc/__init__.py") in lines
    mapped = {line.split()[1] for line in lines if line.startswith("mapped")}
    assert mapped == {str(target / f"dlc/lib/libdlc-{name}.so.0")
                      for name in ("c", "runtime", "compiler")}
    assert "out/kernel" in lines[1] and lines[3].startswith("Epoch 1/3")
