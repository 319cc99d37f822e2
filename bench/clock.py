# What every peer measures, and how it says so: one line of JSON.
import json
import os
import resource
import statistics
import time


def add_arguments(parser):
    parser.add_argument("--folder", required=True, help="with model.keras and data.npz")
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True,
                        help="stop timing after this long, but not before three steps")
    parser.add_argument("--threads", type=int, required=True)


def leave_out(seconds):
    """Work that a user would not do at each start does not count as start-up."""
    os.environ["BENCH_STARTED"] = str(float(os.environ["BENCH_STARTED"]) + seconds)


def time_steps(step, batches, options):
    """Times step(x, y), which returns when its results are there.

    Start-up lasts from the start of the process to that of the first step, as
    `dlc train --json` tells it; a peer that compiles in its first step is still
    starting up, so the first step is counted in but for its own work.
    """
    step(*batches[0])
    ready = time.time() - float(os.environ["BENCH_STARTED"])
    step(*batches[1])
    times = []
    begin, cpu = time.perf_counter(), time.process_time()
    for i in range(options.steps):
        start = time.perf_counter()
        step(*batches[i % len(batches)])
        times.append(time.perf_counter() - start)
        if len(times) >= 3 and time.perf_counter() - begin > options.seconds:
            break
    cpu = time.process_time() - cpu
    median = statistics.median(times)
    return {"step_ms": 1e3 * median, "steps": len(times), "cpu_ms": 1e3 * cpu / len(times),
            "startup_s": max(0.0, ready - median)}


def report(result):
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps(result | {"peak_rss_bytes": usage.ru_maxrss * 1024}))


def read_batches(options):
    """The batches of data.npz as pairs of NumPy arrays."""
    import numpy as np
    data = np.load(os.path.join(options.folder, "data.npz"))
    x, y, n = data["x"], data["y"], options.batch
    return [(x[i:i + n], y[i:i + n]) for i in range(0, len(x), n)]
