"""A coordinator that lost its state learns its leases from the renewals of their holders."""

import asyncio

import pytest
from conftest import eventually

from resource_coordinator import AsyncClient, LeaseLost, ResourceCoordinatorClient


def test_a_lease_outlives_the_coordinators_memory_with_a_higher_fencing_number(start):
    first = start()
    with ResourceCoordinatorClient("127.0.0.1", first.port) as client:
        with client.lease("trainer", gpu_mb=20_000, cpu=2, duration=6.0, metadata={"job": "1"}) as lease:
            before = lease.fencing
            first.stop()
            start(port=first.port, state_lost=True)
            eventually(lambda: lease.fencing != before)
            assert lease.fencing > before
            lease.check()
            allocation = client.status(pool="gpu")[0].allocations[0]
            assert (allocation.request_id, allocation.quantity) == (lease.request_id, 20_000)
        assert client.status(pool="gpu")[0].allocated == 0


def test_a_lease_that_no_longer_fits_is_lost(start):
    first = start()
    with ResourceCoordinatorClient("127.0.0.1", first.port) as client:
        with pytest.raises(LeaseLost):
            with client.lease("trainer", gpu_mb=20_000, duration=6.0, strict=True) as lease:
                first.stop()
                start(port=first.port, state_lost=True, capacities={"gpu": 19_999})
                eventually(lease.lost.is_set)
                assert "does not fit" in lease.lost_because


def test_an_asyncio_lease_is_taken_over_too(start):
    async def scenario():
        first = start()
        async with AsyncClient("127.0.0.1", first.port) as client:
            async with client.lease("trainer", gpu_mb=20_000, duration=6.0) as lease:
                before = lease.fencing
                await asyncio.to_thread(first.stop)
                await asyncio.to_thread(lambda: start(port=first.port, state_lost=True))
                await asyncio.to_thread(eventually, lambda: lease.fencing != before)
                assert lease.fencing > before
                lease.check()

    asyncio.run(scenario())
