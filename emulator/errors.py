"""What can go wrong in the emulator, apart from the HTTP answers that it gives.

EmulatorError
 +- ConfigError             a panel's file cannot be used: file, line, key, reason
 +- CommandRefusedError     a command that this panel cannot obey; nothing has changed
 +- UnknownFirmwareError    no release of that name is emulated
 +- ClockRefusedError       a speed, step or jump that the panel's clock cannot make
 +- ClientNameTakenError    a second client under one name
 +- TooManyClientsError     the panel's register is full
 +- CannotListenError       a panel has no place to listen: taken, forbidden or unknown
"""

from __future__ import annotations


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


class CannotListenError(EmulatorError):
    """Raised by listen(): the address is taken, forbidden or unknown."""
