"""Real CalDAV servers, for every room that needs one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pim.servers import Radicale, Xandikos


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    pytest.importorskip("radicale")
    server = Radicale(Path(tmp_path_factory.mktemp("radicale")))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Xandikos]:
    pytest.importorskip("xandikos")
    server = Xandikos(Path(tmp_path_factory.mktemp("xandikos")))
    yield server
    server.stop()
