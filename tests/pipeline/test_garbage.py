from __future__ import annotations

import gc

import pytest

from aggregator.pipeline.garbage import THRESHOLDS, seldom_collected


def test_garbage_is_looked_for_less_often_only_meanwhile() -> None:
    before = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold() == THRESHOLDS
    assert gc.get_threshold() == before


def test_a_failure_leaves_the_collector_as_it_was() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="broken"), seldom_collected():
        raise ValueError("broken")
    assert gc.get_threshold() == before
