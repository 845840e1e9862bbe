"""Defect 24: no deadline, and a lost reply leaks its lease. Here a call ends in time, and nothing leaks."""

import time

import pytest
from conftest import eventually, held
from proxy import CUT, DROP, PASS, Once

from resource_coordinator import (
    AlreadyExists, DeadlineExceeded, Denied, Granted, ResourceCoordinatorClient, RetryPolicy,
    Unavailable, resource_coordinator_pb2 as pb,
)

REQUEST, RELEASE = pb.METHOD_REQUEST_RESOURCE, pb.METHOD_RELEASE_RESOURCE


@pytest.fixture
def other(proxy):
    """A client that reaches the coordinator through a network that can fail."""
    with ResourceCoordinatorClient("127.0.0.1", proxy.port, call_timeout=3.0) as one:
        yield one


@pytest.mark.parametrize("verdict", [CUT, DROP])
def test_a_lost_reply_is_asked_for_again_with_the_same_id(client, proxy, other, verdict):
    proxy.on_reply = Once(REQUEST, verdict)
    success, _, request_id = other.request_gpu("a", 100)
    assert success
    assert held(client) == 100
    assert other.release_resource(request_id, "a") == (True, "Resource released successfully")
    assert held(client) == 0


def test_a_call_that_never_arrived_is_made_again(client, proxy, other):
    cut = []

    def on_call(call):
        if call.method == REQUEST and not cut:
            cut.append(call)
            return CUT
        return PASS

    proxy.on_call = on_call
    assert other.request_gpu("a", 100)[0] is True
    assert held(client) == 100 and cut


def test_a_given_up_request_is_released_in_the_background(client, proxy, other):
    proxy.on_reply = lambda method, reply: CUT if method == REQUEST else PASS
    success, message, request_id = other.request_gpu("a", 100)
    assert (success, request_id) == (False, None)
    assert message.startswith("RPC error: UNAVAILABLE")
    assert len(other.pending_reclaims) == 1 and held(client) == 100
    proxy.on_reply = lambda method, reply: PASS
    eventually(lambda: held(client) == 0)
    eventually(lambda: not other.pending_reclaims)


def test_a_given_up_queued_request_is_cancelled_in_the_background(client, proxy, other):
    with client.lease("first", gpu_mb=24000):
        proxy.on_reply = lambda method, reply: CUT if method == REQUEST else PASS
        with pytest.raises(Unavailable):
            other.request("a", gpu_mb=100, wait=60)
        proxy.on_reply = lambda method, reply: PASS
        eventually(lambda: not other.pending_reclaims)
        assert client.status("GPU")[0].queued == 0


def test_a_given_up_request_is_given_back_when_the_client_is_left(client, proxy):
    with ResourceCoordinatorClient("127.0.0.1", proxy.port, call_timeout=3.0) as other:
        proxy.on_reply = lambda method, reply: CUT if method == REQUEST else PASS
        assert other.request_gpu("a", 100)[0] is False
        proxy.on_reply = lambda method, reply: PASS
    eventually(lambda: held(client) == 0)


def test_an_id_of_the_callers_own_is_left_to_the_caller(client, proxy, other):
    proxy.on_reply = lambda method, reply: CUT if method == REQUEST else PASS
    with pytest.raises(Unavailable) as caught:
        other.request("a", gpu_mb=100, request_id="mine")
    assert caught.value.maybe_done and caught.value.request_id == "mine"
    assert other.pending_reclaims == ()
    proxy.on_reply = lambda method, reply: PASS
    again = other.request("a", gpu_mb=100, request_id="mine")
    assert isinstance(again, Granted) and again.token
    assert held(client) == 100
    with pytest.raises(AlreadyExists):
        other.request("a", gpu_mb=200, request_id="mine")


def test_another_client_is_not_shown_the_token(client, other):
    mine = client.request("a", gpu_mb=100, request_id="shared-id")
    assert isinstance(mine, Granted) and mine.token
    assert mine.token not in repr(mine)
    seen = other.request("a", gpu_mb=100, request_id="shared-id")
    assert isinstance(seen, Granted) and seen.token == ""
    assert other.release_resource("shared-id", "a") == (False, "Request ID not found in local allocations")
    assert held(client) == 100


def test_a_lost_release_is_made_again_and_is_a_success(client, proxy, other):
    _, _, request_id = other.request_gpu("a", 100)
    proxy.on_reply = Once(RELEASE, CUT)
    assert other.release_resource(request_id, "a") == (True, "Resource released successfully")
    assert held(client) == 0


def test_a_given_up_release_happens_in_the_background_and_may_be_repeated(client, proxy, other):
    _, _, request_id = other.request_gpu("a", 100)
    proxy.on_call = lambda call: CUT if call.method == RELEASE else PASS
    success, message = other.release_resource(request_id, "a")
    assert success is False and message.startswith("RPC error: ")
    proxy.on_call = lambda call: PASS
    eventually(lambda: held(client) == 0)
    assert other.release_resource(request_id, "a")[0] is True


def test_every_call_ends_within_its_deadline(client, proxy):
    proxy.on_reply = lambda method, reply: DROP
    with ResourceCoordinatorClient("127.0.0.1", proxy.port, call_timeout=0.4) as slow:
        for call in (
            lambda: slow.request("a", gpu_mb=1), slow.status, slow.health, slow.mode, slow.history,
            lambda: slow.set_mode("always_grant"), lambda: slow.set_capacity("gpu", 1), lambda: slow.explain("x"),
        ):
            begun = time.monotonic()
            with pytest.raises((DeadlineExceeded, Unavailable)):
                call()
            assert time.monotonic() - begun < 5


def test_a_change_that_may_have_happened_is_not_made_twice(client, proxy, other):
    calls = []
    proxy.on_call = lambda call: calls.append(call.method) or PASS
    proxy.on_reply = lambda method, reply: CUT if method == pb.METHOD_SET_CAPACITY else PASS
    with pytest.raises(Unavailable) as caught:
        other.set_capacity("gpu", 20000)
    assert caught.value.maybe_done
    assert calls.count(pb.METHOD_SET_CAPACITY) == 1
    assert client.status("GPU")[0].total_capacity == 20000


def test_retries_end_with_the_attempts(client, proxy):
    calls = []
    proxy.on_call = lambda call: calls.append(call.method) or CUT
    policy = RetryPolicy(attempts=3, pause_initial=0.01)
    with ResourceCoordinatorClient("127.0.0.1", proxy.port, retry=policy) as few:
        assert few.health_check()["healthy"] is False
    assert calls == [pb.METHOD_HEALTH_CHECK] * 3


def test_the_coordinators_restart_is_survived(start, unused_port):
    first = start(port=unused_port)
    with ResourceCoordinatorClient("127.0.0.1", unused_port) as client:
        assert client.request_gpu("a", 100)[0]
        first.stop()
        assert client.request_gpu("a", 100)[0] is False
        start(port=unused_port)
        eventually(lambda: client.request_gpu("a", 100)[0])


def test_a_denial_is_an_answer_and_not_tried_again(client, proxy, other):
    calls = []
    proxy.on_call = lambda call: calls.append(call.method) or PASS
    assert isinstance(other.request("a", gpu_mb=24001), Denied)
    assert calls == [REQUEST]
