# Settings of all tests against live Keras: JAX on the CPU in full float32.
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
# Else dlc would take the GPU of a machine that has one.
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
sys.path.insert(0, os.path.dirname(__file__))

import jax
import pytest

import oracle

jax.config.update("jax_default_matmul_precision", "highest")


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true",
                     help="every configuration, every network and all of Fashion-MNIST")
    parser.addoption("--coverage-table",
                     help="file for a row about each network of keras.applications")


def pytest_configure(config):
    config.addinivalue_line("markers", "full: runs with --full only")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--full"):
        return
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.skip(reason="runs with --full only"))


# What ptx-sim may take of a run on CI, in minutes of a machine.
SIM_MINUTES = 10


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    before = oracle.sim_seconds
    try:
        return (yield)
    finally:
        item.user_properties.append(("sim_seconds", oracle.sim_seconds - before))


def pytest_terminal_summary(terminalreporter, config):
    """Figures that tests leave with record_property("figures", line), and ptx-sim's
    share of all."""
    reports = [report for outcome in ("passed", "failed")
               for report in terminalreporter.stats.get(outcome, []) if report.when == "call"]
    properties = [pair for report in reports for pair in report.user_properties]
    figures = [value for name, value in properties if name == "figures"]
    if figures:
        terminalreporter.section("figures")
        for line in figures:
            terminalreporter.line(line)
    seconds = sum(value for name, value in properties if name == "sim_seconds")
    if seconds > 0:
        cores = os.cpu_count()
        terminalreporter.line(
            f"ptx-sim took {seconds:.0f} CPU seconds, {seconds / cores / 60:.1f} minutes of "
            f"{cores} cores; on CI it may take {SIM_MINUTES}")
