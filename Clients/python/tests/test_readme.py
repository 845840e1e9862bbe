"""The README's examples run, each in the names that the ones before it left."""

import re
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text()
FIRST_PAGE = (Path(__file__).parents[3] / "README.md").read_text()


@pytest.fixture
def any_port(monkeypatch, coordinator):
    """The examples name the default port; the coordinator under test has another one."""
    import resource_coordinator.connection as connection
    from resource_coordinator.framing import Address

    monkeypatch.setenv("COORDINATOR_ADDRESS", f"127.0.0.1:{coordinator.port}")
    dial = connection.dial
    monkeypatch.setattr(
        connection, "dial", lambda address, timeout, tls: dial(Address("127.0.0.1", coordinator.port), timeout, tls))


def test_the_first_page_s_example_runs(any_port):
    (example,) = re.findall(r"```python\n(.*?)```", FIRST_PAGE, re.DOTALL)
    trained = []
    names = {"train": lambda should_stop: trained.append(should_stop)}
    exec(compile(example, "README.md", "exec"), names)
    assert names["success"] and len(trained) == 1
    assert trained[0] is names["lease"].lost


def test_every_python_example_runs(any_port, capsys):
    from resource_coordinator import ResourceCoordinatorClient

    examples = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(examples) == 7
    names = {"client": ResourceCoordinatorClient()}
    open_clients = [names["client"]]
    for example in examples:
        if example.startswith("@client"):
            names["client"] = open_clients[0]
        exec(compile(example, "README.md", "exec"), names)
    open_clients.append(names["client"])
    for one in open_clients:
        one.close()
    shown = capsys.readouterr().out
    assert "holding 8000 MB" in shown
    assert "step 2 with {'gpu': 8000, 'cpu': 4}" in shown
    assert "net on 4000 MB" in shown
    assert "holding {'gpu': 3500} until " in shown
