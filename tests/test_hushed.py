"""C libraries do not write through the screen."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from callsim.devices.hushed import hushed


def test_what_is_written_meanwhile_is_lost_and_nothing_else(capfd):
    """Before and after it standard error is as ever."""
    os.write(2, b"before ")
    with hushed():
        os.write(2, b"ALSA lib confmisc.c:855: cannot find card '0'")
    os.write(2, b"after")
    assert capfd.readouterr().err == "before after"


def test_an_error_comes_through(capfd):
    """What goes wrong meanwhile is raised, and standard error is back."""
    with pytest.raises(ValueError, match="gone"), hushed():
        raise ValueError("gone")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_without_a_standard_error_nothing_changes():
    """As in a program without a terminal."""
    program = "import os\nos.close(2)\nfrom callsim.devices.hushed import hushed\nwith hushed(): print('done')"
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "done\n"
