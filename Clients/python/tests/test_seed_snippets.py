"""The seed's example programs run as they are, but for the import."""

import runpy
from pathlib import Path

import pytest
from conftest import held

import resource_coordinator.connection as connection
from resource_coordinator import ResourceCoordinatorClient
from resource_coordinator.framing import Address

SNIPPETS = Path(__file__).parent / "seed_snippets"


@pytest.fixture
def addressed(monkeypatch, coordinator):
    monkeypatch.setenv("COORDINATOR_ADDRESS", f"127.0.0.1:{coordinator.port}")
    return coordinator


def run(name, **names):
    return runpy.run_path(str(SNIPPETS / f"{name}.py"), init_globals=names)


def test_using_the_client(monkeypatch, coordinator, client, capsys):
    # The snippet names port 50051; the coordinator under test has another one.
    dial = connection.dial
    asked = []

    def redirected(address, timeout, tls):
        asked.append(address)
        return dial(Address("127.0.0.1", coordinator.port), timeout, tls)

    monkeypatch.setattr(connection, "dial", redirected)
    names = run("using_the_client")
    assert asked == [Address("localhost", 50051)]
    assert names["success"] is True and names["message"] == "Resource released successfully"
    assert names["status"]["resources"]["GPU"]["available"] == 24000
    assert f"GPU allocated: {names['request_id']}" in capsys.readouterr().out


def test_ray_acquires_and_releases(addressed, client):
    trainer = run("ray_rllib")["RayRLlibTrainer"]()
    trainer.acquire_resources()
    assert held(client) == 20000
    second = type(trainer)()
    with pytest.raises(RuntimeError, match="Failed to acquire GPU: Insufficient RESOURCE_TYPE_GPU available"):
        second.acquire_resources()
    second.rc_client.close()
    trainer.release_resources()
    assert held(client) == 0
    trainer.rc_client.close()


def test_analytics_uses_the_quota_and_always_releases(addressed, client):
    function = run("analytics")["run_analysis"]
    function.__globals__.update(
        run_claude_analysis=lambda: ("claude", held(client, "claude_api")), run_local_analysis=lambda: "local")
    assert function() == ("claude", 10)
    assert held(client, "claude_api") == 0

    def fails():
        raise ZeroDivisionError("the analysis")

    function.__globals__["run_claude_analysis"] = fails
    with pytest.raises(ZeroDivisionError):
        function()
    assert held(client, "claude_api") == 0


def test_analytics_falls_back_when_the_quota_is_refused(addressed, client):
    function = run("analytics")["run_analysis"]
    function.__globals__.update(run_claude_analysis=lambda: "claude", run_local_analysis=lambda: "local")
    with client.lease("other", claude_api=95):
        assert function() == "local"


def test_exhaustion_refuses_the_second(addressed, client):
    names = run("exhaustion")
    assert names["success1"] is True
    assert names["success2"] is False
    assert held(client) == 20000
    names["client"].close()


def test_critical_succeeds_under_contention(start):
    with ResourceCoordinatorClient(
            "127.0.0.1", start(mode="simulate_contention", deny=1.0).port) as client:
        assert client.request_gpu("ordinary", 1)[0] is False
        assert run("critical", client=client)["success"] is True
