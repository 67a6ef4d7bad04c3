"""Who calls a route and what the route demands of them. Each route names its permission in its signature; nothing else admits anybody."""

import dataclasses
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, Request
from fastapi.security import HTTPBearer

from hotwash.errors import Unauthenticated
from hotwash.identity import service as identity
from hotwash.identity.permissions import Permission
from hotwash.kit import clock
from hotwash.services import Services

_described_bearer = HTTPBearer(auto_error=False, description="A service user's key (`cog_…`).", scheme_name="bearer")
"""Puts the scheme into OpenAPI; `bearer_token` reads the header, because this one would answer in a shape of its own."""
_Described = Annotated[object, Depends(_described_bearer)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Caller:
    """An authenticated and authorised caller."""

    principal: identity.Principal
    scope: identity.Scope
    org_id: str | None
    """The organization the request is about; None: all that the scope has."""


@dataclasses.dataclass(frozen=True)
class PathPermission:
    """Needs this permission: in the organization the path names, or in the whole enterprise where it names none."""

    permission: Permission

    def __str__(self) -> str:
        return self.permission

    def __call__(self, request: Request, background: BackgroundTasks, _described: _Described) -> Caller:
        principal = _authenticated(request, background)
        org_id = request.path_params.get("org_id")
        return Caller(principal=principal, scope=identity.authorise(principal, self.permission, org_id), org_id=org_id)


@dataclasses.dataclass(frozen=True)
class OwnLevelPermission:
    """For routes that stand outside the two levels. With `?org_id=`, or from a caller of an organization, needs the organization's permission
    there; from a caller of the enterprise, the enterprise's."""

    organization: Permission
    enterprise: Permission

    def __str__(self) -> str:
        return f"{self.organization} (organization) or {self.enterprise} (enterprise)"

    def __call__(self, request: Request, background: BackgroundTasks, _described: _Described, org_id: str | None = None) -> Caller:
        principal = _authenticated(request, background)
        named = org_id or principal.org_id
        scope = identity.authorise(principal, self.organization if named else self.enterprise, named)
        return Caller(principal=principal, scope=scope, org_id=named)


def requires(permission: Permission) -> Any:
    """In a handler's signature: `caller: Annotated[Caller, requires("ViewOrgSessions")]`."""
    return Depends(PathPermission(permission))


def requires_at_own_level(*, organization: Permission, enterprise: Permission) -> Any:
    """The same for a route that stands outside the two levels."""
    return Depends(OwnLevelPermission(organization, enterprise))


def bearer_token(authorization: str | None) -> str:
    """The token of an Authorization header. Raises Unauthenticated."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send a service user's key as `Authorization: Bearer cog_…`; `hotwash service-user create` makes one")
    return token.strip()


def services_of(request: Request) -> Services:
    """The services of the application that answers this request."""
    services: Services = request.app.state.services
    return services


async def _given_services(request: Request) -> Services:
    """Asynchronous, for it waits for nothing: FastAPI gives a plain function a thread."""
    return services_of(request)


GivenServices = Annotated[Services, Depends(_given_services)]


def _authenticated(request: Request, background: BackgroundTasks) -> identity.Principal:
    """The caller; that the key was used is written down after the answer, so that no reader waits for the write lock."""
    services, now = services_of(request), clock.now()
    token = bearer_token(request.headers.get("authorization"))
    with services.db.read() as conn:
        principal = identity.authenticate(conn, token, now)
    if identity.use_is_due(principal, now):
        background.add_task(_record_use, services, principal, now)
    return principal


def _record_use(services: Services, principal: identity.Principal, now: float) -> None:
    with services.db.write() as conn:
        identity.record_use(conn, principal, now)
