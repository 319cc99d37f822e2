# `dlc summary` prints Keras' own table: names, classes, shapes, counts.
import re

import keras
import pytest

import models
import oracle


def table_of(text):
    """The cells of each row, header first; then the lines of totals. Blanks are
    left out, so that it does not matter where a long cell is broken."""
    rows = []
    for line in text.splitlines():
        if line.startswith(("│", "┃")):
            cells = [cell.replace(" ", "") for cell in re.split("[│┃]", line)[1:-1]]
            # A row goes on where the count is empty.
            if rows and not cells[2]:
                rows[-1] = ["".join(pair) for pair in zip(rows[-1], cells)]
            else:
                rows.append(cells)
    totals = [line.strip() for line in text.splitlines() if "params:" in line]
    return rows, totals


@pytest.mark.parametrize("compiled", [False, True], ids=["plain", "compiled"])
@pytest.mark.parametrize("name", ["seed_cnn", "mlp", "resnet", "two_by_two"])
def test_table_equals_keras(name, compiled, tmp_path):
    model = getattr(models, name)()
    if compiled:
        # Keras counts optimizer variables once they exist.
        model.compile(optimizer=keras.optimizers.Adam(), loss="mse")
        model.optimizer.build(model.trainable_variables)
    lines = []
    model.summary(print_fn=lines.append)
    file = tmp_path / "model.keras"
    model.save(file)
    ours = oracle.dlc("summary", file)
    expected_rows, expected_totals = table_of("\n".join(lines))
    rows, totals = table_of(ours)
    assert expected_rows
    width = len(expected_rows[0])
    assert len(rows) == len(expected_rows)
    for row, expected in zip(rows, expected_rows):
        # Keras cuts a long name off with an ellipsis.
        for cell, pattern in zip(row[:width], expected, strict=True):
            assert re.fullmatch(re.escape(pattern).replace("…", ".*"), cell), (row, expected)
    assert totals == expected_totals
    assert f'Model: "{model.name}"' in ours
