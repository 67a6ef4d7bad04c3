"""Where to push to, and with which token: checked before anything is read or sent."""

import stat
import sys
from pathlib import Path
from urllib.parse import urlsplit

from hotwash.errors import InvalidInput
from hotwash.kit.outgoing import is_local as is_local

MAX_TOKEN_BYTES = 4096
"""A key of ours has 47 characters. A file beyond this is not a token's."""


class BadAddress(InvalidInput):
    """A server's address, or a token, that cannot be used. The sentence never holds the token."""

    code = "bad_address"


def server_url(text: str, option: str = "--server") -> str:
    """The address without a slash at its end. Raises BadAddress for anything but http and https with a host, and where it holds a password:
    that would stand in every error."""
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadAddress(f"{option}: not an address; write it as https://hotwash.example.com") from error
    if parts.scheme not in ("http", "https") or not host:
        raise BadAddress(f"{option}: only http:// and https:// addresses with a host; write it as https://hotwash.example.com")
    if parts.username is not None or parts.query or parts.fragment:
        raise BadAddress(f"{option}: leave out user, password, ? and #; the token goes into HOTWASH_TOKEN or --token-file")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def is_exposed(url: str) -> bool:
    """Whether transcripts and token would cross a network in clear text: http to anything but this very machine."""
    return urlsplit(url).scheme != "https" and not is_local(url)


def read_token(path: Path) -> str:
    """The token in a file. Raises BadAddress where others could read it too, as ssh does with keys, or where it holds no token."""
    try:
        mode = path.stat().st_mode
        if sys.platform != "win32" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise BadAddress(f"{path}: others may read this token; run `chmod 600` on it")
        with path.open("rb") as file:
            content = file.read(MAX_TOKEN_BYTES + 1)
    except OSError as error:
        raise BadAddress(f"{path}: the token cannot be read ({(error.strerror or 'unknown error').lower()}); check the path") from error
    return token(content.decode(errors="replace") if len(content) <= MAX_TOKEN_BYTES else "", str(path))


def token(text: str, where: str) -> str:
    """The token without white space around it. Raises BadAddress, naming only where it came from."""
    bare = text.strip()
    if not bare or not bare.isascii() or not bare.isprintable() or " " in bare:
        raise BadAddress(f"{where}: holds no token; `hotwash service-user create NAME --role org-member --org ORG` on the server makes one")
    return bare
