"""The configuration: every setting with its default and range. `server/settings.py` reads it from the outside.

Each limit of the server is named here, so that whoever runs it can find and change it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _no_boolean(value: Any) -> Any:  # noqa: ANN401 (anything may come from outside)
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


def _loopback(host: str) -> str:
    if host not in LOOPBACK:
        raise ValueError(
            f"must be one of {', '.join(LOOPBACK)}: this version has no API tokens, so it serves this machine only"
        )
    return host


Seconds = Annotated[float, BeforeValidator(_no_boolean), Field(gt=0, le=86_400, allow_inf_nan=False)]
Days = Annotated[float, BeforeValidator(_no_boolean), Field(gt=0, le=36_500, allow_inf_nan=False)]
Port = Annotated[int, BeforeValidator(_no_boolean), Field(ge=1, le=65_535)]
Count = Annotated[int, BeforeValidator(_no_boolean), Field(ge=1, le=1_000_000_000)]


class Section(BaseModel):
    """A part of the configuration; unknown keys are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSection(Section):
    """Where the server listens and keeps its data."""

    host: Annotated[str, AfterValidator(_loopback)] = "127.0.0.1"
    port: Port = 8000
    data: Path = Path("var/busbar")
    dev: bool = False
    drain_s: Seconds = 5.0


class ConfiguredPanel(Section):
    """A panel to add at start. Without a token busbar registers with it, which needs an unlocked door."""

    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Port = 80
    access_token: SecretStr | None = None
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class PanelsSection(Section):
    """How panels are polled. A panel without an answer is STALE, and later OFFLINE; its last values stay readable."""

    poll_s: Seconds = 1.0
    stale_after_s: Seconds = 5.0
    offline_after_s: Seconds = 60.0
    request_timeout_s: Seconds = 5.0
    poll_deadline_s: Seconds = 10.0
    backoff_cap_s: Seconds = 60.0
    max_panels: Count = 1_000
    configured: Annotated[tuple[ConfiguredPanel, ...], Field(max_length=1_000)] = ()

    @model_validator(mode="after")
    def _stale_comes_before_offline(self) -> PanelsSection:
        if self.offline_after_s < self.stale_after_s:
            raise ValueError(f"offline_after_s must be at least stale_after_s ({self.stale_after_s:g})")
        return self


class HistorySection(Section):
    """How long power and energy are kept: every sample, and one value a minute."""

    raw_days: Days = 7.0
    rollup_days: Days = 400.0


class EventsSection(Section):
    """How far back a feed may resume: by count in each topic, and by age."""

    keep_events: Count = 1_000_000
    keep_days: Days = 90.0


class StoreSection(Section):
    """The embedded database."""

    write_queue: Count = 10_000
    readers: Annotated[int, BeforeValidator(_no_boolean), Field(ge=1, le=32)] = 4


class Config(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="BUSBAR_", env_nested_delimiter="__")

    server: ServerSection = ServerSection()
    panels: PanelsSection = PanelsSection()
    history: HistorySection = HistorySection()
    events: EventsSection = EventsSection()
    store: StoreSection = StoreSection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (pydantic's own signature, as are the next three)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take nothing from the process by itself: `server/settings.py` passes the layers in, in order."""
        return (init_settings,)
