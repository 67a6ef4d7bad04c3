"""Every setting, declared once with its default, unit and reason. Only `app.py` and `cli/` read them; everything else is handed what it needs."""

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Content = Literal["full", "metrics"]


class StoreSettings(BaseSettings):
    """Where things are kept."""

    model_config = SettingsConfigDict(env_prefix="HOTWASH_")

    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("hotwash", appauthor=False),
        description="Folder of the SQLite files. A laptop needs nothing else.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="`postgresql://…` once one machine is not enough. Unset: SQLite in the data folder. Secret, because it holds a password.",
    )


class ServerSettings(BaseSettings):
    """How the server is reached."""

    model_config = SettingsConfigDict(env_prefix="HOTWASH_")

    host: str = Field(default="127.0.0.1", description="Address to bind. Loopback, so that nothing is reachable from outside unasked.")
    port: int = Field(default=8765, ge=0, le=65535, description="Port to bind; 0 takes a free one.")
    public_url: str | None = Field(
        default=None, description="Address that people use, where a proxy stands in front; goes into session links."
    )
    max_upload_bytes: int = Field(default=512 * 1024 * 1024, gt=0, description="Bytes. Largest body of an import, as sent.")


class PushSettings(BaseSettings):
    """Where this machine sends its sessions."""

    model_config = SettingsConfigDict(env_prefix="HOTWASH_")

    server: str | None = Field(default=None, description="Address of the server that `hotwash push` sends to, where --server is not given.")
    token: SecretStr | None = Field(
        default=None, description="Key for it, where --token-file is not given: command lines are seen by every user of a machine."
    )


class DevinSettings(BaseSettings):
    """How sessions are fetched from Devin's API."""

    model_config = SettingsConfigDict(env_prefix="HOTWASH_")

    devin_token: SecretStr | None = Field(
        default=None,
        description="Key for `hotwash import --from-devin`, where --token is not given: command lines are seen by every user of a machine.",
    )


class InsightsSettings(BaseSettings):
    """How sessions are priced and sized, and how much of them is kept."""

    model_config = SettingsConfigDict(env_prefix="HOTWASH_")

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
