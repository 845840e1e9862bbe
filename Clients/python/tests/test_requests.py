"""request(), waiting, cancelling, explaining, the streams and the administration."""

import threading

import pytest
from conftest import eventually, held

from resource_coordinator import (
    Denied, FailedPrecondition, Granted, InvalidArgument, Mode, NotFound, Queued, QueueTimeout,
    ResourceCoordinatorClient,
)


def test_outcomes(client):
    granted = client.request("a", gpu_mb=20000)
    assert isinstance(granted, Granted) and granted and not granted.local
    assert (dict(granted.amounts), granted.component) == ({"gpu": 20000}, "a")
    assert (granted.expires_at - granted.granted_at).total_seconds() == 3600
    denied = client.request("b", gpu_mb=5000)
    assert isinstance(denied, Denied) and not denied
    assert (denied.code, denied.reason, denied.retryable) == ("RESOURCE_EXHAUSTED", "INSUFFICIENT_CAPACITY", True)
    detail = denied.details[0]
    assert (detail.pool, detail.requested, detail.available, detail.missing) == ("gpu", 5000, 4000, 1000)
    queued = client.request("b", gpu_mb=5000, wait=60)
    assert isinstance(queued, Queued) and not queued
    assert (queued.place.position, queued.place.length) == (1, 1)
    assert client.cancel(queued.request_id) is True


def test_what_can_never_fit_is_not_worth_retrying(client):
    denied = client.request("b", gpu_mb=24001, wait=60)
    assert isinstance(denied, Denied)
    assert (denied.reason, denied.retryable, denied.code) == ("CAN_NEVER_FIT", False, "FAILED_PRECONDITION")


def test_partial_only_when_asked(client):
    client.request("a", gpu_mb=20000)
    partial = client.request("b", gpu_mb=5000, allow_partial=True)
    assert dict(partial.amounts) == {"gpu": 4000}


def test_fencing_numbers_rise(client):
    tokens = []
    for _ in range(3):
        with client.lease("a", gpu_mb=24000) as lease:
            tokens.append(lease.fencing)
    assert tokens == sorted(set(tokens))


def test_wait_returns_the_grant(client):
    first = client.request("a", gpu_mb=24000)
    queued = client.request("b", gpu_mb=100, wait=60)
    places = []
    result = []
    thread = threading.Thread(target=lambda: result.append(client.wait(queued.request_id, 20, places.append)))
    thread.start()
    eventually(lambda: places)
    assert client.release_resource(first.request_id, "a")[0]
    thread.join(10)
    assert isinstance(result[0], Granted)
    assert [place.place.position for place in places][:1] == [1]
    assert client.release_resource(queued.request_id, "b")[0]
    assert held(client) == 0


def test_the_seeds_call_waits_if_told_to(client):
    first = client.request("a", gpu_mb=24000)
    timer = threading.Thread(
        target=lambda: eventually(lambda: client.status("GPU")[0].queued == 1)
        and client.release_resource(first.request_id, "a"))
    timer.start()
    success, message, request_id = client.request_gpu("b", 100, timeout_seconds=30, wait=True)
    timer.join(10)
    assert (success, message) == (True, "Resource allocated successfully")
    assert client.release_resource(request_id, "b")[0]


def test_the_seeds_call_gives_up_waiting_in_time(client):
    client.request("a", gpu_mb=24000)
    success, _, request_id = client.request_gpu("b", 100, timeout_seconds=0.1, wait=True)
    assert success is False and request_id
    assert client.status("GPU")[0].queued == 0


def test_a_timeout_alone_never_queues(client):
    client.request("a", gpu_mb=24000)
    assert client.request_gpu("b", 100, timeout_seconds=60)[0] is False
    assert client.status("GPU")[0].queued == 0


def test_the_queues_own_timeout_ends_the_wait_with_the_reason(client):
    client.request("a", gpu_mb=24000)
    queued = client.request("b", gpu_mb=100, wait=0.2)
    with pytest.raises(QueueTimeout) as caught:
        client.wait(queued.request_id)
    assert caught.value.request_id == queued.request_id
    assert caught.value.explanation.blockers


def test_a_short_wait_leaves_the_request_queued(client):
    client.request("a", gpu_mb=24000)
    queued = client.request("b", gpu_mb=100, wait=60)
    with pytest.raises(QueueTimeout):
        client.wait(queued.request_id, timeout=0.1)
    assert client.status("GPU")[0].queued == 1
    assert client.cancel(queued.request_id)
    assert client.cancel(queued.request_id, "b") is False


def test_await_grant_tells_every_place(client):
    first = client.request("a", gpu_mb=24000)
    ahead = client.request("b", gpu_mb=24000, wait=60, priority="HIGH")
    queued = client.request("c", gpu_mb=100, wait=60)
    updates = client.await_grant(queued.request_id, timeout=20)
    assert next(updates).place.position == 2
    assert client.cancel(ahead.request_id)
    place = next(updates)
    assert isinstance(place, Queued) and place.place.position == 1
    client.release_resource(first.request_id, "a")
    *_, last = updates
    assert isinstance(last, Granted)


def test_waiting_goes_on_over_a_lost_connection(client, proxy):
    first = client.request("a", gpu_mb=24000)
    with ResourceCoordinatorClient("127.0.0.1", proxy.port) as other:
        queued = other.request("b", gpu_mb=100, wait=60)
        updates = other.await_grant(queued.request_id, timeout=20)
        assert next(updates).place.position == 1
        proxy.cut_all()
        client.release_resource(first.request_id, "a")
        *_, last = updates
        assert isinstance(last, Granted) and last.token
        assert other.release_resource(queued.request_id, "b")[0]


def test_waiting_goes_on_after_a_restart_without_state(start, unused_port):
    first = start(port=unused_port)
    with ResourceCoordinatorClient("127.0.0.1", unused_port) as client:
        client.request("a", gpu_mb=24000)
        queued = client.request("b", gpu_mb=100, wait=60)
        updates = client.await_grant(queued.request_id, timeout=30)
        assert isinstance(next(updates), Queued)
        first.stop()
        start(port=unused_port)
        *_, last = updates
        assert isinstance(last, Granted)


def test_a_simulated_queue_grants_later(start):
    with ResourceCoordinatorClient("127.0.0.1", start(mode="simulate_contention", queue=1.0).port) as client:
        with client.lease("a", gpu_mb=100, wait=30):
            assert held(client) == 100


def test_renew(client):
    granted = client.request("a", gpu_mb=100, duration=60)
    renewal = client.renew(granted.request_id, duration=120)
    assert 60 < (renewal.expires_at - granted.expires_at).total_seconds() < 120
    client.release_resource(granted.request_id, "a")
    with pytest.raises(NotFound):
        client.renew(granted.request_id)


def test_renewing_an_expired_lease_is_an_error(client):
    granted = client.request("a", gpu_mb=100, duration=0.05)
    eventually(lambda: held(client) == 0)
    with pytest.raises(FailedPrecondition) as caught:
        client.renew(granted.request_id)
    assert caught.value.reason == "LEASE_ENDED" and not caught.value.retryable


def test_explain_before_asking(client):
    client.request("a", gpu_mb=20000)
    explanation = client.explain_request("b", gpu_mb=5000, cpu=1)
    (blocker,) = [one for one in explanation.blockers if one.pool == "gpu"]
    assert (blocker.reason, blocker.missing) == ("INSUFFICIENT_CAPACITY", 1000)
    assert "because" in str(explanation)
    assert client.explain_request("b", gpu_mb=4000).status == "GRANTED"
    assert held(client) == 20000


def test_errors_are_typed(client):
    with pytest.raises(InvalidArgument) as caught:
        client.request("a", pools={"no-such-pool": 1})
    assert (caught.value.code, caught.value.reason) == ("INVALID_ARGUMENT", "UNKNOWN_POOL")
    with pytest.raises(NotFound):
        client.explain("no such request")


def test_rate_pools_say_when_to_come_back(start):
    pools = [{"name": "tokens", "kind": "rate", "algorithm": "gcra", "limit": 1, "period_seconds": 60, "burst": 1,
              "unit": "tokens"}]
    with ResourceCoordinatorClient("127.0.0.1", start(pools=pools).port) as client:
        granted = client.request("a", pools={"tokens": 2})
        assert isinstance(granted, Granted) and granted.rate is not None
        denied = client.request("a", pools={"tokens": 1})
        assert isinstance(denied, Denied) and denied.reason == "RATE_LIMITED"
        assert 0 < denied.retry_after <= 120


def test_the_status_stream_shows_changes(client):
    stream = client.status_stream("GPU")
    assert next(stream).allocated == 0
    client.request("a", gpu_mb=100)
    assert next(stream).allocated == 100
    stream.close()


def test_the_status_stream_reconnects(client, proxy):
    with ResourceCoordinatorClient("127.0.0.1", proxy.port) as other:
        stream = other.status_stream(pool="gpu")
        assert next(stream).allocated == 0
        proxy.cut_all()
        client.request("a", gpu_mb=100)
        assert any(status.allocated == 100 for status in stream)
        stream.close()


def test_events_resume_where_they_were(client, proxy):
    with ResourceCoordinatorClient("127.0.0.1", proxy.port) as other:
        events = other.events(since=0, component="a")
        client.request_gpu("a", 1)
        first = next(events)
        assert (first.kind, first.component, dict(first.amounts)) == ("granted", "a", {"gpu": 1})
        proxy.cut_all()
        client.request_gpu("a", 2)
        second = next(events)
        assert dict(second.amounts) == {"gpu": 2} and second.revision > first.revision
        events.close()
    later = client.events(since=first.revision, component="a")
    assert next(later).revision == second.revision
    later.close()


def test_history_is_paged_and_counts_all(client):
    for _ in range(3):
        client.release_resource(client.request_gpu("a", 1)[2], "a")
    page = client.history(component="a", page_size=4)
    assert len(page.events) == 4 and page.events[0].kind == "released"
    rest = client.history(component="a", page_size=4, page_token=page.next_page_token)
    assert len(rest.events) == 2 and rest.next_page_token == ""
    assert page.counts["granted"] == 3
    assert [event.kind for event in client.history(kind="denied").events] == []
    with pytest.raises(ValueError):
        client.history(kind="no such kind")


def test_mode_and_capacity(client):
    assert client.mode().mode is Mode.RESPECT_LIMITS
    assert client.set_mode("simulate_contention", deny_probability=0.25, seed=11).deny_probability == 0.25
    mode = client.set_mode(queue_probability=0.5)
    assert (mode.mode, mode.deny_probability, mode.queue_probability) == (Mode.SIMULATE_CONTENTION, 0.25, 0.5)
    with pytest.raises(ValueError, match="always_grant, simulate_contention, respect_limits"):
        client.set_mode("sometimes")
    client.set_mode(Mode.RESPECT_LIMITS)
    assert client.set_capacity("gpu", 10).total_capacity == 10
    assert client.request_gpu("a", 11)[0] is False
