"""The errors of Entrepot: a small tree, each also a built-in; and Dagster's names for the same
situations."""

from __future__ import annotations

__all__ = [
    "CancelledError",
    "CheckError",
    "ConflictError",
    "ContextAttributeError",
    "CorruptError",
    "DagsterError",
    "DagsterHomeNotSetError",
    "DagsterInvalidConfigError",
    "DagsterInvalidDefinitionError",
    "DagsterInvalidInvocationError",
    "DagsterInvalidMetadata",
    "DagsterInvalidSubsetError",
    "DagsterInvariantViolationError",
    "DagsterStepOutputNotFoundError",
    "DagsterTypeCheckDidNotPass",
    "DagsterUnknownPartitionError",
    "DagsterUnknownResourceError",
    "EntrepotError",
    "InternalError",
    "InvalidError",
    "NotFoundError",
    "OutcomeUnknownError",
    "ParameterCheckError",
    "PermissionDenied",
    "TypeCheckError",
    "UnavailableError",
    "UnsupportedError",
]


class EntrepotError(Exception):
    """Base of every error of Entrepot; `code` and `context` tell what and where."""

    code: str = ""
    context: list[str] = []


class InvalidError(EntrepotError, ValueError):
    """The request or definition is wrong; it will never work as given."""

    code = "invalid"


class ContextAttributeError(InvalidError, AttributeError):
    """A property of a context that does not apply: `hasattr` says no."""


class TypeCheckError(InvalidError, TypeError):
    """A value is not of the type that is declared for it."""


class NotFoundError(EntrepotError, FileNotFoundError):
    """The asset, partition, version or file is not there."""

    code = "not found"


class ConflictError(EntrepotError):
    """Somebody else changed it first; read again, then retry."""

    code = "conflict"


class CorruptError(EntrepotError):
    """The bytes are not what was stored."""

    code = "corrupt"


class PermissionDenied(EntrepotError, PermissionError):
    """The place refuses us."""

    code = "permission"


class UnavailableError(EntrepotError, ConnectionError):
    """The place did not answer, or is full; a retry may help."""

    code = "unavailable"


class OutcomeUnknownError(EntrepotError):
    """It broke while publishing; read before retrying."""

    code = "outcome unknown"


class UnsupportedError(EntrepotError, NotImplementedError):
    """Nothing here can do this: no codec, no such feature."""

    code = "unsupported"


class CancelledError(EntrepotError):
    """Stopped on request."""

    code = "cancelled"


class InternalError(EntrepotError, RuntimeError):
    """A broken invariant: our bug."""

    code = "internal"


# Dagster's names of what we raise in the same situations.
DagsterError = EntrepotError
CheckError = InvalidError
DagsterHomeNotSetError = InvalidError
DagsterInvalidConfigError = InvalidError
DagsterInvalidDefinitionError = InvalidError
DagsterInvalidInvocationError = InvalidError
DagsterInvalidMetadata = InvalidError
DagsterInvalidSubsetError = InvalidError
DagsterInvariantViolationError = InvalidError
DagsterStepOutputNotFoundError = InvalidError
DagsterTypeCheckDidNotPass = TypeCheckError
DagsterUnknownPartitionError = NotFoundError
DagsterUnknownResourceError = ContextAttributeError
ParameterCheckError = InvalidError
