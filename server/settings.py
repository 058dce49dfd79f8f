"""Reads the configuration from a TOML file, the environment and flags; the later of these three wins.

Every mistake is one line that names the key, where its value came from, and what is allowed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import EnvSettingsSource
from pydantic_settings.exceptions import SettingsError

from clients.quoting import anonymous
from server.config import Config, ConfiguredPanel

PREFIX = "BUSBAR_"
CONFIG_VARIABLE = "BUSBAR_CONFIG"
NO_SETTINGS = {CONFIG_VARIABLE, "BUSBAR_EMULATOR_TOKEN", "BUSBAR_PANEL_TOKEN", "BUSBAR_TOKEN"}
"""Variables that are for other commands; whoever has set them may serve all the same."""
PANELS_VARIABLE, AT_START = "BUSBAR_PANELS", "at_start"
MAX_FILE_BYTES = 1_000_000
SECRET_SECTIONS = ("secrets", "tokens")
MISSPELT = {"extra_forbidden", "unexpected_keyword_argument"}

Layer = tuple[str, dict[str, Any]]


class ConfigurationError(Exception):
    """A setting that cannot be used; its text is one line for whoever runs the server."""


def load(flags: Mapping[str, Any], environ: Mapping[str, str], path: Path | None = None) -> Config:
    """Return the configuration; `flags` are nested as the sections are. Raises ConfigurationError."""
    named = path or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    layers: list[Layer] = [(str(named), _from_file(named))] if named else []
    layers += [("the environment", _from_environment(environ)), ("the command line", dict(flags))]
    layers = [(name, _tabled(values)) for name, values in layers]
    merged: dict[str, Any] = {}
    for _, values in layers:
        merged = _merge(merged, values)
    try:
        return Config(**merged)
    except ValidationError as error:
        raise ConfigurationError(_sentence(error, layers)) from None


def _from_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            body = file.read(MAX_FILE_BYTES + 1)
        if len(body) > MAX_FILE_BYTES:
            raise ConfigurationError(f"{path}: larger than {MAX_FILE_BYTES} bytes; this is not a configuration file")
        return tomllib.loads(body.decode("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); name a TOML file with --config") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: is not UTF-8 text; name a TOML file with --config") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path}: is not TOML: {error}") from None


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    ours = {name: value for name, value in environ.items() if name.startswith(PREFIX) and name not in NO_SETTINGS}
    for name in sorted(ours):
        section = name.removeprefix(PREFIX).lower().split("__")[0]
        if section not in Config.model_fields:
            raise ConfigurationError(
                f"{name} (the environment): no such setting; names look like {PREFIX}SERVER__PORT, and the sections"
                f" are {', '.join(Config.model_fields)}"
            )
    if ours.get(PANELS_VARIABLE, "").lstrip().startswith("["):
        ours[f"{PANELS_VARIABLE}__{AT_START.upper()}"] = ours.pop(PANELS_VARIABLE)
    source = EnvSettingsSource(Config)
    source.env_vars = {name.lower(): value for name, value in ours.items()}
    try:
        return source()
    except SettingsError as error:
        raise ConfigurationError(f"the environment: {error}; lists are given as JSON") from None


def _tabled(values: dict[str, Any]) -> dict[str, Any]:
    """`panels` may be a bare list, which is those to add at start, or a table that has it and more."""
    panels = values.get("panels")
    return {**values, "panels": {AT_START: panels}} if isinstance(panels, list) else values


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _sentence(error: ValidationError, layers: list[Layer]) -> str:
    # A misspelt key often also leaves the right one missing: the misspelling is the news.
    first = min(error.errors(include_url=False, include_context=False), key=lambda each: each["type"] not in MISSPELT)
    where = tuple(first["loc"])
    reason = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    is_misspelt = first["type"] in MISSPELT
    if is_misspelt:
        reason = f"no such setting; {_siblings(where)}"
    # What stands under a wrong name may be a secret that was meant for another one.
    is_secret = where[0] in SECRET_SECTIONS or any("token" in str(part) for part in where)
    hidden = is_misspelt or is_secret or isinstance(first["input"], dict | SecretStr)
    shown = "" if hidden else anonymous(f" = {first['input']!r:.80}")
    named = ".".join(str(part) for part in where if part != AT_START)
    return f"{named}{shown} ({_origin(where, layers)}): {anonymous(reason[:1].lower() + reason[1:])}"


def _origin(where: tuple[int | str, ...], layers: list[Layer]) -> str:
    """Name the layer that set the value, or the nearest thing around it."""
    for depth in range(len(where), 0, -1):
        for name, values in reversed(layers):
            if _has(values, where[:depth]):
                return name
    return "the defaults"


def _has(values: Any, where: tuple[int | str, ...]) -> bool:  # noqa: ANN401 (anything may come from outside)
    for part in where:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _siblings(where: tuple[int | str, ...]) -> str:
    names = list(Config.model_fields)
    if len(where) > 1:
        section = ConfiguredPanel if AT_START in where else type(getattr(Config(), str(where[0])))
        names = [field.name for field in fields(section)] if is_dataclass(section) else list(section.model_fields)
    return f"known here: {', '.join(names)}"
