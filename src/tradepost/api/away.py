"""Putting a row of the set-up away and taking it back: the two operations of every kind that has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ninja import Router

from tradepost.accounts.access import Actor, Permission
from tradepost.api.call import Call, needs
from tradepost.api.schema import Id

Act = Callable[[Actor, int, bool], object]


def away(
    router: Router,
    place: str,
    word: str,
    shown: Any,
    permission: Permission,
    act: Act,
    *,
    told: tuple[str, str],
    by_delete: bool = False,
) -> None:
    """``POST {place}/{id}/archive`` does ``act(actor, id, False)`` and ``…/restore`` ``act(actor, id, True)``; both answer the
    row, ``shown`` so. ``by_delete``: ``DELETE {place}/{id}`` puts it away and answers nothing. ``told`` describes either."""
    at = f"{place}/{{int:id}}"
    back = _view(act, True, f"restore_{word}", told[1])
    router.post(f"{at}/restore", response=shown)(needs(permission)(back))
    if by_delete:
        gone = _view(act, False, f"remove_{word}", told[0])
        router.delete(at, response={204: None})(needs(permission)(gone))
    else:
        gone = _view(act, False, f"archive_{word}", told[0])
        router.post(f"{at}/archive", response=shown)(needs(permission)(gone))


def _view(act: Act, undo: bool, name: str, told: str) -> Callable[..., object]:
    def view(request: Call, id: Id) -> object:
        return act(request.actor, id, undo)

    view.__name__, view.__doc__ = name, told
    return view
