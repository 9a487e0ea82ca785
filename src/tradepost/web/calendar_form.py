"""The forms of calendar accounts and calendars, and the way between them and what is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tradepost.pim import options
from tradepost.sync.models import Direction, Stream

IMPORTS = [
    ("none", _("Only events that were added here (the calendar app's own stay private)")),
    ("with_contacts", _("Also events of the calendar app with a known contact")),
    ("all", _("All events of the calendar app; only you see them")),
]
DELETES = [
    ("cancel", _("Cancel the event here")),
    ("stop", _("Keep the event here and stop syncing it")),
    ("recreate", _("Add it to the calendar again")),
    ("delete", _("Delete the event here")),
    ("trash", _("Delete the event here; undo takes it back")),
]
LOCAL_DELETES = [
    ("trash", _("Delete it in the calendar; undo takes it back")),
    ("keep", _("Keep it in the calendar")),
    ("delete", _("Delete it in the calendar")),
    ("by_direction", _("Delete it where both ways are synced, else keep it")),
    ("ask", _("Ask me")),
]
CONFLICTS = [
    ("newest_wins", _("The newer edit wins; the other is listed in Reviews")),
    ("app_wins", _("This side wins")),
    ("remote_wins", _("The calendar wins")),
    ("ask", _("Ask me")),
]
PRESETS = [
    ("safe", _("Safe: nothing is lost or deleted without asking")),
    ("oro", _("Oro: as OroCRM's Outlook integration does it")),
]
CHOSEN = ("import_external_events", "on_calendar_delete", "on_local_delete", "conflicts")
_PLAIN = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class AccountForm(forms.Form):
    """What a person enters to connect a calendar account."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.TextInput({**_PLAIN, "inputmode": "url", "placeholder": "https://dav.example.com"}),
        help_text=_("The calendar server's address; your provider's help page names it."),
    )
    username = forms.CharField(
        label=_("Username"), max_length=253, required=False, widget=forms.TextInput(_PLAIN)
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),  # never rendered back to the page
        help_text=_("An app password where your provider has them."),
    )
    label = forms.CharField(
        label=_("Name"), max_length=120, required=False, help_text=_("How you call it here.")
    )

    @property
    def account(self) -> dict[str, Any]:
        """``config`` and ``secrets``, as the verbs take them."""
        data = self.cleaned_data
        pinned = self.data.get("pinned", "")
        url = data["url"].strip()
        config = {
            "url": url if "//" in url else f"https://{url}",
            "username": data["username"].strip(),
            "pinned": pinned,
        }
        return {"config": config, "secrets": {"password": data["password"]}}


class CalendarForm(forms.Form):
    """How a calendar is synced. Every field has the safe default."""

    preset = forms.ChoiceField(
        label=_("Rules"),
        choices=PRESETS,
        help_text=_(
            "Other rules bring their own answers to the questions below; what you change besides counts."
        ),
    )
    direction = forms.ChoiceField(label=_("Direction"), choices=Direction.choices)
    import_external_events = forms.ChoiceField(
        label=_("What comes in"), choices=IMPORTS, widget=forms.RadioSelect
    )
    on_calendar_delete = forms.ChoiceField(
        label=_("When an event is deleted in the calendar app"), choices=DELETES
    )
    on_local_delete = forms.ChoiceField(label=_("When an event is deleted here"), choices=LOCAL_DELETES)
    conflicts = forms.ChoiceField(label=_("When both sides changed the same"), choices=CONFLICTS)
    history_days = forms.IntegerField(
        label=_("History, days"),
        min_value=0,
        max_value=36_500,
        help_text=_("Older events are neither sent nor brought in."),
    )
    interval = forms.IntegerField(label=_("Every … seconds"), min_value=1, max_value=86_399)
    default = forms.BooleanField(
        label=_("Events that I add go into this calendar"),
        required=False,
        help_text=_("That is one of your calendars: the one of which it was said last."),
    )
    colour = forms.CharField(label=_("Colour"), required=False, widget=forms.TextInput({"type": "color"}))

    @classmethod
    def start(cls, *, first: bool = True) -> dict[str, Any]:
        """``first``: no other calendar of the person takes the events that he adds."""
        known = {"import_external_events": "none", "on_calendar_delete": "cancel", "on_local_delete": "trash",
                 "conflicts": "newest_wins"}  # fmt: skip
        return {
            **known,
            "preset": "safe",
            "direction": "both",
            "history_days": 90,
            "interval": options.interval("safe"),
            "default": first,
        }

    @classmethod
    def of(cls, stream: Stream) -> dict[str, Any]:
        stored = options.stored(stream.policy)
        policy = stored.policy(stream.direction)
        chosen = {name: str(getattr(policy, name) or policy.on_remote_delete) for name in CHOSEN}
        rest = {"history_days": stored.history_days, "default": stored.default, "colour": stored.colour}
        return {
            **chosen,
            **rest,
            "preset": stored.preset,
            "direction": stream.direction,
            "interval": stream.interval,
        }

    @property
    def settings(self) -> dict[str, Any]:
        """``direction``, ``interval`` and ``chosen``, as the verbs take them. With other rules than before, only what
        was changed in the same breath is chosen beside them."""
        data = self.cleaned_data
        same = "preset" not in self.changed_data
        own = [name for name in CHOSEN if same or name in self.changed_data]
        kept = same or "interval" in self.changed_data
        colour = {"colour": data["colour"]} if data["colour"] else {}
        chosen = {
            "preset": data["preset"],
            "history_days": data["history_days"],
            "default": data["default"],
            **colour,
            "chosen": {name: data[name] for name in own},
        }
        every = data["interval"] if kept else options.interval(data["preset"])
        return {"direction": data["direction"], "interval": every, "chosen": chosen}

    def over(self, stream: Stream) -> dict[str, Any]:
        """The same for a calendar that is synced already: options that only the API sets stay as they are."""
        settings = self.settings
        stored = options.stored(stream.policy).chosen or {}
        kept = {name: value for name, value in stored.items() if name not in CHOSEN}
        settings["chosen"]["chosen"] |= kept
        return settings
