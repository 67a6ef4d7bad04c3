"""Who looks at the pages: the cookie that a login link turns into, and the check that a form was sent from these pages."""

from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from fastapi import Depends, Request

from hotwash.errors import Forbidden, Unauthenticated
from hotwash.identity import service as identity
from hotwash.identity.permissions import Permission
from hotwash.kit import clock
from hotwash.services import Services

COOKIE: Final = "hotwash_session"

_VIEW: Final[tuple[Permission, Permission]] = ("ViewOrgSessions", "ViewAccountSessions")
_MANAGE: Final[tuple[Permission, Permission]] = ("ManageOrgSessions", "ManageAccountSessions")
"""In one organization, in the whole enterprise."""


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """A person who is logged in, and the sessions they may see."""

    principal: identity.Principal
    scope: identity.Scope


def services_of(request: Request) -> Services:
    """The services that `routes.router` was made with."""
    services: Services = request.state.services
    return services


GivenServices = Annotated[Services, Depends(services_of)]


def viewer_of(request: Request, services: GivenServices) -> Viewer:
    """The person the cookie belongs to. Raises Unauthenticated, Forbidden."""
    return _with_permission(request, services, _VIEW)


def manager_of(request: Request, services: GivenServices) -> Viewer:
    """The same for what changes something; only from a form on these pages."""
    refuse_other_sites(request)
    return _with_permission(request, services, _MANAGE)


def refuse_other_sites(request: Request) -> None:
    """Browsers name the origin with every form they send; a program without a browser has no cookie to misuse. Raises Forbidden."""
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
    if foreign or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("Another site's page may not change anything here")


def _with_permission(request: Request, services: Services, permissions: tuple[Permission, Permission]) -> Viewer:
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        raise Unauthenticated("You are not logged in")
    in_organization, in_enterprise = permissions
    with services.db.read() as conn:
        principal = identity.read_session(conn, cookie, clock.now())
        scope = identity.authorise(principal, in_enterprise if principal.org_id is None else in_organization, principal.org_id)
    return Viewer(principal=principal, scope=scope)


CurrentViewer = Annotated[Viewer, Depends(viewer_of)]
CurrentManager = Annotated[Viewer, Depends(manager_of)]
