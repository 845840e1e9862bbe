"""The asyncio client keeps the same rules."""

import asyncio
import time
from datetime import datetime, timedelta, timezone

import pytest
from conftest import eventually, held
from proxy import CUT, DROP, PASS, Once

from resource_coordinator import (
    AsyncClient, ClientClosed, Denied, Granted, InvalidArgument, LeaseLostWarning, Mode, Queued, QueueTimeout,
    ResourceCoordinatorClient, RetryPolicy, Unavailable,
    resource_coordinator_pb2 as pb,
)
from resource_coordinator.aio_channel import _Call, within

REQUEST = pb.METHOD_REQUEST_RESOURCE


def run(coroutine, seconds=30):
    begun = time.monotonic()
    asyncio.run(asyncio.wait_for(coroutine, seconds))
    # A test that expects a cancellation would take the one of `wait_for` for its own.
    assert time.monotonic() - begun < seconds


def test_a_lease_holds_inside_and_ends_outside(client, coordinator):
    async def main():
        async with AsyncClient("127.0.0.1", coordinator.port) as other:
            async with other.lease("eval", gpu_mb=3500, cpu=2) as lease:
                assert dict(lease.amounts) == {"gpu": 3500, "cpu": 2}
                assert (await other.status("GPU"))[0].allocated == 3500
            with pytest.raises(ZeroDivisionError):
                async with other.lease("eval", gpu_mb=3500):
                    raise ZeroDivisionError

    run(main())
    assert held(client) == 0


def test_trap_no_body_without_a_grant(client, coordinator):
    async def main():
        async with AsyncClient("127.0.0.1", coordinator.port) as other:
            for wait, error in ((None, Denied), (0.05, QueueTimeout)):
                with pytest.raises(error):
                    async with other.lease("second", gpu_mb=5000, wait=wait):
                        pytest.fail("the body ran")

    with client.lease("first", gpu_mb=20000):
        run(main())


def test_a_lease_waits_its_turn(client, coordinator):
    first = client.request("first", gpu_mb=24000)

    async def main():
        async with AsyncClient("127.0.0.1", coordinator.port) as other:
            queued = await other.request("second", gpu_mb=24000, wait=60)
            assert isinstance(queued, Queued)
            places = asyncio.Event()
            waiting = asyncio.ensure_future(other.wait(queued.request_id, 20, lambda place: places.set()))
            await places.wait()
            client.release_resource(first.request_id, "first")
            granted = await waiting
            assert isinstance(granted, Granted)
            assert await other.release(granted.request_id, "second") == (True, "Resource released successfully")

    run(main())
    assert held(client) == 0


def test_a_cancelled_body_releases(client, coordinator):
    async def main():
        async with AsyncClient("127.0.0.1", coordinator.port) as other:
            inside = asyncio.Event()

            async def work():
                async with other.lease("a", gpu_mb=100):
                    inside.set()
                    await asyncio.Event().wait()

            task = asyncio.ensure_future(work())
            await inside.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(main())
    eventually(lambda: held(client) == 0)


def test_cancelling_a_wait_leaves_nothing_queued(client, coordinator):
    async def main():
        async with AsyncClient("127.0.0.1", coordinator.port) as other:
            async def work():
                async with other.lease("a", gpu_mb=100, wait=60):
                    pytest.fail("the body ran")

            task = asyncio.ensure_future(work())
            async for status in other.status_stream("GPU"):
                if status.queued == 1:
                    break
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with client.lease("first", gpu_mb=24000):
        run(main())
        eventually(lambda: client.status("GPU")[0].queued == 0)


@pytest.mark.parametrize("verdict", [CUT, DROP])
def test_a_lost_reply_is_asked_for_again_with_the_same_id(client, proxy, verdict):
    async def main():
        async with AsyncClient("127.0.0.1", proxy.port, call_timeout=3.0) as other:
            granted = await other.request("a", gpu_mb=100)
            assert isinstance(granted, Granted)
            assert (await other.release(granted.request_id, "a"))[0]

    proxy.on_reply = Once(REQUEST, verdict)
    run(main())
    assert held(client) == 0


def test_a_given_up_request_is_released_in_the_background(client, proxy):
    async def main():
        async with AsyncClient("127.0.0.1", proxy.port, call_timeout=3.0) as other:
            with pytest.raises(Unavailable):
                await other.request("a", gpu_mb=100)
            assert len(other.pending_reclaims) == 1
            proxy.on_reply = lambda method, reply: PASS

    proxy.on_reply = lambda method, reply: CUT if method == REQUEST else PASS
    run(main())
    eventually(lambda: held(client) == 0)


def test_a_long_body_keeps_its_lease_over_a_reconnect(client, proxy):
    async def main():
        async with AsyncClient("127.0.0.1", proxy.port) as other:
            async with other.lease("a", gpu_mb=100, duration=0.6) as lease:
                proxy.cut_all()
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(lease.lost.wait(), 1.5)
                lease.check()

    run(main())
    assert held(client) == 0


def test_trap_a_dead_keepalive_is_noticed(proxy):
    async def main():
        async with AsyncClient("127.0.0.1", proxy.port, call_timeout=0.3) as other:
            with pytest.warns(LeaseLostWarning):
                async with other.lease("a", gpu_mb=100, duration=0.6) as lease:
                    proxy.on_reply = lambda method, reply: DROP
                    await asyncio.wait_for(lease.lost.wait(), 10)

    run(main())


def test_many_tasks_share_one_connection(client, proxy):
    async def main():
        async with AsyncClient("127.0.0.1", proxy.port) as other:
            async def work(number):
                async with other.lease(f"task-{number}", cpu=1, wait=20):
                    pass

            await asyncio.gather(*(work(number) for number in range(40)))
        assert proxy.connections == 1

    run(main())
    assert held(client, "cpu") == 0


def test_decorator_events_and_mode(client, coordinator):
    async def main():
        async with AsyncClient("127.0.0.1", coordinator.port) as other:
            @other.requires(gpu_mb=4000, lease_as="lease")
            async def train(lease):
                return lease.amounts["gpu"]

            assert await train() == 4000
            with pytest.raises(TypeError):
                other.requires(gpu_mb=1)(lambda: None)
            assert (await other.mode()).mode.value == "respect_limits"
            assert (await other.health()).healthy
            async for event in other.events(since=0):
                assert event.kind == "granted"
                break

    run(main())


def test_trap_a_cancellation_that_comes_with_the_answer_is_not_lost():
    async def main():
        call = _Call(1)
        task = asyncio.ensure_future(call.next(10))
        await asyncio.sleep(0)
        call.put("the answer")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await call.next(0) == "the answer"

        async def quick():
            return "done"

        task = asyncio.ensure_future(within(10, quick()))
        while not task.done():
            await asyncio.sleep(0)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


def test_unreachable_and_closed(unused_port):
    async def main():
        quick = RetryPolicy(attempts=1)
        client = AsyncClient("127.0.0.1", unused_port, retry=quick, when_unreachable={"cpu": "optimistic"})
        async with client:
            with pytest.raises(Unavailable):
                await client.request("a", gpu_mb=1)
            async with client.lease("a", cpu=1) as lease:
                assert lease.local
        with pytest.raises(ClientClosed):
            await client.status()

    run(main())


def test_it_offers_what_the_threaded_client_does():
    def calls(of):
        return {name for name in vars(of) if not name.startswith("_") and callable(getattr(of, name))}

    # The seed's triples are for programs of the seed, which are not asyncio's; `await_grant` is `wait` with `on_update`.
    seed = {name for name in calls(ResourceCoordinatorClient) if name.startswith("request_")} | {
        "release_resource", "get_status", "health_check", "await_grant"}
    assert calls(ResourceCoordinatorClient) - seed <= calls(AsyncClient)


def test_history_is_paged_and_counts_all(coordinator):
    async def main():
        async with AsyncClient("127.0.0.1", coordinator.port) as other:
            for _ in range(3):
                async with other.lease("a", gpu_mb=100):
                    pass
            page = await other.history(component="a", page_size=4)
            assert len(page.events) == 4 and page.next_page_token
            rest = await other.history(component="a", page_size=4, page_token=page.next_page_token)
            assert len(rest.events) == 2 and not rest.next_page_token
            kinds = [event.kind for event in (await other.history(kind="granted", oldest_first=True)).events]
            assert kinds == ["granted"] * 3
            with pytest.raises(ValueError):
                await other.history(kind="no such kind")
            with pytest.raises(ValueError):
                await other.history(after=datetime(2026, 1, 1))
            later = datetime.now(timezone.utc) + timedelta(days=1)
            assert (await other.history(after=later)).events == ()

    run(main())


def test_administration(coordinator):
    async def main():
        async with AsyncClient("127.0.0.1", coordinator.port) as other:
            mode = await other.set_mode("simulate_contention", deny_probability=0.25, seed=11)
            assert mode.deny_probability == 0.25
            mode = await other.set_mode(queue_probability=0.5)
            assert (mode.deny_probability, mode.queue_probability) == (0.25, 0.5)
            with pytest.raises(ValueError):
                await other.set_mode("sometimes")
            assert (await other.set_mode(Mode.RESPECT_LIMITS)).mode is Mode.RESPECT_LIMITS
            assert (await other.set_capacity("gpu", 10)).total_capacity == 10
            with pytest.raises(InvalidArgument):
                await other.set_capacity("gpu", -1)
            assert (await other.explain_request("a", gpu_mb=11)).blockers[0].pool == "gpu"

    run(main())


def test_allocations_come_page_by_page(coordinator):
    async def main():
        async with AsyncClient("127.0.0.1", coordinator.port) as other:
            granted = [await other.request(f"task-{number}", gpu_mb=10) for number in range(5)]
            names = [allocation.component async for allocation in other.allocations("gpu", page_size=2)]
            assert sorted(names) == [f"task-{number}" for number in range(5)]
            for one in granted:
                assert (await other.renew(one.request_id)).expires_at is not None
                assert (await other.release(one.request_id, one.component))[0]

    run(main())


def test_streams_go_on_over_a_lost_connection(client, proxy):
    async def main():
        async with AsyncClient("127.0.0.1", proxy.port) as other:
            events = other.events(since=0)
            seen = [await events.__anext__()]
            proxy.cut_all()
            second = client.request("b", gpu_mb=200)
            seen.append(await events.__anext__())
            assert [event.component for event in seen] == ["a", "b"]
            assert seen[1].request_id == second.request_id
            statuses = other.status_stream("GPU")
            assert (await statuses.__anext__()).allocated == 300
            proxy.cut_all()
            assert (await statuses.__anext__()).allocated == 300
            await statuses.aclose()
            await events.aclose()

    client.request("a", gpu_mb=100)
    run(main())
