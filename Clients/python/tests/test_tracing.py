"""The trace context of calls: the client's own, one for a block, and none that is not one."""

import asyncio

import pytest

from resource_coordinator import AsyncClient, ResourceCoordinatorClient, traceparent

ONE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OTHER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def traces(client, request_id):
    return {event.metadata.get("traceparent") for event in client.history(request_id=request_id).events
            if event.kind == "granted"}


def test_a_clients_trace_stands_in_the_events_of_its_requests(coordinator):
    with ResourceCoordinatorClient("127.0.0.1", coordinator.port, traceparent=ONE) as client:
        client.request("trainer", gpu_mb=1, request_id="a")
        with traceparent(OTHER):
            client.request("trainer", gpu_mb=1, request_id="b")
        client.request("trainer", gpu_mb=1, request_id="c")
        assert [traces(client, request_id) for request_id in "abc"] == [{ONE}, {OTHER}, {ONE}]


def test_tasks_of_one_asyncio_client_have_traces_of_their_own(coordinator):
    async def ask(client, request_id, trace):
        with traceparent(trace):
            await asyncio.sleep(0)
            await client.request("trainer", gpu_mb=1, request_id=request_id)

    async def scenario():
        async with AsyncClient("127.0.0.1", coordinator.port) as client:
            await asyncio.gather(ask(client, "a", ONE), ask(client, "b", OTHER))
            await client.request("trainer", gpu_mb=1, request_id="c")

    asyncio.run(scenario())
    with ResourceCoordinatorClient("127.0.0.1", coordinator.port) as client:
        assert [traces(client, request_id) for request_id in "abc"] == [{ONE}, {OTHER}, {None}]


@pytest.mark.parametrize("value", [
    "", ONE.upper(), ONE + "0", "ff" + ONE[2:], ONE.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32),
    ONE.replace("00f067aa0ba902b7", "0" * 16), ONE + "\n", 7,
])
def test_what_is_no_trace_context_is_refused_before_it_is_sent(value):
    with pytest.raises(ValueError):
        ResourceCoordinatorClient("127.0.0.1", 1, traceparent=value)
    with pytest.raises(ValueError):
        with traceparent(value):
            pass
