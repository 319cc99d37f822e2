# Times dlc and its peers on the same models and data: what scripts/bench runs.
# One interleaved run: round by round, model by model, program by program, each in
# a process of its own, so that a machine's moods hit all alike.
import argparse
import json
import pathlib
import platform
import sys
import time

import environment
import programs
import table

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "bench"
# Functions of models.py -> samples a step, as many as suit a small machine.
MODELS = {"seed_cnn": 128, "mlp": 256, "vgg16": 8, "vgg16_cut": 8, "mobilenet_head": 16,
          "resnet50": 8, "unet_small": 8, "transformer": 16, "lstm": 32}


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Times training steps of dlc and of its peers.",
        epilog="Example: scripts/bench --models seed_cnn,mlp --peers keras-jax,torch --rounds 3")

    def names(known):
        def parse(text):
            wanted = text.split(",")
            for name in wanted:
                if name not in known:
                    raise argparse.ArgumentTypeError(f"{name} is not one of {', '.join(known)}")
            return wanted
        return parse
    parser.add_argument("--models", type=names(MODELS), default=",".join(MODELS))
    parser.add_argument("--peers", type=names(list(programs.PEERS)),
                        default="keras-jax,keras-tf,torch")
    parser.add_argument("--rounds", type=int, default=3, help="times that each program runs")
    parser.add_argument("--steps", type=int, default=20, help="timed steps a run, at most")
    parser.add_argument("--seconds", type=float, default=10,
                        help="stop a run after this long, but not before three steps")
    parser.add_argument("--batch", type=int, help="samples a step, in place of each model's own")
    parser.add_argument("--policy", choices=["float32", "mixed_bfloat16", "mixed_float16"],
                        default="float32", help="Keras' dtype policy of all layers")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=300, help="seconds for one process")
    parser.add_argument("--venv", help="an environment with the peers, in place of installing "
                        "bench/requirements.txt into .cache/bench/venv")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=CACHE / "table.md",
                        help="the table; the JSON lies beside it")
    return parser.parse_args()


def describe_machine(threads):
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), platform.processor())
    cores = sum(line.startswith("processor") for line in open("/proc/cpuinfo"))
    kilobytes = int(open("/proc/meminfo").readline().split()[1])
    return {"cpu": cpu, "cores": cores, "threads": threads, "memory_gib": round(kilobytes / 2**20)}


def prepare(python, model, batch, policy):
    """The folder with the model and its data, made if it is not there or old."""
    folder = CACHE / f"{model}-{batch}-{policy}"
    made, source = folder / "model.keras", programs.HERE / "models.py"
    if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
        _, error = programs.run([python, programs.HERE / "prepare.py", model, folder, batch, policy],
                                600)
        if error:
            raise SystemExit(f"scripts/bench: {model} cannot be made: {error}")
    return folder


def choose_steps(options, earlier):
    """Steps for dlc, which has no limit in seconds of its own."""
    if not earlier:
        return min(options.steps, 5)
    fit = int(1e3 * options.seconds / earlier[-1]["step_ms"])
    return max(3, min(options.steps, fit))


def measure(options, python):
    """model -> program -> results of its rounds."""
    results = {model: {name: [] for name in ["dlc", *options.peers]} for model in options.models}
    for number in range(options.rounds):
        for model, by_program in results.items():
            batch = options.batch or MODELS[model]
            folder = prepare(python, model, batch, options.policy)
            for name, rounds in by_program.items():
                if rounds and "error" in rounds[-1]:
                    continue
                if name == "dlc":
                    result = programs.run_dlc(folder, options, batch,
                                              choose_steps(options, rounds))
                else:
                    result = programs.run_peer(python, name, folder, options, batch)
                rounds.append(result)
                said = result.get("error") or f"{result['step_ms']:.1f} ms"
                print(f"round {number + 1}: {model}: {name}: {said}", file=sys.stderr, flush=True)
    return results


def main():
    options = parse_arguments()
    if not programs.DLC.exists():
        raise SystemExit("scripts/bench: build/bin/dlc is not there; run scripts/build")
    python = environment.find_python(options.venv, CACHE)
    results = measure(options, python)
    batches = {model: options.batch or MODELS[model] for model in results}
    summary = {model: {name: table.summarise(rounds) for name, rounds in by_program.items()}
               for model, by_program in results.items()}
    text = table.format_table(summary, batches)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(text)
    options.output.with_suffix(".json").write_text(json.dumps(
        {"command": sys.argv[1:], "date": time.strftime("%Y-%m-%d"),
         "machine": describe_machine(options.threads), "batches": batches,
         "results": summary, "rounds": results}, indent=1))
    print(text, end="")


if __name__ == "__main__":
    main()
