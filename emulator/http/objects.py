"""The objects of SPAN's HTTP API v1, field by field in the order and spelling of the wire."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic refuses typing's own before Python 3.12

RelayState = Literal["UNKNOWN", "OPEN", "CLOSED"]
DoorState = Literal["UNKNOWN", "OPEN", "CLOSED"]
Priority = Literal["UNKNOWN", "NON_ESSENTIAL", "NICE_TO_HAVE", "MUST_HAVE"]

LoadPowerW = Annotated[float, Field(description="W; negative for a load, positive for a source")]
GridPowerW = Annotated[float, Field(description="W; positive for import from the grid")]
ResidualPowerW = Annotated[float, Field(description="W; instantGridPowerW plus the sum of the branches' powers")]
EpochS = Annotated[int, Field(description="seconds since 1970")]
BootMs = Annotated[int, Field(description="milliseconds since the panel booted")]
Percentage = Annotated[int, Field(ge=0, le=100, description="per cent of the battery's capacity")]


class Energy(TypedDict):
    """A meter's counters in Wh; those of the feed-through are a residual and may fall."""

    producedEnergyWh: float
    consumedEnergyWh: float


class Branch(TypedDict):
    """One breaker space. Exported energy went to the load, imported energy came from a source."""

    id: int
    relayState: RelayState
    instantPowerW: LoadPowerW
    importedActiveEnergyWh: float
    exportedActiveEnergyWh: float
    measureStartTsMs: BootMs
    measureDurationMs: int
    isMeasureValid: bool


class Panel(TypedDict):
    """The main meter, the relay and all branches."""

    mainRelayState: RelayState
    mainMeterEnergy: Energy
    instantGridPowerW: GridPowerW
    feedthroughPowerW: ResidualPowerW
    feedthroughEnergy: Energy
    gridSampleStartMs: BootMs
    gridSampleEndMs: BootMs
    dsmGridState: str
    dsmState: str
    currentRunConfig: str
    branches: list[Branch]


class PanelPower(TypedDict):
    """The panel's two powers alone."""

    instantGridPowerW: GridPowerW
    feedthroughPowerW: ResidualPowerW


class PanelMeter(TypedDict):
    """The panel's two meters alone."""

    mainMeter: Energy
    feedthrough: Energy


class MainRelay(TypedDict):
    """The main relay's position."""

    relayState: RelayState


class Circuit(TypedDict):
    """A circuit on one or two tabs; its energies are older than its power."""

    id: str
    name: NotRequired[str]
    relayState: RelayState
    instantPowerW: LoadPowerW
    instantPowerUpdateTimeS: EpochS
    producedEnergyWh: float
    consumedEnergyWh: float
    energyAccumUpdateTimeS: EpochS
    tabs: NotRequired[list[int]]
    priority: Priority
    isUserControllable: bool
    isSheddable: bool
    isNeverBackup: bool


class Circuits(TypedDict):
    """All circuits by id."""

    circuits: dict[str, Circuit]


class Charge(TypedDict):
    """A battery's charge; a panel without a battery answers no percentage."""

    percentage: NotRequired[Percentage]


class StateOfEnergy(TypedDict):
    """The battery's state of energy."""

    soe: Charge


class Thresholds(TypedDict):
    """The charge below which NICE_TO_HAVE circuits are shed off grid, and the one above which they return."""

    nice_to_have_threshold_low_soe: NotRequired[Charge]
    nice_to_have_threshold_high_soe: NotRequired[Charge]


class Islanding(TypedDict):
    """Whether the home runs by itself."""

    islanding_state: str


class Software(TypedDict):
    """The running release."""

    firmwareVersion: str
    updateStatus: str
    env: str


class System(TypedDict):
    """Which panel this is; proximityProven while a client may register."""

    manufacturer: str
    serial: str
    model: str
    doorState: DoorState
    proximityProven: bool
    uptime: Annotated[int, Field(description="seconds since the panel booted")]


class Network(TypedDict):
    """Which links are up."""

    eth0Link: bool
    wlanLink: bool
    wwanLink: bool


class Status(TypedDict):
    """Who the panel is and how it does."""

    software: Software
    system: System
    network: Network


class AccessPoint(TypedDict):
    """A wireless network that the panel sees."""

    bssid: str
    ssid: str
    signal: Annotated[int, Field(description="dBm")]
    frequency: Annotated[str, Field(description="MHz, as text")]
    encrypted: bool
    connected: bool
    error: str


class AccessPoints(TypedDict):
    """All wireless networks that the panel sees."""

    accessPoints: list[AccessPoint]


class WifiConnection(TypedDict):
    """What came of trying to join a wireless network; `error` is empty when it worked."""

    bssid: str
    ssid: str
    signal: int
    encrypted: bool
    connected: bool
    error: str


class Token(TypedDict):
    """A new client's token, good until the client is deleted."""

    accessToken: str
    tokenType: str
    iatMs: Annotated[int, Field(description="milliseconds since 1970")]


class EndpointGroups(TypedDict):
    """What a client may do, by method."""

    delete: list[str]
    get: list[str]
    post: list[str]
    push: list[str]


class Client(TypedDict):
    """A registered client."""

    description: NotRequired[str]
    issued_at: EpochS
    allowed_endpoint_groups: EndpointGroups


class ClientList(TypedDict):
    """All registered clients by name."""

    clients: dict[str, Client]


class Nothing(TypedDict):
    """An empty object."""
