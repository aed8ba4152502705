"""What can go wrong, and whose fault it is."""

import inspect

import pytest

from callsim import errors
from callsim.errors import IllegalEvent, InputError, MachineError, OurBug, UnknownName

CLASSES = [found for _, found in inspect.getmembers(errors, inspect.isclass) if found.__module__ == errors.__name__]


def test_tree_at_the_top_of_the_module_names_every_class():
    """Whoever looks for the right class finds it in the drawing."""
    drawn = set((errors.__doc__ or "").split())
    assert {found.__name__ for found in CLASSES} <= drawn


@pytest.mark.parametrize("found", [found for found in CLASSES if found is not errors.CallsimError])
def test_every_class_says_whose_fault_it_is(found):
    """An error is the user's, the machine's or ours, and never two of these."""
    assert sum(issubclass(found, fault) for fault in (InputError, MachineError, OurBug)) == 1


@pytest.mark.parametrize(("fault", "code"), [(InputError, 2), (MachineError, 2), (OurBug, 70)])
def test_exit_code_follows_the_fault(fault, code):
    """A shell can tell our bugs from everything else."""
    assert {found.exit_code for found in CLASSES if issubclass(found, fault)} == {code}


def test_unknown_name_offers_the_near_ones():
    """A slip of the finger is answered with the name that was meant, and not with the whole list."""
    message = str(UnknownName("script", "late-parcle", ["double-charge", "late-parcel", "no-heating"]))
    assert message == "There is no script named 'late-parcle': did you mean late-parcel?"


def test_unknown_name_with_nothing_near_lists_all():
    """Somebody who has no idea sees what there is, in order."""
    message = str(UnknownName("voice", "xyzzy", ["robert", "dana"]))
    assert message == "There is no voice named 'xyzzy': did you mean dana, robert?"


def test_unknown_name_on_an_empty_list_says_so():
    """With nothing to offer, nothing is offered."""
    assert str(UnknownName("session", "monday", [])).endswith("there is none yet")


def test_illegal_event_names_state_and_event():
    """A report of our bug carries what is needed to find it."""
    assert "TurnEnded cannot happen while ringing" in str(IllegalEvent("ringing", "TurnEnded"))
