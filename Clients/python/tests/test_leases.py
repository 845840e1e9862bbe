"""Lease scopes, and the traps that lock and lease libraries are known for."""

import threading
import time

import pytest
from conftest import eventually, held
from proxy import CUT, DROP, Once

from resource_coordinator import (
    Denied, FencingToken, LeaseLost, LeaseLostWarning, QueueTimeout, ResourceCoordinatorClient, Unavailable,
    resource_coordinator_pb2 as pb,
)


def connect(port, **options):
    return ResourceCoordinatorClient("127.0.0.1", port, **options)


def test_a_lease_holds_inside_and_ends_outside(client):
    with client.lease("trainer", gpu_mb=8000, priority="HIGH", metadata={"job": "1"}) as lease:
        assert held(client) == 8000
        assert dict(lease.amounts) == {"gpu": 8000}
        assert isinstance(lease.fencing, FencingToken)
        assert 3500 < lease.remaining <= 3600
        lease.check()
    assert held(client) == 0


def test_several_amounts_are_one_lease(client):
    with client.lease("trainer", gpu_mb=8000, cpu=4, memory_mb=100, claude_api=3) as lease:
        assert dict(lease.amounts) == {"gpu": 8000, "claude_api": 3, "memory": 100, "cpu": 4}
        holders = [status.allocations[0].request_id for status in client.status() if status.allocated]
        assert holders == [lease.request_id] * 4
    assert [status.allocated for status in client.status() if status.allocated] == []


def test_several_amounts_are_all_or_nothing(client):
    with pytest.raises(Denied):
        with client.lease("trainer", gpu_mb=8000, cpu=17):
            pytest.fail("the body ran")
    assert held(client) == 0 and held(client, "cpu") == 0


def test_trap_no_body_without_a_grant(client):
    with client.lease("first", gpu_mb=20000):
        for wait, error in ((None, Denied), (0, Denied), (0.05, QueueTimeout)):
            with pytest.raises(error) as caught:
                with client.lease("second", gpu_mb=5000, wait=wait):
                    pytest.fail("the body ran")
            assert caught.value.explanation.blockers[-1].reason == "INSUFFICIENT_CAPACITY"
            assert caught.value.request_id


def test_trap_with_does_not_block_unless_told_to_wait(client):
    with client.lease("first", gpu_mb=24000):
        begun = time.monotonic()
        with pytest.raises(Denied):
            with client.lease("second", gpu_mb=1):
                pytest.fail("the body ran")
        assert time.monotonic() - begun < 5


def test_a_lease_waits_its_turn(client):
    entered = threading.Event()
    with client.lease("first", gpu_mb=20000):
        def second():
            with client.lease("second", gpu_mb=20000, wait=30):
                entered.set()

        thread = threading.Thread(target=second)
        thread.start()
        eventually(lambda: client.status("GPU")[0].queued == 1)
        assert not entered.is_set()
    assert entered.wait(10)
    thread.join(10)
    assert held(client) == 0


def test_release_on_every_way_out(client):
    with pytest.raises(ZeroDivisionError):
        with client.lease("a", gpu_mb=1):
            raise ZeroDivisionError
    assert held(client) == 0
    with pytest.raises(KeyboardInterrupt):
        with client.lease("a", gpu_mb=1):
            raise KeyboardInterrupt
    assert held(client) == 0
    for _ in range(1):
        with client.lease("a", gpu_mb=1):
            break
    assert held(client) == 0

    def generate():
        with client.lease("a", gpu_mb=1):
            yield held(client)

    generator = generate()
    assert next(generator) == 1
    generator.close()
    assert held(client) == 0


def test_trap_a_body_longer_than_the_lease_keeps_it(client):
    with client.lease("long", gpu_mb=100, duration=0.6) as lease:
        assert not lease.lost.wait(2.0)
        lease.check()
        assert held(client) == 100
    assert held(client) == 0


def test_trap_renewals_come_at_a_third_not_in_a_storm(client, coordinator):
    with client.lease("long", gpu_mb=100, duration=0.9) as lease:
        assert not lease.lost.wait(1.5)
    renewals = [event for event in client.history(page_size=1000).events if event.kind == "renewed"]
    assert 3 <= len(renewals) <= 6


def test_trap_a_dead_keepalive_is_noticed(client, coordinator, proxy):
    with connect(proxy.port, call_timeout=0.3) as other:
        with pytest.warns(LeaseLostWarning):
            with other.lease("a", gpu_mb=100, duration=0.6) as lease:
                proxy.on_reply = lambda method, reply: DROP
                assert lease.lost.wait(10)
                assert lease.remaining == 0
                with pytest.raises(LeaseLost):
                    lease.check()


def test_a_lease_never_seems_to_last_longer_than_it_does(client, proxy):
    # The local bound must have passed before the coordinator gives the resource to anybody else.
    with connect(proxy.port, call_timeout=0.3) as other:
        with pytest.warns(LeaseLostWarning):
            with other.lease("a", gpu_mb=24000, duration=0.5) as lease:
                proxy.on_call = lambda call: DROP
                with client.lease("b", gpu_mb=24000, wait=10):
                    assert lease.remaining == 0


@pytest.mark.fake_only("ends a lease from inside")
def test_a_lease_ended_by_the_coordinator_is_lost_at_the_next_renewal(client, coordinator):
    with pytest.raises(LeaseLost) as caught:
        with client.lease("a", gpu_mb=100, duration=0.6, strict=True) as lease:
            coordinator.server.run(lambda core: core.end_lease(lease.request_id))
            assert lease.lost.wait(5)
    assert caught.value.code == "ABORTED" and caught.value.request_id == lease.request_id


def lose(client, coordinator, lease):
    coordinator.server.run(lambda core: core.end_lease(lease.request_id))
    assert lease.lost.wait(5)


@pytest.mark.fake_only("ends a lease from inside")
def test_trap_leaving_a_lost_lease_only_warns_unless_strict(client, coordinator):
    with pytest.warns(LeaseLostWarning, match="lost"):
        with client.lease("a", gpu_mb=100, duration=0.3) as lease:
            lose(client, coordinator, lease)
            result = "work that was done"
    assert result == "work that was done"


@pytest.mark.fake_only("ends a lease from inside")
def test_a_lost_lease_never_hides_the_bodys_own_error(client, coordinator):
    with pytest.raises(ZeroDivisionError):
        with client.lease("a", gpu_mb=100, duration=0.3, strict=True) as lease:
            lose(client, coordinator, lease)
            raise ZeroDivisionError


def test_trap_a_failed_release_never_hides_the_bodys_own_error(client, coordinator, proxy):
    with connect(proxy.port, call_timeout=1.0) as other:
        with pytest.raises(ZeroDivisionError):
            with other.lease("a", gpu_mb=100):
                proxy.refuse = True
                proxy.cut_all()
                raise ZeroDivisionError
        assert held(client) == 100
        proxy.refuse = False
        eventually(lambda: held(client) == 0)
        eventually(lambda: not other.pending_reclaims)


def test_a_failed_release_after_a_good_body_is_made_good_in_the_background(client, proxy):
    with connect(proxy.port, call_timeout=1.0) as other:
        with other.lease("a", gpu_mb=100):
            proxy.refuse = True
            proxy.cut_all()
        proxy.refuse = False
        eventually(lambda: held(client) == 0)


def test_trap_the_lease_goes_on_after_a_reconnect(client, proxy):
    with connect(proxy.port) as other:
        with other.lease("a", gpu_mb=100, duration=0.9) as lease:
            proxy.cut_all()
            assert not lease.lost.wait(1.5)
            assert held(client) == 100
        assert proxy.connections >= 2
    assert held(client) == 0


def test_a_lost_renewal_is_tried_again_within_the_lease(client, proxy):
    with connect(proxy.port) as other:
        proxy.on_reply = Once(pb.METHOD_RENEW_LEASE, CUT, times=2)
        with other.lease("a", gpu_mb=100, duration=1.5) as lease:
            assert not lease.lost.wait(2.0)
        assert proxy.on_reply.left == 0


def test_trap_queueing_that_nobody_asked_for_runs_no_body_and_leaves_nothing(start):
    coordinator = start(mode="simulate_contention", queue=1.0)
    with connect(coordinator.port) as client:
        with pytest.raises(Denied, match="not granted at once"):
            with client.lease("a", gpu_mb=100):
                pytest.fail("the body ran")
        eventually(lambda: not client.pending_reclaims)
        assert held(client) == 0 and client.status("GPU")[0].queued == 0


def test_a_scope_is_entered_once_at_a_time_and_may_be_entered_again(client):
    scope = client.lease("a", gpu_mb=100)
    with scope as first:
        with pytest.raises(RuntimeError, match="already entered"):
            scope.__enter__()
    with scope as second:
        assert held(client) == 100
    assert first.request_id != second.request_id


def test_wrong_arguments_show_where_lease_is_called(client):
    for wrong, error in (
        (dict(), ValueError), (dict(gpu_mb=1.5), TypeError), (dict(gpu_mb=True), TypeError),
        (dict(gpu_mb=1, wait=-1), ValueError), (dict(gpu_mb=1, duration=float("nan")), ValueError),
        (dict(gpu_mb=1, priority="SOON"), ValueError), (dict(gpu_mb=1, pools={"gpu": 2}), ValueError),
        (dict(gpu_mb=1 << 63), ValueError), (dict(gpu_mb=1, cpu=1, allow_partial=True), ValueError),
    ):
        with pytest.raises(error):
            client.lease("a", **wrong)


def test_the_typed_error_of_an_unreachable_coordinator(unused_port):
    with connect(unused_port) as client:
        with pytest.raises(Unavailable) as caught:
            with client.lease("a", gpu_mb=1):
                pytest.fail("the body ran")
        assert (caught.value.code, caught.value.retryable) == ("UNAVAILABLE", True)


def test_decorator(client):
    @client.requires(gpu_mb=4000, lease_as="lease")
    def train(steps, lease):
        """Trains."""
        assert lease.component.endswith("train")
        return steps, held(client)

    assert train(3) == (3, 4000)
    assert train.__doc__ == "Trains."
    assert held(client) == 0


def test_decorating_what_returns_too_early_is_refused(client):
    async def coroutine():
        pass

    def generator():
        yield

    for function in (coroutine, generator):
        with pytest.raises(TypeError, match="its lease would end"):
            client.requires(gpu_mb=1)(function)
    with pytest.raises(ValueError):
        client.requires(gpu_mb=1, priority="SOON")


@pytest.mark.fake_only("sets the maximum hold time")
def test_maximum_hold_time_ends_the_lease_and_says_so(start):
    with connect(start(hold_seconds_max=0.9).port) as client:
        with pytest.warns(LeaseLostWarning):
            with client.lease("a", gpu_mb=100, duration=0.6) as lease:
                assert lease.lost.wait(5)
                assert lease.at_maximum
