"""pyarrow: an IPC file by `memory_map`, or by `feather.read_table` into memory."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from face import given, run, table
from pyarrow import feather

_path = Path(given["folder"]) / f"pyarrow-{given['mb']}.arrow"
if not _path.exists():
    _table = table()
    with pa.OSFile(str(_path), "wb") as sink, pa.ipc.new_file(sink, _table.schema) as out:
        out.write_table(_table)  # As one batch, as Entrepot does; feather would make many.


def load_mapped() -> pa.Table:
    with pa.memory_map(str(_path)) as source:
        return pa.ipc.open_file(source).read_all()


def load_read() -> pa.Table:
    return feather.read_table(str(_path), memory_map=False)


run(load_mapped if given["how"] == "map" else load_read)
