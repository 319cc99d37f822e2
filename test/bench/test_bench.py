# scripts/bench on a small batch: its table and its JSON hold dlc and a peer.
import importlib.util
import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def load_table():
    """bench/table.py, without its folder on the path: both have a models.py."""
    spec = importlib.util.spec_from_file_location("table", ROOT / "bench" / "table.py")
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    return table


def bench(*options):
    options = list(options)
    first = [options.pop(0)] if options[0] == "--image-folders" else []
    return subprocess.run([ROOT / "scripts" / "bench", *first, "--venv", sys.prefix,
                           *map(str, options)],
                          capture_output=True, text=True, timeout=300)


def test_table_and_json(tmp_path):
    done = bench("--models", "mlp", "--peers", "keras-jax", "--rounds", 1, "--steps", 3,
                 "--batch", 8, "-o", tmp_path / "table.md")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (tmp_path / "table.md").read_text()
    rows = [line.split(" | ") for line in done.stdout.splitlines()[2:]]
    assert [row[1] for row in rows] == ["dlc", "keras-jax"]
    results = json.loads((tmp_path / "table.json").read_text())["results"]["mlp"]
    for row, numbers in zip(rows, results.values()):
        assert numbers["step_ms"] > 0 and numbers["cpu_ms"] > 0
        assert numbers["startup_s"] > 0
        assert numbers["peak_rss_bytes"] > 2**20
        assert float(row[2]) == pytest.approx(numbers["step_ms"], abs=0.05)
    for column, key in ((7, "step_ms"), (8, "cpu_ms")):
        assert float(rows[0][column].rstrip(" |")) == pytest.approx(
            results["dlc"][key] / results["keras-jax"][key], abs=0.005)


def test_what_cannot_be_timed_says_so(tmp_path):
    assert "not one of" in bench("--models", "alexnet").stderr
    assert "no bin/python" in bench("--venv", tmp_path).stderr
    table = load_table()
    summary = table.summarise([{"error": "no such layer | yet"}])
    text = table.format_table({"m": {"dlc": summary}}, {"m": 8})
    assert text.splitlines()[-1] == ("| m | dlc " + "| - " * 6
                                     + "| no such layer / yet |")


def test_pictures_a_second():
    done = bench("--image-folders", "--count", 24, "--side", 32, "--batch", 8, "--epochs", 2,
                 "--rounds", 1, "--without-peer")
    assert done.returncode == 0, done.stderr
    rows = [line.split(" | ") for line in done.stdout.splitlines()[2:]]
    assert [row[0] for row in rows] == ["| 1", "| 2"]
    assert all(float(row[1]) > 0 and row[2] == "-" for row in rows)


def test_growth():
    done = subprocess.run([ROOT / "scripts" / "bench", "--growth", "--blocks", "1,3",
                           "--batches", "2", "--repeats", "1"],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = [[float(cell) for cell in line.strip("| ").split(" | ")]
            for line in done.stdout.splitlines()[2:]]
    short, long, small = rows
    assert [row[:2] for row in rows] == [[1, 32], [3, 32], [3, 2]]
    assert short[2] < long[2] and long[2:4] == small[2:4]
    assert small[7] < long[7]
    assert all(row[4] > 0 and row[6] > 10 for row in rows)
