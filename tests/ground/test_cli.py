from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
import sys
from datetime import timedelta
from errno import EACCES, ENOENT
from pathlib import Path

import pytest

from tests.ground.conftest import environment, tradepost
from tests.servers.process import free_ports
from tradepost import settings
from tradepost.cli import _of_the_ground
from tradepost.cli.doctor import judge_clock, judge_sessions

DANA = "dana@marlow.example"


def test_help_names_every_command() -> None:
    shown = tradepost("--help")
    assert shown.returncode == 0
    for name in (
        "up",
        "demo",
        "web",
        "worker",
        "watch",
        "migrate",
        "doctor",
        "user",
        "key",
        "backup",
        "restore",
    ):
        assert re.search(rf"^  {name} +\w", shown.stdout, re.M), name


@pytest.mark.parametrize(
    ("words", "cause", "cure"),
    [
        (["doctorr"], "No such command 'doctorr'", "--help"),
        (["up", "--port", "99999"], "99999 is not in the range", "--help"),
        (["user", "list", "--data", "/nonexistent"], "There is no tradepost data in /nonexistent", "--data"),
        (["up", "--data", "/proc/no"], "The data folder /proc/no cannot be used", "--data"),
        (["restore", "README.md", "--data", "{tmp}/x"], "is not a backup", "tradepost backup"),
        (["backup", "{tmp}/none/b.tar.gz"], "There is no folder", "Make it first"),
        (["user", "password", "a@b.example"], "no terminal", "--password-stdin"),
    ],
)
def test_wrong_input_gets_a_sentence_a_cure_and_code_two(
    words: list[str], cause: str, cure: str, tmp_path: Path
) -> None:
    refused = tradepost(*(word.format(tmp=tmp_path) for word in words))
    assert refused.returncode == 2
    assert cause in refused.stderr
    assert cure in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("command", ["up", "web"])
def test_a_port_in_use_is_named_before_anything_is_made(command: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = tradepost(command, "--port", str(port), "--data", tmp_path / "data")
    assert refused.returncode == 2
    assert f"Port {port} on 127.0.0.1 cannot be used: address already in use" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_port_is_held_from_the_first_look_until_it_is_served(tmp_path: Path) -> None:
    """What serves shares its port, so two that start at once would each get some of the requests."""
    [port] = free_ports(1)
    held = f"from tradepost.cli.up import hold_port; hold_port('127.0.0.1', {port}); print(); input()"
    with subprocess.Popen(
        [sys.executable, "-c", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    ) as first:
        assert first.stdout
        first.stdout.readline()
        refused = tradepost("web", "--port", str(port), "--data", tmp_path / "data")
        first.communicate(b"\n")
    assert "address already in use" in refused.stderr
    assert first.returncode == 0


@pytest.mark.parametrize(
    ("url", "code", "cause"),
    [
        ("mysql://x", 2, "DATABASE_URL is not the address of a PostgreSQL database."),
        ("postgresql://[::1/x", 2, "DATABASE_URL is not the address of a PostgreSQL database."),
        ("postgresql://nobody@127.0.0.1:1/x", 1, "The database does not answer"),
    ],
)
def test_a_wrong_database_is_said_plainly(url: str, code: int, cause: str, tmp_path: Path) -> None:
    refused = tradepost("user", "list", "--data", tmp_path, DATABASE_URL=url)
    assert (refused.returncode, cause in refused.stderr) == (code, True), refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TRADEPOST_API_RATE", "many"),
        ("TRADEPOST_LOG", "xml"),
        ("TRADEPOST_SMTP", "smtp://dana:hunter2@mail.example.com:port"),
        ("TRADEPOST_STORAGE", "ftp://x"),
        ("TRADEPOST_URL", "desk.example.com"),
        ("TRADEPOST_URL", "https://example.com/desk"),
        ("EMAIL_URL", "smtp://dana:hunter2@mail.example.com:port"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(home: Path, variable: str, value: str) -> None:
    refused = tradepost("user", "list", "--data", home, **{variable: value})
    assert refused.returncode == 2
    assert re.fullmatch(rf"{variable} .*\. Write .*\.\n", refused.stderr), refused.stderr
    assert "hunter2" not in refused.stderr


def test_two_servers_for_mail_are_one_too_many(home: Path) -> None:
    urls = {"TRADEPOST_SMTP": "smtp://mail.example.com", "EMAIL_URL": "smtp://dana:hunter2@mail.example.com"}
    refused = tradepost("user", "list", "--data", home, **urls)
    assert refused.returncode == 2
    assert re.fullmatch(r"TRADEPOST_SMTP and EMAIL_URL both .*\. Write only one: .*\.\n", refused.stderr)


SENDS = (
    "from tradepost import settings; from django.conf import global_settings as g; s = vars(settings); print("
    + (
        's.get("EMAIL_BACKEND", g.EMAIL_BACKEND).split(".")[-2], s.get("EMAIL_HOST"), s["DEFAULT_FROM_EMAIL"])'
    )
)


@pytest.mark.parametrize(
    ("variables", "sends"),
    [
        ({}, "console None tradepost@localhost"),
        ({"EMAIL_URL": "smtps://a:b@mail.example"}, "smtp mail.example tradepost@localhost"),
        (
            {"TRADEPOST_SMTP": "smtp://a:b@mail.example?from=desk@a.example"},
            "smtp mail.example desk@a.example",
        ),
        (
            {"TRADEPOST_SMTP": "smtp://a:b@mail.example?from=desk@a.example", "EMAIL_FROM": "x@a.example"},
            "smtp mail.example x@a.example",
        ),
    ],
)
def test_either_variable_names_the_server_that_all_mail_goes_by(
    variables: dict[str, str], sends: str
) -> None:
    command = [sys.executable, "-c", SENDS]
    done = subprocess.run(command, env=environment(**variables), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == sends


def test_a_folder_of_another_user_is_named() -> None:
    fault = _of_the_ground(PermissionError(EACCES, "Permission denied", "/srv/desk/.postgres.lock"))
    assert str(fault).startswith(
        "/srv/desk/.postgres.lock cannot be used: Permission denied. Run the command as"
    )
    assert _of_the_ground(FileNotFoundError(ENOENT, "No such file", "/srv/desk")) is None


def test_blanks_between_names_are_no_part_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEPOST_HOSTS", "desk.example.com, shop.example.com,")
    assert settings._names("TRADEPOST_HOSTS") == ["desk.example.com", "shop.example.com"]


def test_keys_and_folder_belong_to_their_owner_alone(home: Path) -> None:
    assert home.stat().st_mode & 0o777 == 0o700
    for name in ("secret.key", "seal.keys"):
        assert (home / name).stat().st_mode & 0o777 == 0o600
    before = (home / "secret.key").read_text()
    assert tradepost("migrate", "--data", home).returncode == 0
    assert (home / "secret.key").read_text() == before


def test_people_and_keys_by_script(home: Path) -> None:
    words = ("--data", home)
    added = tradepost(
        *(
            "user",
            "add",
            *words,
            "--by",
            DANA,
            "--name",
            "Renzo",
            "--email",
            "renzo@marlow.example",
            "--role",
            "warehouse",
        ),
        "--password-stdin",
        stdin="another long password\n",
    )
    assert added.returncode == 0, added.stderr
    listed = tradepost("user", "list", *words).stdout.splitlines()
    assert listed == [f"{DANA}\tmaster_admin\tMarlow", "renzo@marlow.example\twarehouse\tMarlow"]

    secret = tradepost(
        "key", "create", *words, "--user", DANA, "--name", "nightly", "--last-day", "2099-12-31"
    ).stdout.strip()
    assert re.fullmatch(r"tp_[0-9a-f]{10}_\S{43}", secret)
    number = tradepost("key", "list", *words, "--user", DANA).stdout.split("\t")[0]
    assert tradepost("key", "revoke", *words, "--user", DANA, number).returncode == 0
    assert tradepost("key", "list", *words, "--user", DANA).stdout == f"{number}\tnightly\t{DANA}\trevoked\n"


def said(home: Path, *words: str) -> str:
    done = tradepost(*words, "--data", home, "--by", DANA)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.req("B22")
def test_roles_by_script(home: Path) -> None:
    number = said(home, "role", "add", "--name", "Counter", "--base", "sales", "--deny", "export")
    said(home, "role", "change", "--grant", "stock.move", "--name", "Desk", number)
    listed = {line.split("\t")[1]: line.split("\t") for line in said(home, "role", "list").splitlines()}
    assert listed["admin"][0] == "-"
    assert listed["Desk"][0] == number
    assert "stock.move" in listed["Desk"][2] and "export" not in listed["Desk"][2]
    person = ("--name", "Sam", "--email", "sam@marlow.example")
    added = tradepost(
        *("user", "add", "--data", home, "--by", DANA, *person),
        "--password-stdin",
        stdin="correct horse nine\n",
    )
    assert added.returncode == 0, added.stderr
    said(home, "role", "give", "sam@marlow.example", number)
    held = tradepost("role", "remove", "--data", home, "--by", DANA, number)
    assert (held.returncode, "Somebody has the role" in held.stderr) == (2, True)
    said(home, "role", "give", "sam@marlow.example", "read_only")
    said(home, "role", "remove", number)
    assert "Desk" not in said(home, "role", "list")


def test_tags_by_script(home: Path) -> None:
    kept, gone = (said(home, "tag", "add", "--name", name, "--colour", "red") for name in ("VIP", "V.I.P."))
    said(home, "tag", "change", "--name", "Key account", kept)
    merged = said(home, "tag", "merge", kept, gone)
    assert said(home, "tag", "list") == f"{kept}\tKey account\tred\t0"
    said(home, "tag", "unmerge", merged)
    assert [line.split("\t")[1] for line in said(home, "tag", "list").splitlines()] == [
        "Key account",
        "V.I.P.",
    ]
    said(home, "tag", "remove", kept)


def test_lists_rates_and_numbers_by_script(home: Path, tmp_path: Path) -> None:
    number = said(home, "lists", "add", "--days", "30", "--default", "terms", "Net 30")
    said(home, "lists", "change", "--days", "31", "terms", number)
    assert said(home, "lists", "show", "terms") == f"{number}\tNet 30\treceivable\t31\tdefault"
    file = tmp_path / "rates.csv"
    file.write_text("EUR;2026-05-01;1,08\nGBP;yesterday;1.3\n")
    refused = tradepost("rate", "import", "--by", DANA, file, "--data", home)
    assert (refused.returncode, "Line 2" in refused.stderr) == (2, True)
    assert said(home, "rate", "list", "--currency", "eur") == "EUR\t2026-05-01\t1.08"
    assert said(home, "numbering", "set", "--next", "7", "invoice", "F-{n:03}") == "F-007"
    assert "invoice\tF-{n:03}\tF-007, F-008, F-009" in said(home, "numbering", "show")


ONE_BY_ONE = """
import json, sys
from tradepost.cli import group
for words in json.loads(sys.argv[1]):
    group(words, standalone_mode=False)
"""


def in_turn(home: Path, *commands: str) -> list[str]:
    """What the commands print, run one after another by one process, which starts much quicker than each its own."""
    words = [[*shlex.split(command), "--data", str(home), "--by", DANA] for command in commands]
    done = subprocess.run(
        [sys.executable, "-c", ONE_BY_ONE, json.dumps(words)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.req("C27", "C28", "C29")
def test_taxes_by_script(home: Path) -> None:
    assert in_turn(
        home,
        "tax rate --name 'New Jersey' NJ 2018-01-01 6.625",
        "tax rate NJ 2026-01-01 7",
        "tax item --default Newark NJ",
        "tax code --exempt Resale",
        "tax region --state NJ US Newark",
        "tax region --state 'New Jersey' us Newark",  # the same one
        "tax list",
        "tax archive code Resale",
        "tax archive region 'US NJ'",
        "tax list",
        "tax restore code Resale",
    ) == [
        "tax\tNJ\t2018-01-01 6.625, 2026-01-01 7\t",
        "item\tNewark\tNJ\tdefault",
        "code\tResale\texempt\t",
        "region\tUS New Jersey\tNewark\t",
        "tax\tNJ\t2018-01-01 6.625, 2026-01-01 7\t",
        "item\tNewark\tNJ\tdefault",
        "code\tResale\texempt\tarchived",
    ]


@pytest.mark.parametrize(
    ("words", "code", "cause"),
    [
        (["lists", "show", "--by", DANA, "colours"], 2, "There is no such list"),
        (["rate", "set", "--by", DANA, "EUR", "2026-06-01", "much"], 2, "“much” is not a rate."),
        (["numbering", "set", "--by", DANA, "letter", "L-{n}"], 2, "There is no kind of document “letter”."),
        (["role", "give", "--by", DANA, DANA, "emperor"], 2, "There is no role “emperor”."),
        (
            ["role", "add", "--by", DANA, "--name", "X", "--base", "sales", "--grant", "fly"],
            2,
            "There is no permission fly.",
        ),
        (["role", "change", "--by", DANA, "4711"], 2, "There is no such role"),
        (["tag", "merge", "--by", DANA, "1", "4711"], 2, "There is no such"),
        (
            ["key", "create", "--user", "who@marlow.example", "--name", "x"],
            2,
            "No active user has the address",
        ),
        (["key", "create", "--user", DANA, "--name", "x", "--scope", "all"], 2, "Unknown scopes: all"),
        (["key", "revoke", "--user", DANA, "12345"], 2, "There is no such API key"),
        (["key", "create", "--user", DANA, "--name", "x", "--last-day", "2020-01-01"], 2, "day is over"),
        (["user", "sign-out", "who@marlow.example"], 2, "No active user has the address"),
        (["setting", "set", "--by", DANA, "no.such", "1"], 2, "no.such"),
        (["person", "erase", "--by", DANA, "--confirm", "X", "4711"], 2, "There is no such contact"),
    ],
)
def test_verbs_refuse_in_their_own_words(home: Path, words: list[str], code: int, cause: str) -> None:
    refused = tradepost(*words, "--data", home)
    assert (refused.returncode, cause in refused.stderr) == (code, True), refused.stderr


def test_doctor_names_what_is_wrong_with_its_cure(home: Path) -> None:
    sign = (
        "import pathlib, sys; from tradepost.cli import home\n"
        "with home.application(pathlib.Path(sys.argv[1])):\n"
        "    from django.contrib.sessions.backends.db import SessionStore\n"
        "    from django.test import override_settings\n"
        "    SessionStore().save()\n"
        "    with override_settings(SECRET_KEY='of-another-machine'): SessionStore().save()"
    )
    subprocess.run([sys.executable, "-c", sign, home], env=environment(), check=True)
    report = tradepost("doctor", "--data", home)
    assert report.returncode == 1
    assert re.search(r"^ok +clock", report.stdout, re.M)
    assert re.search(r"^ok +database", report.stdout, re.M)
    assert re.search(r"^WRONG +sessions +1 of the newest .*\n +Copy the first machine's", report.stdout, re.M)
    assert re.search(r"^WRONG +worker .*\n +Start it with 'tradepost worker'", report.stdout, re.M)


def test_doctor_tells_a_damaged_key_where_the_key_is(rested: Path) -> None:
    given = {"TRADEPOST_SEAL_KEYS": "x"}
    report = tradepost("doctor", "--data", rested, **given)
    assert report.returncode == 1
    assert re.search(r"^ok +secret.key", report.stdout, re.M)
    assert re.search(r"^WRONG +seal.keys +The key in TRADEPOST_SEAL_KEYS .* damaged", report.stdout, re.M)
    assert "database" not in report.stdout


@pytest.mark.parametrize(
    ("ahead", "well", "said"),
    [
        (0, True, "agrees"),
        (-5, True, "agrees"),
        (40, False, "40 s ahead of"),
        (-3600, False, "3600 s behind"),
    ],
)
def test_doctor_sees_that_two_clocks_differ(ahead: int, well: bool, said: str) -> None:
    part = judge_clock(timedelta(seconds=ahead))
    assert (part.ok, said in part.text, bool(part.cure)) == (well, True, not well)


@pytest.mark.parametrize(
    ("opened", "well"),
    [
        ([], True),
        ([True, True], True),
        ([True, False, False], True),  # the key was changed, and somebody signed in since
        ([False, False], False),
        ([False, True, False], False),
        ([True, False, True], False),
    ],
)
def test_doctor_sees_that_two_machines_sign_with_two_keys(opened: list[bool], well: bool) -> None:
    assert judge_sessions(opened).ok is well


def test_a_process_without_keys_does_not_make_its_own(home: Path, tmp_path: Path) -> None:
    refused = tradepost("web", "--data", tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/x")
    assert refused.returncode != 0
    assert not list(tmp_path.iterdir())
