"""The pages' own files: one style sheet, one script, one mark. Read once, served with a digest in their address so that browsers keep them."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

_FOLDER: Final = Path(__file__).parent / "static"
_MEDIA_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_DIGEST_CHARS: Final = 12


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    content: bytes
    media_type: str
    digest: str


def _load(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(content=content, media_type=_MEDIA_TYPES[path.suffix], digest=hashlib.sha256(content).hexdigest()[:_DIGEST_CHARS])


ASSETS: Final = {path.name: _load(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _MEDIA_TYPES}
"""By file name. Nothing else is served, so no path can lead out of the folder."""


def asset_url(name: str) -> str:
    """Address of one of the files; it changes with the content."""
    return f"/static/{name}?v={ASSETS[name].digest}"
