# So that tests of this folder can share what they prepare.
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))


@pytest.fixture
def good(tmp_path):
    """A model and data that fit; a test spoils one thing."""
    import spoil
    return spoil.make_good(tmp_path)
