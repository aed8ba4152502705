"""The JSON Schema of a call script, for editors that complete and check TOML."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from typing import Any

from callsim.script import Script


def script_schema() -> str:
    """The schema as JSON; what everyday.toml gives need not stand in a script, and lines may be a plain list."""
    schema = Script.model_json_schema()
    everyday = tomllib.loads(files("callsim").joinpath("everyday.toml").read_text(encoding="utf-8"))
    schema["required"] = [key for key in schema["required"] if key not in everyday]
    for name in ("Prompts", "Reactions"):
        schema["$defs"][name].pop("required")
    schema["title"] = "callsim call script"
    return json.dumps(_lists_too(schema), indent=2) + "\n"


def _lists_too(part: Any) -> Any:  # noqa: ANN401 - any JSON
    """Wherever lines by mood are allowed, a plain list of them is."""
    if isinstance(part, dict):
        if part.get("$ref") == "#/$defs/ByMood":
            plain = {"type": "array", "items": {"type": "string"}, "minItems": 1}
            return {"anyOf": [plain, {"$ref": "#/$defs/ByMood"}]}
        return {key: _lists_too(value) for key, value in part.items()}
    return [_lists_too(item) for item in part] if isinstance(part, list) else part
