"""Where a model is asked over HTTP, and whose protocol it speaks."""

import msgspec

KEY_VARIABLES = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model is asked, and how."""

    provider: str
    """`openai` or `anthropic`: whose protocol is spoken, whoever serves it."""
    model: str
    base_url: str | None
    """None: the provider's own address."""
    key: str | None
    """None: a server that asks for none."""
    answer_s: float
