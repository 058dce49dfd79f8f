"""A panel that someone wants to add: its address, checked before anything is contacted."""

from __future__ import annotations

from dataclasses import dataclass, field

from clients.panel.address import Address
from clients.panel.wire import is_token
from schema.panel.refusals import PanelAddressRefused
from server.panel.control import is_name
from server.panel.limits import Limits
from server.security.ports import is_bad

REAL_PANELS = "real panels listen on 80"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Where a panel is and what to call it. Without a token busbar registers; without a name it is its serial."""

    host: str
    port: int = 80
    access_token: str | None = field(default=None, repr=False)
    name: str | None = None

    @property
    def address(self) -> str:
        """Where it is, as messages name it."""
        return f"{self.host}:{self.port}"

    def refusal(self, limits: Limits) -> PanelAddressRefused | None:
        """Why this can never be a panel's, or None."""
        try:
            Address("panel", self.port)
        except ValueError as error:
            return PanelAddressRefused(message=f"{error}; {REAL_PANELS}", field="port")
        if is_bad(self.port):
            text = f"port {self.port} is where another protocol listens than HTTP, which browsers do not ask either"
            return PanelAddressRefused(message=f"{text}; {REAL_PANELS}", field="port")
        try:
            Address(self.host, self.port)
        except ValueError as error:
            return PanelAddressRefused(message=str(error), field="host")
        if self.name is not None and not is_name(self.name, limits.max_name_length):
            text = f"a panel's name has 1 to {limits.max_name_length} visible characters; without one it is its serial"
            return PanelAddressRefused(message=text, field="name")
        token = self.access_token
        if token is not None and not (is_token(token) and len(token) <= limits.max_token_length):
            text = (
                f"an access token is 1 to {limits.max_token_length} visible ASCII characters without a space;"
                " leave it out to register with the panel"
            )
            return PanelAddressRefused(message=text, field="accessToken")
        return None
