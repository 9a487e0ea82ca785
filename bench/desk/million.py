"""``desk.million``: a file of 1,000,000 rows (200,000 orders of five lines, 1,000 of them bad) by ``tradepost import`` into a
desk of 2,000 customers and 2,000 items: dry run, import that is killed on the way and gone on with, and all of it taken back.

``ROWS=20000`` is a smaller file of the same shape; with fewer the kill comes before the import. Memory is the peak of each
command's process; what of it grows with the file is seen beside a file of a tenth of the rows.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import Goal, Result
from bench._database import database

ROWS, LINES = int(os.environ.get("ROWS", 1_000_000)), 5
CUSTOMERS, ITEMS = 2_000, 2_000
USER = "dana@bench.example"


def is_bad(order: int) -> bool:
    """One in 200, over the whole file."""
    return order % 200 == 77


def content(orders: Iterable[int]) -> Iterator[bytes]:
    """The CSV of orders by their numbers. Memos carry formulas and stray Windows-1252; each bad order is bad in one of five ways."""
    yield b"Order,Customer,Date,PO,Memo,SKU,Quantity,Unit price,Tax %\n"
    for n in orders:
        yield _order(n, n // 200 % 5 if is_bad(n) else None)


def write(path: Path, orders: int) -> None:
    with path.open("wb") as file:
        file.writelines(content(range(1, orders + 1)))


def _order(n: int, flaw: int | None) -> bytes:
    customer = "C-none" if flaw == 0 else f"C-{1 + n % CUSTOMERS}"
    day = "2026-02-31" if flaw == 1 else f"2026-11-{1 + n % 28:02}"
    sku = "SKU-none" if flaw == 2 else f"SKU-{1 + n % ITEMS}"
    count = "=1+1" if flaw == 3 else "2"
    price = "9.95,more,8.25,cells" if flaw == 4 else "9.95,8.25"
    memo = (
        b"Stra\xdfe" if n % 1000 == 5 else b'"=HYPERLINK(""http://x"")"' if n % 1000 == 6 else b"caf\xc3\xa9"
    )
    first = f"OLD-{n},{customer},{day},PO-{n},".encode() + memo + f",{sku},{count},{price}\n".encode()
    more = [f"OLD-{n},,,,,SKU-{1 + (n + m) % ITEMS},1,,\n".encode() for m in range(1, LINES)]
    return first + b"".join(more)


@dataclass(frozen=True)
class Ran:
    code: int
    seconds: float
    peak: float  # MB
    out: bytes
    err: str

    def number(self, pattern: str) -> int:
        found = re.search(pattern, self.err)
        if found is None:
            raise SystemExit(f"no {pattern} in: {self.err[-2000:]}")
        return int(found[1].replace(",", ""))


def command(*words: str, kill_after: float | None = None) -> Ran:
    """``tradepost WORDS`` as a process of its own; killed by SIGKILL where asked."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began, peak = time.perf_counter(), 0.0
        tool = str(Path(sys.executable).with_name("tradepost"))
        child = subprocess.Popen([tool, *words], stdout=out, stderr=err)
        while child.poll() is None:
            peak = max(peak, _high_water(child.pid))
            if kill_after is not None and time.perf_counter() - began >= kill_after:
                child.kill()
            time.sleep(0.02)
        took = time.perf_counter() - began
        out.seek(0)
        err.seek(0)
        return Ran(child.returncode, took, peak, out.read(), err.read().decode())


def _high_water(pid: int) -> float:
    """Megabytes that a process held at most until now. What ``wait4`` says of a child is never less than its parent held."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def run() -> Result:
    with database("tp-million") as home:
        _begin()
        return _measure(home)


def _begin() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from tradepost.accounts.services import register_company
    from tradepost.catalog.models import Item
    from tradepost.people.models import Customer

    call_command("migrate", verbosity=0)
    actor = register_company(company="Bench", name="Dana", email=USER, password="Correct-horse-9")
    of = {"organisation_id": actor.organisation_id}
    Customer.objects.bulk_create(
        Customer(**of, number=f"C-{n}", name=f"Customer {n}", terms="Net 30") for n in range(1, CUSTOMERS + 1)
    )
    Item.objects.bulk_create(
        Item(**of, sku=f"SKU-{n}", name=f"Thing number {n}", price=n % 300) for n in range(1, ITEMS + 1)
    )


def _stored() -> tuple[int, int, int]:
    """Orders, their lines, and orders that have not all of their lines: what is half."""
    from django.db import connection
    from django.db.models import Count

    from tradepost.sales.models import Document, Line

    connection.close()
    half = Document.objects.annotate(n=Count("lines")).exclude(n=LINES)
    return Document.objects.count(), Line.objects.count(), half.count()


def _measure(home: Path) -> Result:
    small, file = home / "small.csv", home / "million.csv"
    orders = ROWS // LINES
    write(small, orders // 10)
    write(file, orders)
    good = sum(not is_bad(n) for n in range(1, orders + 1))
    who = ("--user", USER)
    little = command("import", *who, "order", str(small))
    dry = command("import", *who, "order", str(file))
    _expect("the dry run", dry.number(r"([\d,]+) create"), good)
    _expect("refused rows", len(dry.out.splitlines()), orders - good)
    _expect("orders after the dry run", _stored(), (0, 0, 0))
    killed = command("import", *who, "--apply", "order", str(file), kill_after=dry.seconds / 2)
    there, lines, half = _stored()
    _expect("half orders after the kill", (lines, half), (there * LINES, 0))
    went_on = command("import-act", *who, "apply", _latest())
    _expect("orders", _stored(), (good, good * LINES, 0))
    back = command("import-act", *who, "undo", _latest())
    _expect("orders after all was taken back", _stored(), (0, 0, 0))
    peaks = {
        "dry run": dry,
        "import that was killed": killed,
        "import, the rest": went_on,
        "undo of all": back,
    }
    imported = killed.seconds + went_on.seconds
    figures = {
        "rows": ROWS,
        "file, MB": round(file.stat().st_size / 1e6, 1),
        "killed at order": there,
        **_paces({"dry run": dry.seconds, "import with the kill": imported, "undo of all": back.seconds}),
        **{f"{name}, peak MB": round(one.peak) for name, one in peaks.items()},
        "dry run of a tenth of the rows, peak MB": round(little.peak),
    }
    return Result("desk.million", figures, [
        Goal("rows a second, import with the kill", figures["import with the kill, rows/s"], 1000),
        Goal("peak memory of a command, MB", round(max(one.peak for one in peaks.values())), 256, at_most=True),
    ])  # fmt: skip


def _paces(seconds: dict[str, float]) -> dict[str, float]:
    """Of each command that went through all rows: seconds, and rows a second."""
    found = {}
    for name, took in seconds.items():
        found |= {f"{name}, seconds": round(took, 1), f"{name}, rows/s": round(ROWS / took)}
    return found


def _latest() -> str:
    from tradepost.exchange.models import ImportRun

    return str(ImportRun.objects.latest("pk").pk)


def _expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise SystemExit(f"{what}: {found} and not {wanted}")
