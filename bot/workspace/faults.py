"""Faults on demand: what goes wrong with Slack on a bad day, asked for by name, once or often.

Each is armed for a Web API method (`chat.postMessage`, or `*` for any) and a number of times; they
strike in the order they were armed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Fault:
    """One armed fault. kind: drop, refuse, rate_limit, status, error, slow or hold."""

    kind: str
    method: str
    times: int
    seconds: float = 0
    status: int = 200
    error: str = ""


@dataclass(slots=True)
class Held:
    """A call kept waiting. `reached` is set when it came in; `release()` lets it go on."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let the call go on."""
        self.released.set()


class Faults:
    """The faults that are armed."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._held: dict[int, Held] = {}
        self.events_twice = 0
        self.events_swapped = 0

    def drop(self, method: str, times: int = 1) -> None:
        """Do what was asked, then cut the connection instead of answering."""
        self._armed.append(Fault("drop", method, times))

    def refuse(self, method: str, times: int = 1) -> None:
        """Cut the connection without doing what was asked."""
        self._armed.append(Fault("refuse", method, times))

    def rate_limit(self, method: str, retry_after_s: int = 1, times: int = 1) -> None:
        """Answer 429 with `Retry-After`, doing nothing."""
        self._armed.append(Fault("rate_limit", method, times, seconds=retry_after_s))

    def status(self, method: str, status: int = 500, times: int = 1) -> None:
        """Answer with a bare HTTP status, doing nothing."""
        self._armed.append(Fault("status", method, times, status=status))

    def error(self, method: str, error: str, times: int = 1) -> None:
        """Answer `ok: false` with this error, doing nothing."""
        self._armed.append(Fault("error", method, times, error=error))

    def slow(self, method: str, seconds: float, times: int = 1) -> None:
        """Answer late, by the server's clock."""
        self._armed.append(Fault("slow", method, times, seconds=seconds))

    def hold(self, method: str) -> Held:
        """Keep the next call waiting, before it does anything, until it is released."""
        fault, held = Fault("hold", method, 1), Held()
        self._armed.append(fault)
        self._held[id(fault)] = held
        return held

    def twice(self, events: int = 1) -> None:
        """Deliver each of the next events twice, with the same `event_id`."""
        self.events_twice += events

    def swap(self, pairs: int = 1) -> None:
        """Deliver the next two events in the other order; the first waits for the second."""
        self.events_swapped += pairs

    def strike(self, method: str) -> Fault | None:
        """The fault for this call, counted as used; None when there is none."""
        for fault in self._armed:
            if fault.method in (method, "*"):
                fault.times -= 1
                if fault.times == 0:
                    self._armed.remove(fault)
                return fault
        return None

    def held(self, fault: Fault) -> Held:
        """The handle of a `hold` fault."""
        return self._held[id(fault)]

    def clear(self) -> None:
        """Disarm everything and let every held call go on."""
        self._armed.clear()
        self.events_twice = self.events_swapped = 0
        for held in self._held.values():
            held.release()
