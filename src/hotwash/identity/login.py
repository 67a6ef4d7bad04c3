"""Logging in to the web pages: a link that `hotwash up` prints, good once and for an hour, becomes a signed cookie."""

import secrets

import msgspec
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Connection

from hotwash.errors import Unauthenticated
from hotwash.identity import queries
from hotwash.identity.model import Principal
from hotwash.identity.permissions import ROLES

LINK_LIFETIME_S = 3600
"""Long enough to come back from lunch, short enough that a link in a terminal's scrollback is dead the next day."""
COOKIE_LIFETIME_S = 30 * 86_400
"""A month without logging in again; the pages are on the person's own machine by default."""

OPERATOR_ID = "user-operator"
OPERATOR_NAME = "Operator"
OPERATOR_ROLE = "enterprise-admin"
"""Whoever can read the terminal of the server already owns its data."""

_KEY_NAME = "signing_key"
_LINK_PREFIX = "login_link:"
_EXPIRY_DIGITS = 12


class _Ticket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a link or cookie says once its signature is checked: a nonce or user, and when it ends (Unix seconds)."""

    subject: str
    expires_at: int


def login_token(conn: Connection, now: float) -> str:
    """A token for a login link. Needs a writing transaction."""
    nonce, expires_at = secrets.token_urlsafe(16), int(now) + LINK_LIFETIME_S
    queries.delete_values(conn, _LINK_PREFIX, below=_sortable(now))
    queries.insert_value(conn, _LINK_PREFIX + nonce, _sortable(expires_at))
    return _sign(_signing_key(conn), "login", _Ticket(nonce, expires_at))


def redeem_login(conn: Connection, token: str, now: float) -> Principal:
    """The operator, for a fresh link token; it is then used up. Needs a writing transaction. Raises Unauthenticated."""
    ticket = _verify(queries.find_value(conn, _KEY_NAME), "login", token, now)
    if ticket is None or not queries.delete_value(conn, _LINK_PREFIX + ticket.subject):
        raise Unauthenticated("This login link is used up or too old; start `hotwash up` anew for a fresh one")
    return _operator(conn)


def sign_session(conn: Connection, principal: Principal, now: float) -> str:
    """The value of the cookie that keeps this person logged in. Needs a writing transaction."""
    return _sign(_signing_key(conn), "cookie", _Ticket(principal.id, int(now) + COOKIE_LIFETIME_S))


def read_session(conn: Connection, cookie: str, now: float) -> Principal:
    """Who a cookie belongs to. Raises Unauthenticated when it is forged, damaged or too old."""
    ticket = _verify(queries.find_value(conn, _KEY_NAME), "cookie", cookie, now)
    if ticket is None or ticket.subject != OPERATOR_ID:
        raise Unauthenticated("Not logged in; open the login link that `hotwash up` prints")
    return _operator(conn)


def _operator(conn: Connection) -> Principal:
    return Principal(
        principal_type="web_user",
        id=OPERATOR_ID,
        name=OPERATOR_NAME,
        org_id=None,
        role_id=OPERATOR_ROLE,
        permissions=ROLES[OPERATOR_ROLE].effective,
        known_orgs=queries.organization_ids(conn),
    )


def _signing_key(conn: Connection) -> str:
    """This installation's key, made on first use. Whoever comes second takes the key of the first."""
    key = queries.find_value(conn, _KEY_NAME)
    if key is None:
        queries.insert_value(conn, _KEY_NAME, secrets.token_urlsafe(32))
        key = queries.find_value(conn, _KEY_NAME)
    if key is None:
        raise RuntimeError("the signing key was not kept")
    return key


def _sign(key: str, purpose: str, ticket: _Ticket) -> str:
    signed = URLSafeSerializer(key, salt=purpose).dumps(msgspec.to_builtins(ticket))
    return signed if isinstance(signed, str) else signed.decode()


def _verify(key: str | None, purpose: str, signed: str, now: float) -> _Ticket | None:
    """The ticket, None unless it is ours, made for this purpose and not over."""
    if key is None:
        return None
    try:
        ticket = msgspec.convert(URLSafeSerializer(key, salt=purpose).loads(signed), _Ticket)
    except (BadData, UnicodeEncodeError, msgspec.ValidationError):
        return None
    return ticket if ticket.expires_at > now else None


def _sortable(seconds: float) -> str:
    """Unix seconds as text that sorts by time."""
    return f"{int(seconds):0{_EXPIRY_DIGITS}d}"
