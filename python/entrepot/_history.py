"""What the event log tells of the past."""

from __future__ import annotations

from entrepot._core import MaterializationRecord
from entrepot.errors import InvalidError

__all__ = ["EventRecordsResult", "storage_id_of"]


class EventRecordsResult(list[MaterializationRecord]):
    """A page of records: a list that also says whether and how to go on.

    `cursor` is text for the next call; `has_more` tells whether that would find anything.
    """

    def __init__(
        self, records: list[MaterializationRecord], limit: int, cursor: str | None
    ) -> None:
        """Take up to `limit` of `records`, which were read after `cursor`."""
        super().__init__(records[: max(limit, 0)])
        self.has_more = len(records) > len(self)
        self.cursor = str(self[-1].storage_id) if self else cursor or ""

    @property
    def records(self) -> list[MaterializationRecord]:
        """The records as a plain list."""
        return list(self)


def storage_id_of(cursor: str | None) -> int:
    """Return the storage id that a cursor stands for; 0 for the beginning."""
    if not cursor:
        return 0
    if not (isinstance(cursor, str) and cursor.isdecimal()):
        raise InvalidError(
            f"not a cursor: {cursor!r}; pass the cursor of the page before, or None"
        )
    return int(cursor)
