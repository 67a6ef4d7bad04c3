"""Who asks, what they may see, and the credentials they hold."""

from typing import Literal

import msgspec

from hotwash.identity.permissions import Permission


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who a request comes from."""

    principal_type: Literal["service_user", "web_user"]
    id: str
    name: str
    org_id: str | None
    """None: of the whole enterprise."""
    role_id: str
    permissions: frozenset[Permission]
    """With inherited ones."""
    known_orgs: frozenset[str]
    """The organizations that exist, for an enterprise principal; its own one otherwise. So that naming any other is refused alike."""
    api_key_id: str | None = None
    key_used_at: int | None = None
    """Unix seconds of the last use on record, before this one."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The organizations whose sessions a caller may see. Every session query takes one."""

    org_ids: frozenset[str] | None
    """None: every organization."""


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    org_id: str
    name: str
    created_at: int
    """Unix seconds."""


class ServiceUser(msgspec.Struct, frozen=True, kw_only=True):
    """A service user as lists show it: never its token. Times are Unix seconds."""

    service_user_id: str
    name: str
    org_id: str | None
    role_id: str
    created_at: int
    deleted_at: int | None
    expires_at: int | None
    """When its last key runs out. None: it has one that never does."""
    last_used_at: int | None


class CreatedServiceUser(msgspec.Struct, frozen=True, kw_only=True):
    """The one time that the token is seen; the store keeps its SHA-256."""

    service_user_id: str
    org_id: str | None
    token: str


class KeyHolder(msgspec.Struct, frozen=True, kw_only=True):
    """A live key and the service user it belongs to."""

    api_key_id: str
    last_used_at: int | None
    service_user_id: str
    name: str
    org_id: str | None
    role_id: str
