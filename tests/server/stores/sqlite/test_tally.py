"""What the writer counts of itself."""

from __future__ import annotations

import pytest

from server.stores.errors import StorageFullError
from server.stores.sqlite.database import Database


@pytest.fixture
async def database(tmp_path):
    async with Database.open(tmp_path / "busbar.db") as opened:
        yield opened


async def test_commits_and_the_writes_in_them_are_counted_with_their_time(database):
    assert database.tally.commits == 0

    for _ in range(3):
        await database.write(lambda connection: connection.execute("SELECT 1").fetchone())

    tally = database.tally
    assert (tally.commits, tally.commands, tally.failed_commits) == (3, 3, 0)
    assert 0 < tally.longest_commit_s < tally.commit_s
    assert database.queued_writes == 0


async def test_a_commit_that_fails_is_counted_as_that(database):
    await database.write(lambda connection: connection.execute("CREATE TABLE big (text)"))
    pages = await database.write(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    await database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages + 4}"))

    with pytest.raises(StorageFullError):
        await database.write(lambda connection: connection.execute("INSERT INTO big VALUES (?)", ["x" * 90_000]))

    assert (database.tally.commits, database.tally.failed_commits) == (4, 1)
