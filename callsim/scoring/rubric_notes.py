"""What the standard rubric's file says about its settings: the comments above each, for whoever edits a copy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_TABLE = re.compile(r"\[([a-z_.]+)\]")
_KEY = re.compile(r"([a-z_]+) *=")


@cache
def rubric_notes() -> Mapping[str, str]:
    """By the whole name of a setting ("pacing.dead_air.limit"); what stands above its table is said of the table."""
    found: dict[str, str] = {}
    table, lines = "", list[str]()
    for line in (files(__package__) / "rubric.toml").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            lines.append(line.lstrip("# "))
        elif match := _TABLE.match(line) or _KEY.match(line):
            is_table = line.startswith("[")
            name = match[1] if is_table else f"{table}.{match[1]}".lstrip(".")
            table = match[1] if is_table else table
            if lines:
                found[name] = " ".join(lines)
            lines = []
        else:
            lines = []
    return found
