from __future__ import annotations

import gc

import pytest

from emulator.journal import MAX_PATH_LENGTH, Entry, Journal

CIRCUITS = "/api/v1/circuits"


def entry(tick: int = 0, client: str = "", method: str = "GET", path: str = CIRCUITS, status: int = 200) -> Entry:
    return Entry(tick, client, "127.0.0.1", method, path, status, 0.001)


@pytest.fixture
def journal():
    journal = Journal()
    journal.record(entry(1, "ha"))
    journal.record(entry(2, "ha", "POST", f"{CIRCUITS}/1"))
    journal.record(entry(3, "", status=401))
    return journal


def test_it_keeps_the_newest_requests_and_counts_all():
    journal = Journal(limit=3)

    for tick in range(5):
        journal.record(entry(tick))

    assert [kept.tick for kept in journal] == [2, 3, 4]
    assert (len(journal), journal.seen) == (3, 5)


@pytest.mark.parametrize(
    ("wanted", "ticks"),
    [
        ({}, [1, 2, 3]),
        ({"method": "POST"}, [2]),
        ({"path": CIRCUITS}, [1, 3]),
        ({"path": f"{CIRCUITS}*"}, [1, 2, 3]),
        ({"status": 401}, [3]),
        ({"client": "ha", "method": "GET"}, [1]),
        ({"since_tick": 2}, [2, 3]),
    ],
)
def test_requests_are_found_by_any_mix_of_filters(journal, wanted, ticks):
    assert [found.tick for found in journal.entries(**wanted)] == ticks


def test_a_token_in_a_path_is_blanked():
    journal = Journal()

    journal.record(entry(path="/api/v1/auth/clients/eyJhbGciOi.J9-_x.sig"))

    assert journal.entries()[0].path == "/api/v1/auth/clients/[token]"


def test_an_endless_path_is_cut():
    journal = Journal()

    journal.record(entry(path="/" + "a" * 60_000))

    assert len(journal.entries()[0].path) == MAX_PATH_LENGTH


def test_clearing_forgets_entries_and_count(journal):
    journal.clear()

    assert (journal.entries(), journal.seen) == ([], 0)


def test_the_garbage_collector_does_not_look_through_what_is_remembered():
    journal = Journal()
    for tick in range(100):
        journal.record(Entry(tick, "ha", "127.0.0.1", "GET", f"/{tick}", 200, 0.1 * tick, ("late",)))

    gc.collect()

    assert not any(gc.is_tracked(entry) for entry in journal._entries)
    assert [entry.path for entry in journal][:2] == ["/0", "/1"]
