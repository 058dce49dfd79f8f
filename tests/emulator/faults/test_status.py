from __future__ import annotations

import httpx
import pytest

from emulator import transport
from emulator.faults.status import DETAILS
from emulator.panel import EmulatedPanel

HTML = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
)


@pytest.mark.parametrize("status", [one for one in DETAILS if one not in (502, 504)])
async def test_a_status_comes_with_the_panels_own_json(http, panel, status):
    panel.faults.add({"kind": "status", "status": status})

    answer = await http.get("/circuits")

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"detail": DETAILS[status]}


async def test_502_and_504_are_pages_of_the_nginx_before_the_panel(http, panel):
    for status in (502, 504):
        panel.faults.add({"kind": "status", "status": status, "count": 1})
    bad, late = await http.get("/panel"), await http.get("/panel")

    assert bad.headers["content-type"] == late.headers["content-type"] == "text/html"
    assert bad.text == HTML + "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    assert "504 Gateway Time-out" in late.text


async def test_either_page_can_be_asked_for(http, panel):
    panel.faults.add({"kind": "status", "status": 404, "page": "nginx", "count": 1})
    panel.faults.add({"kind": "status", "status": 502, "page": "panel"})

    assert "<h1>404 Not Found</h1>" in (await http.get("/panel")).text
    assert (await http.get("/panel")).json() == {"detail": "Bad Gateway"}


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_tells_how_long_to_wait(http, panel, status):
    panel.faults.add({"kind": "status", "status": status, "retry_after_s": 30, "count": 1})
    panel.faults.add({"kind": "status", "status": status})

    assert (await http.get("/status")).headers["retry-after"] == "30"
    assert "retry-after" not in (await http.get("/status")).headers


async def test_401_asks_for_a_bearer_token(http, panel):
    panel.faults.add({"kind": "status", "status": 401})

    assert (await http.get("/status")).headers["www-authenticate"] == "Bearer"


async def test_circuits_alone_can_be_broken(http, panel):
    panel.faults.add({"kind": "status", "status": 500, "route": "/circuits"})
    one = panel.reading().circuits[0].id

    answers = [(await http.get(path)).status_code for path in ("/circuits", f"/circuits/{one}", "/panel", "/status")]

    assert answers == [500, 200, 200, 200]


async def test_what_is_answered_so_is_not_done(http, panel):
    panel.faults.add({"kind": "status", "status": 500, "route": "/panel/grid", "method": "POST"})

    assert (await http.post("/panel/grid", json={"relayState": "OPEN"})).status_code == 500
    assert (await http.get("/panel/grid")).json() == {"relayState": "CLOSED"}
    assert panel.device.version == 0


async def test_the_firmwares_headers_stay_on_the_panels_page_and_are_not_nginxs(wall):
    panel = EmulatedPanel.create("workshop-8", firmware="r202603", monotonic=wall)
    panel.faults.add({"kind": "status", "status": 500, "count": 1})
    panel.faults.add({"kind": "status", "status": 502})
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://panel/api/v1") as client:
        own, nginxs = await client.get("/status"), await client.get("/status")

    assert own.headers["sunset"] == "2026-12-31"
    assert "sunset" not in nginxs.headers
