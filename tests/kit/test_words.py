"""Every sentence of a fault can be translated, and is, when somebody reads it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from tradepost.kit.errors import Invalid, Missing, Stale
from tradepost.kit.money import CurrencyMismatch
from tradepost.kit.words import counted, within

ROOT = Path(__file__).resolve().parents[2] / "src" / "tradepost"
# The command line and what runs before Django speak English, and so does the simulated world; the last is for developers.
ENGLISH = ("cli/", "sandbox/", "wire/postgres.py", "web/styles.py")
_READ = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
_MARKS = _READ | {"gettext_noop", *(f"{name}_lazy" for name in _READ)}


def _called(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _faults(texts: Iterable[str]) -> set[str]:
    """The names of all classes that come from ``Fault``."""
    heads = re.findall(r"^class (\w+)\((.*)\)", "\n".join(texts), re.MULTILINE)
    bases = {name: set(re.findall(r"\w+", above)) for name, above in heads}
    found = {"Fault"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What of a module is done when it is imported."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _at_import(child)


def _said(node: ast.expr) -> Iterator[ast.expr]:
    """The literals of an argument that a person would read and no catalogue knows."""
    match node:
        case ast.Dict(values=values) | ast.BoolOp(values=values):
            for value in values:
                yield from _said(value)
        case ast.DictComp(value=value):
            yield from _said(value)
        case ast.IfExp(body=body, orelse=other) | ast.BinOp(left=body, right=other):
            yield from _said(body)
            yield from _said(other)
        case ast.Constant(value=str() as text) if " " in text.strip():
            yield node
        case ast.JoinedStr(values=parts):
            words = "".join(part.value for part in parts if isinstance(part, ast.Constant))
            if re.search(r"[^\W\d_]{2,}", words):
                yield node


def unmarked(tree: ast.Module, faults: set[str]) -> Iterator[int]:
    """The lines with a sentence that is not marked, cannot be found in a catalogue, or is translated too early."""
    lazy = any(
        isinstance(node, ast.ImportFrom)
        and (
            node.module == "tradepost.sync.words"
            or any(a.name.endswith(("_lazy", "_noop")) and a.asname == "_" for a in node.names)
        )
        for node in ast.walk(tree)
    )
    early = {"gettext", "ngettext", "pgettext"} if lazy else _READ
    for node in _at_import(tree):
        if isinstance(node, ast.Call) and _called(node) in early:
            yield node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in _MARKS:
            if any(isinstance(arg, ast.JoinedStr) for arg in node.args):
                yield node.lineno
        elif isinstance(node, ast.Call) and _called(node) in faults:
            given = [k.value for k in node.keywords if k.arg in ("message", "cure", "fields")]
            for argument in (*node.args, *given):
                yield from (literal.lineno for literal in _said(argument))
        elif isinstance(node, ast.ClassDef) and node.name in faults:
            for field in node.body:
                names = {
                    getattr(t, "id", "") for t in getattr(field, "targets", [getattr(field, "target", None)])
                }
                value = getattr(field, "value", None)
                if names & {"cause_text", "cure_text"} and isinstance(value, ast.Constant):
                    yield from [field.lineno] if re.search(r"\w", re.sub(r"{\w+}", "", value.value)) else []


@pytest.mark.parametrize(
    "line",
    [
        "raise Conflict('It is gone.')",
        "raise Conflict(_('It is gone.'), cure='Make it anew.')",
        "raise Invalid(fields={'name': f'{name} is taken'})",
        "raise Invalid(fields={k: 'It is wrong.' for k in wrong})",
        "raise Conflict(_(f'{name} is taken.'))",
        "raise Conflict(_('It is gone.') if gone else 'It is there.')",
        "class Gone(Conflict):\n    cause_text = 'It is gone.'",
        "SENTENCE = _('It is gone.')",
    ],
)
def test_the_search_finds_what_is_not_marked(line: str) -> None:
    assert list(unmarked(ast.parse(line), {"Conflict", "Invalid", "Gone"}))


def test_every_sentence_of_a_fault_is_marked() -> None:
    texts = {str(path.relative_to(ROOT)): path.read_text() for path in ROOT.rglob("*.py")}
    faults = _faults(texts.values())
    found = {
        f"{name}:{line}"
        for name, text in texts.items()
        if not name.startswith(ENGLISH) and "/migrations/" not in name
        for line in unmarked(ast.parse(text), faults)
    }
    assert found == set()


def test_a_fault_is_worded_for_whoever_reads_it() -> None:
    fault = CurrencyMismatch(left="USD", right="EUR")
    assert fault.cause == "USD and EUR cannot be added or compared."
    with override("de"):
        assert fault.cause != CurrencyMismatch.cause_text.format(left="USD", right="EUR")
        assert "USD" in fault.cause
        assert Missing("X").cause != "There is no such X."
        assert Stale("X").cure != Stale.cure_text
    assert Invalid("A {brace} of a person stays.").cause == "A {brace} of a person stays."


def test_labels_and_counts_inside_sentences() -> None:
    assert (within("Ship doc"), within("RMA")) == ("ship doc", "RMA")
    assert (counted(1, "customer"), counted(3, "category", "categories")) == ("1 customer", "3 categories")
    with override("de"):
        assert within("Lagerartikel") == "Lagerartikel"
        assert (counted(1, "customer"), counted(3, "customer")) == ("1 Kunde", "3 Kunden")
