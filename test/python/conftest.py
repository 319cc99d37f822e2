# The Python package from the source tree, on the libraries in build/lib.
import sys

import oracle

sys.path.insert(0, str(oracle.ROOT / "python"))
