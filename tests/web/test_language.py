"""Every text of the pages can be translated, and who reads German reads German."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.test import Client

from tests.web.desk import Desk, desk_of
from tradepost.accounts.models import Membership, User
from tradepost.sales.models import Kind
from tradepost.sales.services import LineDraft, save_document

ROOT = Path(__file__).resolve().parents[2] / "src" / "tradepost"
TEMPLATES = ROOT / "web" / "templates"

# Names, keys of a keyboard, examples of what to type, and the page that shows the parts to developers.
LEFT = {"tradepost", "· tradepost", "plain", "esc", "Cc Bcc", "name@example.com", "&lt; &gt;", "CSV", "XLSX"}
FOR_DEVELOPERS = {"errors/parts.html"}

_MARKED = re.compile(
    r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|{%\s*blocktranslate.*?endblocktranslate\s*%}"
    r"|<(script|style|svg|code)\b.*?</\1>|<!--.*?-->",
    re.S,
)
_CODE = re.compile(r"{{.*?}}|{%.*?%}", re.S)
_TAG = re.compile(r"<[^<>]*>")
_SAID = re.compile(
    r"\b(?:aria-label|title|placeholder|alt|label|sub|empty|action|data-confirm|text)=\"([^\"]*)\""
)


def unmarked(template: str) -> list[str]:
    """The words of a template that no translation can reach."""
    rest = _CODE.sub("\0", _MARKED.sub(" ", template))
    words = [found[1] for tag in _TAG.findall(rest) for found in _SAID.finditer(tag)]
    words += _TAG.sub("\1", rest).split("\1")
    plain = (" ".join(word.replace("\0", " ").split()) for word in words)
    return [word for word in plain if re.search(r"[^\W\d_]{2,}", word)]


def test_the_search_finds_what_is_not_marked() -> None:
    assert unmarked('<p title="Here">Save {% translate "Cancel" %} {{ x }}</p>') == ["Here", "Save"]
    assert unmarked("{% blocktranslate %}Hello {{ you }}{% endblocktranslate %}<b>{{ n }}</b>") == []


def test_every_visible_text_of_a_template_is_marked() -> None:
    found = {}
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = str(path.relative_to(TEMPLATES))
        if name not in FOR_DEVELOPERS:
            words = [word for word in unmarked(path.read_text()) if word not in LEFT]
            found |= {name: words} if words else {}
    assert found == {}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")), ids=lambda p: p.parts[-3]
)
def test_a_catalogue_is_compiled_and_fits_what_it_translates(path: Path) -> None:
    with path.open("rb") as source, path.with_suffix(".mo").open("rb") as made:
        written = {_key(m): _forms(m.string) for m in read_po(source) if m.id and not m.fuzzy}
        compiled = {_key(m): _forms(m.string) for m in read_mo(made) if m.id}
    assert compiled == {key: texts for key, texts in written.items() if any(texts)}, "Run: make messages"
    assert not [key for key, texts in written.items() if not all(texts)], "These are not translated yet"
    places = re.compile(r"%\(\w+\)s|{\w+}")
    for (_context, ids), texts in written.items():
        for original, translated in zip(ids, texts, strict=True):
            assert set(places.findall(original)) == set(places.findall(translated)), original


# Which argument of a call is the text.
TEXT_OF = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"), 0),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), 1),
}
_TRANSLATE = re.compile(r"""{%\s*translate\s+(?:"([^"]*)"|'([^']*)')""")


def marked(path: Path) -> Iterator[str]:
    """The texts that a module or a template marks for translation."""
    if path.suffix == ".html":
        yield from (double or single for double, single in _TRANSLATE.findall(path.read_text()))
        return
    for call in ast.walk(ast.parse(path.read_text())):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in TEXT_OF:
            for text in call.args[TEXT_OF[call.func.id] :][:1]:
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield text.value


def test_every_marked_text_is_gathered() -> None:
    """Within the braces of an f-string gettext finds none."""
    with (ROOT / "locale/de/LC_MESSAGES/django.po").open("rb") as source:
        known = {_forms(message.id)[0].replace("%%", "%") for message in read_po(source)}
    found = {
        (path.name, text)
        for path in [*ROOT.rglob("*.py"), *TEMPLATES.rglob("*.html")]
        for text in marked(path)
        if text.replace("%%", "%") not in known
    }
    assert not found, "Run: make messages"


def _key(message: Message) -> tuple[str, tuple[str, ...]]:
    """One text may mean two things: each has its context."""
    context: Any = message.context or ""  # Babel leaves that of a compiled catalogue in bytes
    return context if isinstance(context, str) else context.decode(), _forms(message.id)


def _forms(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """The one form of a text, or its singular and plural."""
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


def test_the_browsers_language_counts_until_the_user_chooses(client: Client, desk: Desk) -> None:
    def home(accepted: str) -> str:
        answer = client.get("/orders/", headers={"Accept-Language": accepted})
        assert answer["Content-Language"] in ("de", "en")
        return answer.content.decode()

    assert '<html lang="en"' in home("fr")
    german = home("de-CH,de;q=0.9,en;q=0.5")
    assert '<html lang="de"' in german
    for word in ("Aufträge", "Kunden", "Übersicht", "Neuer Auftrag"):
        assert word in german
    saved = client.post("/profile/", {"name": "Dana", "language": "de"})
    assert saved.status_code == 302
    assert "Aufträge" in home("en")
    client.post("/profile/", {"name": "Dana", "language": "en"})
    assert "Sales orders" in home("de")
    refused = client.post("/profile/", {"name": "Dana", "language": "xx"})
    assert refused.status_code == 422
    assert User.objects.get(email="dana@example.com").language == "en"


def test_a_state_is_not_said_like_what_a_button_does(client: Client, desk: Desk) -> None:
    german = {"Accept-Language": "de"}
    page = client.get("/orders/", headers=german).content.decode()
    assert re.search(r"status=active[^>]*>\s*Offen\s*<", page)
    assert "Öffnen" not in page
    assert re.search(r">\s*Bis\s*<", page)  # the last day of a period, not to whom a mail goes
    shown = client.get(f"/customers/{desk.order.customer_id}/?tab=orders", headers=german).content.decode()
    assert "<small>Auftrag ·" in shown  # the kind of a document too


def test_a_stranger_reads_the_sign_in_page_in_his_language() -> None:
    page = Client().get("/sign-in/", headers={"Accept-Language": "de"}).content.decode()
    assert "Anmelden" in page


def test_figures_and_inputs_are_the_same_in_every_language(client: Client, desk: Desk) -> None:
    url = f"/documents/{desk.order.pk}/field/promised/"
    asked = {"Accept-Language": "de", "HX-Request": "true"}
    assert client.post(url, {"value": "2027-03-09"}, headers=asked).status_code == 200
    assert 'value="2027-03-09"' in client.get(f"{url}?edit=1", headers=asked).content.decode()
    german, english = (
        re.findall(
            r'value="([\d.,:-]+)"', client.get(f"{desk.order_url}edit/", headers=headers).content.decode()
        )
        for headers in (asked, {})
    )
    assert german == english
    assert "2027-03-09" in german


def test_a_vendor_has_purchase_orders_and_a_customer_orders(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    save_document(desk.actor, Kind.PURCHASE_ORDER, {"vendor_id": desk.vendor.pk}, [LineDraft(desk.item.pk)])
    for path, said in (("vendors", "Bestellungen"), ("customers", "Aufträge")):
        pk = desk.vendor.pk if path == "vendors" else desk.customer.pk
        page = client.get(f"/{path}/{pk}/", headers={"accept-language": "de"}).content.decode()
        assert re.findall(r"<b>1</b><small>(\w+)</small>", page)[0] == said
