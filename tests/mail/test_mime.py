"""Whole messages taken apart: what every program sends, and what no program should."""
# ruff: noqa: E501 - one row a line is how a table is read

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared import shared
from tradepost.mail.filenames import clean_filename
from tradepost.mail.flowed import unflow
from tradepost.mail.mime import Limits, take_apart
from tradepost.mail.plain import text_of_html


def message(*, text: str = "", html: str = "", files: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    made = EmailMessage()
    made["Subject"] = "x"
    if text:
        made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def test_text_html_and_files() -> None:
    body = take_apart(
        message(text="hello\n", html="<p>hello</p>", files=(("a.bin", b"\0\1"), ("ä.txt", b"z")))
    )
    assert (body.text, body.html.strip()) == ("hello", "<p>hello</p>")
    assert [(p.name, p.content, p.inline) for p in body.parts] == [
        ("a.bin", b"\0\1", False),
        ("ä.txt", b"z", False),
    ]
    assert body.headers["subject"] == "x"
    assert body.problems == ()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        ("Reply-To: Orders <Orders@x.example>\r\n", ["orders@x.example"]),
        ('reply-to: "Berg, Bob" <b@x.example>,\r\n c@x.example\r\n', ["b@x.example", "c@x.example"]),
        ("Reply-To: nobody in particular\r\n", []),
        (
            "Reply-To: " + ", ".join(f"a{n}@x.example" for n in range(99)) + "\r\n",
            [f"a{n}@x.example" for n in range(20)],
        ),
    ],
)
def test_where_its_sender_wants_answers(header: str, expected: list[str]) -> None:
    body = take_apart(f"From: a@x.example\r\n{header}\r\nHello".encode())
    assert [one.email for one in body.reply_to] == expected


def test_html_alone_yields_text() -> None:
    body = take_apart(
        b"Content-Type: text/html\r\n\r\n<style>p{}</style><p>one<br>two &amp; three</p><ul><li>a<li>b</ul>"
    )
    assert body.text == "one\ntwo & three\n\n- a\n- b"


def test_mixed_stretches_show_in_both_forms() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nfirst <1>\n"
        b"--b\nContent-Type: text/html\n\n<b>second</b>\n--b--\n"
    )
    body = take_apart(raw)
    assert body.text == "first <1>\nsecond"
    assert "first &lt;1&gt;" in body.html
    assert "<b>second</b>" in body.html


def test_words_around_an_attached_picture_are_all_shown() -> None:
    """Apple Mail's manner: plain text, or HTML in stretches with the files between them; a list adds its footer as text."""
    raw = (
        b"Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\nbefore after\n"
        b"--a\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/html\n\n<p>before</p>\n"
        b"--m\nContent-Type: image/png; name=x.png\nContent-Disposition: inline; filename=x.png\n\nPNG\n"
        b"--m\nContent-Type: text/html\n\n<p>after</p>\n--m\nContent-Type: text/plain\n\nlist footer\n--m--\n--a--\n"
    )
    body = take_apart(raw)
    assert body.text == "before after"
    assert text_of_html(body.html) == "before\n\nafter\n\nlist footer"
    assert [part.name for part in body.parts] == ["x.png"]
    only = raw.replace(b"--a\nContent-Type: text/plain\n\nbefore after\n", b"")
    assert take_apart(only).text == "before\n\nafter\n\nlist footer"


def test_inline_image_and_enclosed_message() -> None:
    raw = (
        b'Content-Type: multipart/mixed; boundary="o"\n\n--o\nContent-Type: multipart/related; boundary=i\n\n'
        b"--i\nContent-Type: text/html\n\n<img src=cid:a@b>\n--i\nContent-Type: image/png\nContent-ID: <a@b>\n"
        b"Content-Transfer-Encoding: base64\n\n" + base64.b64encode(b"PNG") + b"\n--i--\n"
        b"--o\nContent-Type: message/rfc822\n\nSubject: inner/../x\n\nwords\n--o--\n"
    )
    image, inner = take_apart(raw).parts
    assert (image.content_id, image.inline, image.content) == ("a@b", True, b"PNG")
    assert inner.name == "x.eml"
    assert inner.content.startswith(b"Subject: inner")


@pytest.mark.parametrize(
    ("header", "payload", "text"),
    [
        ("text/plain; charset=iso-8859-1", b"gr\xfcn", "grün"),
        ("text/plain; charset=utf-8", b"gr\xfcn", "grün"),
        ("text/plain; charset=klingon", "grün".encode(), "grün"),
        ("text/plain", "grün".encode(), "grün"),
        ("text/plain; charset=gb2312", "一二".encode("gb18030"), "一二"),
        ('text/plain; charset="windows-1252"', b"\x80 5", "€ 5"),
        ("text/html", b'<meta charset="koi8-r"><p>\xc4\xc1</p>', "да"),
        ("text/plain; format=flowed", b"one \ntwo\n> a \n> b\n-- \nsig", "one two\n> a b\n-- \nsig"),
        ("text/plain; format=flowed; delsp=yes", b"on \ne", "one"),
        ("no-type-at-all", b"words", "words"),
        (
            "text/plain; charset=utf-8",
            "Größe: 5 m², für Müller\xff".encode()[:-1],
            "Größe: 5 m², für Müller�",
        ),
        (
            "text/plain; charset=utf-8",
            "Die Größe stimmt nicht, bitte ändern. ".encode("cp1252") * 9,
            ("Die Größe stimmt nicht, bitte ändern. " * 9),
        ),
        ("text/plain; charset=us-ascii", "“x” – gr\u00fcn".encode("cp1252"), "“x” – grün"),
        ("text/plain; charset=iso_8859-1", b"\x80 5", "€ 5"),
        ("text/plain; charset=iso-8859-1", "grün €".encode(), "grün €"),
        ("text/plain; charset=x-cp1251", "да".encode("cp1251"), "да"),
        ("text/plain; charset=iso-2022-jp", b"\x1b$B-!-j\x1b(B", "①㈱"),
        ("text/plain; charset=euc-kr", "뷁".encode("cp949"), "뷁"),
        ("text/plain; charset=punycode", b"abc " * 3, "abc " * 3),
        ("text/plain; charset=unicode_escape", b"C:\\x41", "C:\\x41"),
        ("text/plain; charset=utf-8", b"\xef\xbb\xbfgr\xc3\xbcn", "grün"),
        ("text/plain; charset=big5", "訂單已收到".encode("big5")[:-1], "訂單已收�"),
        ("text/plain; charset=utf-7", b"1 +AD4- 0 \xff", "1 > 0 �"),
        ("text/plain; charset=iso-2022-jp", "注文".encode("iso-2022-jp") + b"\xff", "注文�"),
    ],
)
def test_charsets_and_flow(header: str, payload: bytes, text: str) -> None:
    assert take_apart(f"Content-Type: {header}\r\n\r\n".encode() + payload).text == text


def test_unflow_keeps_quote_depths_apart() -> None:
    assert unflow("> a \n>> b \n>> c\n d") == "> a \n>> b c\nd"
    assert unflow("> > a \n> > b\n > c") == ">> a b\n> c"
    assert unflow("Hello, \n\nyes.") == "Hello, \n\nyes."


def test_a_megabyte_of_parameters_in_an_enclosed_message_is_read_in_one_go() -> None:
    field = b"Content-Type: text/plain; " + b"a*0*=x; " * 120_000
    body = take_apart(b"Content-Type: message/rfc822\n\n" + field + b"\n\nx\n")
    assert len(body.parts[0].content) > 900_000


def test_a_megabyte_of_flowing_lines_is_put_together_in_one_go() -> None:
    assert unflow("a \n" * 300_000 + "b") == "a " * 300_000 + "b"


NAMES = [
    ('filename="a b.pdf"', "a b.pdf"),
    ("filename=a b.pdf; size=3", "a b.pdf"),
    ("FileName='a.pdf'", "a.pdf"),
    ('filename="C:\\temp\\a.pdf"', "a.pdf"),
    ("filename=\"x.pdf\"; filename*=utf-8''gr%C3%BCn.pdf", "grün.pdf"),
    ("filename*=iso-8859-1'de'gr%FCn.pdf", "grün.pdf"),
    ("filename*=gr%C3%BCn.pdf", "grün.pdf"),
    ("filename*=martian''gr%C3%BCn.pdf", "grün.pdf"),
    ("filename*1*=%BCn.pdf; filename*0*=utf-8''gr%C3", "grün.pdf"),
    ("filename*0*=utf-8''gr%C3%BC;\n\tfilename*1=\"n.pdf\"", "grün.pdf"),
    ('filename="=?utf-8?Q?gr=C3=BC?=\n =?utf-8?Q?n.pdf?="', "grün.pdf"),
    ("filename==?utf-8?Q?gr=C3=BCn.pdf?=", "grün.pdf"),
    ('filename="gr\xc3\xbcn.pdf"', "grün.pdf"),
    ('filename="gr\xfcn.pdf"', "grün.pdf"),
    ('filename="a.pdf', "a.pdf"),
    ("filename=", "file.pdf"),
]


@pytest.mark.parametrize(("written", "name"), NAMES)
@pytest.mark.parametrize("disposition", ["attachment; ", ""])
def test_filenames_are_read_as_they_are_written(disposition: str, written: str, name: str) -> None:
    part = f"Content-Type: application/pdf\nContent-Disposition: {disposition}{written}"
    message = f"Content-Type: multipart/mixed; boundary=b\n\n--b\n{part}\n\nx\n--b--\n"
    assert [p.name for p in take_apart(message.encode("latin-1")).parts] == [name]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\evil.exe", "evil.exe"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\r\nb\0.txt", "a b_.txt"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("CON.txt", "_CON.txt"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("Angebot für Müller.pdf", "Angebot für Müller.pdf"),
    ],
)
def test_filenames_are_safe(name: str, clean: str) -> None:
    assert clean_filename(name, "application/pdf") == clean


def test_a_broken_winmail_dat_is_kept_and_explained() -> None:
    raw = b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\neJ8+Ig==\n"
    body = take_apart(raw)
    assert [p.name for p in body.parts] == ["winmail.dat"]
    assert "TNEF" in body.problems[0]


def test_limits_leave_out_the_rest_and_say_so() -> None:
    many = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000
    body = take_apart(many, Limits(parts=50))
    assert body.text.count("x") <= 50
    assert any("more than 50 parts" in p for p in body.problems)
    deep = (
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(5000))
        + b"\nend"
    )
    assert take_apart(deep).problems
    assert take_apart(b"Content-Type: message/rfc822\n\n" * 5000 + b"x").problems
    assert any(
        "larger" in p for p in take_apart(b"\r\n\r\n" + b"x" * 2_000_000, Limits(bytes=1_000_000)).problems
    )


@pytest.mark.parametrize(
    "value",
    ["(" * 100_000, '"' * 100_000, "a=" * 50_000, ";" * 100_000, "=?utf-8?q?a?= " * 9_000, "a*0=b;" * 20_000],
)
@pytest.mark.parametrize(
    "name",
    [
        "Content-Type: text/plain; charset=",
        "Content-Disposition: attachment; filename=",
        "Content-ID: ",
        "To: ",
    ],
)
def test_hostile_fields_do_not_keep_it_busy(name: str, value: str) -> None:
    take_apart(f"{name}{value}\r\n\r\nhello".encode())


def test_five_thousand_recipients() -> None:
    to = ",\r\n ".join(f'"Guest, {i}" <g{i}@x.example>' for i in range(5000))
    assert take_apart(f"To: {to}\r\nSubject: hi\r\n\r\nhello".encode()).text == "hello"


@given(st.binary(max_size=300))
def test_no_bytes_raise(raw: bytes) -> None:
    take_apart(raw)
    take_apart(b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-" + raw)


@given(st.text(alphabet="<>!-/ abp&;\"'=\n", max_size=200))
def test_no_html_raises(html: str) -> None:
    text_of_html(html)


def test_every_message_of_the_corpus_whole_and_cut() -> None:
    for path in sorted(shared("corpora/mime").rglob("*.*")):
        raw = path.read_bytes()
        for end in (len(raw), *range(0, len(raw), 997)):
            take_apart(raw[:end])
