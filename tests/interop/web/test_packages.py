from __future__ import annotations

import json

from tests.examples import node
from tests.interop.web.packages import WEB


def test_the_lock_has_hashes_and_no_addresses() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text())["packages"]
    del lock[""]
    assert [name for name, each in lock.items() if not each["integrity"].startswith("sha512-")] == []
    assert [name for name, each in lock.items() if "resolved" in each] == []
    assert "omit-lockfile-registry-resolved=true" in (WEB / ".npmrc").read_text()


def test_the_public_clients_can_be_had(web) -> None:
    program = 'import "ws"; import "graphql-ws"; import "graphql-sse"; import "graphql-http"; console.log("here");'
    done = node.run(web, "node", "--input-type=module", "-e", program)
    assert (done.stdout, done.stderr) == ("here\n", "")
