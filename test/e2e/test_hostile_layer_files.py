# Layer files that make no sense, or that would grow without end.
import pytest

import oracle
from spoil import refuse

MODEL = """layer.model @m attributes {kind = "Functional"ATTRIBUTES} {
  %0 = layer.input "x" {shape = [4]}
  BODY
  layer.output %0 STRUCTURE : tensor<?x4xf32>
}
"""


def write(folder, body="", attributes="", structure="", more=""):
    text = MODEL.replace("ATTRIBUTES", attributes).replace("BODY", body)
    (folder / "m.mlir").write_text(text.replace("STRUCTURE", structure) + more)


def refuse_file(folder, *words):
    for command in ("import", "compile"):
        refuse(folder, *words, model="m.mlir", command=command)


def test_the_good_case_works(good):
    write(good)
    oracle.dlc("export", good / "m.mlir", "-o", good / "m.keras")


@pytest.mark.parametrize("body, word", [
    ("%1 = builtin.unrealized_conversion_cast %0 : tensor<?x4xf32> to tensor<?x4xf32>", "no layer"),
    ("builtin.module {}", "no layer"),
    ('%1 = layer.dense "" %0 {units = 3} : tensor<?x4xf32>', "no layer"),
    ("layer.loss_mean_squared_error", "layer.compile"),
    ('%1 = layer.dense "d" %0 {units = 3, unit = 4} : tensor<?x4xf32>', "unit"),
    ('%1 = layer.dense "d" %0 {units = "3"} : tensor<?x4xf32>', "units"),
    ('%1 = layer.dense "d" %0 {units = 3} : tensor<?x5xf32>', ""),
    ('%1 = layer.dense "d" %0 : tensor<?x4xf32>', "units"),
    ('%1 = "layer.dense"(%0) : (tensor<?x4xf32>) -> tensor<?x3xf32>', ""),
    ('"layer.dense"() : () -> ()', ""),
    ('%1 = "layer.call"(%0) : (tensor<?x4xf32>) -> tensor<?x4xf32>', ""),
    ('%1 = layer.call "c" @nowhere(%0) : (tensor<?x4xf32>) -> tensor<?x4xf32>', "nowhere"),
    ('%1 = layer.call "c" @m(%0) : (tensor<?x4xf32>) -> tensor<?x4xf32>', "itself"),
])
def test_body_that_is_no_graph(good, body, word):
    write(good, body)
    refuse_file(good, word)


@pytest.mark.parametrize("structure", ['"abc"', "[1]", "[-1]", "[0.5]", "{a = {b = [[9]]}}", "unit"])
def test_structure_of_no_outputs(good, structure):
    write(good, structure=f"{{structure = {structure}}}")
    refuse_file(good, "structure")


@pytest.mark.parametrize("text", [
    '"layer.model"() ({}) : () -> ()', '"layer.model"() ({^bb0: }) {sym_name = 5} : () -> ()',
    '"layer.model"() : () -> ()', "layer.model @m {}", "layer.compile @nowhere {}", "", "\0",
    "module { module {} }", "// only a comment", "layer.model", "!x = tensor<?x4xf32>"])
def test_files_without_a_model(good, text):
    (good / "m.mlir").write_text(text)
    refuse(good, "m", model="m.mlir", command="import")


def name_weights(folder, name):
    write(folder)
    text = (folder / "m.mlir").read_text()
    (folder / "m.mlir").write_text(
        f'module attributes {{layer.weights = "{name}"}} {{\n{text}}}\n')


@pytest.mark.parametrize("name", ["/etc/passwd", "../m.weights.h5", "..", ".", "", "nowhere.h5"])
def test_weights_elsewhere(good, name):
    name_weights(good, name)
    refuse_file(good)


def called(name, callee, times):
    """A model that calls another, each call after the one before."""
    calls = "".join(
        f'  %{i + 1} = layer.call "c{i}" @{callee}(%{i}) : (tensor<?x4xf32>) -> tensor<?x4xf32>\n'
        for i in range(times))
    return (f'layer.model @{name} attributes {{kind = "Functional"}} {{\n'
            f'  %0 = layer.input "x" {{shape = [4]}}\n{calls}'
            f"  layer.output %{times} : tensor<?x4xf32>\n}}\n")


def test_models_that_multiply(good):
    """Forty models that call each other twice are a million million layers."""
    write(good, more="".join(called(f"m{i}", f"m{i - 1}" if i else "m", 2) for i in range(40)))
    refuse_file(good, "1000000 layers")


def test_chain_of_models(good):
    write(good, more="".join(called(f"m{i}", f"m{i - 1}" if i else "m", 1) for i in range(50_000)))
    refuse_file(good, "50001 models")


def test_models_in_a_circle(good):
    (good / "m.mlir").write_text(called("a", "b", 1) + called("b", "c", 1) + called("c", "a", 1))
    refuse_file(good, "itself")


def test_brackets_without_end(good):
    (good / "m.mlir").write_text("module {" * 100_000)
    refuse_file(good, "200")
