# So that tests of this folder can share what they prepare.
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
