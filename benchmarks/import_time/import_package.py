"""Imports one package, in an interpreter that has imported nothing else.

--package NAME|nothing
"""

from __future__ import annotations

import sys
import time

begin = time.perf_counter()
name = sys.argv[2]
if name != "nothing":
    module = __import__(name)
seconds = time.perf_counter() - begin

import json

checked = name == "nothing" or module.__name__ == name
if name == "entrepot":  # Nothing is put off that a first use would have to pay at once.
    checked = module.materialize([module.asset(lambda: 7, name="x")]).success
print(json.dumps({"import_seconds": [seconds], "modules": len(sys.modules),
                  "checked": checked}))
