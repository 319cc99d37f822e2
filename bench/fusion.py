# How the time of fusion grows with the number of prims: what scripts/bench --fusion
# runs. Random functions, and the training step of Keras' ResNet152.
import argparse
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile

import programs

DLC_OPT = programs.DLC.with_name("dlc-opt")
PASSES = {"FuseEpilogues": "--fuse-epilogues", "FuseKernels": "--fuse-kernels",
          "MergeKernels": "--merge-kernels"}
WIDTH = 64
FULL, ROW, COLUMN = f"tensor<?x{WIDTH}xf32>", "tensor<?xf32>", f"tensor<{WIDTH}xf32>"


def write_function(path, prims, seed=0):
    """A function of so many prims, each of what was made lately or, a tenth, long before:
    elementwise ones, sums along rows and columns with what is done with them, products."""
    draw = random.Random(seed)
    lines, made = [], ["%x"]

    def add(text):
        lines.append(f"  %{len(lines)} = prim.{text}")
        return f"%{len(lines) - 1}"

    def pick():
        return draw.choice(made if draw.random() < 0.1 else made[-8:])

    while len(lines) < prims:
        kind = draw.choices(("unary", "binary", "row", "column", "dot"), (6, 8, 1, 1, 1))[0]
        x = pick()
        if kind == "unary":
            made.append(add(f"{draw.choice(('relu', 'tanh', 'neg', 'abs'))} {x} : {FULL}"))
        elif kind == "binary":
            made.append(add(f"{draw.choice(('add', 'mul', 'sub'))} {x}, {pick()}"
                            f" : {FULL}, {FULL}"))
        elif kind == "dot":
            made.append(add(f"dot {x}, %w batch [] x [] contract [1] x [0]"
                            f" : {FULL}, tensor<{WIDTH}x{WIDTH}xf32>"))
        else:
            along, small = (1, ROW) if kind == "row" else (0, COLUMN)
            total = add(f"reduce_sum {x} over [{along}] : {FULL}")
            spread = add(f"broadcast {total} along [{along}] : {small} -> {FULL}")
            made.append(add(f"sub {x}, {spread} : {FULL}, {FULL}"))
    used = set(re.findall(r"%\w+", " ".join(line.split("=", 1)[1] for line in lines)))
    results = [value for value in made if value not in used]
    path.write_text(
        f"func.func @f(%x: {FULL}, %w: tensor<{WIDTH}x{WIDTH}xf32>)"
        f" -> ({', '.join([FULL] * len(results))}) {{\n" + "\n".join(lines) +
        f"\n  return {', '.join(results)} : {', '.join([FULL] * len(results))}\n}}\n")


def write_resnet(folder, venv):
    """The prims of ResNet152's three programs, at 64x64 and ten classes."""
    model, step = folder / "resnet152.keras", folder / "resnet152.mlir"
    subprocess.run(
        [venv / "bin/python", "-c",
         "import sys, keras\n"
         "model = keras.applications.ResNet152(weights=None, input_shape=(64, 64, 3), classes=10)\n"
         "model.compile('adam', 'sparse_categorical_crossentropy')\n"
         "model.save(sys.argv[1])", model],
        env={**os.environ, "KERAS_BACKEND": "jax"}, check=True, capture_output=True)
    with open(step, "w") as file:
        subprocess.run([programs.DLC, "compile", model, "--batch", "32", "--emit", "simplify"],
                       stdout=file, check=True)
    return step


def measure(file, repeats):
    """Seconds of each pass, the median of some runs, and the kernels and calls they leave."""
    seconds = {name: [] for name in PASSES}
    for _ in range(repeats):
        done = subprocess.run([DLC_OPT, file, *PASSES.values(), "--mlir-timing"],
                              capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"scripts/bench: {file}: {programs.last_line(done.stderr)}")
        for name, times in seconds.items():
            row = re.search(rf"^(.*)\s{name}$", done.stderr, re.MULTILINE)[1]
            times.append(float(re.findall(r"([\d.]+) \(", row)[-1]))
    launches = len(re.findall(r"= kernel\.(?:fused|library)", done.stdout))
    return {name: statistics.median(times) for name, times in seconds.items()}, launches


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/bench --fusion", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Times the passes that fuse, on random functions and on ResNet152's step.")
    parser.add_argument("--prims", default="3125,6250,12500,25000,50000")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--venv", type=pathlib.Path, default=programs.HERE.parent / ".venv",
                        help="an environment with Keras")
    options = parser.parse_args()
    if not DLC_OPT.exists():
        sys.exit(f"scripts/bench: {DLC_OPT}: is not there; build it by scripts/build release")
    print("| function | prims | launches | " + " | ".join(f"`{p[2:]}`, s" for p in PASSES.values()) +
          " | together, s |")
    print("| --- " + "| ---: " * (len(PASSES) + 3) + "|")

    def report(name, file):
        seconds, launches = measure(file, options.repeats)
        prims = len(re.findall(r"= prim\.", file.read_text()))
        print(f"| {name} | {prims} | {launches} | " +
              " | ".join(f"{value:.2f}" for value in seconds.values()) +
              f" | {sum(seconds.values()):.2f} |", flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for prims in map(int, options.prims.split(",")):
            file = folder / f"random{prims}.mlir"
            write_function(file, prims)
            report("random", file)
        report("ResNet152", write_resnet(folder, options.venv))


if __name__ == "__main__":
    main()
