"""Input managers of the core: HTTP APIs and tables of databases."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from entrepot import _core
from entrepot._core import InputContext
from entrepot._io_managers import InputManager

__all__ = ["HttpInputManager", "SqlInputManager"]


class _NativeInputManager(InputManager):
    """One of the core's input managers, where Python expects an `InputManager`."""

    def __init__(self, native: _core.NativeInputManager) -> None:
        self._native_input_manager = native

    def load_input(self, context: InputContext) -> Any:
        """Return the value of the input that the context describes."""
        return self._native_input_manager.load_input(context)


class HttpInputManager(_NativeInputManager):
    """Loads a table from `<base_url>/<endpoint>`.

    The endpoint is that of the input's or the asset's metadata ("endpoint"), else `endpoint`,
    else the last part of the asset key, else the input's name. An answer is an array of JSON
    objects (or an object that has one at `records_path`), or CSV. What a record lacks is null,
    integers and fractions together are floats, objects are structs; values that no type has in
    common are an error. Several partitions are asked for in one request, by the query parameter
    `partition_parameter`.

    Every argument may be an `EnvVar`, which is read here and now; token and headers are sent to
    `base_url`'s host only and shown nowhere. Times are seconds. Failed connections, 429 and 5xx
    are tried again, as late as the server asks for.

    >>> api = HttpInputManager("https://api.example.com/v1", bearer_token="secret", timeout=10)
    >>> api
    HttpInputManager('https://api.example.com/v1')
    """

    def __init__(
        self,
        base_url: str,
        *,
        bearer_token: str | None = None,
        headers: Mapping[str, str] | None = None,
        endpoint: str | None = None,
        query: Mapping[str, str] | None = None,
        partition_parameter: str | None = None,
        partition_separator: str | None = None,
        format: Literal["auto", "json", "csv"] | None = None,
        records_path: str | None = None,
        timeout: float | None = None,
        connect_timeout: float | None = None,
        max_retries: int | None = None,
        retry_delay: float | None = None,
        max_retry_delay: float | None = None,
        max_body_bytes: int | None = None,
        proxy: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        config = _given(
            base_url=base_url,
            bearer_token=bearer_token,
            headers=headers,
            endpoint=endpoint,
            query=query,
            partition_parameter=partition_parameter,
            partition_separator=partition_separator,
            format=format,
            records_path=records_path,
            timeout=timeout,
            connect_timeout=connect_timeout,
            max_retries=max_retries,
            retry_delay=retry_delay,
            max_retry_delay=max_retry_delay,
            max_body_bytes=max_body_bytes,
            proxy=proxy,
            ca_file=ca_file,
        )
        super().__init__(_core.make_http_input(config, os.environ.get))
        self._base_url = base_url

    def __repr__(self) -> str:
        return f"HttpInputManager({self._base_url!r})"


class SqlInputManager(_NativeInputManager):
    """Loads a table of SQLite or PostgreSQL, or its rows of some partitions.

    `connection` is "sqlite:///relative/path", "sqlite:////absolute/path" or
    "postgresql://user:password@host/database"; it may be an `EnvVar`, which is read here and
    now, and it is shown nowhere. The table is that of the input's or the asset's metadata
    ("table_name"), else `table`, else the parts of the asset key joined by "_", else the input's
    name. Rows belong to the partition that `partition_column` (or metadata "partition_column")
    holds; partition keys are bound values and names are quoted, so neither can become SQL. For
    joins and expressions, make a view.

    PostgreSQL is read through the package adbc-driver-postgresql, or the ADBC driver at
    `driver`.
    """

    def __init__(
        self,
        connection: str,
        *,
        schema: str | None = None,
        table: str | None = None,
        columns: Sequence[str] | None = None,
        partition_column: str | None = None,
        driver: str | os.PathLike[str] | None = None,
    ) -> None:
        config = _given(
            connection=connection,
            schema=schema,
            table=table,
            columns=columns,
            partition_column=partition_column,
            driver=_installed_driver() if driver is None else driver,
        )
        super().__init__(_core.make_sql_input(config, os.environ.get))

    def __repr__(self) -> str:
        return "SqlInputManager(***)"


def _given(**fields: Any) -> dict[str, Any]:
    """Return the fields that were given, as the core's configuration takes them."""
    config = {}
    for name, value in fields.items():
        if isinstance(value, Mapping):
            config[name] = dict(value)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            config[name] = list(value)
        elif value is not None:
            config[name] = os.fspath(value) if isinstance(value, os.PathLike) else value
    return config


def _installed_driver() -> str | None:
    """Return the path of PostgreSQL's ADBC driver, if its package is installed."""
    package = importlib.util.find_spec("adbc_driver_postgresql")
    if package is None or package.origin is None:
        return None
    return str(Path(package.origin).with_name("libadbc_driver_postgresql.so"))
