"""Identifiers: session ids derived from native ids, and random ids with the contract's prefixes."""

import re
import secrets
import uuid

_NAMESPACE = uuid.UUID("6f0a1b1e-6a0d-5c1c-9a3e-2f6f8c0f4f57")  # ours, fixed for ever: session ids depend on it
_UUID = re.compile(r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}")


def is_uuid(text: str) -> bool:
    """Whether a native id is a UUID, and so tells a session from every other by itself."""
    return _UUID.fullmatch(text) is not None


def session_id(format_name: str, native_id: str) -> str:
    """The 32 hex digits a session is known by: the native id where it is a UUID, else a UUIDv5 of format and native id."""
    if is_uuid(native_id):
        return native_id.replace("-", "").lower()
    return uuid.uuid5(_NAMESPACE, f"{format_name}\0{native_id}").hex


def bare_session_id(text: str) -> str:
    """A session id as clients write it (`devin-` prefix or bare, dashes or none), without prefix and dashes (contract section 1)."""
    bare = text.removeprefix("devin-")
    return bare.replace("-", "").lower() if is_uuid(bare) else bare


def random_id(prefix: str) -> str:
    """A fresh id such as `org-3f…` with 32 random hex digits."""
    return f"{prefix}-{secrets.token_hex(16)}"
