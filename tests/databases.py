"""Libraries on each kind of database that there is: fixtures, which conftest.py lends to all tests."""

from __future__ import annotations

import pytest
from postgres import cluster, emptied, new_database

from callsim.library.shelf import library

LIBRARY = "library"


@pytest.fixture(scope="session")
def server():
    """One PostgreSQL for all tests."""
    with cluster() as folder:
        new_database(folder, LIBRARY)
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/any.db"
    return emptied(request.getfixturevalue("server"), LIBRARY)


@pytest.fixture
def library_home(url, tmp_path):
    """The environment of a home with that database."""
    return {"CALLSIM_HOME": str(tmp_path), "CALLSIM_LIBRARY": url}


@pytest.fixture
def shelf(library_home):
    """Its library."""
    with library(library_home) as shelf:
        yield shelf
