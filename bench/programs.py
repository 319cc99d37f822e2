# The programs that are compared, and how one of them is run once.
import json
import os
import pathlib
import subprocess
import time

HERE = pathlib.Path(__file__).parent
DLC = HERE.parent / "build" / "bin" / "dlc"

# Name -> script of this folder and its arguments.
PEERS = {
    "keras-jax": ["peer_keras.py", "--backend", "jax", "--jit"],
    "keras-tf": ["peer_keras.py", "--backend", "tensorflow"],
    "keras-tf-xla": ["peer_keras.py", "--backend", "tensorflow", "--jit"],
    "keras-torch": ["peer_keras.py", "--backend", "torch"],
    "jax": ["peer_keras.py", "--backend", "jax", "--jit", "--bare"],
    "torch": ["peer_torch.py"],
    "torch-compile": ["peer_torch.py", "--jit"],
}


def clean_environment():
    """Without the variables that slow a peer's linear algebra down."""
    environment = dict(os.environ, BENCH_STARTED=str(time.time()))
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        environment.pop(name, None)
    return environment


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing was said"


def run(command, timeout):
    """(standard output, None) or (None, what went wrong)."""
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              timeout=timeout, env=clean_environment())
    except subprocess.TimeoutExpired:
        return None, f"took more than {timeout} s"
    if done.returncode:
        return None, last_line(done.stderr)
    return done.stdout, None


def run_peer(python, name, folder, options, batch):
    """What a peer's clock.report says, or {"error": ...}."""
    out, error = run([python, HERE / PEERS[name][0], *PEERS[name][1:], "--folder", folder,
                      "--batch", batch, "--steps", options.steps, "--seconds", options.seconds,
                      "--threads", options.threads], options.timeout)
    return {"error": error} if error else json.loads(last_line(out))


def run_dlc(folder, options, batch, steps):
    """The same from `dlc train --json`; a compile error is an error here."""
    out, error = run([DLC, "train", folder / "model.keras", "--data", folder / "data.npz",
                      "--batch", batch, "--epochs", steps, "--steps", steps, "--threads",
                      options.threads, "--json", "-", "-o", folder / "trained.keras"],
                     options.timeout)
    return {"error": error} if error else json.loads(out)
