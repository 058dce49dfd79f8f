"""Those who ask the same, and the one source that they are served from."""

from __future__ import annotations

from server.graphql.mailbox import Mailbox


class Membership:
    """One operation's place in a cohort."""

    mailbox: Mailbox

    def close(self) -> None:
        """Leave: the carrier is called no more. May be repeated; the last one out closes the source."""
        raise NotImplementedError
