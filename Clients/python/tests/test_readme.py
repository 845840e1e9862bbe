"""The README's examples run, each in the names that the ones before it left."""

import re
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_every_python_example_runs(monkeypatch, coordinator, capsys):
    import resource_coordinator.connection as connection
    from resource_coordinator import ResourceCoordinatorClient
    from resource_coordinator.framing import Address

    monkeypatch.setenv("COORDINATOR_ADDRESS", f"127.0.0.1:{coordinator.port}")
    dial = connection.dial
    # The first example names the default port; the coordinator under test has another one.
    monkeypatch.setattr(
        connection, "dial", lambda address, timeout, tls: dial(Address("127.0.0.1", coordinator.port), timeout, tls))
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
