# Runs the fuzzers, two at a time, and tells what each did and found:
# run.py BUILD SECONDS [--name NAME]... [--junit FILE]. Exits 1 after a finding.
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

# What a fuzzer needs beyond the usual: seconds and MiB for one input, bytes of it.
# libhdf5's child may compute for its own 3 s, however busy the machine is.
LIMITS = {"hdf5": {"timeout": 60, "report_slow_units": 60, "max_len": 32768},
          "artifact": {"max_len": 65536},
          "legacy": {"max_len": 32768},
          # A few bytes may say millions of pixels, within limits.
          "picture": {"timeout": 30, "report_slow_units": 30},
          "archive": {"max_len": 65536}}
USUAL = {"timeout": 10, "max_len": 16384, "rss_limit_mb": 2048}
# It may also crash, and nobody reads where: saying so takes longer than the rest.
ENVIRONMENT = {"hdf5": {"ASAN_OPTIONS": "symbolize=0"}}


def list_fuzzers(build):
    return sorted(p.name.removeprefix("fuzz_") for p in (build / "bin").glob("fuzz_*"))


def run(build, name, seconds):
    """Executions, coverage and the files that it found."""
    folder = build / "fuzz"
    grown, findings = folder / "grown" / name, folder / "findings" / name
    for path in (grown, findings):
        path.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    limits = {**USUAL, **LIMITS.get(name, {}), "max_total_time": seconds}
    command = [build / "bin" / f"fuzz_{name}", f"-artifact_prefix={findings}/",
               "-print_final_stats=1", *(f"-{key}={value}" for key, value in limits.items())]
    words = folder / "corpus" / f"{name}.dict"
    if words.exists():
        command.append(f"-dict={words}")
    done = subprocess.run([*map(str, command), str(grown), str(folder / "corpus" / name)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          env={**os.environ, **ENVIRONMENT.get(name, {})},
                          timeout=seconds * 2 + 600)
    log = done.stderr.decode(errors="replace")
    (folder / f"{name}.log").write_text(log)
    executions = re.search(r"number_of_executed_units:\s*(\d+)", log)
    covered = re.findall(r"cov: (\d+)", log)
    found = sorted(str(p) for p in set(findings.iterdir()) - before)
    if done.returncode and not found:
        found = [f"{folder / name}.log (exit code {done.returncode})"]
    return {"name": name, "executions": int(executions[1]) if executions else 0,
            "covered": int(covered[-1]) if covered else 0, "found": found,
            "log": log[-4000:] if found else ""}


def write_junit(path, results, seconds):
    suite = ElementTree.Element("testsuite", name="fuzz")
    for result in results:
        case = ElementTree.SubElement(suite, "testcase", classname="fuzz", name=result["name"],
                                      time=str(seconds))
        if result["found"]:
            ElementTree.SubElement(case, "failure", message=", ".join(result["found"]))
    ElementTree.ElementTree(suite).write(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("seconds", type=int)
    parser.add_argument("--name", action="append")
    parser.add_argument("--junit", type=pathlib.Path)
    options = parser.parse_args()
    known = list_fuzzers(options.build)
    names = options.name or known
    for name in names:
        if name not in known:
            sys.exit(f"fuzzer {name}: does not exist; the fuzzers are: {', '.join(known)}")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda name: run(options.build, name, options.seconds), names))
    print(f"{'fuzzer':<14}{'executions':>12}{'covered':>9}{'findings':>10}")
    for result in results:
        print(f"{result['name']:<14}{result['executions']:>12}{result['covered']:>9}"
              f"{len(result['found']):>10}")
    for result in results:
        if result["found"]:
            print(f"{result['log']}\n{result['name']}: found {', '.join(result['found'])}")
    # A fuzzer that ran nothing has shown nothing.
    idle = [r for r in results if r["executions"] == 0]
    if options.junit:
        for result in idle:
            result["found"] = result["found"] or ["ran nothing"]
        write_junit(options.junit, results, options.seconds)
    return 1 if idle or any(result["found"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
