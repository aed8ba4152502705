"""What can go wrong, and whose fault it is.

    CallsimError
    ├── InputError          your file or your words: one sentence, exit code 2
    │   ├── RecordingError      a sound file that cannot be used
    │   ├── ScriptError         a call script with a mistake
    │   ├── VoiceError          a voice file with a mistake
    │   ├── SceneError          a scene file with a mistake
    │   ├── RubricError         a rubric file with a mistake
    │   ├── SessionError        a session folder that cannot be read or written
    │   └── UnknownName         no such script, voice, …; names the near ones
    ├── MachineError        your machine: a device, an engine, the disk, the network; exit code 2
    │   ├── ModelError          the speech model is missing, broken or cannot be fetched
    │   ├── VoiceEngineError    the speech engine fails
    │   ├── DeviceError         a sound device fails
    │   └── DiskError           the disk is full or read-only
    └── OurBug              a mistake in callsim: exit code 70
        └── IllegalEvent        an event that cannot happen in this state

Every message is one sentence that says what is wrong, which value, and what to do. What was said in a call
never enters a message.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class CallsimError(Exception):
    """Anything callsim raises on purpose; `exit_code` is what the command line ends with."""

    exit_code = 2


class InputError(CallsimError):
    """The user's file or words are at fault."""


class RecordingError(InputError):
    """A sound file is missing, broken, silent, or not of the needed kind."""


class ScriptError(InputError):
    """A call script breaks the rules of scripts/README.md."""


class VoiceError(InputError):
    """A voice file breaks the rules of voices/README.md."""


class SceneError(InputError):
    """A scene file breaks its rules."""


class RubricError(InputError):
    """A rubric file breaks its rules."""


class SessionError(InputError):
    """A session folder cannot be read, or cannot be written there."""


class UnknownName(InputError):
    """A name that is not on the list."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name, names, n=3, cutoff=0.5) or names
        hint = f"did you mean {', '.join(near)}?" if near else "there is none yet"
        super().__init__(f"There is no {what} named {name!r}: {hint}")


class MachineError(CallsimError):
    """A device, an engine, the disk or the network of this machine is at fault."""


class ModelError(MachineError):
    """The speech model is missing, broken, or cannot be fetched."""


class VoiceEngineError(MachineError):
    """The speech engine cannot speak."""


class DeviceError(MachineError):
    """A sound device cannot be opened or was lost."""


class DiskError(MachineError):
    """The disk is full or does not let us write."""


class OurBug(CallsimError):
    """A mistake in callsim itself."""

    exit_code = 70


class IllegalEvent(OurBug):
    """The conversation was given an event that cannot happen in its state."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"callsim has a bug: the event {event} cannot happen while {state}; please report it")
