"""The array types that every room speaks of."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Positions = Ints
"""Whole numbers that point at people, pairs or facets."""
Codes = NDArray[np.int8]
Cells = NDArray[np.object_]
