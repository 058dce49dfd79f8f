"""What can go wrong in the emulator, apart from the HTTP answers that it gives.

EmulatorError
 +- ConfigError             a panel's file cannot be used: file, line, key, reason
 +- CommandRefusedError     a command that this panel cannot obey; nothing has changed
 +- UnknownFirmwareError    no release of that name is emulated
 +- ClockRefusedError       a speed, step or jump that the panel's clock cannot make
 +- ClientNameTakenError    a second client under one name
 +- TooManyClientsError     the panel's register is full
 +- CaptureError            a capture cannot be replayed: file, line, reason
 +- AnnouncementError       panels cannot be announced by mDNS
 +- CannotListenError       a panel has no place to listen: taken, forbidden or unknown
 +- ControlRefusedError     the control cannot do that; nothing has changed, and `possible` lists what it can
 +- FaultRefusedError       no such fault can be had; nothing has changed
 +- ScenarioRefusedError    no such scenario, or this panel cannot play it; nothing has changed
"""

from __future__ import annotations

from collections.abc import Sequence


class EmulatorError(Exception):
    """Anything below; its text is one line for people, saying where, what and what to do next."""


class ConfigError(EmulatorError):
    """Raised by load_panel. Its text is one line: `file:line: key: reason; what is allowed`."""

    def __init__(self, file: str, line: int, key: str, reason: str) -> None:
        self.file, self.line, self.key, self.reason = file, line, key, reason
        super().__init__(f"{file}:{line}: {key}: {reason}" if key else f"{file}:{line}: {reason}")


class CommandRefusedError(EmulatorError):
    """Raised by Device.command for an impossible command; `where` names the field at fault, the panel is as it was."""

    def __init__(self, reason: str, where: str) -> None:
        self.reason, self.where = reason, where
        super().__init__(f"{where}: {reason}")


class UnknownFirmwareError(EmulatorError):
    """Raised by firmware_named(); its text lists the names there are."""


class ClockRefusedError(EmulatorError):
    """Raised by PanelClock: time that would run backwards, leave 1970 to 2100, or outrun 3600 s per second."""


class ClientNameTakenError(EmulatorError):
    """Raised by Clients.register when the name is in use."""


class TooManyClientsError(EmulatorError):
    """Raised by Clients.register when the register is full."""


class CaptureError(EmulatorError):
    """Raised by read_capture. Its text is one line: `file:line: reason`."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        self.file, self.line, self.reason = file, line, reason
        super().__init__(f"{file}:{line}: {reason}")


class AnnouncementError(EmulatorError):
    """Raised by announcing() when zeroconf is missing or this machine's network lets nobody announce."""


class CannotListenError(EmulatorError):
    """Raised by listen(): the address is taken, forbidden or unknown."""


class ControlRefusedError(EmulatorError):
    """Raised by the control for what it cannot do; `where` names the field at fault, `status` is its HTTP answer."""

    def __init__(self, reason: str, where: str, possible: Sequence[str] = (), status: int = 422) -> None:
        self.reason, self.where, self.possible, self.status = reason, where, list(possible), status
        listed = f"; possible: {', '.join(self.possible)}" if self.possible else ""
        super().__init__(f"{where}: {reason}{listed}")


class FaultRefusedError(EmulatorError):
    """Raised by fault_of and FaultBoard; `where` names the key at fault, the text lists what is possible."""

    def __init__(self, reason: str, where: str) -> None:
        self.reason, self.where = reason, where
        super().__init__(f"{where}: {reason}" if where else reason)


class ScenarioRefusedError(EmulatorError):
    """Raised by load_scenario for an unknown name, and by EmulatedPanel.play for a panel that lacks what it needs."""
