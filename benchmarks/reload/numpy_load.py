"""numpy: `np.load` of a file, into memory or mapped (copy on write, as Entrepot maps)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from face import given, numbers, run

_path = Path(given["folder"]) / f"numpy-{given['mb']}.npy"
if not _path.exists():
    np.save(_path, numbers())
_mode = "c" if given["how"] == "map" else None
run(lambda: np.load(_path, mmap_mode=_mode))
