"""All SQL of identity. A function a question; the caller owns the transaction."""

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from hotwash.identity.model import KeyHolder, Organization, ServiceUser
from hotwash.store import tables as t
from hotwash.store.statements import insert_if_new


def find_key_holder(conn: Connection, token_sha256: str, now: float) -> KeyHolder | None:
    """Whose key has this digest, if the key is neither expired nor revoked and its service user not deleted?"""
    k, u = t.api_keys.c, t.service_users.c
    row = conn.execute(
        select(k.api_key_id, k.last_used_at, u.service_user_id, u.name, u.org_id, u.role_id)
        .join_from(t.api_keys, t.service_users)
        .where(k.token_sha256 == token_sha256, k.revoked_at.is_(None), u.deleted_at.is_(None))
        .where(or_(k.expires_at.is_(None), k.expires_at > now))
    ).first()
    return KeyHolder(**row._mapping) if row else None


def touch_key(conn: Connection, api_key_id: str, now: int, unless_since: int) -> None:
    """Note that a key is used, unless a use since then is on record."""
    k = t.api_keys.c
    conn.execute(
        update(t.api_keys)
        .where(k.api_key_id == api_key_id, or_(k.last_used_at.is_(None), k.last_used_at < unless_since))
        .values(last_used_at=now)
    )


def insert_service_user(conn: Connection, *, service_user_id: str, name: str, org_id: str | None, role_id: str, now: int) -> None:
    conn.execute(insert(t.service_users).values(service_user_id=service_user_id, name=name, org_id=org_id, role_id=role_id, created_at=now))


def insert_key(
    conn: Connection, *, api_key_id: str, service_user_id: str, name: str, token_sha256: str, now: int, expires_at: int | None
) -> None:
    conn.execute(
        insert(t.api_keys).values(
            api_key_id=api_key_id,
            service_user_id=service_user_id,
            name=name,
            token_sha256=token_sha256,
            created_at=now,
            expires_at=expires_at,
        )
    )


def list_service_users(conn: Connection) -> tuple[ServiceUser, ...]:
    """All service users, deleted ones too, oldest first, with the end of their last key and its latest use."""
    u, k = t.service_users.c, t.api_keys.c
    rows = conn.execute(
        select(
            u.service_user_id,
            u.name,
            u.org_id,
            u.role_id,
            u.created_at,
            u.deleted_at,
            func.max(k.expires_at).label("expires_at"),
            func.count().filter(k.api_key_id.is_not(None), k.expires_at.is_(None)).label("endless_keys"),
            func.max(k.last_used_at).label("last_used_at"),
        )
        .join_from(t.service_users, t.api_keys, isouter=True)
        .group_by(u.service_user_id)
        .order_by(u.created_at, u.service_user_id)
    )
    return tuple(
        ServiceUser(
            service_user_id=row.service_user_id,
            name=row.name,
            org_id=row.org_id,
            role_id=row.role_id,
            created_at=row.created_at,
            deleted_at=row.deleted_at,
            expires_at=None if row.endless_keys else row.expires_at,
            last_used_at=row.last_used_at,
        )
        for row in rows
    )


def delete_service_user(conn: Connection, service_user_id: str, now: int) -> bool:
    """Mark a service user deleted and its keys revoked; False when there is no such service user. The first time stands."""
    u, k = t.service_users.c, t.api_keys.c
    marked = conn.execute(
        update(t.service_users).where(u.service_user_id == service_user_id).values(deleted_at=func.coalesce(u.deleted_at, now))
    )
    conn.execute(update(t.api_keys).where(k.service_user_id == service_user_id, k.revoked_at.is_(None)).values(revoked_at=now))
    return marked.rowcount == 1


def list_organizations(conn: Connection) -> tuple[Organization, ...]:
    """All organizations, by name."""
    o = t.organizations.c
    rows = conn.execute(select(o.org_id, o.name, o.created_at).order_by(o.name))
    return tuple(Organization(**row._mapping) for row in rows)


def organization_ids(conn: Connection) -> frozenset[str]:
    """The ids of all organizations."""
    return frozenset(conn.execute(select(t.organizations.c.org_id)).scalars())


def find_organization(conn: Connection, name_or_id: str) -> str | None:
    """Which organization has this id, or else this name?"""
    o = t.organizations.c
    matches = select(o.org_id).where(or_(o.org_id == name_or_id, o.name == name_or_id)).order_by(o.org_id != name_or_id)
    org_id: str | None = conn.execute(matches.limit(1)).scalar()
    return org_id


def insert_organization(conn: Connection, org_id: str, name: str, now: int) -> None:
    """Add an organization, unless one of this name is there already."""
    conn.execute(insert_if_new(t.organizations), {"org_id": org_id, "name": name, "created_at": now})


def find_value(conn: Connection, name: str) -> str | None:
    """A single value of this installation."""
    value: str | None = conn.execute(select(t.installation.c.value).where(t.installation.c.name == name)).scalar()
    return value


def insert_value(conn: Connection, name: str, value: str) -> None:
    """Keep a value of this installation, unless there is one of this name already."""
    conn.execute(insert_if_new(t.installation), {"name": name, "value": value})


def delete_value(conn: Connection, name: str) -> bool:
    """Forget a value of this installation; whether it was there."""
    return conn.execute(delete(t.installation).where(t.installation.c.name == name)).rowcount == 1


def delete_values(conn: Connection, prefix: str, below: str) -> None:
    """Forget the values whose name starts with `prefix` and that sort below `below`."""
    names = t.installation.c.name
    conn.execute(delete(t.installation).where(names.startswith(prefix, autoescape=True), t.installation.c.value < below))
