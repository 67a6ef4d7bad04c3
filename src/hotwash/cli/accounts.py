"""`hotwash service-user`: credentials for programs."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from hotwash.cli.common import AsJson, DataDir, UsageError, open_store, print_json

app = typer.Typer(help="Create, list and revoke service users (credentials for programs).", no_args_is_help=True, rich_markup_mode=None)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the credential is for.")],
    role: Annotated[str, typer.Option("--role", help="enterprise-admin, enterprise-viewer, org-admin, org-member or org-viewer.")],
    org: Annotated[str | None, typer.Option("--org", help="Organization, by name or id; needed for an org role.")] = None,
    ttl: Annotated[
        str | None, typer.Option("--ttl", metavar="90d", help="Lifetime, such as 12h or 90d; without it the key does not expire.")
    ] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Create a service user. Its token is shown once."""
    from hotwash.identity import service as identity
    from hotwash.kit import clock

    lifetime = None if ttl is None else _seconds(ttl)
    with open_store(data) as database, database.write() as connection:
        now = clock.now()
        org_id = None if org is None else identity.ensure_organization(connection, org, now)
        created = identity.create_service_user(connection, name=name, role_id=role, org_id=org_id, ttl_s=lifetime, now=now)
    if as_json:
        print_json({"service_user_id": created.service_user_id, "org_id": created.org_id, "token": created.token})
        return
    typer.echo(f"{created.service_user_id} ({role}{f' in {created.org_id}' if created.org_id else ''})")
    typer.echo(f"Token, shown only now: {created.token}")


@app.command("list")
def list_(data: DataDir = None, as_json: AsJson = False) -> None:
    """List service users."""
    from hotwash.identity import service as identity

    with open_store(data) as database, database.read() as connection:
        users = identity.list_service_users(connection)
    if as_json:
        print_json(users)
        return
    for user in users:
        made = datetime.fromtimestamp(user.created_at, UTC).date().isoformat()
        state = "revoked" if user.deleted_at else "active"
        typer.echo(f"{user.service_user_id}  {user.name}  {user.role_id}  {user.org_id or 'enterprise'}  since {made}  {state}")


@app.command("revoke")
def revoke(service_user_id: Annotated[str, typer.Argument(help="As `list` prints it.")], data: DataDir = None) -> None:
    """Revoke a service user: its keys stop working at once."""
    from hotwash.identity import service as identity
    from hotwash.kit import clock

    with open_store(data) as database, database.write() as connection:
        identity.revoke_service_user(connection, service_user_id, clock.now())
    typer.echo(f"{service_user_id} revoked")


def _seconds(text: str) -> int:
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isdigit() or int(number) == 0:
        raise UsageError(f"--ttl {text}: not a lifetime; write a number and s, m, h or d, such as 90d")
    return int(number) * _UNITS[unit]
