from __future__ import annotations

from server.events.hub import Hub


def test_a_bell_rings_for_its_topics_only():
    hub = Hub()
    with hub.bell(["panel"]) as panel, hub.bell(["panel", "plant"]) as both:
        hub.ring({"plant"})

        assert not panel.is_set()
        assert both.is_set()


def test_ringing_for_nobody_is_no_matter():
    Hub().ring({"panel"})


def test_a_bell_that_was_left_is_forgotten():
    hub = Hub()
    with hub.bell(["panel", "plant"]):
        assert hub.reader_count == 1
    assert hub.reader_count == 0
