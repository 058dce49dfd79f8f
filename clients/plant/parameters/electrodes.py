"""The six machines of an electrode line. The fields are spelled as the plant's wire spells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from clients.plant.parameters.quantity import Parameters, Quantity

RATIOS = ("AM", "CA", "PVDF", "solvent")
SUM_TOLERANCE = 1e-6


def _plain(name: Any) -> Any:  # noqa: ANN401 (a JSON key; others are refused by the model)
    """`AM` out of `AM_ratio`; any other name as it is."""
    bare = name.removesuffix("_ratio") if isinstance(name, str) else name
    return bare if bare in RATIOS else name


class MixingParameters(Parameters):
    """What goes into the mixer, as shares of the slurry's MASS, which sum to 1 within 1e-6.

    Also accepted: the four inside one `material_ratios`, as the README sends them, and spelled `AM_ratio` and so on.
    The solvent is NMP on both lines, because the binder is PVDF.
    """

    AM: Annotated[float, Quantity(SUM_TOLERANCE, 1.0, "of the mass", "Active material: graphite or NMC.")]
    CA: Annotated[float, Quantity(SUM_TOLERANCE, 1.0, "of the mass", "Conductive additive: carbon black.")]
    PVDF: Annotated[float, Quantity(SUM_TOLERANCE, 1.0, "of the mass", "Binder, dissolved in the solvent.")]
    solvent: Annotated[float, Quantity(SUM_TOLERANCE, 1.0, "of the mass", "Solvent: NMP.")]

    @property
    def material_ratios(self) -> dict[str, float]:
        """The four, as the README nests them."""
        return {name: getattr(self, name) for name in RATIOS}

    @classmethod
    def spelled(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """The flat fields, out of `material_ratios` and `AM_ratio`; what is given twice stays, and is then refused."""
        nested = given.get("material_ratios")
        fields = nested if isinstance(nested, Mapping) and len(given) == 1 else given
        plain = {_plain(name): value for name, value in fields.items()}
        return plain if len(plain) == len(fields) else dict(fields)

    @model_validator(mode="before")
    @classmethod
    def _unfold(cls, given: Any) -> Any:  # noqa: ANN401 (whatever a client sent)
        if not isinstance(given, Mapping):
            return given
        fields = cls.spelled(given)
        if "material_ratios" in fields:
            raise PydanticCustomError(
                "ratios_not_an_object",
                "must be an object of AM, CA, PVDF and solvent, and the only place where they are given",
                {"field": "material_ratios", "value": fields["material_ratios"]},
            )
        return fields

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = sum(self.material_ratios.values())
        if abs(total - 1) > SUM_TOLERANCE:
            raise PydanticCustomError(
                "ratios_do_not_sum",
                "AM, CA, PVDF and solvent are shares of the mass and must sum to 1 within 1e-6",
                {"field": "material_ratios", "value": total},
            )
        return self


class CoatingParameters(Parameters):
    """The slot die. The wet film is flow_rate / (coating_speed x coating_width), whatever the gap."""

    coating_speed: Annotated[float, Quantity(1e-4, 2.5, "m/s", "Speed of the web under the die.")] = 0.05
    gap_height: Annotated[float, Quantity(1e-6, 2e-3, "m", "From the die's lip to the foil.")] = 2.5e-4
    flow_rate: Annotated[float, Quantity(1e-9, 1e-2, "m3/s", "Slurry that the pump delivers.")] = 5e-6
    coating_width: Annotated[float, Quantity(1e-2, 2.0, "m", "Width of the coated strip.")] = 0.5


class DryingParameters(Parameters):
    """The dryer behind the coater. What is not given follows from the coating; what is given is marked so."""

    wet_thickness: Annotated[
        float | None, Quantity(1e-6, 5e-3, "m", "Wet film, in place of the one that was coated.")
    ] = None
    solid_content: Annotated[
        float | None, Quantity(1e-3, 0.999, "of the mass", "Solids of the wet film, in place of the slurry's.")
    ] = None
    web_speed: Annotated[
        float | None, Quantity(1e-4, 2.5, "m/s", "Speed through the dryer, in place of the coating speed.")
    ] = None


class CalenderingParameters(Parameters):
    """The two rolls. The gap sets the thickness as long as their line load can reach it."""

    roll_gap: Annotated[float, Quantity(1e-6, 2e-3, "m", "Between the rolls, for one coating without its foil.")]
    roll_pressure: Annotated[
        float, Quantity(1e3, 1e9, "Pa", "What the machine can exert: line load = pressure x sqrt(R x compression).")
    ] = 1e8
    temperature: Annotated[float, Quantity(273.0, 473.0, "K", "Of the rolls: kelvin, not degrees.")] = 353.15
    roll_speed: Annotated[float, Quantity(1e-4, 3.0, "m/s", "Speed of the web through the rolls.")] = 0.1
    dry_thickness: Annotated[
        float | None, Quantity(1e-6, 5e-3, "m", "Coating before the rolls, in place of the dried one.")
    ] = None
    initial_porosity: Annotated[
        float | None, Quantity(1e-3, 0.999, "", "Share of pores before the rolls, in place of the dried coating's.")
    ] = None


class SlittingParameters(Parameters):
    """The knives that part the web into lanes; the target must fit into the coated width."""

    blade_sharpness: Annotated[float, Quantity(1e-2, 10.0, "", "1 is a new blade; burr grows with its inverse.")] = 1.0
    slitting_speed: Annotated[float, Quantity(1e-4, 5.0, "m/s", "Speed of the web through the knives.")] = 0.1
    target_width: Annotated[float, Quantity(1e-3, 2.0, "m", "Width of one lane.")] = 0.12
    slitting_tension: Annotated[float, Quantity(0.1, 2000.0, "N", "Pull on the web.")] = 50.0


class ElectrodeInspectionParameters(Parameters):
    """What a ten-metre piece of a lane may be like; one that is worse in any of the four is cut out."""

    epsilon_width_max: Annotated[float, Quantity(1e-6, 0.1, "m", "Largest error of the width.")] = 2e-4
    epsilon_thickness_max: Annotated[float, Quantity(1e-8, 1e-3, "m", "Largest error of the thickness.")] = 1e-5
    B_max: Annotated[float, Quantity(1e-2, 1e3, "um", "Highest burr at the edge.")] = 10.0
    D_surface_max: Annotated[int, Quantity(0, 1_000_000, "defects", "Surface defects seen that are let pass.")] = 0
