"""A plant's key figures, where the engine looks for them; they are nouns, told as they are."""

from __future__ import annotations

from clients.plant.models import LeadTime, MachineFigures, PlantFigures

__all__ = ["LeadTime", "MachineFigures", "PlantFigures"]
