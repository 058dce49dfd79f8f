"""What can go wrong in the emulator, apart from the HTTP answers that it gives.

EmulatorError
 +- ClockRefusedError       a speed, step or jump that the panel's clock cannot make
 +- ClientNameTakenError    a second client under one name
 +- TooManyClientsError     the panel's register is full
 +- PortTakenError          another program listens where a panel should
"""

from __future__ import annotations


class EmulatorError(Exception):
    """Anything below; its text is one line for people, saying where, what and what to do next."""


class ClockRefusedError(EmulatorError):
    """Raised by PanelClock: time that would run backwards, leave 1970 to 2100, or outrun 3600 s per second."""


class ClientNameTakenError(EmulatorError):
    """Raised by Clients.register when the name is in use."""


class TooManyClientsError(EmulatorError):
    """Raised by Clients.register when the register is full."""


class PortTakenError(EmulatorError):
    """Raised by listen() when a port cannot be bound."""
