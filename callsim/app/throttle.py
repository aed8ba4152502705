"""How long whoever guesses passwords has to wait: longer each time, for an account and for an address, never for good.

Kept in memory, and so forgotten when callsim is started anew.
"""

from __future__ import annotations

import ipaddress
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from callsim.library.reading import folded

# After that long without a try all is forgotten. Longer than any wait, so that waiting never gains new tries.
_FORGOTTEN_AFTER_S = 1800.0
# No more are remembered, whatever is made up.
_MOST = 10_000
# Of how many tries the moment is kept: more than are ever looked at in one moment.
_MOMENTS = 64
_WITH_PORT = re.compile(r"\[(?P<six>[^]]*)\](:\d{1,5})?|(?P<four>[^:]*):\d{1,5}")


@dataclass(frozen=True, slots=True)
class Patience:
    """So many tries cost nothing; from then on each wait is twice the one before, up to the longest."""

    free: int
    longest_s: float = 300.0

    def wait_s(self, tries: int) -> float:
        """The wait after so many tries."""
        return 0.0 if tries < self.free else min(self.longest_s, 2.0 ** min(tries - self.free, 30))


# Fast typists err twice or thrice; a class behind one address errs more often.
ACCOUNT, ADDRESS = Patience(free=5), Patience(free=20)


@dataclass(slots=True)
class _Tries:
    """How many there were, and the moments of the latest of them, in order."""

    count: int = 0
    moments_s: deque[float] = field(default_factory=lambda: deque(maxlen=_MOMENTS))


class Throttle:
    """Counts tries. A try counts as failed from its beginning on, so that many at once gain nothing.

    An address from which an account was signed in to is counted by itself for that account: whoever guesses from
    elsewhere cannot keep its owner out.
    """

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._tries: OrderedDict[Hashable, _Tries] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def wait_s(self, name: str, address: str) -> float:
        """How long until another try is looked at; 0: now."""
        now_s = self._clock_s()
        return max(self._left_s(key, patience, now_s) for key, patience in self._keys(name, address))

    def begin(self, name: str, address: str) -> float:
        """A try; returns its moment."""
        now_s = self._clock_s()
        for key, _ in self._keys(name, address):
            tries = self._tries[key] = self._of(key, now_s)
            tries.count += 1
            tries.moments_s.append(now_s)
            self._tries.move_to_end(key)
        while len(self._tries) > _MOST:
            self._tries.popitem(last=False)
        return now_s

    def succeed(self, name: str, address: str, began_s: float) -> None:
        """The try of that moment was right: the account starts anew; of the address only this try is taken back.

        So the address waits as long as it would have without it, and no longer.
        """
        (account, _), (place, _) = self._keys(name, address)
        self._tries.pop(account, None)
        tries = self._tries.get(place)
        if tries is not None and began_s in tries.moments_s:
            tries.count -= 1
            tries.moments_s.remove(began_s)
        self._known[folded(name), network(address)] = None
        while len(self._known) > _MOST:
            self._known.popitem(last=False)

    def _keys(self, name: str, address: str) -> tuple[tuple[Hashable, Patience], tuple[Hashable, Patience]]:
        who, where = folded(name), network(address)
        account = ("account", who, where if (who, where) in self._known else "")
        return (account, ACCOUNT), (("address", where), ADDRESS)

    def _of(self, key: Hashable, now_s: float) -> _Tries:
        tries = self._tries.get(key)
        if tries is None or not tries.moments_s or now_s - tries.moments_s[-1] > _FORGOTTEN_AFTER_S:
            return _Tries()
        return tries

    def _left_s(self, key: Hashable, patience: Patience, now_s: float) -> float:
        tries = self._of(key, now_s)
        return max(0.0, tries.moments_s[-1] + patience.wait_s(tries.count) - now_s) if tries.count else 0.0


def network(address: str) -> str:
    """What one computer can have many of counts as one: of IPv6 the first 64 bits."""
    known = plain_address(address)
    return str(ipaddress.ip_network(f"{known}/64", strict=False)) if ":" in known else known


def without_port(forwarded: str) -> str:
    """An address as some proxies forward it, `192.0.2.1:51234` or `[2001:db8::1]:5`, without what changes each time."""
    match = _WITH_PORT.fullmatch(forwarded)
    return forwarded if match is None else match["six"] or match["four"] or ""


def plain_address(address: str) -> str:
    """An IP address in its one way of writing; what is none stays as it is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address.replace(":", ".")
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found).partition("%")[0]
