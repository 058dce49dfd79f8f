"""A failed poll, in one noun: whose fault it is, the reason in a sentence, and how long the panel asked to be left."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from clients.errors import ClientAuthError, ClientError


class Fault(Enum):
    """What a failure says about the panel."""

    UNREACHABLE = "no whole, sensible answer"
    UNAUTHORIZED = "our token is not accepted"
    IMPOSTOR = "another panel answers at this address"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no new snapshot. `retry_after_s` is None where the panel did not ask for a pause."""

    fault: Fault
    reason: str
    retry_after_s: float | None = None

    @classmethod
    def of(cls, error: ClientError) -> Failure:
        """The failure that a client's error tells of."""
        fault = Fault.UNAUTHORIZED if isinstance(error, ClientAuthError) else Fault.UNREACHABLE
        return cls(fault, str(error), error.retry_after_s)

    @classmethod
    def locked_out(cls, error: ClientAuthError) -> Failure:
        """Our token is refused, and the door is shut: only whoever stands before the panel can help."""
        advice = "press the panel's door button three times, and busbar registers again by itself"
        return cls(Fault.UNAUTHORIZED, f"{error}; {advice}", error.retry_after_s)

    @classmethod
    def token_useless(cls, error: ClientAuthError) -> Failure:
        """Our token is refused though the panel registered us of late: once more would leave one client more on it."""
        advice = "busbar has registered with it just now, and waits before it does so again"
        return cls(Fault.UNAUTHORIZED, f"{error}; {advice}", error.retry_after_s)

    @classmethod
    def too_slow(cls, where: str, deadline_s: float) -> Failure:
        """No whole answer within the deadline of one poll."""
        return cls(Fault.UNREACHABLE, f"{where} gave no whole answer within {deadline_s:g} s; is it on and connected?")

    @classmethod
    def impostor(cls, where: str, found: str, expected: str) -> Failure:
        """The serial is not the one that was added."""
        return cls(
            Fault.IMPOSTOR,
            f"{where} now answers as panel {found}, not as {expected}, so nothing of it is taken over;"
            f" add {expected} again at its new address, or remove it and add {found}",
        )
