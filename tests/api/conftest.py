"""Programs that talk to the API: one a role, and one of another company."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tradepost.accounts import keys, services
from tradepost.accounts.access import Actor, Role

PASSWORD = "Correct-horse-9"


@dataclass
class Program:
    """A client with a key. ``call("post", "customers", {...})`` answers with the response."""

    actor: Actor
    key: str
    client: Client = field(default_factory=Client)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(self.client, method)(
            f"/api/v1/{path}", **data, headers={"Authorization": f"Bearer {self.key}", **named}
        )

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        return told(self.call("get", path, **headers), status)

    def post(self, path: str, body: Any = None, status: int = 201, **headers: str) -> Any:
        return told(self.call("post", path, {} if body is None else body, **headers), status)

    def patch(self, path: str, body: Any, status: int = 200, **headers: str) -> Any:
        return told(self.call("patch", path, body, **headers), status)

    def delete(self, path: str, status: int = 204) -> Any:
        return told(self.call("delete", path), status)


def told(answer: HttpResponse, status: int) -> Any:
    assert answer.status_code == status, answer.content
    return json.loads(answer.content) if answer.content else None


def program_of(actor: Actor) -> Program:
    """A key for anybody, also for roles that may make none themselves."""
    from dataclasses import replace

    row, key = keys.create_api_key(replace(actor, role=Role.ADMIN), name="test")
    return Program(actor, key)


def company(email: str = "dana@example.com") -> Actor:
    return services.register_company(company="Marlow", name="Dana", email=email, password=PASSWORD)


def join(master: Actor, role: Role, email: str) -> Actor:
    _row, secret = services.invite(master, email=email, role=role)
    return services.accept_invitation(secret, name=role.value, password=PASSWORD)


@pytest.fixture
def dana(db: None) -> Program:
    """The Master Admin of Marlow."""
    return program_of(company())


@pytest.fixture
def stranger(db: None) -> Program:
    """The Master Admin of another company."""
    return program_of(company("eve@example.net"))


@pytest.fixture
def reader(dana: Program) -> Program:
    """A Read-only member of Marlow."""
    return program_of(join(dana.actor, Role.READ_ONLY, "rita@example.com"))


@pytest.fixture
def order(dana: Program) -> dict[str, Any]:
    """An order of Marlow with one line."""
    customer = dana.post(
        "customers", {"name": "Harbor & Pine", "emails": [{"email": "renata@harbor.example"}]}
    )
    item = dana.post("items", {"sku": "TNT-4", "name": "Tent", "price": "199.50", "tax_rate": "10"})
    lines = [{"item_id": item["id"], "quantity": "2"}]
    return dana.post("documents", {"customer_id": customer["id"], "lines": lines})  # type: ignore[no-any-return]
