"""The panel as a whole: grid, main relay, battery, restarting, being replaced, being gone."""

from __future__ import annotations

from emulator.commands import Reboot, SetGrid, SetMainRelay, SetSoc, SetSocThresholds, SwapSerial
from emulator.control.controlled import Controlled
from emulator.control.plan import Plan
from emulator.control.values import Fraction, Name, OfflineSeconds, RelayPosition
from emulator.control.verbs import change
from emulator.errors import ControlRefusedError
from emulator.firmware import FIRMWARES


class Mains(Controlled):
    """Verbs of the whole panel."""

    @change("grid")
    def grid(self, up: bool) -> Plan:  # noqa: FBT001  # the verb's one argument, named on every face
        """Let the utility fail (false) or return (true)."""
        return self.obeying(SetGrid(up))

    @change("main-relay")
    def main_relay(self, position: RelayPosition) -> Plan:
        """Open the main relay, which takes the home off grid, or close it."""
        return self.obeying(SetMainRelay(position == "CLOSED"))

    @change("soc")
    def soc(self, soc: Fraction) -> Plan:
        """Set the battery's state of charge."""
        return self.obeying(SetSoc(soc))

    @change("thresholds")
    def thresholds(self, low: Fraction, high: Fraction) -> Plan:
        """Off grid, shed NICE_TO_HAVE circuits at `low` and bring them back at `high`."""
        return self.obeying(SetSocThresholds(low, high))

    @change("reboot")
    def reboot(self) -> Plan:
        """Restart the panel's computer: uptime begins again, and the first answers show energy that is too low."""
        self.check(Reboot())
        return self.doing(self.panel.reboot)

    @change("swap")
    def swap(self, serial: Name) -> Plan:
        """Replace the panel by another of its kind: another serial, and no client is known to it."""
        if serial in self.conductor.taken_serials():
            raise ControlRefusedError(f"{serial!r} is a panel here already", "serial", ["a serial that is not in use"])
        self.check(SwapSerial(serial))
        return self.doing(lambda: self.panel.swap(serial))

    @change("update")
    def update(self, firmware: Name) -> Plan:
        """Install another firmware release, which restarts the panel."""
        if firmware not in FIRMWARES:
            raise ControlRefusedError(f"firmware {firmware!r:.64} is not emulated", "firmware", list(FIRMWARES))
        self.check(Reboot())
        return self.doing(lambda: self.panel.update(firmware))

    @change("offline")
    def offline(self, seconds: OfflineSeconds) -> Plan:
        """Be gone for so many seconds of the panel's time: connections are refused or cut."""
        return self.doing(lambda: self.panel.go_offline(seconds))
