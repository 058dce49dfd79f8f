"""The closed sets of words about the plant. The nouns' own enums are shown as they are."""

from __future__ import annotations

from enum import StrEnum

from clients.plant.models import Line, Stage
from schema.ports import Applies, BatchState, MachineState, Pace, PlantState, StepState
from schema.words import shown

__all__ = ["Applies", "BatchState", "Line", "MachineState", "Pace", "PlantState", "PresetPace", "Stage", "StepState"]


class PresetPace(StrEnum):
    """Pace without FACTOR, which is given as a number."""

    MAX = "max"
    VISIBLE = "visible"


shown(
    Line,
    "Where a machine stands.",
    {
        "ANODE": "The anode's six machines, from the mixer to the inspection.",
        "CATHODE": "The cathode's six machines, beside the anode's.",
        "CELL": "The four machines that make cells of both webs.",
    },
)
shown(
    Stage,
    "What a machine does. The first six stand on both electrode lines, the last four on the cell line.",
    {
        "MIXING": "Active material, additive, binder and solvent become a slurry.",
        "COATING": "The slurry becomes a wet film on a foil.",
        "DRYING": "The solvent leaves the film.",
        "CALENDERING": "Two rolls press the coating.",
        "SLITTING": "Knives part the web into lanes.",
        "INSPECTION": "Bad pieces of the lanes are cut out.",
        "REWINDING": "Anode, cathode and separators are wound into cells.",
        "ELECTROLYTE_FILLING": "The cells are filled, and soak.",
        "FORMATION_CYCLING": "The cells are charged for the first time.",
        "AGING": "The cells rest, and leaking ones are found.",
    },
)
shown(
    PlantState,
    "What the plant does.",
    {
        "RUNNING": "Simulated time passes, and there are batches.",
        "IDLE": "There are no batches.",
        "PAUSED": "No simulated time passes until it is resumed.",
        "RESTORING": "The server started, and brings the plant to where it was; commands are refused meanwhile.",
        "STALLED": "What happened cannot be written down, so that nothing more happens until it can; see `reason`.",
    },
)
shown(
    MachineState,
    "What a machine does now.",
    {
        "STARVED": "It is empty, and waits for work.",
        "SETUP": "It is set up for the next batch.",
        "WORKING": "It works.",
        "DOWN": "It broke down, and is being repaired; or it is stopped: see `stoppedBecause`.",
        "BLOCKED": "It is done, and waits for room behind it.",
    },
)
shown(
    BatchState,
    "Where a batch stands; all but the first two are for good.",
    {
        "QUEUED": "It waits for the mixers.",
        "RUNNING": "It is on the lines.",
        "COMPLETED": "Its cells left the ageing.",
        "CANCELLED": "Somebody cancelled it, or reset the plant.",
        "SCRAPPED": "Nothing good was left of it; see `reason`.",
        "FAILED": "It could not go on; see `reason`.",
        "INTERRUPTED": "The server stopped, and could not bring it back.",
    },
)
shown(
    StepState,
    "What becomes of a batch at one machine.",
    {
        "WAITING": "It has not come there yet.",
        "SETUP": "The machine is set up for it.",
        "WORKING": "The machine works at it.",
        "DOWN": "The machine broke down, or is stopped, with it inside.",
        "BLOCKED": "It is done, and waits inside for room behind the machine.",
        "DONE": "It is done, and went on.",
        "STOPPED": "The batch ended while it was there.",
    },
)
shown(
    Pace,
    "How simulated time follows the wall clock. What happens is the same at every pace.",
    {
        "MAX": "As fast as it can be computed.",
        "VISIBLE": "Stretched or squeezed, so that each stage shows for 0.3 to 2 s.",
        "FACTOR": "A fixed number of simulated seconds a second.",
    },
)
shown(
    PresetPace,
    "A pace that needs no number.",
    {
        "MAX": "As fast as it can be computed.",
        "VISIBLE": "Stretched or squeezed, so that each stage shows for 0.3 to 2 s.",
    },
)
shown(
    Applies,
    "From when a change of parameters counts.",
    {"NOW": "At once.", "NEXT_BATCH": "From the next batch; what is inside goes on as before."},
)
