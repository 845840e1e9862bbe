"""The seed's names, defaults and answers."""

import inspect
from datetime import datetime, timedelta, timezone

import pytest
from conftest import held

from resource_coordinator import ResourceCoordinatorClient


def test_names_and_defaults_are_the_seeds():
    def defaults(function):
        return {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}

    assert defaults(ResourceCoordinatorClient) | {"host": "localhost", "port": 50051} == defaults(
        ResourceCoordinatorClient)
    common = {"priority": "NORMAL", "timeout_seconds": 60, "duration_seconds": 3600, "metadata": None}
    for name, own in (("request_gpu", "memory_mb"), ("request_claude_api", "requests_per_hour"),
                      ("request_memory", "memory_mb"), ("request_cpu", "cores")):
        found = defaults(getattr(ResourceCoordinatorClient, name))
        assert list(found)[1:3] == ["component", own]
        assert common.items() <= found.items()
    assert defaults(ResourceCoordinatorClient.request_claude_api)["requests_per_hour"] == 1


@pytest.mark.parametrize("call, pool", [
    (lambda c: c.request_gpu("a", 8), "gpu"), (lambda c: c.request_claude_api("a", 8), "claude_api"),
    (lambda c: c.request_memory("a", 8), "memory"), (lambda c: c.request_cpu("a", 8), "cpu"),
    (lambda c: c.request_pool("a", "cpu", 8), "cpu"),
])
def test_each_resource_is_granted_and_released(client, call, pool):
    success, message, request_id = call(client)
    assert (success, message) == (True, "Resource allocated successfully")
    assert held(client, pool) == 8
    assert client.release_resource(request_id, "a") == (True, "Resource released successfully")
    assert held(client, pool) == 0


def test_a_pool_of_the_configuration(start):
    pools = [{"name": "disk", "kind": "capacity", "limit": 1000, "unit": "MB"}]
    with ResourceCoordinatorClient("127.0.0.1", start(pools=pools).port) as client:
        success, _, request_id = client.request_pool("a", "disk", 600)
        assert success
        assert client.request_pool("b", "disk", 600)[0] is False
        assert client.get_status(pool="disk")["resources"]["disk"]["allocated"] == 600
        assert client.release_resource(request_id, "a")[0]


def test_a_denied_request_keeps_its_id_for_explain(client):
    success, message, request_id = client.request_gpu("a", 24001)
    assert success is False
    assert message.startswith("Insufficient RESOURCE_TYPE_GPU available")
    assert client.explain(request_id).blockers[0].reason == "CAN_NEVER_FIT"


def test_release_of_an_unknown_id(client):
    assert client.release_resource("never", "a") == (False, "Request ID not found in local allocations")


def test_release_by_another_component_is_refused_and_keeps_the_lease(client):
    _, _, request_id = client.request_gpu("a", 100)
    success, _ = client.release_resource(request_id, "b")
    assert success is False
    assert held(client) == 100
    assert client.release_resource(request_id, "a")[0] is True


def test_a_second_release_is_known_to_be_done(client):
    _, _, request_id = client.request_gpu("a", 100)
    assert client.release_resource(request_id, "a")[0] is True
    assert client.release_resource(request_id, "a") == (False, "Request ID not found in local allocations")


def test_status_has_the_seeds_shape(client):
    _, _, request_id = client.request_gpu("a", 100, duration_seconds=60, metadata={"job": 7})
    status = client.get_status()
    assert {"GPU", "CLAUDE_API", "MEMORY", "CPU"} <= set(status["resources"])
    gpu = status["resources"]["GPU"]
    assert (gpu["total_capacity"], gpu["available"], gpu["allocated"]) == (24000, 23900, 100)
    (allocation,) = gpu["allocations"]
    assert (allocation["request_id"], allocation["component"], allocation["quantity"]) == (request_id, "a", 100)
    start, end = (datetime.fromisoformat(allocation[name]) for name in ("allocated_at", "expires_at"))
    assert end - start == timedelta(seconds=60)
    now = datetime.fromisoformat(status["timestamp"])
    assert abs(now - datetime.now(timezone.utc)) < timedelta(minutes=5)
    assert list(client.get_status("cpu")["resources"]) == ["CPU"]


def test_defect_24_an_unknown_resource_type_is_an_error_not_all(client):
    with pytest.raises(ValueError, match="GPU, CLAUDE_API, MEMORY, CPU"):
        client.get_status("GPUS")


@pytest.mark.parametrize("priority", ["URGNT", "", "PRIORITY_HIGH", None, 3])
def test_defect_24_an_unknown_priority_is_an_error_not_normal(client, priority):
    with pytest.raises(ValueError, match="LOW, NORMAL, HIGH, CRITICAL"):
        client.request_gpu("a", 1, priority=priority)
    assert held(client) == 0


def test_priorities_are_read_in_any_case(client):
    client.request_gpu("a", 1, priority="high")
    assert client.status("GPU")[0].allocations[0].priority == "HIGH"


def test_a_truncated_list_says_so_and_its_pages_lead_to_the_end(client):
    for _ in range(7):
        client.request_cpu("a", 1)
    status = client.get_status("CPU", page_size=3)["resources"]["CPU"]
    assert (len(status["allocations"]), status["allocations_total"]) == (3, 7)
    assert status["next_page_token"]
    assert len({entry.request_id for entry in client.allocations("cpu", page_size=3)}) == 7


def test_health(client):
    health = client.health_check()
    assert health["healthy"] is True
    assert health["metadata"]["mode"] == "respect_limits"
    assert isinstance(health["uptime_seconds"], int) and health["version"]


def test_without_a_coordinator_every_seed_call_answers_and_none_raises(unused_port):
    with ResourceCoordinatorClient("127.0.0.1", unused_port) as client:
        success, message, request_id = client.request_gpu("a", 1)
        assert (success, request_id) == (False, None)
        assert message.startswith("RPC error: UNAVAILABLE: cannot connect to the coordinator at 127.0.0.1:")
        assert client.get_status()["error"].startswith("RPC error: ")
        health = client.health_check()
        assert health["healthy"] is False and health["error"].startswith("RPC error: ")


def test_a_bad_quantity_is_an_rpc_error(client):
    for quantity in (-5000, 0):
        success, message, request_id = client.request_gpu("a", quantity)
        assert (success, request_id) == (False, None)
        assert message.startswith("RPC error: INVALID_ARGUMENT")
    assert held(client) == 0


def test_a_large_sum_is_no_trouble(start):
    # The seed's 32 bits made every status fail after two of these.
    with ResourceCoordinatorClient("127.0.0.1", start(mode="always_grant").port) as client:
        assert client.request_gpu("a", 2_000_000_000)[0] and client.request_gpu("a", 2_000_000_000)[0]
        (status,) = client.status("GPU")
        assert (status.allocated, status.available, status.over_committed) == (4 * 10**9, 0, 4 * 10**9 - 24000)
