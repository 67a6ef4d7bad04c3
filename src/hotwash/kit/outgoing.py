"""Requests to other servers: an opener that carries a token nowhere else, and the reasons of failures in words fit for a terminal."""

import email.utils
import http.client
import ipaddress
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import msgspec

from hotwash.kit import clock
from hotwash.kit.text import one_line, printable

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_MAX_REASON_CHARS = 300


def opener(url: str, http_handler: urllib.request.HTTPHandler | None = None) -> urllib.request.OpenerDirector:
    """Without a handler of redirects: following one would carry the token to wherever it leads. This very machine is reached without a proxy.
    `http_handler` instead of the usual one."""
    proxies = {} if is_local(url) else urllib.request.getproxies()
    director = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(proxies),
        http_handler or urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        director.add_handler(handler)
    return director


def is_local(url: str) -> bool:
    """Whether the address is this very machine's."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def retry_after(value: str | None) -> float | None:
    """Seconds, from either form of the header (RFC 9110 section 10.2.3); None where there is none."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - clock.now())
    except ValueError:
        return None


def detail(error: urllib.error.HTTPError) -> str:
    """The problem's own sentence; empty where the answer has none."""
    try:
        problem = msgspec.json.decode(error.read(MAX_ANSWER_BYTES), type=dict[str, object])
    except (OSError, http.client.HTTPException, msgspec.DecodeError):
        return ""
    sentence = problem.get("detail")
    return one_line(printable(sentence), _MAX_REASON_CHARS) if isinstance(sentence, str) else ""


def why(error: OSError | http.client.HTTPException) -> str:
    """Why a server was not reached, or broke off."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    words = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause) or type(cause).__name__
    return one_line(printable(words), _MAX_REASON_CHARS).lower()
