"""From what the settings say to a model that can be asked."""

import importlib.util
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast

import msgspec

from hotwash.judging.command import CommandModel, Redact, missing_program, split
from hotwash.judging.endpoint import KEY_VARIABLES, Endpoint
from hotwash.judging.model import Model, ModelUnusable
from hotwash.judging.providers import ProviderModel, missing_extra
from hotwash.kit.outgoing import is_local

Kind = Literal["openai", "anthropic", "command"]


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A model as the settings name it, in its parts."""

    kind: Kind
    rest: str
    """The provider's name of the model, or the command line."""
    base_url: str | None = None
    """Of the server, where it is not the provider's own."""

    @property
    def priced_as(self) -> str | None:
        """Under which name to look for its price. None: it has none, for a program has its own account, and this machine's models cost no money."""
        if self.kind == "command" or (self.base_url is not None and is_local(self.base_url)):
            return None
        return self.rest


def parse(name: str, base_url: str | None = None) -> Named:
    """Raises ModelUnusable."""
    kind, colon, rest = name.strip().partition(":")
    if kind not in ("openai", "anthropic", "command") or not colon or not rest.strip():
        raise ModelUnusable(
            "HOTWASH_ANALYSIS_MODEL names no model; write openai:NAME, anthropic:NAME, or command:PROGRAM with its arguments"
        )
    return Named(kind=cast("Kind", kind), rest=rest.strip(), base_url=base_url or None)


def check_installed(named: Named) -> None:
    """Raises ModelUnusable where the program, or the library that asks providers, is not on this machine. Asks nobody."""
    if named.kind == "command":
        program = split(named.rest)[0]
        if shutil.which(program) is None:
            raise missing_program(Path(program).name)
    elif importlib.util.find_spec("pydantic_ai") is None:
        raise missing_extra(f"{named.kind}:{named.rest}")


def model_of(named: Named, *, key: str | None, answer_s: float, env: Mapping[str, str], redact: Redact) -> Model:
    """`key` goes before the provider's own variable in `env`, which is used at the provider's own address alone: a key goes nowhere that
    it was not made for. Raises ModelUnusable."""
    if named.kind == "command":
        return CommandModel(named.rest, answer_s=answer_s, env=env, redact=redact)
    own = env.get(KEY_VARIABLES[named.kind]) if named.base_url is None else None
    endpoint = Endpoint(provider=named.kind, model=named.rest, base_url=named.base_url, key=key or own or None, answer_s=answer_s)
    return ProviderModel(endpoint)
