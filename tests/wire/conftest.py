from __future__ import annotations

from pathlib import Path

import pytest

from tests.wire.servers import Issued, issue


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="session")
def authority(folder: Path) -> Issued:
    return issue(folder, "Test Authority")


@pytest.fixture(scope="session")
def leaf(folder: Path, authority: Issued) -> Issued:
    """A good certificate for shop.test."""
    return issue(folder, "shop.test", by=authority)


@pytest.fixture(scope="session")
def selfmade(folder: Path) -> Issued:
    """A self-signed certificate for shop.test."""
    return issue(folder, "shop.test")
