"""The checker can fail: each promise is broken once by hand."""

import math

import pytest

from faults.checker import Denial, History, Lease


def lease(name, quantity, asked, answered, number, released=math.inf, ends=1000.0):
    return Lease(name, "gpu", quantity, asked, answered, ends, f"token of {name}", (1, number), released - 0.1, released)


def history(*leases):
    found = History({"gpu": 10})
    for one in leases:
        found.granted(one)
    return found


def test_a_right_history_has_no_violations():
    found = history(lease("a", 6, 0, 1, 1, released=3), lease("b", 4, 1.5, 2, 2), lease("c", 6, 2.5, 4, 3))
    found.denials.append(Denial("gpu", 1, 4.5, 5))
    assert found.check() == []


@pytest.mark.parametrize("second", [lease("b", 5, 1.5, 2, 2), lease("b", 5, 1.5, 2, 2, released=9)])
def test_more_held_than_there_is(second):
    assert "held for sure" in history(lease("a", 6, 0, 1, 1), second).check()[0]


def test_what_ended_by_itself_is_not_held():
    assert history(lease("a", 6, 0, 1, 1, ends=1.2), lease("b", 5, 1.5, 2, 2)).check() == []


def test_a_denial_while_there_was_enough():
    found = history(lease("a", 6, 0, 1, 1, released=3))
    found.denials.append(Denial("gpu", 5, 4, 5))
    assert "were denied" in found.check()[0]


def test_a_denial_beside_a_call_whose_outcome_is_unknown():
    found = history(lease("a", 6, 0, 1, 1, released=3))
    found.unknown.append((2, "gpu", 6, math.inf))
    found.denials.append(Denial("gpu", 5, 4, 5))
    assert found.check() == []


@pytest.mark.parametrize("number", [1, 2])
def test_a_fencing_number_that_does_not_rise(number):
    found = history(lease("a", 1, 0, 1, 2), lease("b", 1, 1.5, 2, number)).check()
    assert any("has the number" in sentence for sentence in found)


def test_one_id_with_two_outcomes():
    found = history(lease("a", 1, 0, 1, 1), lease("a", 1, 2, 3, 2))
    assert "two fencing numbers" in found.violations[0]
