# How compiling and memory grow with layers and with the batch: what scripts/bench
# --growth runs. A tower of residual blocks of one size, so that all else is equal.
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import programs

SIDE, CHANNELS = 16, 32


def write_tower(path, blocks):
    """A layer file: so many blocks of Conv2D, BatchNormalization, relu and an addition."""
    plain = f"tensor<?x{SIDE}x{SIDE}x{CHANNELS}xf32>"
    lines = ['layer.model @tower attributes {kind = "Functional"} {',
             f'  %x0 = layer.input "image" {{shape = [{SIDE}, {SIDE}, {CHANNELS}]}}']
    for i in range(blocks):
        lines += [
            f'  %c{i} = layer.conv2d "conv{i}" %x{i} {{filters = {CHANNELS}, kernel_size = [3, 3],'
            f' padding = "same", use_bias = false}} : {plain}',
            f'  %n{i} = layer.batch_normalization "norm{i}" %c{i} : {plain}',
            f'  %a{i} = layer.activation "relu{i}" %n{i} {{activation = "relu"}} : {plain}',
            f'  %x{i + 1} = layer.add "add{i}" %a{i}, %x{i} : {plain}, {plain}']
    lines += [f'  %mean = layer.global_average_pooling2d "mean" %x{blocks} : {plain}',
              f'  %logits = layer.dense "logits" %mean {{units = 10}} : tensor<?x{CHANNELS}xf32>',
              "  layer.output %logits : tensor<?x10xf32>", "}",
              "layer.compile @tower {", "  layer.optimizer_adam",
              "  layer.loss_sparse_categorical_crossentropy {from_logits = true}", "}"]
    path.write_text("\n".join(lines) + "\n")


def measure(folder, blocks, batch, target, repeats):
    """Processor seconds and peak memory of compiling, and the arena of a training step."""
    model = folder / f"tower{blocks}.mlir"
    write_tower(model, blocks)
    common = [programs.DLC, "inspect", model, "--batch", batch, "--target", target, "--json", "-"]
    seconds = []
    for _ in range(repeats):
        start = time.monotonic()
        process = subprocess.Popen([str(part) for part in common + ["--cache-dir", "off"]],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said, wrong = process.stdout.read(), process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"scripts/bench: {blocks} blocks: {programs.last_line(wrong)}")
        seconds.append((used.ru_utime + used.ru_stime, time.monotonic() - start))
    step = json.loads(said)["train"]
    return {"blocks": blocks, "batch": batch, "kernels": step["kernels"],
            "library_calls": step["library_calls"],
            "cpu_s": statistics.median(cpu for cpu, _ in seconds),
            "wall_s": statistics.median(wall for _, wall in seconds),
            "peak_mib": used.ru_maxrss / 1024, "arena_mib": step["arena_bytes"] / 2**20}


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/bench --growth", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Compiles towers of residual blocks, ever longer, and for ever larger batches.")
    parser.add_argument("--blocks", default="4,8,16,32,64,128")
    parser.add_argument("--batches", default="1,8,64,512", help="for the second length of tower")
    parser.add_argument("--target", default="host")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    lengths = [int(text) for text in options.blocks.split(",")]
    runs = [(length, 32) for length in lengths]
    runs += [(lengths[min(1, len(lengths) - 1)], int(text)) for text in options.batches.split(",")]
    print("| blocks | batch | kernels | library calls | processor, s | wall, s | "
          "compiler's peak, MiB | arena, MiB |")
    print("| ---: " * 8 + "|")
    with tempfile.TemporaryDirectory() as name:
        for blocks, batch in runs:
            row = measure(pathlib.Path(name), blocks, batch, options.target, options.repeats)
            print(f"| {blocks} | {batch} | {row['kernels']} | {row['library_calls']} | "
                  f"{row['cpu_s']:.2f} | {row['wall_s']:.2f} | {row['peak_mib']:.0f} | "
                  f"{row['arena_mib']:.1f} |", flush=True)


if __name__ == "__main__":
    main()
