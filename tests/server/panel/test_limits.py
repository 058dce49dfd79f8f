from __future__ import annotations

import pytest

from server.panel.limits import Limits


@pytest.mark.parametrize("limits", [{"poll_jitter": 1.0}, {"stale_after_s": 10, "offline_after_s": 9}])
def test_limits_that_contradict_each_other_are_refused_by_name(limits) -> None:
    with pytest.raises(ValueError, match=next(reversed(limits))):
        Limits(**limits)
