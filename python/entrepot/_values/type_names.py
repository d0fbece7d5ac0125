"""The names of types as users write them, and the types that annotations ask for."""

from __future__ import annotations

import ast
import sys
import types
import typing
from typing import Any

# What values are stored as and annotations may ask for.
_CANONICAL = frozenset(
    {
        "pandas.DataFrame",
        "pandas.Series",
        "polars.DataFrame",
        "polars.LazyFrame",
        "polars.Series",
        "pyarrow.Table",
        "pyarrow.RecordBatch",
        "pyarrow.RecordBatchReader",
        "numpy.ndarray",
    }
)

# As everyone imports them.
_ALIASES = {"pd": "pandas", "pl": "polars", "pa": "pyarrow", "np": "numpy"}


def type_name(obj: object) -> str:
    """Return the type of `obj` as its users write it, e.g. "pandas.DataFrame"."""
    return class_name(type(obj))


def class_name(cls: type) -> str:
    """Return the name of `cls` in the outermost package that offers it."""
    module, name = cls.__module__, cls.__qualname__
    if module == "builtins":
        return "None" if cls is type(None) else name
    root = module.partition(".")[0]
    # Not by getattr: packages may import or warn when asked.
    package = vars(sys.modules[root]) if root in sys.modules else {}
    return f"{root}.{name}" if package.get(name) is cls else f"{module}.{name}"


def canonical_name(cls: type) -> str | None:
    """Return the name of `cls` if it is one of the types with a form of its own."""
    if cls.__module__.partition(".")[0] not in _ALIASES.values():
        return None
    name = class_name(cls)
    return name if name in _CANONICAL else None


def satisfies(cls: type, wanted: str) -> bool:
    """Return whether `cls` is the type named `wanted`, or derived from it."""
    return any(canonical_name(base) == wanted for base in cls.__mro__)


def wanted_type(annotation: Any) -> str | None:
    """Return the name of the type that an annotation asks for.

    One of "pandas.DataFrame", "pandas.Series", "polars.DataFrame", "polars.LazyFrame",
    "polars.Series", "pyarrow.Table", "pyarrow.RecordBatch", "pyarrow.RecordBatchReader",
    "numpy.ndarray"; None for every other annotation: the type that was stored.
    Optional[X] asks for X. An annotation that is text (as it could not be resolved) is
    read by the usual names: "pd.DataFrame", "numpy.ndarray", "pl.LazyFrame | None".
    """
    if isinstance(annotation, str):
        return _wanted_by_text(annotation)
    if isinstance(annotation, typing.ForwardRef):
        return _wanted_by_text(annotation.__forward_arg__)
    if isinstance(annotation, typing.NewType):
        return wanted_type(annotation.__supertype__)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return wanted_type(typing.get_args(annotation)[0])
    if origin is typing.Union or origin is types.UnionType:
        return _only(typing.get_args(annotation))
    if origin is not None:
        return wanted_type(origin)
    return canonical_name(annotation) if isinstance(annotation, type) else None


def _only(choices: typing.Iterable[Any]) -> str | None:
    names = {
        wanted_type(choice) for choice in choices if choice not in (None, type(None))
    }
    return names.pop() if len(names) == 1 else None


def _wanted_by_text(text: str) -> str | None:
    try:
        return _wanted_by_node(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError:
        return None


def _wanted_by_node(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return _wanted_by_text(node.value) if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _only_node([node.left, node.right])
    if isinstance(node, ast.Subscript):
        outer = ast.unparse(node.value).rpartition(".")[2]
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if outer in ("Optional", "Union"):
            return _only_node(inner)
        return _wanted_by_node(inner[0] if outer == "Annotated" else node.value)
    root, _, name = ast.unparse(node).partition(".")
    if name.rpartition(".")[2] == "NDArray" or (root, name) == ("NDArray", ""):
        return "numpy.ndarray"
    dotted = f"{_ALIASES.get(root, root)}.{name}"
    return dotted if dotted in _CANONICAL else None


def _only_node(nodes: list[ast.expr]) -> str | None:
    is_none = [isinstance(node, ast.Constant) and node.value is None for node in nodes]
    names = {
        _wanted_by_node(n) for n, none in zip(nodes, is_none, strict=True) if not none
    }
    return names.pop() if len(names) == 1 else None
