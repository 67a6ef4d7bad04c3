"""Who is asking and what they may see: tokens in, principals and scopes out. `authorise` is the one door."""

import hashlib
import secrets
from typing import Final

from sqlalchemy import Connection

from hotwash.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from hotwash.identity import queries
from hotwash.identity.login import login_token as login_token
from hotwash.identity.login import read_session as read_session
from hotwash.identity.login import redeem_login as redeem_login
from hotwash.identity.login import sign_session as sign_session
from hotwash.identity.model import CreatedServiceUser as CreatedServiceUser
from hotwash.identity.model import Organization as Organization
from hotwash.identity.model import Principal as Principal
from hotwash.identity.model import Scope as Scope
from hotwash.identity.model import ServiceUser as ServiceUser
from hotwash.identity.permissions import HELD_BY_ALL, ROLES, Permission
from hotwash.kit.ids import random_id

TOKEN_PREFIX = "cog_"  # noqa: S105 the public prefix of every token, not a secret
MAX_TOKEN_CHARS = 256
"""A longer one is not ours; it is not even hashed."""
USE_RECORDED_EVERY_S: Final = 60
"""A key's last use is kept to the minute: a write with every request would cost more than the request."""
MAX_NAME_CHARS = 256
MAX_TTL_S = 31_536_000
"""Both from contract section 5."""

EVERYTHING = Scope(org_ids=None)
"""For the command line, whose user owns the database file."""


def authenticate(conn: Connection, token: str, now: float) -> Principal:
    """Who a bearer token belongs to. Only reads; call `record_use` afterwards where `use_is_due`. Raises Unauthenticated for a token that is
    malformed, unknown, expired or revoked, always with the same sentence. The digest is looked up in an index: nothing is compared byte by byte
    with a secret, so time tells nothing."""
    holder = queries.find_key_holder(conn, _digest(token), now) if _looks_like_ours(token) else None
    if holder is None:
        raise Unauthenticated("The token is unknown, expired or revoked; make one with `hotwash service-user create`")
    role = ROLES.get(holder.role_id)
    return Principal(
        principal_type="service_user",
        id=holder.service_user_id,
        name=holder.name,
        org_id=holder.org_id,
        role_id=holder.role_id,
        permissions=role.effective if role else HELD_BY_ALL,
        known_orgs=queries.organization_ids(conn) if holder.org_id is None else frozenset({holder.org_id}),
        api_key_id=holder.api_key_id,
        key_used_at=holder.last_used_at,
    )


def use_is_due(principal: Principal, now: float) -> bool:
    """Whether this use of a key is worth writing down."""
    if principal.api_key_id is None:
        return False
    return principal.key_used_at is None or now - principal.key_used_at >= USE_RECORDED_EVERY_S


def record_use(conn: Connection, principal: Principal, now: float) -> None:
    """Write down that the principal's key is used, at most once a minute. Needs a writing transaction."""
    if principal.api_key_id is not None and use_is_due(principal, now):
        queries.touch_key(conn, principal.api_key_id, int(now), unless_since=int(now) - USE_RECORDED_EVERY_S)


def authorise(principal: Principal, permission: Permission, org_id: str | None = None) -> Scope:
    """The one door: the organizations in which the principal may use this permission. With `org_id`, that one; without, the principal's own, or all
    for an enterprise principal. Raises Forbidden when the permission is missing, and with the same words when the organization is foreign or
    unknown, so that nobody learns which exist (contract section 1). Service users of an organization hold no enterprise permission, so no
    enterprise route opens to them."""
    if permission not in principal.permissions or (org_id is not None and org_id not in principal.known_orgs):
        place = " in this organization" if org_id is not None else ""
        raise Forbidden(f"This needs the permission {permission}{place}")
    if org_id is not None:
        return Scope(org_ids=frozenset({org_id}))
    return Scope(org_ids=None if principal.org_id is None else frozenset({principal.org_id}))


def create_service_user(
    conn: Connection, *, name: str, role_id: str, org_id: str | None = None, ttl_s: int | None = None, now: float
) -> CreatedServiceUser:
    """A service user with one key. `ttl_s` None: the key does not expire. Raises InvalidInput for a bad name, role or lifetime."""
    _check_new_service_user(name, role_id, org_id, ttl_s)
    if org_id is not None and org_id not in queries.organization_ids(conn):
        raise InvalidInput(f"org: there is no organization {org_id!r}")
    created_at = int(now)
    service_user_id = random_id("service-user")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    queries.insert_service_user(conn, service_user_id=service_user_id, name=name, org_id=org_id, role_id=role_id, now=created_at)
    queries.insert_key(
        conn,
        api_key_id=random_id("api-key"),
        service_user_id=service_user_id,
        name="default",
        token_sha256=_digest(token),
        now=created_at,
        expires_at=None if ttl_s is None else created_at + ttl_s,
    )
    return CreatedServiceUser(service_user_id=service_user_id, org_id=org_id, token=token)


def list_service_users(conn: Connection) -> tuple[ServiceUser, ...]:
    """All service users, revoked ones too, oldest first."""
    return queries.list_service_users(conn)


def revoke_service_user(conn: Connection, service_user_id: str, now: float) -> None:
    """Ends a service user and all its keys at once; again changes nothing. Raises NotFound."""
    if not queries.delete_service_user(conn, service_user_id, int(now)):
        raise NotFound(f"There is no service user {service_user_id!r}; `hotwash service-user list` names them")


def ensure_organization(conn: Connection, name_or_id: str, now: float) -> str:
    """The id of an organization, made if it is a new name. An id (`org-…`) must exist. Raises NotFound, InvalidInput."""
    if "\0" in name_or_id or not 0 < len(name_or_id.strip()) <= MAX_NAME_CHARS:
        raise InvalidInput(f"org: a name has 1 to {MAX_NAME_CHARS} characters")
    org_id = queries.find_organization(conn, name_or_id)
    if org_id is not None:
        return org_id
    if name_or_id.startswith("org-"):
        raise NotFound(f"There is no organization {name_or_id!r}")
    queries.insert_organization(conn, random_id("org"), name_or_id, int(now))
    made = queries.find_organization(conn, name_or_id)
    if made is None:
        raise RuntimeError("the organization was not kept")
    return made


def list_organizations(conn: Connection) -> tuple[Organization, ...]:
    """All organizations, by name."""
    return queries.list_organizations(conn)


def _check_new_service_user(name: str, role_id: str, org_id: str | None, ttl_s: int | None) -> None:
    role = ROLES.get(role_id)
    if role is None:
        raise InvalidInput(f"role: {role_id!r} is not a role; there are {', '.join(ROLES)}")
    if role.role_type == "org" and org_id is None:
        raise InvalidInput(f"org: the role {role_id} is held in an organization; name it")
    if role.role_type == "enterprise" and org_id is not None:
        raise InvalidInput(f"org: the role {role_id} is held in the whole enterprise; leave the organization out")
    if "\0" in name or not 0 < len(name.strip()) <= MAX_NAME_CHARS:
        raise InvalidInput(f"name: 1 to {MAX_NAME_CHARS} characters")
    if ttl_s is not None and not 0 < ttl_s <= MAX_TTL_S:
        raise InvalidInput(f"ttl: between 1 second and {MAX_TTL_S} seconds (a year)")


def _looks_like_ours(token: str) -> bool:
    return token.startswith(TOKEN_PREFIX) and len(token) <= MAX_TOKEN_CHARS and token.isascii()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
