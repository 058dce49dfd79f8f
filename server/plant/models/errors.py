"""What can go wrong with a model that runs elsewhere."""

from __future__ import annotations


class ModelError(RuntimeError):
    """The model gave no answer; one sentence says why. It ends the run: it is no fault of the batch's."""
