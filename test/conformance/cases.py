# One row of the conformance table: a call, and what it is fed.
from dataclasses import dataclass
from typing import Any, Callable


@dataclass
class Case:
    """One call of a layer: input shapes without the batch, and the call."""
    shapes: list
    call: Callable[..., Any]
    # Inputs are uniform in this range, away from a function's poles.
    low: float = -2.0
    high: float = 2.0
    dtype: str = "float32"


def case(*shapes, call, **options):
    return Case(list(shapes), call, **options)


def whole(*shapes, below, call):
    """Inputs are whole numbers from 0 on."""
    return case(*shapes, call=call, low=0, high=below, dtype="int32")
