# What dlc shows of a model's step: pictures, pages, traces, reasons, and the batch
# that fits. Pages are opened in a headless Chromium, once.
import html
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import keras
import numpy as np
import pytest

import models
import oracle

HOSTILE = "<svg onload=document.title='owned'>&\"'"
SVG = "{http://www.w3.org/2000/svg}"


def compiled(model):
    model.compile(optimizer="adam", metrics=["accuracy"],
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A residual network, two epochs of its training, and what they left."""
    folder = tmp_path_factory.mktemp("report")
    model = compiled(models.resnet())
    model.save(folder / "model.keras")
    rng = np.random.default_rng(3)
    np.savez(folder / "data.npz", x=rng.normal(size=(48, 16, 16, 3)).astype("float32"),
             y=rng.integers(0, 10, 48))
    oracle.dlc("train", folder / "model.keras", "--data", folder / "data.npz", "--batch", 8,
               "--epochs", 2, "--validation-split", 0.25, "-o", folder / "trained.keras",
               "--history", folder / "history.json", "--log-every", 1,
               "--profile", folder / "profile.json", "--trace", folder / "trace.json",
               "--trace-steps", 4)
    return folder


@pytest.fixture(scope="module")
def inspected(folder):
    text = oracle.dlc("inspect", folder / "model.keras", "--batch", 8, "--explain", "--json", "-")
    return json.loads(text)


def picture(file):
    return ElementTree.parse(file).getroot()


def boxes_of(svg):
    """Rectangles of layers by their path."""
    found = {}
    for group in svg.iter(SVG + "g"):
        if group.get("class") == "layer":
            rect = group.find(SVG + "rect")
            found[group.get("data-layer")] = tuple(
                float(rect.get(key)) for key in ("x", "y", "width", "height"))
    return found


def edges_of(model):
    """Pairs of layers, as Keras knows them."""
    edges = set()
    for layer in model.layers:
        for node in layer._inbound_nodes:
            for tensor in node.input_tensors:
                edges.add((tensor._keras_history.operation.name, layer.name))
    return edges


def test_plot_has_every_layer_and_arrow(folder):
    model = keras.saving.load_model(folder / "model.keras")
    oracle.dlc("plot", folder / "model.keras", "-o", folder / "graph.svg")
    svg = picture(folder / "graph.svg")
    boxes = boxes_of(svg)
    assert set(boxes) == {layer.name for layer in model.layers}
    text = " ".join(svg.itertext())
    for layer in model.layers:
        assert layer.name in text and type(layer).__name__ in text
        assert str(layer.output.shape) in text
    rects = list(boxes.values())
    for i, (x, y, width, height) in enumerate(rects):
        for u, v, w, h in rects[i + 1:]:
            assert x + width <= u or u + w <= x or y + height <= v or v + h <= y
    # An arrow leaves the bottom of one box and ends at the top of another.
    arrows = set()
    for path in svg.iter(SVG + "path"):
        if path.get("class") != "arrow":
            continue
        numbers = [float(n) for n in re.findall(r"-?[0-9.]+", path.get("d"))]
        begin = tuple(numbers[:2])
        end = numbers[-1]
        source = [name for name, (x, y, w, h) in boxes.items()
                  if abs(x + w / 2 - begin[0]) < 1 and abs(y + h - begin[1]) < 1]
        assert len(source) == 1 and end > begin[1]
        arrows.add((source[0], end))
    assert len(arrows) == len({(a, boxes[b][1]) for a, b in edges_of(model)})
    for a, b in edges_of(model):
        assert any(source == a and abs(end - boxes[b][1]) < 1 for source, end in arrows), (a, b)


def test_plot_draws_nested_models_and_kernels(tmp_path):
    models.two_by_two().save(tmp_path / "model.keras")
    oracle.dlc("plot", tmp_path / "model.keras", "--fused", "--program", "predict", "-o",
               tmp_path / "graph.svg")
    svg = picture(tmp_path / "graph.svg")
    frames = [g for g in svg.iter(SVG + "g") if g.get("class") == "frame"]
    assert [frame.findtext(SVG + "title") for frame in frames] == ["inner"]
    boxes = boxes_of(svg)
    assert {"inner/inner_in", "inner/core", "shared", "both"} <= set(boxes)
    rect = frames[0].find(SVG + "rect")
    x, y, w, h = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
    u, v, ww, hh = boxes["inner/core"]
    assert x < u and y < v and u + ww < x + w and v + hh < y + h
    rows = json.loads(oracle.dlc("inspect", tmp_path / "model.keras", "--json", "-"))
    for number, row in enumerate(rows["predict"]["rows"]):
        for layer in row["layers"]:
            path = layer.split(" ", 1)[1]
            group = next(g for g in svg.iter(SVG + "g") if g.get("data-layer") == path)
            chips = [chip.findtext(SVG + "text") for chip in group.iter(SVG + "g")
                     if chip.get("class") == "chip"]
            assert str(number) in chips, (path, number)


def test_plot_refuses_what_has_no_layers(folder):
    oracle.dlc("compile", folder / "model.keras", "-o", folder / "model.dlc", "--cpu",
               "native")
    code, _, err = oracle.Run("plot", folder / "model.dlc", "-o", folder / "g.svg").outcome()
    assert code == 1 and "its layers have become kernels" in err
    code, _, err = oracle.Run("plot", folder / "model.keras", "-o", folder / "g.png").outcome()
    assert code == 1 and "a name that ends in .svg" in err
    # A page about it can still be had.
    oracle.dlc("report", folder / "model.dlc", "-o", folder / "packed.html")
    assert 'id="kernels"' in (folder / "packed.html").read_text()


def fit(model, limit, *options):
    return json.loads(oracle.dlc("fit-batch", model, "--memory-limit", limit, "--json", "-",
                                 *options))


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    """A model that plans in no time."""
    file = tmp_path_factory.mktemp("dense") / "model.keras"
    compiled(models.mlp()).save(file)
    return file


def arena_of(file, batch):
    """Bytes of the training step's arena at a batch."""
    text = oracle.dlc("compile", file, "--batch", batch, "--emit", "plan")
    signature = next(line for line in text.splitlines() if "func.func @train(" in line)
    return int(re.search(r"dlc.arena_bytes = (\d+)", signature).group(1))


def test_largest_batch_fits_and_the_next_does_not(dense):
    limit = 1 << 20
    found = fit(dense, limit)
    batch = found["batch"]
    assert found["total_bytes"] <= limit < found["next"]["total_bytes"]
    assert found["next"]["batch"] == batch + 1
    assert found["plans"] <= 12
    for part in (found, found["next"]):
        assert part["arena_bytes"] == arena_of(dense, part["batch"])
    assert found["holders"] and sum(h["bytes"] for h in found["holders"]) <= found["arena_bytes"]
    # With more to compute more fits, if anything.
    assert fit(dense, limit, "--recompute")["batch"] >= batch


def test_least_need_is_told(dense):
    code, _, err = oracle.Run("fit-batch", dense, "--memory-limit", "10KB").outcome()
    assert code == 1 and len(err.splitlines()) == 1
    least = int(re.search(r"give (\d+) bytes or more", err).group(1))
    assert fit(dense, least)["batch"] >= 1
    assert oracle.Run("fit-batch", dense, "--memory-limit", least - 1).outcome()[0] == 1
    code, _, err = oracle.Run("fit-batch", dense).outcome()
    assert code == 2 and "--memory-limit" in err
    on_gpu = fit(dense, "64MB", "--target", "cuda")
    assert on_gpu["scratch_bytes"] == 0 and on_gpu["input_bytes"] > 0


def test_reasons_name_other_kernels(inspected):
    train = inspected["train"]
    names = {row["name"] for row in train["rows"]}
    for row in train["rows"]:
        assert row["reasons"], row["name"]
        for reason in row["reasons"]:
            for name in re.findall(r"train_k\d+", reason):
                assert name in names and name != row["name"]
    reasons = " ".join(reason for row in train["rows"] for reason in row["reasons"])
    assert "a call of the routine conv2d takes no prologue" in reasons
    assert "forms around reduce_sum (BatchNormalization" in reasons
    assert "needs the value earlier" in reasons


def test_costs_of_layers_add_up(inspected):
    for program in inspected.values():
        for key in ("bytes", "flops", "predicted_time"):
            rows = sum(row[key] for row in program["rows"])
            assert sum(layer[key] for layer in program["layers"]) == pytest.approx(rows)
    names = {layer["layer"]: layer for layer in inspected["train"]["layers"]}
    # Keras counts the layers that other tests made.
    dense = next(row for row in names.values() if row["class"] == "Dense")
    # Two moments beside each weight.
    assert dense["state_bytes"] == 3 * 4 * (16 * 10 + 10)
    peak = sum(layer["peak_bytes"] for layer in inspected["train"]["layers"])
    assert 0 < peak <= inspected["train"]["max_live_bytes"]


def test_code_is_the_same_with_reasons(folder):
    def emitted(*options):
        return oracle.dlc("compile", folder / "model.keras", "--emit", "cuda", *options)
    assert emitted() == emitted("--explain")


def test_trace_is_what_perfetto_reads(folder):
    trace = json.loads((folder / "trace.json").read_text())
    events = trace["traceEvents"]
    threads = {event["tid"]: event["args"]["name"] for event in events
               if event["ph"] == "M" and event["name"] == "thread_name"}
    assert sorted(threads.values()) == ["data", "launches on host", "steps"]
    complete = [event for event in events if event["ph"] == "X"]
    assert {event["ph"] for event in events} == {"M", "X"}
    for event in complete:
        assert event["pid"] == 1 and event["tid"] in threads and event["name"]
        assert event["ts"] >= 0 and event["dur"] >= 0
    steps = [event for event in complete if threads[event["tid"]] == "steps"]
    assert [step["name"] for step in steps] == [f"step {i}" for i in range(2, 6)]
    launches = [event for event in complete if threads[event["tid"]] == "launches on host"]
    rows = json.loads((folder / "profile.json").read_text())["rows"]
    assert len(launches) == 4 * len(rows)
    assert {event["name"] for event in launches} == {row["name"] for row in rows}
    for event in launches:
        assert event["args"]["bytes"] > 0 and event["args"]["layers"]
        # Each lies in a step; both clocks are rounded.
        assert any(step["ts"] - 1 <= event["ts"] and
                   event["ts"] + event["dur"] <= step["ts"] + step["dur"] + 1 for step in steps)


def rectangles(page):
    """Of the picture of memory: position, size and title."""
    found = re.search(r'<svg class="memory".*?</svg>', page, re.DOTALL).group(0)
    numbers = r'<rect x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"[^>]*><title>([^<]*)'
    return [(*map(float, match[:4]), html.unescape(match[4]))
            for match in re.findall(numbers, found)]


@pytest.fixture(scope="module")
def page(folder):
    oracle.dlc("report", folder / "model.keras", "--batch", 8, "-o", folder / "report.html",
               "--history", folder / "history.json", "--profile", folder / "profile.json")
    return (folder / "report.html").read_text()


def test_report_tells_memory_and_time(folder, page, inspected):
    assert "measured, means of" in page and "predicted for" not in page
    train = inspected["train"]
    assert page.count("<details ") == len(train["rows"])
    for row in train["rows"]:
        assert row["name"] in page
    assert page.count("func.func @train_k") == len(train["rows"])
    # No two tensors share bytes at one time.
    rects = rectangles(page)
    assert len(rects) > len(train["rows"])
    for i, (x, y, w, h, _) in enumerate(rects):
        for u, v, ww, hh, _ in rects[i + 1:]:
            apart = (x + w <= u + 0.02 or u + ww <= x + 0.02 or y + h <= v + 0.6 or
                     v + hh <= y + 0.6)
            assert apart
    for chart in ("loss", "accuracy", "loss of steps"):
        assert f'y="18">{chart}</text>' in page
    assert "validation" in page
    # Without measurements every time says that it is none.
    oracle.dlc("report", folder / "model.keras", "--target", "cuda:sm_90", "-o",
               folder / "predicted.html")
    predicted = (folder / "predicted.html").read_text()
    assert "predicted for H100, never measured" in predicted and "Measured" not in predicted
    assert "__global__" in predicted


def test_report_refuses_what_it_cannot_read(folder):
    def refuse(*options):
        code, _, err = oracle.Run("report", folder / "model.keras", "-o", folder / "no.html",
                                  *options).outcome()
        assert code == 1 and len(err.splitlines()) == 1 and not (folder / "no.html").exists()
        return err
    assert "holds no JSON object" in refuse("--history", folder / "data.npz")
    assert "has no list \"rows\"" in refuse("--profile", folder / "history.json")
    assert "each with a time" in refuse("--profile", folder / "profile.json", "--program",
                                        "predict")
    assert "is no file" in refuse("--history", folder)
    # The same kernels of batches of 8.
    err = refuse("--profile", folder / "profile.json", "--batch", 16)
    assert "bytes but in batches of 16 it moves" in err and "--batch" in err, err


def test_pages_stand_alone_and_run_nothing_of_a_model(folder, page, tmp_path):
    """One Chromium for all pages: each in a frame of its own."""
    keras.Sequential([keras.Input((4,), name="x"), keras.layers.Dense(3, name=HOSTILE)],
                     name="hostile").save(tmp_path / "model.keras")
    for command in (["report", "-o"], ["summary", "--html"]):
        oracle.dlc(command[0], tmp_path / "model.keras", command[1],
                   tmp_path / f"{command[0]}.html")
    oracle.dlc("plot", tmp_path / "model.keras", "--fused", "-o", tmp_path / "graph.svg")
    pages = [folder / "report.html", tmp_path / "report.html", tmp_path / "summary.html"]
    texts = [file.read_text() for file in pages] + [(tmp_path / "graph.svg").read_text()]
    for text in texts:
        assert set(re.findall(r"https?://[^\s\"'<>]+", text)) <= {"http://www.w3.org/2000/svg"}
        assert set(re.findall(r"(?:src|href)=\S*", text)) <= {'href="data:,">'}
        assert "<svg onload" not in text
    # What a script would have done to the title, and what Chromium has to say.
    for number, file in enumerate(pages):
        shutil.copy(file, tmp_path / f"page{number}.html")
    (tmp_path / "all.html").write_text(
        "<title>fine</title>" + "".join(
            f'<iframe src="page{i}.html" onload="document.body.append(\'loaded \' + '
            f'this.contentWindow.document.title + \';\')"></iframe>' for i in range(3)))
    run = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
         "--allow-file-access-from-files", "--virtual-time-budget=4000",
         f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", tmp_path / "all.html"],
        capture_output=True, text=True, timeout=120)
    for title in ("resnet - dlc report", "hostile - dlc report", "hostile - dlc summary"):
        assert f"loaded {title};" in run.stdout, run.stdout + run.stderr
    assert "CONSOLE" not in run.stderr and "owned" not in run.stdout, run.stderr
