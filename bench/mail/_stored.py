"""``python -m bench.mail._stored``: how many messages are stored."""

from __future__ import annotations

import json


def main() -> None:
    from tradepost.cli import home

    home.load()
    from tradepost.activities.models import Message

    print(json.dumps({"stored": Message.objects.count()}))


main()
