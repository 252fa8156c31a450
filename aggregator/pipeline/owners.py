"""Who holds a lease, and whether that process is still alive.

A lease outlives a process that was killed. Where the dead process ran on this machine we know that it is dead, and
the next run need not wait for the lease to end.
"""

from __future__ import annotations

import os
import socket
import uuid
from contextlib import suppress
from pathlib import Path


def new_owner() -> str:
    """A name for this process in leases: machine, process id, and something that no other process has had."""
    return f"{_machine()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def is_dead(owner: str) -> bool:
    """Whether the owner was a process of this machine that runs no more; False where we cannot know."""
    machine, _, rest = owner.partition(":")
    number = rest.partition(":")[0]
    if machine != _machine() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _machine() -> str:
    """The host, its start and our room of process ids: in two containers equal numbers are not equal processes."""
    parts = [socket.gethostname().replace(":", "-")]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()[:8])
    with suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").stat().st_ino))
    return "/".join(parts)
