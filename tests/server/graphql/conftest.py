from __future__ import annotations

import pytest

from server.graphql.meters import Meters


@pytest.fixture
def meters():
    return Meters()
