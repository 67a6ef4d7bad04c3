"""Every setting, declared once with its default, unit and reason. Only `app.py` and `cli/` read them; everything else is handed what it needs."""

import json
from pathlib import Path
from typing import Literal, Self

import platformdirs
from pydantic import Field, ModelWrapValidatorHandler, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hotwash.errors import HotwashError

ENV_PREFIX = "HOTWASH_"
Content = Literal["full", "metrics"]
SIZE_STEPS = 4
"""Sizes but the last, which has no upper limit."""


class InvalidSetting(HotwashError):
    """A setting whose value makes no sense. The value itself is not shown: it may be a secret."""

    code = "invalid_setting"
    exit_code = 2


class _Settings(BaseSettings):
    """Read from the environment. Raises InvalidSetting."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, enable_decoding=False)

    @model_validator(mode="wrap")
    @classmethod
    def _name_the_variable(cls, values: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(values)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            name = f"{ENV_PREFIX}{first['loc'][0]}".upper()
            reason = first["msg"].removeprefix("Value error, ")
            raise InvalidSetting(f"{name}: {reason[:1].lower()}{reason[1:]}; correct it or unset it") from None


class StoreSettings(_Settings):
    """Where things are kept."""

    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("hotwash", appauthor=False),
        description="Folder of the SQLite files. A laptop needs nothing else.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="`postgresql://…` once one machine is not enough. Unset: SQLite in the data folder. Secret, because it holds a password.",
    )


class ServerSettings(_Settings):
    """How the server is reached."""

    host: str = Field(default="127.0.0.1", description="Address to bind. Loopback, so that nothing is reachable from outside unasked.")
    port: int = Field(default=8765, ge=0, le=65535, description="Port to bind; 0 takes a free one.")
    public_url: str | None = Field(
        default=None, description="Address that people use, where a proxy stands in front; goes into session links."
    )
    max_upload_bytes: int = Field(default=512 * 1024 * 1024, gt=0, description="Bytes. Largest body of an import, as sent.")


class PushSettings(_Settings):
    """Where this machine sends its sessions."""

    server: str | None = Field(default=None, description="Address of the server that `hotwash push` sends to, where --server is not given.")
    token: SecretStr | None = Field(
        default=None, description="Key for it, where --token-file is not given: command lines are seen by every user of a machine."
    )


class DevinSettings(_Settings):
    """How sessions are fetched from Devin's API."""

    devin_token: SecretStr | None = Field(
        default=None,
        description="Key for `hotwash import --from-devin`, where --token is not given: command lines are seen by every user of a machine.",
    )


class JudgeSettings(_Settings):
    """Which language model judges sessions, and what it may cost. Estimates are made before a request is sent; what would go over is not sent."""

    analysis_model: str | None = Field(
        default=None,
        description="Who analyses: `openai:NAME`, `anthropic:NAME`, or `command:PROGRAM` with arguments. Unset: the offline rules.",
    )
    analysis_base_url: str | None = Field(
        default=None,
        description="Address of a server that speaks the provider's protocol (Ollama, vLLM, a proxy). Unset: the provider's own.",
    )
    analysis_api_key: SecretStr | None = Field(
        default=None,
        description="Key for the model. Unset: `OPENAI_API_KEY` or `ANTHROPIC_API_KEY`, at the provider's own address only.",
    )
    analysis_timeout_s: float = Field(default=600, gt=0, description="Seconds for one answer. Models that think long take minutes.")
    analysis_tokens_per_session: int = Field(
        default=1_000_000, gt=0, description="Tokens, in and out, of all requests for one session. Eight full windows, asked twice."
    )
    analysis_usd_per_session: float = Field(
        default=2,
        gt=0,
        description="USD for one session. An everyday one costs some $0.15 with a large model. For models with a known price.",
    )
    analysis_tokens_per_day: int = Field(default=10_000_000, gt=0, description="Tokens for all sessions of a day (UTC).")
    analysis_usd_per_day: float = Field(
        default=20, gt=0, description="USD for all sessions of a day (UTC): what a mistake may cost at most. For models with a known price."
    )


class InsightsSettings(_Settings):
    """How sessions are priced and sized, and how much of them is kept."""

    usd_per_acu: float = Field(default=2.25, gt=0, description="USD. Price of one ACU; turns a session's cost into ACUs.")
    size_thresholds: tuple[float, float, float, float] = Field(
        default=(2, 5, 10, 20),
        description="Largest ACUs, and largest user messages, of sizes xs, s, m and l (contract section 2); above is xl.",
    )
    content: Content = Field(
        default="full",
        description="`metrics` keeps counts, times, tokens and kinds, and nothing that anybody said, wrote, ran or named. For places where "
        "sessions may be measured but not read.",
    )

    redact_emails: bool = Field(
        default=False,
        description="Takes e-mail addresses out of sessions too, before anything is stored. Off, because commits and authors are full of them.",
    )

    @field_validator("size_thresholds", mode="before")
    @classmethod
    def _read_thresholds(cls, given: object) -> object:
        """From the text that the environment holds."""
        if not isinstance(given, str):
            return given
        try:
            numbers = json.loads(given)
        except ValueError:
            numbers = None
        if not isinstance(numbers, list) or len(numbers) != SIZE_STEPS:
            raise ValueError("must be four numbers, such as [2, 5, 10, 20]")
        return numbers
