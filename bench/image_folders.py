# Times how fast pictures come, dlc's source beside Keras': what scripts/bench
# --image-folders runs. A model that only looks at a corner of each picture makes the time
# of a step that of its data.
import argparse
import json
import pathlib
import statistics
import sys

import environment
import programs

CACHE = pathlib.Path(__file__).resolve().parent.parent / ".cache" / "bench"
PEER = "image_dataset_from_directory"


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench --image-folders", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Pictures a second: dlc beside keras.utils.image_dataset_from_directory.")
    parser.add_argument("--count", type=int, default=2000, help="JPEG files of 500x375")
    parser.add_argument("--side", type=int, default=224, help="what they are resized to")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--timeout", type=int, default=300, help="seconds for one process")
    parser.add_argument("--without-peer", action="store_true", help="time dlc alone")
    parser.add_argument("--venv", help="an environment with Keras, TensorFlow and Pillow")
    return parser.parse_args()


def run_dlc(folder, options, workers):
    out, error = programs.run(
        [programs.DLC, "train", folder / "model.keras", "--data", folder / "pictures",
         "--batch", options.batch, "--epochs", options.epochs, "--workers", workers,
         "--threads", 1, "--json", "-", "-o", folder / "trained.keras"], options.timeout)
    if error:
        return error
    found = json.loads(out)
    return {"rate": found["samples_per_s"], "cpu_ms": found["cpu_ms"] / options.batch}


def run_peer(python, folder, options, workers):
    out, error = programs.run(
        [python, programs.HERE / "peer_images.py", "--folder", folder / "pictures", "--side",
         options.side, "--batch", options.batch, "--workers", workers, "--epochs",
         options.epochs], options.timeout)
    if error:
        return error
    found = json.loads(programs.last_line(out))
    return {"rate": found["images_per_s"], "cpu_ms": found["cpu_ms"]}


def find_median(values, key):
    """The median of `key` over the rounds, or what went wrong in one."""
    wrong = [value for value in values if isinstance(value, str)]
    return wrong[0] if wrong else statistics.median(value[key] for value in values)


def format_cells(by_program, key, digits):
    """dlc's figure, Keras' and their ratio."""
    found = [find_median(values, key) if values else "-" for values in by_program.values()]
    cells = [cell.replace("|", "/") if isinstance(cell, str) else f"{cell:.{digits}f}"
             for cell in found]
    known = not any(isinstance(cell, str) for cell in found)
    return cells + [f"{found[0] / found[1]:.2f}" if known else "-"]


def format_table(rounds):
    """`rounds`: workers -> program -> what each round gave, or errors."""
    lines = ["| workers | dlc, pictures/s | Keras', pictures/s | dlc / Keras "
             "| dlc, processor ms/picture | Keras', processor ms/picture | dlc / Keras |",
             "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for workers, by_program in rounds.items():
        cells = format_cells(by_program, "rate", 0) + format_cells(by_program, "cpu_ms", 2)
        lines.append(f"| {workers} | {' | '.join(cells)} |")
    return "".join(line + "\n" for line in lines)


def main():
    options = parse_arguments()
    python = environment.find_python(options.venv, CACHE)
    folder = CACHE / f"images-{options.count}-{options.side}"
    if not (folder / "model.keras").exists():
        _, error = programs.run([python, programs.HERE / "prepare_images.py", folder,
                                 options.count, options.side], 600)
        if error:
            raise SystemExit(f"scripts/bench: the pictures cannot be made: {error}")
    rounds = {workers: {"dlc": [], PEER: []} for workers in (1, 2)}
    for number in range(options.rounds):
        for workers, by_program in rounds.items():
            by_program["dlc"].append(run_dlc(folder, options, workers))
            if not options.without_peer:
                by_program[PEER].append(run_peer(python, folder, options, workers))
            print(f"round {number + 1}: {workers} workers: "
                  f"{[values[-1] for values in by_program.values() if values]}",
                  file=sys.stderr, flush=True)
    print(format_table(rounds), end="")


if __name__ == "__main__":
    main()
