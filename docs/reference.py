"""Write docs/reference/ from the code: commands, settings, errors. Run by ``make docs``; a test compares."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import click

HERE = Path(__file__).parent / "reference"
INTRO = "<!-- Written by make docs. -->\n"


def pages() -> dict[str, str]:
    """File name → text."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradepost.settings")
    import django

    django.setup()
    _import_everything()
    return {
        "commands.md": _commands(),
        "settings.md": _settings(),
        "errors.md": _errors(),
        "documents.md": _documents(),
    }


def _import_everything() -> None:
    import tradepost

    for module in pkgutil.walk_packages(tradepost.__path__, "tradepost."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)


def _commands() -> str:
    from tradepost.cli import group

    lines = [INTRO, "# Commands", "", (group.help or "").replace("\n    ", "\n")]
    for name, command in _walk("tradepost", group):
        context = click.Context(command, info_name=name)
        lines += ["", f"## {name}", "", _paragraphs(command.help), "", "```"]
        lines += [" ".join([name, *command.collect_usage_pieces(context)]), "```"]
        options = [p for p in command.params if isinstance(p, click.Option)]
        if options:
            lines += ["", "| Option | Default | |", "|---|---|---|"]
        for option in options:
            default = (
                "" if option.default is None or option.is_flag or option.required else str(option.default)
            )
            default = "required" if option.required else default.replace("Sentinel.UNSET", "")
            lines.append(f"| `{'`, `'.join(option.opts)}` | {default} | {_cell(option.help)} |")
    return "\n".join(lines) + "\n"


def _walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for word, inner in sorted(command.commands.items()):
            yield from _walk(f"{name} {word}", inner)
    else:
        yield name, command


def _settings() -> str:
    from tradepost.accounts.settings import REGISTRY

    lines = [
        INTRO,
        "# Settings",
        "",
        "Inherited system → company → user. Change one with `tradepost setting set`.",
    ]
    lines += ["", "| Key | Default | Values | Set for | |", "|---|---|---|---|---|"]
    for key, setting in sorted(REGISTRY.items()):
        values = ", ".join(f"`{choice}`" for choice in setting.choices or ())
        levels = ", ".join(sorted(setting.levels))
        words = _cell(f"{setting.label} {setting.help}")
        lines.append(f"| `{key}` | `{setting.default!r}` | {values} | {levels} | {words} |")
    return "\n".join(lines) + "\n"


def _errors() -> str:
    from tradepost.kit.errors import Fault

    lines = [
        INTRO,
        "# Errors",
        "",
        "`code` ends the `type` of problem+json and never changes its meaning.",
        "",
    ]
    lines += ["| Code | HTTP | Cause | Cure |", "|---|---|---|---|"]
    faults = {f for f in _descendants(Fault) if f.__module__.startswith("tradepost.") and "code" in vars(f)}
    for fault in sorted(faults, key=lambda f: (f.code, f.__module__, f.__name__)):
        cause, cure = _cell(str(fault.cause_text)), _cell(str(fault.cure_text))
        lines.append(f"| `{fault.code}` | {fault.status} | {cause} | {cure} |")
    return "\n".join(lines) + "\n"


def _documents() -> str:
    from tradepost.sales.state_table import MACHINES
    from tradepost.sales.states import CONVERSIONS

    lines = [
        INTRO,
        "# Documents",
        "",
        "What may become of each kind: the verbs of `POST /documents/{id}/moves`, and the targets of `/documents/{id}/convert`. A",
        "verb without a permission is nobody's to press: other documents bring it along.",
    ]
    for kind, machine in MACHINES.items():
        lines += ["", f"## {kind}", "", f"Written with `{machine.edit}`; begins as `{machine.initial}`.", ""]
        lines += ["| | From | To | Permission |", "|---|---|---|---|"]
        for row in machine.rows:
            permission = "" if row.follows else f"`{row.permission}`"
            to = row.target or "the same"
            lines.append(f"| `{row.verb}` | {', '.join(row.sources)} | {to} | {permission} |")
        for (source, target), made in CONVERSIONS.items():
            if source == kind:
                states = ", ".join(made.sources)
                lines.append(f"| convert | {states} | `{target}` | `{made.permission}` |")
    return "\n".join(lines) + "\n"


def _descendants(root: type) -> Iterator[type]:
    for inner in root.__subclasses__():
        yield inner
        yield from _descendants(inner)


def _paragraphs(text: str | None) -> str:
    return "\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n"))


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def write() -> None:
    HERE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (HERE / name).write_text(text)


if __name__ == "__main__":
    write()
