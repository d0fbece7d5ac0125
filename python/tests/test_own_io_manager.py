import json
import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import entrepot as ep
from entrepot.testing import IOManagerConformance


class JsonFolder(ep.IOManager):
    """Keeps the values of assets as JSON files."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def _path(self, context: ep.OutputContext) -> Path:
        names = [quote(part, safe="").replace(".", "%2E")
                 for part in context.get_asset_identifier()]
        return self.base.joinpath(*names).with_suffix(".json")

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        path = self._path(context)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(obj)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "w") as file:
            file.write(text)
        os.replace(temporary, path)

    def load_input(self, context: ep.InputContext) -> Any:
        return json.loads(self._path(context.upstream_output).read_text())


class TestJsonFolder(IOManagerConformance):
    values = ("text", 3, {"a": [1.5, None, "\u00e9"]})
    takes_op_outputs = False
    keeps_partitions_apart_from_assets = False

    @pytest.fixture
    def io_manager(self, tmp_path: Path) -> JsonFolder:
        return JsonFolder(tmp_path)

    def reopen(self, io_manager: JsonFolder) -> JsonFolder:
        return JsonFolder(io_manager.base)
