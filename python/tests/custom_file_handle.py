"""The file handle of the specification."""

from __future__ import annotations

from entrepot._files import FileHandle


class CustomFileHandle(FileHandle):
    """As in the specification."""

    def __init__(self, file_path: str, file_manager: object) -> None:
        self.file_path = file_path
        self.file_manager = file_manager

    @property
    def path_desc(self) -> str:
        return f"custom://{self.file_path}"
