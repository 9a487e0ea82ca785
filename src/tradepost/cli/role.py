"""``tradepost role``: roles of a company's own, and who has which role (B22)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradepost.cli import home
from tradepost.cli.user import ROLES, NoUser, actor
from tradepost.kit.errors import Invalid

if TYPE_CHECKING:
    from tradepost.accounts.access import Permission

BY = click.option("--by", "admin", required=True, help="Address of the administrator who acts.")
GRANT = click.option("--grant", multiple=True, help="Let it do this as well; may be repeated.")
DENY = click.option("--deny", multiple=True, help="Do not let it do this; may be repeated.")
NUMBER = click.argument("number", type=int)


@click.group()
def role() -> None:
    """List, copy, change and delete roles, and give them to people."""


@role.command("list")
@home.with_data
@BY
def list_(data: Path, admin: str) -> None:
    """List roles: number of one's own (- for a built-in one), name, what it may do, separated by tabs."""
    with home.application(data):
        from tradepost.accounts.access import GRANTS
        from tradepost.accounts.roles import listed

        who = actor(admin)
        for built_in, grants in GRANTS.items():
            click.echo(f"-\t{built_in}\t{','.join(sorted(grants))}")
        for row in listed(who):
            click.echo(f"{row.pk}\t{row.name}\t{','.join(sorted(row.grants))}")


@role.command()
@home.with_data
@BY
@click.option("--name", required=True, help="Name of the new role.")
@click.option("--base", type=click.Choice(ROLES), required=True, help="The built-in role to copy.")
@GRANT
@DENY
def add(data: Path, admin: str, name: str, base: str, grant: tuple[str, ...], deny: tuple[str, ...]) -> None:
    """Copy a built-in role under a name of your own, and print its number."""
    with home.application(data):
        from tradepost.accounts import roles
        from tradepost.accounts.access import GRANTS, Role

        wanted = (GRANTS[Role(base)] | _permissions(grant)) - _permissions(deny)
        row = roles.add(actor(admin), name=name, base=Role(base), permissions=wanted)
    click.echo(row.pk)


@role.command()
@home.with_data
@BY
@click.option("--name", help="Another name.")
@GRANT
@DENY
@NUMBER
def change(
    data: Path, admin: str, name: str | None, grant: tuple[str, ...], deny: tuple[str, ...], number: int
) -> None:
    """Rename role NUMBER, or change what it may do; what is not named stays as it is."""
    with home.application(data):
        from tradepost.accounts import roles
        from tradepost.accounts.models import CustomRole

        who = actor(admin)
        held = CustomRole.objects.pick(who, number).grants
        wanted = (held | _permissions(grant)) - _permissions(deny)
        row = roles.change(who, number, name=name, permissions=wanted)
    click.echo(f"{row.name} is saved.", err=True)


@role.command()
@home.with_data
@BY
@NUMBER
def remove(data: Path, admin: str, number: int) -> None:
    """Delete role NUMBER, which nobody has."""
    with home.application(data):
        from tradepost.accounts import roles

        roles.remove(actor(admin), number)
    click.echo(f"Role {number} is deleted.", err=True)


@role.command()
@home.with_data
@BY
@click.argument("email")
@click.argument("given", metavar="ROLE")
def give(data: Path, admin: str, email: str, given: str) -> None:
    """Give EMAIL a ROLE: the name of a built-in one, or the number of your own."""
    if given not in ROLES and not given.isdecimal():
        raise Invalid(f"There is no role “{given}”.", cure="See 'tradepost role list'.")
    with home.application(data):
        from tradepost.accounts.access import Role
        from tradepost.accounts.models import Membership
        from tradepost.accounts.services import change_role
        from tradepost.kit.text import fold_email

        who = actor(admin)
        member = Membership.objects.of(who).filter(user__email=fold_email(email), ended_at=None).first()
        if member is None:
            raise NoUser(email=email)
        saved = change_role(who, member.pk, int(given) if given.isdecimal() else Role(given))
    click.echo(f"{email} is {saved.role_name} now.", err=True)


COMMANDS = [role]


def _permissions(names: tuple[str, ...]) -> frozenset[Permission]:
    from tradepost.accounts.access import Permission

    known = {what.value for what in Permission}
    if unknown := sorted(set(names) - known):
        raise Invalid(
            f"There is no permission {', '.join(unknown)}.", cure=f"There are {', '.join(sorted(known))}."
        )
    return frozenset(map(Permission, names))
