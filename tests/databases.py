"""Libraries on each kind of database that there is: fixtures, which conftest.py lends to all tests."""

from __future__ import annotations

from itertools import count

import pytest
from postgres import cluster, new_database

from callsim.library.shelf import library

NUMBERS = count()


@pytest.fixture(scope="session")
def server():
    """One PostgreSQL for all tests; each has a database of its own there."""
    with cluster() as folder:
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/any.db"
    return new_database(request.getfixturevalue("server"), f"library{next(NUMBERS)}")


@pytest.fixture
def library_home(url, tmp_path):
    """The environment of a home with that database."""
    return {"CALLSIM_HOME": str(tmp_path), "CALLSIM_LIBRARY": url}


@pytest.fixture
def shelf(library_home):
    """Its library."""
    with library(library_home) as shelf:
        yield shelf
