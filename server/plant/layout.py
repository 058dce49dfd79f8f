"""The plant as it stands when nobody has said otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from clients.plant.models import MACHINES, MachineKey, Stage
from clients.plant.parameters import defaults
from server.plant.configuration import MachineSettings, PlantConfiguration

CELLS_A_BATCH = 376
"""About what the default webs give; pools are sized in batches of it."""

UNITS: Mapping[Stage, int] = {
    Stage.ELECTROLYTE_FILLING: 16 * CELLS_A_BATCH,
    Stage.FORMATION_CYCLING: 16 * CELLS_A_BATCH,
    Stage.AGING: 160 * CELLS_A_BATCH,
}
"""Soaking racks, formation channels and ageing places: a day, a day and ten days of the mixers' twelve batches a day,
with a third to spare, so that the lines set the pace."""

SETUP_S: Mapping[Stage, float] = {
    Stage.MIXING: 600.0,
    Stage.COATING: 900.0,
    Stage.CALENDERING: 300.0,
    Stage.SLITTING: 300.0,
    Stage.REWINDING: 300.0,
}
"""Washing a mixer, changing a die, threading a web. Ours: of the order that operators tell, not measured."""

MTBF_S: Mapping[Stage, float] = {
    Stage.MIXING: 200 * 3600.0,
    Stage.COATING: 24 * 3600.0,
    Stage.DRYING: 100 * 3600.0,
    Stage.CALENDERING: 40 * 3600.0,
    Stage.SLITTING: 20 * 3600.0,
    Stage.INSPECTION: 100 * 3600.0,
    Stage.REWINDING: 8 * 3600.0,
}
MTTR_S: Mapping[Stage, float] = {
    Stage.MIXING: 3600.0,
    Stage.COATING: 1800.0,
    Stage.DRYING: 3600.0,
    Stage.CALENDERING: 1800.0,
    Stage.SLITTING: 900.0,
    Stage.INSPECTION: 600.0,
    Stage.REWINDING: 600.0,
}
"""Both ours: they make the machines 93 to 99.5 % available, as such lines are run. Pools lose single places, which
does not stop a batch, and count as always up."""


def default_configuration() -> PlantConfiguration:
    """The sixteen machines with their default parameters, and room for two batches before each."""
    return PlantConfiguration({key: _settings(key) for key in MACHINES})


def _settings(key: MachineKey) -> MachineSettings:
    stage = key.stage
    return MachineSettings(
        key,
        defaults(key),
        units=UNITS.get(stage, 1),
        setup_s=SETUP_S.get(stage, 0.0),
        mtbf_s=MTBF_S.get(stage),
        mttr_s=MTTR_S.get(stage, 0.0),
    )
