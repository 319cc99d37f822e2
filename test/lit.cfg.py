# Finds the tools of the build under test. `%python` runs the Python that has
# Keras; a test that needs Keras says REQUIRES: keras.
import os
import subprocess
import sys

import lit.formats

build = lit_config.params["build_dir"]
llvm_tools = lit_config.params["llvm_tools_dir"]
python = lit_config.params.get("python", sys.executable)

config.name = "dlc"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(build, "test")
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(build, "bin"), llvm_tools, os.environ["PATH"]])
config.environment["KERAS_BACKEND"] = "jax"
config.environment["JAX_PLATFORMS"] = "cpu"
# Else dlc would compile for the GPU of a machine that has one.
config.environment["CUDA_VISIBLE_DEVICES"] = "-1"
config.environment["PYTHONPATH"] = os.path.dirname(__file__)
config.substitutions.append(("%python", python))
# Stand in for cuDNN and cuBLASLt, which this machine may not have.
config.substitutions.append(("%cudnn", os.path.join(build, "lib/libptx-sim-cudnn.so.0")))
config.substitutions.append(("%cublaslt", os.path.join(build, "lib/libptx-sim-cublaslt.so.0")))
config.substitutions.append(("%source_root", os.path.dirname(config.test_source_root)))

if subprocess.run([python, "-c", "import importlib.util as u; exit(not u.find_spec('keras'))"]).returncode == 0:
    config.available_features.add("keras")
