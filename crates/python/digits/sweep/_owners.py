"""Whose a trial is, and whether that process is still there."""

from __future__ import annotations

import contextlib
import os
import platform
import threading
import time
from pathlib import Path
from typing import Any

BEAT_SECONDS = 5.0
"""How often a process says of its trial that it is there."""


def me() -> dict[str, Any]:
    """This process, so that others of this machine can see whether it lives."""
    return {"machine": _machine(), "process": os.getpid(), "since": _since(os.getpid())}


class Watch:
    """Which trials have lost their process.

    A process of this machine is looked for at once. One of another machine is lost where it has not said for
    `patience` seconds of this clock that it is there: clocks of two machines are never compared.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._seen: dict[int, tuple[Any, float]] = {}

    def is_lost(self, number: int, owner: dict[str, Any] | None, beat: Any) -> bool:
        """Of a trial that runs, with its owner and what that one said last."""
        if owner and owner["machine"] == _machine() and os.name == "posix":
            since: str | None = owner["since"]
            return _since(owner["process"]) != since
        now = time.monotonic()
        last = (owner, beat)
        if number not in self._seen or self._seen[number][0] != last:
            self._seen[number] = (last, now)
        return now - self._seen[number][1] > self._patience


class Beat:
    """Says again and again of a trial that its process is there, as long as this lasts."""

    def __init__(self, say: Any) -> None:
        self._say = say
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _go_on(self) -> None:
        count = 0
        while not self._ended.wait(BEAT_SECONDS):
            count += 1
            try:
                self._say(count)
            except Exception:  # noqa: BLE001
                # A storage that is away for a moment; the training tells where it stays away.
                continue


def _machine() -> str:
    """What has numbers of processes of its own: a machine since it started, or a container on it."""
    parts = [platform.node()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(parts)


def _since(process: int) -> str | None:
    """When a process began, as the system says it; None where there is none. A number is used again."""
    try:
        # The name, which comes before, may have any signs in it but ends with a bracket.
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        # A zombie is none any more.
        return None if fields[0] == "Z" else fields[19]
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    return "there"
