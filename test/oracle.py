# What the tests against Keras share: running dlc, running Keras, comparing both.
import json
import os
import pathlib
import resource
import subprocess

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
DLC = os.environ.get("DLC", str(ROOT / "build/bin/dlc"))


# CPU seconds of the commands on ptx-sim that have ended, which conftest.py adds up.
sim_seconds = 0.0


def places(quick, config):
    """Where a case runs: on the host, and on ptx-sim if it is a quick one or all are."""
    return ("host", "sim") if quick or config.getoption("--full") else ("host",)


def cpu_seconds_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def with_exact_products(arguments):
    """What is compared with Keras or the host asks a GPU for their float32."""
    on_gpu = any(argument.startswith(("sim", "cuda", "host,cuda")) for argument in arguments)
    compiles = len(arguments) > 1 and not arguments[1].endswith(".dlc")
    if on_gpu and compiles and "--float32-precision" not in arguments:
        return [*arguments, "--float32-precision", "ieee"]
    return arguments


class Run:
    """A dlc command in progress; `finish` waits for it."""

    def __init__(self, *arguments):
        self.arguments = [DLC, *with_exact_products([*map(str, arguments)])]
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)

    def finish(self, timeout=600):
        """Standard output of a command that must succeed."""
        code, out, err = self.outcome(timeout)
        assert code == 0, f"{' '.join(self.arguments)}: exit code {code}\n{out}{err}"
        return out

    def outcome(self, timeout=600):
        global sim_seconds
        # A child counts when it is waited for, and only this one is here.
        before = cpu_seconds_of_children()
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        if "sim" in self.arguments:
            sim_seconds += cpu_seconds_of_children() - before
        return self.process.returncode, out, err


def dlc(*arguments):
    return Run(*arguments).finish()


def load_npz(path):
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def train(model, data, folder, *options, batch=32, epochs=1):
    """Trains in the data's order; gives the trained file and the history."""
    trained = pathlib.Path(folder) / "trained.keras"
    history = pathlib.Path(folder) / "history.json"
    trained.unlink(missing_ok=True)
    dlc("train", model, "--data", data, "-o", trained, "--batch", batch,
        "--epochs", epochs, "--no-shuffle", "--history", history, "--log-every", 1,
        *options)
    return trained, json.loads(history.read_text())


# What dlc calls the one variable of a layer that gives it no name.
UNNAMED = {"LayerScale": "gamma"}


def name_in_layer(layer, variable):
    """What dlc calls a variable of a layer: "kernel", "query/kernel" in one within."""
    if type(layer).__name__ in UNNAMED:
        return UNNAMED[type(layer).__name__]
    _, inside, name = variable.path.rpartition(f"{layer.name}/")
    return name if inside else variable.name


def weights_by_name(model, prefix=""):
    """Keras variables as dlc names them: {"outer/inner/kernel": variable}."""
    import keras
    found = {}
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found.update(weights_by_name(layer, f"{prefix}{layer.name}/"))
        else:
            for variable in layer.variables:
                if "seed_generator" not in variable.path:
                    found[f"{prefix}{layer.name}/{name_in_layer(layer, variable)}"] = variable
    return found


def randomize(model, seed=0):
    """Values for all weights such that no gradient vanishes by symmetry."""
    rng = np.random.default_rng(seed)
    for name, variable in sorted(weights_by_name(model).items()):
        shape = tuple(variable.shape)
        fan_in = int(np.prod(shape[:-1])) if len(shape) > 1 else 4
        value = rng.normal(size=shape) / np.sqrt(fan_in)
        if name.endswith("variance"):
            value = rng.uniform(0.5, 1.5, shape)
        elif name.endswith("gamma"):
            value = rng.uniform(0.5, 1.5, shape)
        variable.assign(value.astype(variable.dtype))
    for layer in model._flatten_layers():
        # Normalization keeps what it computes with beside its weights.
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def keras_gradients(model, x, y, sample_weight=None):
    """The loss, d loss/d input and d loss/d weight of a compiled model in
    training, by dlc's names. Inputs come as {name: array}."""
    import jax
    import jax.numpy as jnp
    variables = model.trainable_variables
    inputs = {name: jnp.asarray(value) for name, value in x.items()}
    real = [k for k, v in inputs.items() if jnp.issubdtype(v.dtype, jnp.floating)]
    model._symbolic_build(data_batch=(x_structure(model, inputs), y, sample_weight))

    def compute_loss(values, floats):
        fed = x_structure(model, {**inputs, **floats})
        loss, _ = model.compute_loss_and_updates(
            values, [v.value for v in model.non_trainable_variables],
            [v.value for v in model.metrics_variables],
            fed, y, sample_weight, training=True,
            optimizer_variables=[v.value for v in model.optimizer.variables])
        return loss

    gradient = jax.jit(jax.value_and_grad(compute_loss, argnums=(0, 1)))
    loss, (of_weights, of_inputs) = gradient(
        [v.value for v in variables], {name: inputs[name] for name in real})
    by_id = {id(v): g for v, g in zip(variables, of_weights)}
    result = {"loss": np.asarray(loss)}
    result |= {f"x_{name}": np.asarray(g) for name, g in of_inputs.items()}
    result |= {name: np.asarray(by_id[id(v)])
               for name, v in weights_by_name(model).items() if id(v) in by_id}
    return result


def x_structure(model, inputs):
    """Arrays by input name in the form that the model's call takes."""
    values = [inputs[tensor.name] for tensor in model.inputs]
    return values[0] if len(values) == 1 else values


def keras_batches(model, batches):
    """Trains on each batch (x, y) or (x, y, sample_weight); gives the losses."""
    losses = []
    for batch in batches:
        logs = model.train_on_batch(*batch, return_dict=True)
        losses.append(float(logs["loss"]))
    return losses


def assert_near(actual, expected, what, relative, floor=1e-2):
    """|actual - expected| <= relative (|expected| + floor), in norm."""
    actual = np.asarray(actual, np.float64)
    expected = np.asarray(expected, np.float64)
    assert actual.shape == expected.shape, f"{what}: {actual.shape} against {expected.shape}"
    distance = np.linalg.norm(np.ravel(actual - expected))
    bound = relative * (np.linalg.norm(np.ravel(expected)) + floor)
    # Not `distance > bound`: NaN must fail.
    assert distance <= bound, (
        f"{what}: differs by {distance:.3g} but the bound is {bound:.3g}; "
        f"got {np.ravel(actual)[:4]}, expected {np.ravel(expected)[:4]}")


def assert_losses(actual, expected, relative):
    assert len(actual) == len(expected)
    np.testing.assert_allclose(actual, expected, rtol=relative, atol=relative * 1e-3)


def assert_weights(trained, model, relative=1e-4):
    """A file's weights against a Keras model's; gives the loaded model."""
    import keras
    loaded = keras.saving.load_model(trained)
    actual = weights_by_name(loaded)
    expected = weights_by_name(model)
    assert actual.keys() == expected.keys()
    for name, variable in expected.items():
        assert_near(actual[name].numpy(), variable.numpy(), name, relative)
    return loaded


def assert_optimizers(loaded, model, relative=1e-4):
    """The optimizer state that Keras reads back against Keras' own."""
    actual, expected = loaded.optimizer.variables, model.optimizer.variables
    assert [v.shape for v in actual] == [v.shape for v in expected]
    for ours, theirs in zip(actual, expected):
        assert_near(ours.numpy(), theirs.numpy(), f"optimizer {theirs.path}", relative)
