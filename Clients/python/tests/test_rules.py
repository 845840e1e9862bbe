"""Rules that need no socket: lease terms, retries, fencing, the ledger."""

import math
import threading
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from resource_coordinator import (
    CannotConnect, ConnectionLost, DeadlineExceeded, FencingToken, FencingVerifier, Granted, Renewal,
    ResourceExhausted, RetryPolicy, Unavailable, resource_coordinator_pb2 as pb,
)
from resource_coordinator.asking import ask
from resource_coordinator.ledger import Ledger, Orphan
from resource_coordinator.retrying import Attempts, RetryBudget
from resource_coordinator.term import LeaseTerm

START = datetime(2030, 1, 1, tzinfo=timezone.utc)


def grant(seconds, at=START, request_id="r"):
    return Granted(request_id, "a", {"gpu": 1}, granted_at=at, expires_at=at + timedelta(seconds=seconds), token="t")


def test_a_term_counts_from_before_the_request_was_sent():
    term = LeaseTerm(grant(30), asked_at=100.0, now=101.0, waited=False)
    assert (term.ends, term.next_renewal) == (130.0, 110.0)
    assert not term.is_over(129.9) and term.is_over(130.0)
    assert (term.pause(101.0), term.pause(120.0), term.pause(1000.0)) == (9.0, 0.0, 0.0)


def test_after_a_wait_it_renews_at_once_because_the_grant_may_be_old():
    term = LeaseTerm(grant(30), asked_at=0.0, now=101.0, waited=True)
    assert term.next_renewal == 101.0
    term.renewed(Renewal(START + timedelta(seconds=35)), sent_at=101.0, now=101.5)
    assert term.ends == 131.0


def test_each_renewal_moves_the_end():
    term = LeaseTerm(grant(30), asked_at=100.0, now=100.0, waited=False)
    term.renewed(Renewal(START + timedelta(seconds=40)), sent_at=110.0, now=110.5)
    assert term.ends == 140.0
    assert term.next_renewal == pytest.approx(110.5 + (140.0 - 110.5) / 3)


def test_at_the_maximum_hold_time_it_stops_renewing_and_ends():
    term = LeaseTerm(grant(30), asked_at=100.0, now=100.0, waited=False)
    term.renewed(Renewal(START + timedelta(seconds=35), at_maximum=True), sent_at=110.0, now=110.0)
    assert (term.ends, term.next_renewal) == (135.0, math.inf)
    assert term.pause(110.0) == 25.0


def test_trap_no_renew_storm_while_there_is_no_answer():
    term = LeaseTerm(grant(30), asked_at=0.0, now=0.0, waited=False)
    now, tries = term.next_renewal, 0
    while not term.is_over(now):
        term.failed(now)
        now += max(0.001, term.pause(now))
        tries += 1
    assert now == pytest.approx(30.0) and 10 <= tries <= 20


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 2), st.booleans()), max_size=30), st.floats(0, 3))
def test_the_local_end_is_never_later_than_the_true_one(steps, delay):
    """The server's clock runs beside ours by an unknown offset; each answer takes its time."""
    offset, length = 12345.0, 30.0

    def on_server(moment):
        return START + timedelta(seconds=moment + offset)

    true_end = delay / 2 + length
    granted = Granted("r", "a", {}, granted_at=on_server(delay / 2), expires_at=on_server(true_end))
    term = LeaseTerm(granted, asked_at=0.0, now=delay, waited=False)
    now = delay
    for pause, round_trip, answered in steps:
        now += pause
        if term.is_over(now):
            break
        sent = now
        now += round_trip
        true_end = sent + round_trip / 2 + length
        if answered:
            term.renewed(Renewal(on_server(true_end)), sent, now)
        else:
            term.failed(now)
        assert term.ends <= true_end + 1e-5


def attempts(method=pb.METHOD_REQUEST_RESOURCE, **policy):
    rules = RetryPolicy(**policy)
    return Attempts(method, rules, RetryBudget(rules))


def test_pauses_grow_with_jitter_up_to_their_maximum():
    policy = RetryPolicy(pause_initial=0.1, pause_max=1.0)
    for failures in range(1, 50):
        middle = min(0.1 * 2 ** (failures - 1), 1.0)
        assert 0.8 * middle <= policy.pause(failures) <= 1.2 * middle
    assert len({policy.pause(3) for _ in range(20)}) > 1
    with pytest.raises(ValueError):
        RetryPolicy(attempts=0)


def test_a_call_is_tried_as_often_as_allowed():
    course = attempts(attempts=3)
    assert course.pause_after(CannotConnect("x"), 10.0) is not None
    assert course.pause_after(ConnectionLost("x"), 10.0) is not None
    assert course.pause_after(ConnectionLost("x"), 10.0) is None
    assert course.maybe_sent


def test_what_was_never_sent_cannot_have_happened():
    course = attempts()
    course.pause_after(CannotConnect("x"), 10.0)
    course.pause_after(Unavailable("draining"), 10.0)
    assert not course.maybe_sent


@pytest.mark.parametrize("method", [pb.METHOD_SET_MODE, pb.METHOD_SET_CAPACITY, pb.METHOD_DRAIN])
def test_only_what_is_safe_is_repeated(method):
    assert attempts(method).pause_after(ConnectionLost("x"), 10.0) is None
    assert attempts(method).pause_after(DeadlineExceeded("x"), 10.0) is None
    assert attempts(method).pause_after(CannotConnect("x"), 10.0) is not None
    assert attempts(method).attempt_seconds(9.0) == 9.0
    assert attempts().attempt_seconds(9.0) == 3.0


def test_the_servers_hint_is_kept_and_the_deadline_too():
    assert attempts().pause_after(ResourceExhausted("x", retry_after=2.0), 10.0) == 2.0
    assert attempts().pause_after(ResourceExhausted("x", retry_after=20.0), 10.0) is None
    assert attempts().pause_after(ResourceExhausted("x"), 10.0) is None


def test_the_budget_ends_retries_and_comes_back_with_successes():
    budget = RetryBudget(RetryPolicy(budget=10.0, budget_per_success=0.5))
    assert [budget.failed() for _ in range(6)] == [True] * 4 + [False] * 2
    for _ in range(5):
        budget.succeeded()
    assert budget.failed() is True


def test_fencing_refuses_whoever_is_behind():
    verifier = FencingVerifier(resources_max=2)
    assert verifier.accept("a", FencingToken(1, 5)) and verifier.accept("a", FencingToken(1, 5))
    assert not verifier.accept("a", FencingToken(1, 4))
    assert verifier.accept("a", FencingToken(2, 1))
    assert not verifier.accept("a", FencingToken(1, 99))
    assert verifier.accept("b", FencingToken(1, 1))
    assert not verifier.accept("b", None)
    assert not verifier.accept("b", Granted("local", "x", {}, local=True))
    with pytest.raises(OverflowError):
        verifier.accept("c", FencingToken(1, 1))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_fencing_accepts_a_rising_sequence_only(pairs):
    verifier = FencingVerifier()
    accepted = [pair for pair in pairs if verifier.accept("r", FencingToken(*pair))]
    assert accepted == sorted(accepted) and max(pairs) == accepted[-1]


def test_fencing_from_many_threads_ends_at_the_highest():
    verifier = FencingVerifier()
    threads = [threading.Thread(target=lambda n=n: verifier.accept("r", FencingToken(1, n))) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not verifier.accept("r", FencingToken(1, 48))


def test_the_ledger_is_bounded(monkeypatch):
    monkeypatch.setattr("resource_coordinator.ledger.REMEMBERED_MAX", 3)
    ledger = Ledger()
    for number in range(5):
        ledger.granted(grant(1000, request_id=f"lease-{number}"))
        request = ask("a", {"gpu": 1}, request_id=f"ask-{number}")
        ledger.waiting(request, None)
        ledger.orphaned(Orphan(f"orphan-{number}", "a"))
    assert ledger.held("lease-1") is None and ledger.held("lease-4") is not None
    assert ledger.asked("ask-1") is None and ledger.asked("ask-4") is not None
    assert [one.request_id for one in ledger.orphans()] == ["orphan-2", "orphan-3", "orphan-4"]
    assert ledger.held_amounts() == {"gpu": 3}
