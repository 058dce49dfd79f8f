"""SPAN's HTTP API v1 to our nouns, and our wishes to its bodies: the only place that renames fields and flips signs.

On the wire a circuit or branch that draws power is negative; here consumption is positive. A branch counts what it
delivers to its load as exported and what it takes from a source as imported; here consumed and produced. Grid and
feed-through power are positive for import on both sides. Every reader raises `fields.Malformed`.
"""

from __future__ import annotations

from clients.panel.fields import Fields, Malformed
from clients.panel.models import (
    AccessPoint,
    ApiClient,
    Branch,
    Circuit,
    DoorState,
    Energy,
    Meter,
    PanelState,
    Power,
    Priority,
    Registration,
    RelayState,
    Status,
    Storage,
    Thresholds,
)

MOST_TABS = 1_000  # far above the largest panel (48), low enough to refuse nonsense


def _flipped(power_w: float) -> float:
    return 0.0 - power_w  # subtracted, not negated: an idle circuit shows 0.0, never -0.0


def status(answer: object) -> Status:
    """GET /status. Firmware before 2023 does not tell `proximityProven`: taken as locked."""
    fields = Fields(answer)
    software, system, network = (fields.inside(part) for part in ("software", "system", "network"))
    return Status(
        serial=system.text("serial"),
        manufacturer=system.text("manufacturer"),
        model=system.text("model"),
        firmware_version=software.text("firmwareVersion"),
        update_status=software.text("updateStatus"),
        environment=software.text("env"),
        door_state=system.choice("doorState", DoorState),
        proximity_proven=system.has("proximityProven") and system.flag("proximityProven"),
        uptime_s=system.whole("uptime"),
        eth0_link=network.flag("eth0Link"),
        wlan_link=network.flag("wlanLink"),
        wwan_link=network.flag("wwanLink"),
    )


def panel_state(answer: object) -> PanelState:
    """GET /panel."""
    fields = Fields(answer)
    return PanelState(
        main_relay_state=fields.choice("mainRelayState", RelayState),
        grid_power_w=fields.number("instantGridPowerW"),
        feedthrough_power_w=fields.number("feedthroughPowerW"),
        main_meter=_energy(fields.inside("mainMeterEnergy")),
        feedthrough=_energy(fields.inside("feedthroughEnergy")),
        grid_sample_start_ms=fields.whole("gridSampleStartMs"),
        grid_sample_end_ms=fields.whole("gridSampleEndMs"),
        dsm_grid_state=fields.text("dsmGridState"),
        dsm_state=fields.text("dsmState"),
        run_config=fields.text("currentRunConfig"),
        branches=_branches(fields),
    )


def _branches(fields: Fields) -> tuple[Branch, ...]:
    branches = tuple(_branch(row) for row in fields.rows("branches"))
    if len({branch.tab for branch in branches}) < len(branches):
        raise fields.wrong("branches", "a list where each id occurs once")
    return branches


def _branch(fields: Fields) -> Branch:
    return Branch(
        tab=fields.whole("id", 1, MOST_TABS),
        relay_state=fields.choice("relayState", RelayState),
        power_w=_flipped(fields.number("instantPowerW")),
        consumed_energy_wh=fields.number("exportedActiveEnergyWh"),
        produced_energy_wh=fields.number("importedActiveEnergyWh"),
        measured_ms=fields.whole("measureStartTsMs"),
        measure_duration_ms=fields.whole("measureDurationMs"),
        is_measure_valid=fields.flag("isMeasureValid"),
    )


def _energy(fields: Fields) -> Energy:
    return Energy(fields.number("consumedEnergyWh"), fields.number("producedEnergyWh"))


def circuits(answer: object) -> dict[str, Circuit]:
    """GET /circuits: by id, in the panel's order. A tab that two circuits claim is refused."""
    found: dict[str, Circuit] = {}
    owners: dict[int, str] = {}
    for key, fields in Fields(answer).inside("circuits").each():
        circuit = found[key] = _circuit(fields)
        if circuit.id != key:
            raise fields.wrong("id", f"its own key, {key[:80]!r}")
        for tab in circuit.tabs:
            if owners.setdefault(tab, key) != key:
                raise fields.wrong("tabs", f"without tab {tab}, which circuit {owners[tab][:80]!r} has already")
    return found


def circuit(answer: object) -> Circuit:
    """GET or POST /circuits/{id}."""
    return _circuit(Fields(answer))


def _circuit(fields: Fields) -> Circuit:
    return Circuit(
        id=fields.text("id"),
        name=fields.text_or_none("name"),
        relay_state=fields.choice("relayState", RelayState),
        priority=fields.choice("priority", Priority),
        power_w=_flipped(fields.number("instantPowerW")),
        power_at=fields.moment("instantPowerUpdateTimeS"),
        consumed_energy_wh=fields.number("consumedEnergyWh"),
        produced_energy_wh=fields.number("producedEnergyWh"),
        energy_at=fields.moment("energyAccumUpdateTimeS"),
        tabs=fields.wholes("tabs", 1, MOST_TABS),
        is_user_controllable=fields.flag("isUserControllable"),
        is_sheddable=fields.flag("isSheddable"),
        is_never_backup=fields.flag("isNeverBackup"),
    )


def storage(answer: object) -> Storage:
    """GET /storage/soe: whole per cent, or nothing at all without a battery."""
    return Storage(_fraction(Fields(answer).inside("soe")))


def thresholds(answer: object) -> Thresholds:
    """GET /storage/nice-to-have-thresh; each of the two may be missing."""
    fields = Fields(answer)
    low, high = (f"nice_to_have_threshold_{side}_soe" for side in ("low", "high"))
    return Thresholds(*(_fraction(fields.inside(key)) if fields.has(key) else None for key in (low, high)))


def _fraction(fields: Fields) -> float | None:
    return fields.number("percentage", 0, 100) / 100 if fields.has("percentage") else None


def power(answer: object) -> Power:
    """GET /panel/power."""
    fields = Fields(answer)
    return Power(fields.number("instantGridPowerW"), fields.number("feedthroughPowerW"))


def meter(answer: object) -> Meter:
    """GET /panel/meter."""
    fields = Fields(answer)
    return Meter(_energy(fields.inside("mainMeter")), _energy(fields.inside("feedthrough")))


def grid(answer: object) -> RelayState:
    """GET /panel/grid."""
    return Fields(answer).choice("relayState", RelayState)


def islanding_state(answer: object) -> str:
    """GET /islanding-state: free text."""
    return Fields(answer).text("islanding_state")


def registration(answer: object) -> Registration:
    """POST /auth/register. A token that could not travel in a header is refused."""
    fields = Fields(answer)
    token = fields.text("accessToken")
    if not is_token(token):
        raise Malformed("accessToken", "visible ASCII characters without a space", token)
    return Registration(token, fields.text("tokenType"), fields.moment("iatMs", per_second=1000))


def is_token(token: object) -> bool:
    """Whether this can be a bearer token: visible ASCII, nothing that could end a header."""
    return isinstance(token, str) and token.isascii() and token.isprintable() and bool(token) and " " not in token


def api_clients(answer: object) -> dict[str, ApiClient]:
    """GET /auth/clients: by name."""
    return {name: _api_client(name, fields) for name, fields in Fields(answer).inside("clients").each()}


def api_client(name: str, answer: object) -> ApiClient:
    """GET or DELETE /auth/clients/{name}."""
    return _api_client(name, Fields(answer))


def _api_client(name: str, fields: Fields) -> ApiClient:
    groups = fields.inside("allowed_endpoint_groups")
    return ApiClient(
        name=name,
        description=fields.text_or_none("description"),
        issued_at=fields.moment("issued_at") if fields.has("issued_at") else None,
        endpoint_groups={method: groups.texts(method) for method in ("get", "post", "push", "delete")},
    )


def access_points(answer: object) -> tuple[AccessPoint, ...]:
    """GET /wifi/scan."""
    return tuple(_access_point(row) for row in Fields(answer).rows("accessPoints"))


def wifi_connection(answer: object) -> AccessPoint:
    """POST /wifi/connect: an access point without its frequency."""
    return _access_point(Fields(answer))


def _access_point(fields: Fields) -> AccessPoint:
    return AccessPoint(
        bssid=fields.text("bssid"),
        ssid=fields.text("ssid"),
        signal=fields.whole("signal", -1_000, 1_000),
        frequency=fields.text_or_none("frequency"),
        encrypted=fields.flag("encrypted"),
        connected=fields.flag("connected"),
        error=fields.text_or_none("error") or "",
    )


def nothing(_answer: object) -> None:
    """Where the contract says "any JSON"."""


def register_body(
    name: str, description: str, otp: str | None = None, dashboard_password: str | None = None
) -> dict[str, str]:
    """POST /auth/register."""
    body = {"name": name, "description": description, "otp": otp, "dashboardPassword": dashboard_password}
    return {key: value for key, value in body.items() if value is not None}


def relay_body(state: RelayState) -> dict[str, dict[str, str]]:
    """POST /circuits/{id}, to open or close."""
    return {"relayStateIn": main_relay_body(state)}


def main_relay_body(state: RelayState) -> dict[str, str]:
    """POST /panel/grid: here without the wrapper."""
    return {"relayState": state.value}


def priority_body(priority: Priority) -> dict[str, dict[str, str]]:
    """POST /circuits/{id}, to change what happens off grid."""
    return {"priorityIn": {"priority": priority.value}}


def name_body(name: str) -> dict[str, dict[str, str]]:
    """POST /circuits/{id}, to rename."""
    return {"circuitNameIn": {"name": name}}


def flags_body(
    *, user_controllable: bool | None, sheddable: bool | None, never_backup: bool | None
) -> dict[str, object]:
    """POST /circuits/{id}, for those flags that are not None."""
    flags = {"userControllableIn": user_controllable, "sheddableIn": sheddable, "neverBackupIn": never_backup}
    return {key: {"value": value} for key, value in flags.items() if value is not None}


def soe_body(percentage: int) -> dict[str, dict[str, int]]:
    """POST /storage/soe."""
    return {"soe": {"percentage": percentage}}


def thresholds_body(low: int | None, high: int | None) -> dict[str, dict[str, int]]:
    """POST /storage/nice-to-have-thresh; the side that is None stays as it is."""
    sides = {"low": low, "high": high}
    return {f"nice_to_have_threshold_{side}_soe": {"percentage": v} for side, v in sides.items() if v is not None}
