# Layers take their arguments in the order of Keras' signatures, in C++ and where
# dlc edit reads a call.
import inspect
import pathlib
import re

from keras import layers
from keras.src.applications import convnext, inception_resnet_v2

import oracle

TABLE = pathlib.Path(oracle.DLC).parent.parent / "compiler/build/LayerTable.inc"


def test_arguments_are_in_the_order_of_keras():
    rows = re.findall(r'^\{"(\w+)", \w+, \{(.*)\}\},$', TABLE.read_text(), re.MULTILINE)
    assert len(rows) > 30
    for name, arguments in rows:
        ours = re.findall(r'\{"(\w+)", \w+\}', arguments)
        made = next(getattr(place, name) for place in (layers, convnext, inception_resnet_v2)
                    if hasattr(place, name))
        keras = [each.name for each in inspect.signature(made.__init__).parameters.values()
                 if each.kind is each.POSITIONAL_OR_KEYWORD
                 and each.name not in ("self", "name")]
        common = [key for key in keras if key in ours]
        # What Keras takes by key only, or what dlc lacks, comes last.
        assert ours[:len(common)] == common, name
        assert keras[:len(common)] == common or name == "BatchNormalization", name
