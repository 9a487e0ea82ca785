"""Child processes that cannot outlive us and never run as root against their nature.

On Linux the kernel itself ends a child whose parent is gone (``prctl(2)``, ``PR_SET_PDEATHSIG``), so even a
SIGKILL of the parent leaves no orphan. Start children from the main thread: the signal is tied to the thread
that forked.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

_PR_SET_NAME = 15
_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
_CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def tied(
    stop: signal.Signals = signal.SIGTERM,
    user: pwd.struct_passwd | None = None,
    capability: int | None = None,
) -> Callable[[], None]:
    """A ``preexec_fn``: the child gets ``stop`` when we die and, if given, becomes ``user``.

    ``capability`` (``capabilities(7)``) is the one right of root that the user keeps, in the ambient set.
    """
    parent = os.getpid()
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    bit = 0 if capability is None else 1 << capability
    rights = (ctypes.c_uint32 * 6)(
        bit, bit, bit, 0, 0, 0
    )  # effective, permitted, inheritable; low words, then high

    def become() -> None:
        if user is not None:
            if _libc and capability is not None:
                _libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            if _libc and capability is not None:
                _libc.capset(header, rights)
                _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)
        if _libc:  # last: a change of user clears it
            _libc.prctl(_PR_SET_PDEATHSIG, int(stop), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return become


def call(name: str) -> None:
    """Name this process in ``ps -o comm`` and ``top``, where the kernel can: 15 letters at most."""
    if _libc:
        _libc.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def holds(capability: int) -> bool:
    """Whether this process has the capability."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return False
    effective = next((line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), "0")
    return bool(int(effective, 16) >> capability & 1)


def reaches(user: pwd.struct_passwd, paths: Sequence[Path]) -> bool:
    """Whether the user may walk down to every one of the folders."""
    return all(_enters(user, folder) for path in paths for folder in (path, *path.parents))


def _enters(user: pwd.struct_passwd, folder: Path) -> bool:
    found = folder.stat()
    return bool(found.st_mode & 0o001 or (found.st_uid == user.pw_uid and found.st_mode & 0o100))
