"""How mail programs write an answer and quote what is answered: plain text and HTML of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from html import escape


class Program(StrEnum):
    GMAIL = "gmail"
    OUTLOOK = "outlook"
    APPLE = "apple"
    PLAIN = "plain"  # a program that writes no HTML


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that is answered. ``html`` may be empty; ``at`` is in the answering person's time."""

    sender_name: str
    sender: str
    to: str
    subject: str
    at: datetime
    text: str
    html: str = ""

    @property
    def as_html(self) -> str:
        return self.html or _paragraphs(self.text)


@dataclass(frozen=True, slots=True)
class Written:
    """``html`` is empty where the program writes none."""

    text: str
    html: str = ""


def write(program: Program, words: str, quoted: Quoted) -> Written:
    """The body of an answer in the manner of a program, new words on top."""
    return _STYLES[program](words, quoted)


def _gmail(words: str, quoted: Quoted) -> Written:
    at = f"{quoted.at:%a, %b} {quoted.at.day}, {quoted.at.year} at {_clock(quoted.at)}"
    line = f"On {at} {quoted.sender_name} <{quoted.sender}> wrote:"
    # Gmail breaks its line of attribution when it grows longer than a line of plain text.
    broken = line.replace(" <", "\n<", 1) if len(line) > 78 else line
    text = f"{words}\n\n{broken}\n\n{_angled(quoted.text)}\n"
    link = f'&lt;<a href="mailto:{escape(quoted.sender)}">{escape(quoted.sender)}</a>&gt;'
    return Written(
        text,
        f'<div dir="ltr">{_paragraphs(words)}</div><br>'
        f'<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
        f"On {at} {escape(quoted.sender_name)} {link} wrote:<br></div>"
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;'
        f'border-left:1px solid rgb(204,204,204);padding-left:1ex">{quoted.as_html}</blockquote></div>',
    )


def _outlook(words: str, quoted: Quoted) -> Written:
    sent = f"{quoted.at:%A, %B} {quoted.at.day}, {quoted.at.year} {_clock(quoted.at)}"
    rows = {
        "From": f"{quoted.sender_name} <{quoted.sender}>",
        "Sent": sent,
        "To": quoted.to,
        "Subject": quoted.subject,
    }
    block = "\n".join(f"{name}: {value}" for name, value in rows.items())
    html_block = "<br>".join(f"<b>{name}:</b> {escape(value)}" for name, value in rows.items())
    body = "".join(f'<p class="MsoNormal">{escape(line) or "&nbsp;"}</p>' for line in words.split("\n"))
    return Written(
        f"{words}\n\n{block}\n\n{quoted.text}\n",
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><body lang="EN-US">'
        '<div class="WordSection1">'
        f'{body}<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">'
        f'<p class="MsoNormal">{html_block}</p></div></div>{quoted.as_html}</div></body></html>',
    )


def _apple(words: str, quoted: Quoted) -> Written:
    line = (
        f"On {quoted.at:%b} {quoted.at.day}, {quoted.at.year}, at {_clock(quoted.at)}, {quoted.sender_name}"
    )
    return Written(
        f"{words}\n\n> {line} <{quoted.sender}> wrote:\n> \n{_angled(quoted.text)}\n",
        f'<html><head></head><body style="overflow-wrap: break-word;">{_paragraphs(words)}'
        '<br id="lineBreakAtBeginningOfMessage">'
        f'<div><br><blockquote type="cite"><div>{escape(line)} &lt;{escape(quoted.sender)}&gt; wrote:</div>'
        f'<br class="Apple-interchange-newline"><div>{quoted.as_html}</div></blockquote></div></body></html>',
    )


def _plain(words: str, quoted: Quoted) -> Written:
    return Written(
        f"{words}\n\nOn {quoted.at:%d %b %Y at %H:%M}, {quoted.sender_name} wrote:\n{_angled(quoted.text)}\n"
    )


_STYLES = {Program.GMAIL: _gmail, Program.OUTLOOK: _outlook, Program.APPLE: _apple, Program.PLAIN: _plain}


def _clock(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at:%M %p}"


def _angled(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.rstrip().split("\n"))


def _paragraphs(text: str) -> str:
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in text.rstrip().split("\n"))
