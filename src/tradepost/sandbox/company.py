"""The sample company and its past, made of thin air: pure, and the same for the same day.

Ages are in days before ``today`` and become dates only when the company is written down (``seed``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import TypeVar

from tradepost.sandbox import wares
from tradepost.sandbox.accounts import Plays

NAME = "Marlow & Finch Supply"
DOMAIN = "marlowfinch.example"
SHARED = f"sales@{DOMAIN}"
PAST = 180  # days

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Member:
    """One of us. ``role`` is a value of ``accounts.access.Role``."""

    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Person:
    """A contact at a customer. ``emails`` are pairs of address and label, the primary one first."""

    first: str
    last: str
    job: str
    phone: str
    emails: tuple[tuple[str, str], ...]
    plays: Plays = Plays.CUSTOMER

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer. ``owner`` is an index into the members."""

    name: str
    domain: str
    phone: str
    terms: str
    street: str
    city: str
    region: str
    postcode: str
    owner: int
    people: tuple[Person, ...]
    country: str = "US"
    currency: str = "USD"
    tax: str = "resale"  # as in ``people.models.TaxStatus``
    type: str = ""
    rank: str = ""  # its class


@dataclass(frozen=True, slots=True)
class Ware:
    sku: str
    name: str
    type: str
    unit: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a document. ``ware`` is an index."""

    ware: int
    quantity: int
    discount_percent: int


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail about a document. ``age`` in days; ``paper`` is the name of an attached PDF or empty."""

    outgoing: bool
    age: float
    subject: str
    text: str
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """An activity; ``kind`` as in ``activities.models.ActivityKind``. ``age`` is negative for what is to come."""

    kind: str
    age: float
    subject: str
    text: str = ""
    done: bool = True
    owner: int = 0
    letters: tuple[Letter, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A quote, an order or a sale at the counter. ``buyer`` and ``person`` are indexes; ``happenings`` stand on it. A quote and
    the order that came of it have the same ``deal`` above zero."""

    kind: str
    age: int
    buyer: int
    person: int
    owner: int
    status: str
    rows: tuple[Row, ...]
    hold: str = ""
    po_number: str = ""
    channel: str = ""
    freight: Decimal = Decimal(0)
    promised_after: int = 10
    happenings: tuple[Happening, ...] = ()
    deal: int = 0


@dataclass(frozen=True, slots=True)
class Company:
    members: tuple[Member, ...]
    buyers: tuple[Buyer, ...]
    wares: tuple[Ware, ...]
    papers: tuple[Paper, ...] = field(default=())  # oldest first


MEMBERS = (
    Member("Dana Whitfield", f"dana@{DOMAIN}", "master_admin"),
    Member("Marcus Bell", f"marcus@{DOMAIN}", "sales"),
    Member("Ines Carvalho", f"ines@{DOMAIN}", "sales"),
    Member("Toby Nguyen", f"toby@{DOMAIN}", "sales"),
    Member("Walt Jessup", f"walt@{DOMAIN}", "warehouse"),
    Member("Beth Amos", f"beth@{DOMAIN}", "bookkeeper"),
)
SELLERS = (0, 1, 2, 3)

RENATA = Person("Renata", "Solis", "Buyer", "+1 503 555 0142", (("renata@harborpine.example", "work"),))
THEO = Person(
    "Theo", "Lind", "Store manager", "+1 503 555 0143", (("theo@harborpine.example", "work"),), Plays.AWAY
)
BERT = Person("Bert", "Olsen", "Former buyer", "", (("bert@harborpine.example", "work"),), Plays.GONE)


def company(*, small: bool = False) -> Company:
    """The whole sample: 60 customers, 122 items, 400 documents; ``small`` is a tenth of it, for tests."""
    chance = Random(1873)  # noqa: S311 - sample data
    goods = tuple(_wares())
    buyers = tuple(_buyers(chance, 6 if small else 60))
    count = 40 if small else 400
    papers = [_paper(chance, buyers, goods) for _ in range(count - 1)]
    papers.append(_first(chance, buyers, goods))
    return Company(MEMBERS, buyers, goods, tuple(sorted(papers, key=lambda paper: -paper.age)))


def _wares() -> list[Ware]:
    found = [
        Ware(
            f"{prefix}-{number:02}",
            f"{name}, {variant}",
            "stock",
            unit,
            Decimal(price) + Decimal(step) * (number - 1),
        )
        for prefix, name, variants, price, step, unit in wares.FAMILIES
        for number, variant in enumerate(variants, 1)
    ]
    return [
        *found,
        Ware("SRV-01", "Gift wrapping", "service", "each", Decimal("1.50")),
        Ware("SRV-02", "Pallet delivery with lift", "other_charge", "each", Decimal("45.00")),
    ]


def _buyers(chance: Random, count: int) -> list[Buyer]:
    names = [f"{first} {second}" for first in wares.FIRST_PARTS for second in wares.SECOND_PARTS]
    chosen = ["Harbor Pine Outfitters", *chance.sample(names, count - 1)]
    made = (_buyer(chance, name, first=number == 0) for number, name in enumerate(chosen))
    return [_known(number, buyer) for number, buyer in enumerate(made)]


def _known(number: int, buyer: Buyer) -> Buyer:
    """As the books know it: what kind of shop, how large, in what money it pays, and whether it owes tax."""
    kind = next((kind for word, kind in wares.SHOPS.items() if word in buyer.name), "Shop")
    rank = "A" if number % 9 == 0 else "B" if number % 3 == 0 else "C"
    if number in wares.SITES:
        street, city, region, postcode, country, currency = wares.SITES[number]
        buyer = replace(buyer, street=street, city=city, region=region, postcode=postcode)
        buyer = replace(buyer, country=country, currency=currency)
    tax = "taxable" if number % 3 == 1 else "exempt" if number % 17 == 5 else "resale"
    tax = "exempt" if buyer.country != "US" else tax
    return replace(buyer, tax=tax, type=kind, rank=rank)


def _buyer(chance: Random, name: str, *, first: bool) -> Buyer:
    domain = "harborpine.example" if first else f"{re.sub('[^a-z]', '', name.lower())}.example"
    city, region, postcode = chance.choice(wares.TOWNS)
    return Buyer(
        name=name,
        domain=domain,
        phone=_phone(chance),
        terms=chance.choice(wares.TERMS),
        street=f"{chance.randint(2, 980)} {chance.choice(wares.STREETS)}",
        city=city,
        region=region,
        postcode=f"{postcode}{chance.randint(1, 99):02}",
        owner=0 if first else chance.choice(SELLERS),
        people=(RENATA, THEO, BERT) if first else tuple(_people(chance, domain)),
    )


def _people(chance: Random, domain: str) -> list[Person]:
    firsts = chance.sample(wares.FIRST_NAMES, chance.choice((1, 2, 2, 3)))
    return [_person(chance, first, domain, job) for first, job in zip(firsts, wares.JOB_TITLES, strict=False)]


def _person(chance: Random, first: str, domain: str, job: str) -> Person:
    last = chance.choice(wares.LAST_NAMES)
    local = first.lower().replace("ë", "e")
    emails = [(f"{local}@{domain}", "work")]
    if chance.random() < 0.4:
        emails.append((f"{local}.{_plain(last)}@homemail.example", "private"))
    plays = chance.choices((Plays.CUSTOMER, Plays.AWAY, Plays.GONE), (92, 5, 3))[0]
    return Person(first, last, job, _phone(chance), tuple(emails), plays)


def _plain(name: str) -> str:
    return re.sub("[^a-z]", "", name.lower().replace("ń", "n"))


def _phone(chance: Random) -> str:
    return f"+1 {chance.randint(201, 989)} 555 {chance.randint(100, 199):04}"


def _first(chance: Random, buyers: Sequence[Buyer], goods: Sequence[Ware]) -> Paper:
    """The newest order: Dana's, for Renata, whose answer comes at once when Dana writes."""
    rows = tuple(Row(ware, quantity, 0) for ware, quantity in ((0, 12), (75, 48), (94, 10)))
    task = Happening("task", -1, "Confirm the delivery date with Renata", done=False)
    return Paper("order", 0, 0, 0, 0, "open", rows, po_number="HP-2207", channel="e-mail", happenings=(task,))


def _paper(chance: Random, buyers: Sequence[Buyer], goods: Sequence[Ware]) -> Paper:
    kind = "quote" if chance.random() < 0.3 else "order"
    return paper(chance, buyers, goods, kind, int(PAST * chance.random() ** 1.5) + 1)


def paper(chance: Random, buyers: Sequence[Buyer], goods: Sequence[Ware], kind: str, age: int) -> Paper:
    """A quote or an order of that age, of a customer by chance, with what happened on it."""
    buyer = chance.randrange(len(buyers))
    status, hold = _status(chance, kind, age)
    owner = buyers[buyer].owner if chance.random() < 0.8 else chance.choice(SELLERS)
    made = chance.sample(range(len(goods) - 2), chance.choice((1, 2, 3, 3, 4, 5, 6, 8)))
    person = 0 if buyer == 0 else chance.randrange(len(buyers[buyer].people))
    return Paper(
        kind=kind,
        age=age,
        buyer=buyer,
        person=person,
        owner=owner,
        status=status,
        rows=tuple(
            Row(ware, chance.choice((2, 4, 6, 6, 10, 12, 12, 24, 48)), _discount(chance)) for ware in made
        ),
        hold=hold,
        po_number=f"PO-{chance.randint(1000, 9999)}" if kind == "order" and chance.random() < 0.6 else "",
        channel=chance.choice(wares.CHANNELS),
        freight=Decimal(chance.choice((0, 0, 18, 24, 45))),
        promised_after=chance.randint(4, 20),
        happenings=_happenings(chance, kind, age, owner, buyers[buyer].people[person]),
    )


def _discount(chance: Random) -> int:
    return chance.choice((0, 0, 0, 0, 5, 10))


def _status(chance: Random, kind: str, age: int) -> tuple[str, str]:
    """A status that fits the age, and a reason to hold."""
    if kind == "quote":
        if age > 45:
            return chance.choices(("accepted", "declined", "expired"), (6, 2, 2))[0], ""
        return chance.choices(("draft", "sent", "accepted", "declined"), (2, 5, 3, 1))[0], ""
    if age > 30:
        return chance.choices(("closed", "shipped", "cancelled"), (90, 6, 4))[0], ""
    if age > 10:
        return chance.choices(("closed", "shipped", "partly_shipped", "open"), (2, 4, 2, 2))[0], ""
    return "open", chance.choice(wares.HOLDS) if chance.random() < 0.15 else ""


def _happenings(chance: Random, kind: str, age: int, owner: int, person: Person) -> tuple[Happening, ...]:
    found = []
    if chance.random() < 0.55 and person.plays is Plays.CUSTOMER:
        found.append(_letters(chance, kind, age, owner, person))
    if chance.random() < 0.25:
        found.append(Happening("note", age - 0.2, "", chance.choice(wares.NOTES), owner=owner))
    if chance.random() < 0.25:
        found.append(
            Happening("call", age - 0.4, f"Call with {person.first}", chance.choice(wares.CALLS), owner=owner)
        )
    if age < 30 and chance.random() < 0.3:
        found.append(Happening("task", age - 9, chance.choice(wares.TASKS), done=age > 12, owner=owner))
    if age < 20 and chance.random() < 0.1:
        found.append(Happening("event", age - 24, chance.choice(wares.EVENTS), done=False, owner=owner))
    return tuple(found)


def _letters(chance: Random, kind: str, age: int, owner: int, person: Person) -> Happening:
    """We write; three in four answer, one in three of those with a paper."""
    title, text, answers = chance.choice(wares.LETTERS)
    title = title.replace("order", kind)
    sender = MEMBERS[owner].name
    words = text.replace("order", kind).replace("{first}", person.first).replace("{sender}", sender)
    letters = [Letter(True, age - 0.1, title, words)]
    if chance.random() < 0.75:
        answer = chance.choice(answers).replace("{sender_first}", sender.split()[0])
        paper = f"PO-{chance.randint(10000, 99999)}.pdf" if "attached" in answer else ""
        letters.append(
            Letter(False, age - 0.1 - chance.random(), f"Re: {title}", f"{answer}\n\n{person.name}", paper)
        )
    return Happening("email", letters[-1].age, title, owner=owner, letters=tuple(letters))
