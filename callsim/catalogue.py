"""Scripts and voices by name: those that came with callsim, or any file by its path.

In an installed callsim they lie in `callsim/data/`, in a clone beside the package.
"""

from __future__ import annotations

from pathlib import Path

from callsim.errors import InputError, ScriptError, UnknownName, VoiceError

_PACKAGE = Path(__file__).parent


def script_files() -> dict[str, Path]:
    """The call scripts that came with callsim, by name, in alphabetical order."""
    return _files("scripts")


def voice_files() -> dict[str, Path]:
    """The caller voices that came with callsim, by name, in alphabetical order."""
    return _files("voices")


def find_script(name_or_path: str) -> Path:
    """The file of a script. Raises UnknownName (it names the near ones), ScriptError for a path without a file."""
    return _find(name_or_path, "script", script_files(), ScriptError)


def find_voice(name_or_path: str) -> Path:
    """The file of a voice. Raises UnknownName (it names the near ones), VoiceError for a path without a file."""
    return _find(name_or_path, "voice", voice_files(), VoiceError)


def _files(kind: str) -> dict[str, Path]:
    installed = _PACKAGE / "data" / kind
    folder = installed if installed.is_dir() else _PACKAGE.parent / kind
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _find(name_or_path: str, what: str, known: dict[str, Path], error: type[InputError]) -> Path:
    """A path is what ends in .toml or has a folder in it; all else is a name."""
    path = Path(name_or_path)
    if path.suffix != ".toml" and path.name == name_or_path:
        if name_or_path not in known:
            raise UnknownName(what, name_or_path, known)
        return known[name_or_path]
    if not path.is_file():
        raise error(f"There is no {what} file {path}: give the path of one, or a name ({', '.join(known)})")
    return path
