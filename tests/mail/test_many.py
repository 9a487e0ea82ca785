"""Any number of web, worker and watch processes on one database, as on several machines: each mailbox is watched once, each
mail is taken in once, and what one of them held another takes over when it is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from tests.mail.test_kill import MAILS, all_read, at_work, put, until
from tests.mail.workers import environment
from tests.mail.world import Desk, connect, deliver
from tests.servers.dovecot import PASSWORD
from tests.servers.process import free_ports
from tradepost.accounts.keys import create_api_key
from tradepost.activities.models import Message
from tradepost.cli import home
from tradepost.jobs.models import Heartbeat
from tradepost.kit import clock
from tradepost.sync.models import Stream
from tradepost.sync.tasks import request_run

pytestmark = pytest.mark.servers


class Machines:
    """Two of each process, with their keys in files. What they say goes to one file."""

    def __init__(self, folder: Path) -> None:
        self.ports = free_ports(2)
        webs = [["web", "--processes", "1", "--port", str(port)] for port in self.ports]
        self._folder, self.keys = folder, folder / "seal.keys"
        self.keys.write_text("\n".join(settings.SEAL_KEYS))
        (folder / "secret.key").write_text(settings.SECRET_KEY)
        (folder / "files").symlink_to(settings.DATA_DIR / "files")  # shared, as on several machines
        self.web = [self._start(words) for words in webs]
        self.worker = [self._start(["worker"]) for _ in range(2)]
        self.watch = [self._start(["watch"]) for _ in range(2)]
        self.all = [*self.web, *self.worker, *self.watch]

    def _environment(self) -> dict[str, str]:
        ours = environment() | {"TRADEPOST_DATA": str(self._folder)}
        return {name: value for name, value in ours.items() if name not in home.KEYS.values()}

    def _start(self, words: list[str]) -> subprocess.Popen[bytes]:
        with (self._folder / "said").open("ab") as output:
            command = [sys.executable, "-m", "tradepost", *words]
            return subprocess.Popen(command, stdout=output, stderr=output, env=self._environment())

    def run(self, *words: str) -> None:
        command = [sys.executable, "-m", "tradepost", *words]
        subprocess.run(command, env=self._environment(), check=True, capture_output=True)

    def ask(self, web: int, path: str, key: str = "", method: str = "GET", **values: Any) -> Any:
        body = None if method == "GET" else json.dumps(values).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports[web]}{path}", body, method=method)
        request.add_header("Authorization", f"Bearer {key}")
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)
        except OSError:
            return {}

    def alive(self, web: int) -> tuple[int, int]:
        parts = self.ask(web, "/healthz").get("parts", {})
        return tuple(parts.get(name, {}).get("alive") or 0 for name in ("worker", "watcher"))  # type: ignore[return-value]

    def said(self) -> str:
        return (self._folder / "said").read_text()

    def told(self) -> str:
        """How it stands: who has ended, what the queue holds, how the streams are, and what was said last."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT task_name, status, lock, scheduled_at, worker_id FROM procrastinate_jobs")
            queue = cursor.fetchall()
        streams = Stream.objects.values_list("pk", "health", "reason", "next_run_at", "lease_until")
        facts = [
            [process.poll() for process in self.all],
            *queue,
            *streams,
            clock.now(),
            self.said()[-20_000:],
        ]
        return "\n".join(map(str, facts))


@pytest.fixture
def machines(desk: Desk, tmp_path: Path) -> Iterator[Machines]:
    made = Machines(tmp_path)
    yield made
    print(made.told())  # pytest shows it where the test fails
    for process in made.all:
        process.kill()
        process.wait()


def watched() -> Counter[int]:
    """How many watchers say of each stream that they hold a connection for it, among those that have not ended."""
    return Counter(
        pk for facts in Heartbeat.objects.values_list("facts", flat=True) for pk in facts["streams"]
    )


def each_once(folders: int) -> bool:
    rows = Stream.objects.filter(enabled=True).values_list("pk", flat=True)
    return len(rows) == folders and watched() == Counter(rows)


def watcher_of(stream: Stream) -> tuple[str, int]:
    """Who watches a stream: its name and its process."""
    [name] = [row.name for row in Heartbeat.objects.all() if stream.pk in row.facts["streams"]]
    return name, int(name.split(":")[2])


def at_the_mail_server(desk: Desk, processes: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """The one of the processes that talks to the mail server, by its sockets."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    theirs = {f"socket:[{row[9]}]" for row in rows if row[2].endswith(f":{desk.dovecot.imaps:04X}")}
    for process in processes:
        links = Path(f"/proc/{process.pid}/fd").iterdir()
        if theirs & {str(link.readlink()) for link in links if link.is_symlink()}:
            return process
    pytest.fail("no worker talks to the mail server")


@pytest.mark.req("C46", "X3")
def test_two_of_each_on_one_database(desk: Desk, machines: Machines) -> None:
    for n in range(3):
        connect(desk.actor, desk.dovecot, desk.dovecot.user(f"box{n}@shop.test"), f"Box {n}", shared=True)
    _, key = create_api_key(desk.actor, name="test")
    until(lambda: [machines.alive(0), machines.alive(1)] == [(2, 2), (2, 2)], 60)
    until(lambda: each_once(folders=8), 60)
    Stream.objects.update(interval=24 * 3600, next_run_at=None)  # from here on IDLE alone brings what arrives
    sent = a_reply_is_taken_in_once(desk, machines, key)
    keys_rotate(desk, machines, key, sent)
    gone = what_the_killed_held_is_taken_over(desk, machines)
    arrives_by_idle(desk, sent, "At last.")
    assert max(Counter(Message.objects.values_list("message_id", flat=True)).values()) == 1
    for process in (p for p in machines.all if p not in gone):
        process.terminate()
        assert process.wait(60) == 0
    assert not Heartbeat.objects.exists()
    assert "Traceback" not in machines.said()


def a_reply_is_taken_in_once(desk: Desk, machines: Machines, key: str) -> Message:
    sent = desk.write(hand_over=False)
    until(lambda: desk.count("Sent") == 1, 60)
    deliver(desk.dovecot, desk.reply(sent, "Once."))
    until(lambda: Message.objects.count() > 1, 60)
    for web in (0, 1):
        page = machines.ask(web, f"/api/v1/timeline/document/{desk.order.pk}", key)
        texts = [m["text"].strip() for activity in page["items"] for m in activity["messages"]]
        assert texts == ["Shall we split it?", "Once."]
    return sent


def keys_rotate(desk: Desk, machines: Machines, key: str, sent: Message) -> None:
    """No process is started again: all read the new ring, seal with its first key, and open what the former one sealed."""
    [old] = machines.keys.read_text().split()
    machines.run("seal", "rotate")
    [new, same] = machines.keys.read_text().split()
    assert same == old
    arrives_by_idle(desk, sent, "Under the former key.")

    account = f"/api/v1/mail-accounts/{desk.account.pk}"
    assert (
        machines.ask(1, account, key, "PATCH", secrets={"imap_password": PASSWORD})["id"] == desk.account.pk
    )
    with override_settings(SEAL_KEYS=[new]):
        desk.account.connection.refresh_from_db()
        assert desk.account.connection.secrets == {"imap_password": PASSWORD}
    until(lambda: each_once(folders=8), 60)
    arrives_by_idle(desk, sent, "Under the new key.")

    machines.run("seal", "renew")
    machines.keys.write_text(new)
    assert machines.ask(0, f"{account}/test", key, "POST")[-1]["ok"]
    arrives_by_idle(desk, sent, "Without the former key.")


def what_the_killed_held_is_taken_over(desk: Desk, machines: Machines) -> list[subprocess.Popen[bytes]]:
    """With the product's own patience: a worker in the middle of a pass and the watcher of its mailbox die."""
    known = Message.objects.count()
    put(desk, 0, MAILS)
    request_run(desk.stream().pk)
    until(lambda: Message.objects.count() > known and at_work(), 60)
    name, pid = watcher_of(desk.stream())
    gone = [at_the_mail_server(desk, machines.worker), *(p for p in machines.watch if p.pid == pid)]
    for process in gone:
        process.kill()
    killed, before = time.monotonic(), Message.objects.count()
    assert before < known + MAILS
    until(lambda: Message.objects.count() > before, 60)
    until(
        lambda: watched()[desk.stream().pk] == 2, 60 - (time.monotonic() - killed)
    )  # the dead one's words stay
    Heartbeat.objects.filter(name=name).delete()
    assert each_once(folders=8)
    until(lambda: all_read(desk, known + MAILS), 60)
    assert [machines.alive(0), machines.alive(1)] == [(1, 1), (1, 1)]
    return gone


def arrives_by_idle(desk: Desk, sent: Message, text: str) -> None:
    known = Message.objects.count()
    deliver(desk.dovecot, desk.reply(sent, text))
    until(lambda: Message.objects.count() > known, 60)
    assert Message.objects.count() == known + 1
