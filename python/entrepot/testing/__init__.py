"""For tests of your own I/O managers; needs pytest.

>>> from entrepot.testing import IOManagerConformance
>>> class TestMyManager(IOManagerConformance):
...     @pytest.fixture
...     def io_manager(self, tmp_path):
...         return MyManager(tmp_path)
"""

from __future__ import annotations

import pytest

# So that a failed assertion shows its values, as in a test file.
pytest.register_assert_rewrite("entrepot.testing._io_manager_conformance")

from entrepot.testing._io_manager_conformance import IOManagerConformance  # noqa: E402

__all__ = ["IOManagerConformance"]
