"""The configuration: every setting with its default and range. `server/settings.py` reads it from the outside.

Each limit of the server is named here, so that whoever runs it can find and change it.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import httpx
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from clients.http import credentials, http_address
from clients.panel.address import Address
from schema.ports import Speed
from server.cells.limits import Limits as CellLimits
from server.graphql.limits import Limits as EdgeLimits
from server.joins.limits import Limits as JoinLimits
from server.panel.history import HistoryLimits
from server.panel.limits import Limits as PollingLimits
from server.plant.runs.limits import Limits as PlantLimits
from server.security.attempts import Limits as AttemptLimits
from server.security.hosts import host_name, proxy
from server.security.keys import Key
from server.security.origins import origin
from server.security.tokens import MAX_TOKEN_CHARACTERS
from server.stores.errors import SecretsError
from server.stores.sqlite.database import Limits as StoreLimits

DATABASE_FILE = "busbar.db"
"""In `server.data`."""
HIGHEST = 10_000_000_000
SWITCHES = {"report_only"}
"""Among the limits, what is true or false."""
Limit = TypeVar(
    "Limit", PollingLimits, HistoryLimits, StoreLimits, CellLimits, PlantLimits, JoinLimits, EdgeLimits, AttemptLimits
)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _no_boolean(value: Any) -> Any:  # noqa: ANN401 (anything may come from outside)
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


def _control(url: str) -> str:
    address = http_address(url, "an emulator's control", "http://127.0.0.1:8179")
    if httpx.URL(address).userinfo:
        raise ValueError("must hold no user and no password; what the control asks for is control_token")
    return address


def _host(host: str) -> str:
    return Address(host).host


def _sendable(token: SecretStr) -> SecretStr:
    credentials(token.get_secret_value())
    return token


def _numbers(value: Any) -> Any:  # noqa: ANN401 (anything may come from outside)
    """Refuse true and false, which Python would take for 1 and 0."""
    for name, each in value.items() if isinstance(value, dict) else ():
        if isinstance(each, bool) and name not in SWITCHES:
            raise ValueError(f"{name} must be a number, not true or false")
    return value


def _positive(limits: Limit) -> Limit:
    """Every limit of ours is a finite number above 0; see the docstrings beside them for what each bounds."""
    for field in fields(limits):
        if field.name not in SWITCHES and not 0 < getattr(limits, field.name) < HIGHEST:
            raise ValueError(f"{field.name} must be above 0 and below {HIGHEST:,}")
    return limits


Seconds = Annotated[float, BeforeValidator(_no_boolean), Field(gt=0, le=86_400, allow_inf_nan=False)]
Port = Annotated[int, BeforeValidator(_no_boolean), Field(ge=1, le=65_535)]
Bytes = Annotated[int, BeforeValidator(_no_boolean), Field(ge=1_000, le=100_000_000)]
Count = Annotated[int, BeforeValidator(_no_boolean), Field(ge=1, le=HIGHEST)]


class Section(BaseModel):
    """A part of the configuration; unknown keys are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSection(Section):
    """Where the server listens and keeps its data."""

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:%-]{1,253}$")] = "127.0.0.1"
    port: Port = 8000
    data: Path = Path("var/busbar")
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s?#@]{1,500}$")] | None = None
    dev: bool = False
    max_body_bytes: Bytes = 1_000_000
    header_timeout_s: Seconds = 10.0
    drain_s: Annotated[int, BeforeValidator(_no_boolean), Field(ge=1, le=600)] = 5


class ConfiguredPanel(Section):
    """A panel to add at start. Without a token busbar registers with it, which needs an unlocked door."""

    host: Annotated[str, Field(min_length=1, max_length=253), AfterValidator(_host)]
    port: Port = 80
    access_token: SecretStr | None = None
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    control: Annotated[str, Field(max_length=500), AfterValidator(_control)] | None = None
    control_token: Annotated[SecretStr, AfterValidator(_sendable)] | None = None

    @model_validator(mode="after")
    def _is_near(self) -> Self:
        """Its time is set without a word of the panel's owner: elsewhere that wants a token."""
        host = "" if self.control is None else httpx.URL(self.control).host
        if self.control is not None and self.control_token is None and host not in LOOPBACK:
            raise ValueError(f"control must be on {', '.join(LOOPBACK)}; anywhere else it needs a control_token")
        return self


class PanelsSection(Section):
    """Which panels are added at start, and where a panel may be. A bare list is those to add at start."""

    at_start: Annotated[tuple[ConfiguredPanel, ...], Field(max_length=1_000)] = ()
    allow_loopback: bool = False
    allow_private: bool = True


def _key(key: SecretStr) -> SecretStr:
    try:
        Key.of(key.get_secret_value(), "it")
    except SecretsError as error:
        raise ValueError(str(error)) from None
    return key


class SecretsSection(Section):
    """The key that panels' tokens are sealed with in the database; without any a file beside it, made on first use."""

    key: Annotated[SecretStr, AfterValidator(_key)] | None = None
    key_file: Path | None = None
    old_key_file: Path | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.key is not None and self.key_file is not None:
            raise ValueError("key and key_file are both given, and one is the key: leave the other out")
        return self


class EventsSection(Section):
    """How far back a feed may resume: by count in each topic, and by age."""

    keep_events: Count = 1_000_000
    keep_days: Annotated[float, BeforeValidator(_no_boolean), Field(gt=0, le=36_500, allow_inf_nan=False)] = 90.0
    prune_every_s: Seconds = 60.0


def _listed(value: Any) -> Any:  # noqa: ANN401 (anything may come from outside)
    """A list as a file has it, or one with commas, as the environment does."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if not (text.isascii() and text.isprintable() and " " not in text and 0 < len(text) <= MAX_TOKEN_CHARACTERS):
        raise ValueError(f"must be 1 to {MAX_TOKEN_CHARACTERS} visible ASCII characters without a space")
    return token


Token = Annotated[SecretStr, AfterValidator(_token)]
Polling = Annotated[PollingLimits, BeforeValidator(_numbers), AfterValidator(_positive)]
Recording = Annotated[HistoryLimits, BeforeValidator(_numbers), AfterValidator(_positive)]
Testing = Annotated[CellLimits, BeforeValidator(_numbers), AfterValidator(_positive)]
Running = Annotated[PlantLimits, BeforeValidator(_numbers), AfterValidator(_positive)]
Joining = Annotated[JoinLimits, BeforeValidator(_numbers), AfterValidator(_positive)]
Trying = Annotated[AttemptLimits, BeforeValidator(_numbers), AfterValidator(_positive)]
Asking = Annotated[EdgeLimits, BeforeValidator(_numbers), AfterValidator(_positive)]
Storing = Annotated[StoreLimits, BeforeValidator(_numbers), AfterValidator(_positive)]


class SecuritySection(Section):
    """Whom the server lets in. Origins and hosts are compared letter by letter; there are no patterns."""

    max_tokens: Annotated[int, BeforeValidator(_no_boolean), Field(ge=1, le=100_000)] = 1_000
    look_every_s: Annotated[float, BeforeValidator(_no_boolean), Field(gt=0, le=2, allow_inf_nan=False)] = 1.0
    allowed_origins: Annotated[tuple[Annotated[str, AfterValidator(origin)], ...], Field(max_length=1_000)] = ()
    allowed_hosts: Annotated[tuple[Annotated[str, AfterValidator(host_name)], ...], Field(max_length=1_000)] = ()
    trusted_proxies: Annotated[tuple[Annotated[str, AfterValidator(proxy)], ...], Field(max_length=1_000)] = ()
    attempts: Trying = AttemptLimits()


class DocumentsSection(Section):
    """Documents that clients may name instead of sending them; with `only_trusted` nobody may ask anything else."""

    trusted: Path | None = None
    only_trusted: bool = False

    @model_validator(mode="after")
    def _has_some(self) -> Self:
        if self.only_trusted and self.trusted is None:
            raise ValueError("only_trusted without a file in trusted lets nothing in: name one")
        return self


def _speed(value: Any) -> Any:  # noqa: ANN401 (anything may come from outside)
    return value if value is None else str(Speed.of(value) or 0)


class PlantSection(Section):
    """How the plant runs. Without `speed` it goes on as it was left, at first `visible`; `seed` is of its first run."""

    speed: Annotated[str | None, BeforeValidator(_speed)] = None
    seed: Annotated[int, BeforeValidator(_no_boolean), Field(ge=0, lt=2**63)] | None = None
    limits: Running = PlantLimits()


class Config(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="BUSBAR_", env_nested_delimiter="__")

    server: ServerSection = ServerSection()
    security: SecuritySection = SecuritySection()
    tokens: Annotated[tuple[Token, ...], NoDecode, BeforeValidator(_listed), Field(max_length=1_000)] = ()
    panels: PanelsSection = PanelsSection()
    secrets: SecretsSection = SecretsSection()
    polling: Polling = PollingLimits()
    history: Recording = HistoryLimits()
    events: EventsSection = EventsSection()
    cells: Testing = CellLimits()
    plant: PlantSection = PlantSection()
    joins: Joining = JoinLimits()
    graphql: Asking = EdgeLimits()
    documents: DocumentsSection = DocumentsSection()
    store: Storing = StoreLimits()

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
