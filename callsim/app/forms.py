"""What a page's form sends, and where a page may lead."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

_FORM_BYTES = 10_000


async def form(request: Request, most_bytes: int = _FORM_BYTES) -> dict[str, str]:
    """The fields of a small form, each once. Raises HTTPException where it is too large."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            raise HTTPException(413, "That form is too large.")
    return {name: values[-1] for name, values in parse_qs(body.decode(errors="replace")).items()}


def way(to: str) -> str:
    """An address of our own that somebody wanted; anything else leads home."""
    own = to.startswith("/") and not to.startswith("//") and "\\" not in to and to.isprintable()
    return to if own else "/"
