# Times training in Keras on one backend, the best way that Keras has: whichever
# is faster of train_on_batch and fit. With --bare (JAX) the step that Keras
# compiles is called without Keras' own loop around it.
import argparse
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("--backend", required=True, choices=["jax", "tensorflow", "torch"])
parser.add_argument("--jit", action="store_true", help="compile by XLA or inductor")
parser.add_argument("--bare", action="store_true")

import clock

clock.add_arguments(parser)
options = parser.parse_args()
os.environ["KERAS_BACKEND"] = options.backend
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["OMP_NUM_THREADS"] = str(options.threads)

if options.backend == "tensorflow":
    import tensorflow
    tensorflow.config.threading.set_intra_op_parallelism_threads(options.threads)
elif options.backend == "torch":
    import torch
    torch.set_num_threads(options.threads)
import keras
import numpy as np


# Above so many milliseconds a step, what fit does around it no longer shows.
LONG_STEP = 500


def bare_step(model, batches):
    """JAX's own jit around Keras' train_step, with all state donated."""
    import jax
    model.optimizer.build(model.trainable_variables)
    model._symbolic_build(data_batch=batches[0])
    state = tuple([variable.value for variable in variables] for variables in (
        model.trainable_variables, model.non_trainable_variables,
        model.optimizer.variables, model.metrics_variables))
    compiled = jax.jit(lambda state, x, y: model.train_step(state, (x, y)), donate_argnums=0)

    def step(x, y):
        nonlocal state
        logs, state = compiled(state, x, y)
        jax.block_until_ready((logs, state))
    return step


def time_fit(model, batches, result):
    """Milliseconds a step of fit, and of processor time, after a pass that compiles
    it."""
    rounds = max(1, min(result["steps"], int(1e3 * options.seconds / result["step_ms"]))
                 // len(batches))
    x = np.concatenate([x for x, _ in batches] * rounds)
    y = np.concatenate([y for _, y in batches] * rounds)
    model.fit(x[:2 * options.batch], y[:2 * options.batch], batch_size=options.batch, verbose=0)
    start, cpu = time.perf_counter(), time.process_time()
    model.fit(x, y, batch_size=options.batch, verbose=0)
    steps = rounds * len(batches)
    return (1e3 * (time.perf_counter() - start) / steps,
            1e3 * (time.process_time() - cpu) / steps)


model = keras.saving.load_model(os.path.join(options.folder, "model.keras"))
model.jit_compile = options.jit
batches = clock.read_batches(options)
if options.bare:
    clock.report(clock.time_steps(bare_step(model, batches), batches, options))
else:
    result = clock.time_steps(model.train_on_batch, batches, options)
    if result["step_ms"] < LONG_STEP:
        fit, cpu = time_fit(model, batches, result)
        result |= {"step_ms": min(result["step_ms"], fit),
                   "cpu_ms": min(result["cpu_ms"], cpu),
                   "train_on_batch_ms": result["step_ms"], "fit_ms": fit}
    clock.report(result)
