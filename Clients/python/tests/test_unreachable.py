"""What the client does while the coordinator cannot be reached."""

import pytest
from conftest import held

from resource_coordinator import Granted, ResourceCoordinatorClient, RetryPolicy, Unavailable
from resource_coordinator.unreachable import UnreachableRules

QUICK = RetryPolicy(attempts=1)


def test_defaults_are_pessimistic_for_gpu_and_safe_for_the_quota():
    rules = UnreachableRules(None)
    rules.learn("gpu", 1000)
    rules.learn("claude_api", 5)
    assert rules.allow({"gpu": 1}, {}) is None
    assert rules.allow({"memory": 1}, {}) is None
    assert rules.allow({"claude_api": 5}, {}) == "safe for claude_api"
    assert rules.allow({"claude_api": 6}, {}) is None
    assert rules.allow({"claude_api": 2}, {"claude_api": 4}) is None


def test_all_pools_of_a_request_must_allow_it():
    rules = UnreachableRules({"cpu": "optimistic", "gpu": "pessimistic"})
    assert rules.allow({"cpu": 10**6}, {}) == "optimistic for cpu"
    assert rules.allow({"cpu": 1, "gpu": 1}, {}) is None
    assert rules.allow({"cpu": 0}, {}) is None


def test_an_unknown_rule_is_an_error():
    with pytest.raises(ValueError, match="pessimistic, optimistic, safe"):
        ResourceCoordinatorClient(when_unreachable={"gpu": "hopeful"})


def test_safe_without_a_word_from_the_coordinator_is_nothing(unused_port):
    with ResourceCoordinatorClient("127.0.0.1", unused_port, retry=QUICK) as client:
        success, message, request_id = client.request_claude_api("a")
        assert (success, request_id) == (False, None) and message.startswith("RPC error: ")


def test_a_local_grant_says_that_it_is_one(unused_port, caplog):
    with ResourceCoordinatorClient(
            "127.0.0.1", unused_port, retry=QUICK, when_unreachable={"cpu": "optimistic"}) as client:
        granted = client.request("a", cpu=4)
        assert isinstance(granted, Granted) and granted.local and granted.fencing is None and not granted.token
        assert granted.message.startswith("LOCAL GRANT (optimistic for cpu)")
        assert "LOCAL GRANT" in caplog.text
        assert client.release_resource(granted.request_id, "a") == (True, "Resource released successfully")
        success, message, request_id = client.request_cpu("a", 4)
        assert success and message.startswith("LOCAL GRANT") and request_id.startswith("local-")
        with client.lease("a", cpu=2) as lease:
            assert lease.local and not lease.lost.is_set()
        with pytest.raises(Unavailable):
            with client.lease("a", cpu=2, gpu_mb=1):
                pytest.fail("the body ran")


@pytest.mark.fake_only("sets the safe capacity")
def test_the_safe_amount_counts_what_is_already_held(start):
    coordinator = start(safe={"claude_api": 5})
    with ResourceCoordinatorClient("127.0.0.1", coordinator.port, retry=QUICK) as client:
        assert client.request_claude_api("a", 2)[0]
        coordinator.stop()
        success, message, first = client.request_claude_api("a", 3)
        assert success and message.startswith("LOCAL GRANT (safe for claude_api)")
        assert client.request_claude_api("a", 1)[0] is False
        assert client.release_resource(first, "a")[0]
        assert client.request_claude_api("a", 1)[0] is True
        assert client.request_gpu("a", 1)[0] is False


def test_a_coordinator_that_says_no_has_been_reached(client, coordinator):
    with ResourceCoordinatorClient(
            "127.0.0.1", coordinator.port, when_unreachable={"gpu": "optimistic"}) as other:
        assert other.request_gpu("a", 24001)[0] is False
        assert held(client) == 0
