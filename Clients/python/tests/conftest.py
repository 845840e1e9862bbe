"""Starts a coordinator per test: the tests' own, or the real one if COORDINATOR_BINARY names it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from typing import Any, Callable, Dict, Iterator, List, Optional

import pytest
from fake_core import Core
from fake_server import FakeServer
from proxy import Proxy

from resource_coordinator import ResourceCoordinatorClient

# Taken out: a server does not start with a variable that it does not know.
BINARY = os.environ.pop("COORDINATOR_BINARY", "")
START_SECONDS = 30.0


class FakeCoordinator:
    def __init__(self, port: int = 0, mode: str = "respect_limits", deny: float = 0.0, queue: float = 0.0,
                 seed: int = 7, capacities: Optional[Dict[str, int]] = None,
                 pools: Optional[List[Dict[str, Any]]] = None, hold_seconds_max: float = 7 * 86_400.0,
                 safe: Optional[Dict[str, int]] = None, state_lost: bool = False) -> None:
        core = Core(mode, deny, queue, seed, capacities or {}, pools or [], hold_seconds_max, safe or {})
        core.learning = state_lost
        self.server = FakeServer(core, port)
        self.port = self.server.port

    def stop(self) -> None:
        self.server.stop()


class RealCoordinator:
    """`coordinator serve` on a free port; what only the fake one can be told is not offered here."""

    def __init__(self, directory: Any, port: int = 0, mode: str = "respect_limits", deny: float = 0.0,
                 queue: float = 0.0, seed: int = 7, capacities: Optional[Dict[str, int]] = None,
                 pools: Optional[List[Dict[str, Any]]] = None, flags: Optional[List[str]] = None,
                 state_lost: bool = False) -> None:
        settings: Dict[str, Any] = {f"{'claude' if name == 'claude_api' else name}_capacity": size
                                    for name, size in (capacities or {}).items()}
        settings.update(response_mode=mode, deny_probability=deny, queue_probability=queue)
        if pools:
            settings["pools"] = pools
        config = directory / "config.json"
        config.write_text(json.dumps(settings))
        self._process = subprocess.Popen(
            [BINARY, "serve", "--port", str(port), "--http-port", "off", "--ephemeral", "--seed", str(seed), "--config", str(config)]
            + (flags or []) + (["--state-lost"] if state_lost else []),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._lines: List[str] = []
        self._found = threading.Event()
        self.port = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._found.wait(START_SECONDS) or not self.port:
            self.stop()
            raise RuntimeError("the coordinator did not say its address:\n" + "".join(self._lines))

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines = self._lines[-200:] + [line]
            match = re.search(r"t(?:cp|ls)://(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)", line)
            if match and not self.port:
                self.port = int(match.group(1))
                self._found.set()
        self._found.set()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        self._reader.join(10)
        if self._process.stdout is not None:
            self._process.stdout.close()


def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    if not BINARY:
        return
    for item in items:
        marker = item.get_closest_marker("fake_only")
        if marker is not None:
            item.add_marker(pytest.mark.skip(reason=marker.args[0]))


@pytest.fixture
def start(tmp_path: Any) -> Iterator[Callable[..., Any]]:
    """Starts a coordinator with the given mode, capacities and so on; it stops after the test."""
    running: List[Any] = []

    def begin(**options: Any) -> Any:
        one = RealCoordinator(tmp_path, **options) if BINARY else FakeCoordinator(**options)
        running.append(one)
        return one

    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def coordinator(start: Callable[..., Any]) -> Any:
    """One in respect_limits with the seed's capacities."""
    return start()


@pytest.fixture
def client(coordinator: Any) -> Iterator[ResourceCoordinatorClient]:
    with ResourceCoordinatorClient("127.0.0.1", coordinator.port) as one:
        yield one


@pytest.fixture
def proxy(coordinator: Any) -> Iterator[Proxy]:
    with Proxy(coordinator.port) as one:
        yield one


def eventually(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Waits until the condition holds, and fails if it never does: for what happens in the background."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.01)


def held(client: ResourceCoordinatorClient, pool: str = "gpu") -> int:
    return client.status(pool=pool)[0].allocated


@pytest.fixture
def unused_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
