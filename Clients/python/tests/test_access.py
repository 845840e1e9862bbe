"""Who asks, and over what: tokens and TLS."""

import asyncio
import subprocess

import pytest
from conftest import BINARY, FakeCoordinator

from resource_coordinator import (
    AsyncClient, CannotConnect, CoordinatorError, PermissionDenied, ResourceCoordinatorClient, Unauthenticated,
    tls_context,
)
from resource_coordinator import resource_coordinator_pb2 as pb
from resource_coordinator.security import resolve_token


def test_the_token_comes_from_the_argument_or_the_environment(monkeypatch):
    monkeypatch.delenv("COORDINATOR_API_KEY", raising=False)
    assert resolve_token(None) is None
    monkeypatch.setenv("COORDINATOR_API_KEY", "from-outside")
    assert resolve_token(None) == "from-outside"
    assert resolve_token("given") == "given"
    assert resolve_token("") is None


def test_the_token_comes_with_the_first_call_of_a_connection_alone():
    fake = FakeCoordinator()
    try:
        with ResourceCoordinatorClient("127.0.0.1", fake.port, token="secret-token") as client:
            client.status()
            client.status()

        async def run():
            async with AsyncClient("127.0.0.1", fake.port, token="secret-token") as client:
                await client.status()
                await client.status()

        asyncio.run(run())
        calls = list(zip(fake.server.calls, fake.server.metadata))
    finally:
        fake.stop()
    status = pb.METHOD_GET_RESOURCE_STATUS
    assert [method for method, _ in calls] == 2 * [pb.METHOD_HELLO, status, status]
    assert [entries.get("authorization") for _, entries in calls] == 2 * ["Bearer secret-token", None, None]


@pytest.mark.parametrize("token", ["two words", "line\n", "t\u00e4st", "\x00"])
def test_a_text_that_is_no_token_is_refused_and_not_shown(token):
    with pytest.raises(ValueError) as refused:
        ResourceCoordinatorClient("127.0.0.1", 1, token=token)
    assert token not in str(refused.value)


def test_half_a_certificate_is_refused(tmp_path):
    with pytest.raises(ValueError):
        tls_context(certificate=str(tmp_path / "c"))


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def make_certificates(folder):
    openssl(folder, "req", "-x509", *CURVE, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test")
    (folder / "ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for name in ("server", "client"):
        openssl(folder, "req", *CURVE, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", f"{name}.pem", "-days", "2", "-extfile", "ext")


def make_token(file, *arguments):
    made = subprocess.run([BINARY, "token", "create", "--file", str(file), *arguments],
                          check=True, capture_output=True, text=True)
    return made.stdout.strip()


real_only = pytest.mark.skipif(not BINARY, reason="needs the real coordinator")


@pytest.fixture
def guarded(start, tmp_path):
    """A coordinator with TLS, certificates of clients and tokens; its port, the folder and two tokens."""
    make_certificates(tmp_path)
    trainer = make_token(tmp_path / "tokens", "--name", "t", "--role", "component", "--component", "trainer")
    viewer = make_token(tmp_path / "tokens", "--name", "v", "--role", "viewer")
    flags = ["--tls-cert", "server.pem", "--tls-key", "server.key", "--tls-client-ca", "ca.pem", "--tokens", "tokens"]
    one = start(flags=[flag if flag.startswith("--") else str(tmp_path / flag) for flag in flags])
    return one.port, tmp_path, trainer, viewer


def context(folder, with_certificate=True):
    own = (str(folder / "client.pem"), str(folder / "client.key")) if with_certificate else (None, None)
    return tls_context(str(folder / "ca.pem"), *own)


@real_only
def test_a_lease_with_tls_and_a_token(guarded):
    port, folder, trainer, viewer = guarded
    with ResourceCoordinatorClient("localhost", port, token=trainer, tls=context(folder)) as client:
        with client.lease("trainer", gpu_mb=100) as lease:
            assert lease.grant.token
        with pytest.raises(PermissionDenied) as other:
            client.lease("eval", gpu_mb=1).__enter__()
        assert trainer not in str(other.value)
        with pytest.raises(PermissionDenied):
            client.set_capacity("gpu", 5)
    with ResourceCoordinatorClient("127.0.0.1", port, token=viewer, tls=context(folder)) as client:
        assert client.status(pool="gpu")[0].allocated == 0
        with pytest.raises(PermissionDenied):
            client.lease("trainer", gpu_mb=1).__enter__()


@real_only
def test_the_asyncio_client_does_the_same(guarded):
    port, folder, trainer, _ = guarded

    async def run():
        async with AsyncClient("localhost", port, token=trainer, tls=context(folder)) as client:
            async with client.lease("trainer", gpu_mb=100) as lease:
                assert lease.grant.token
        async with AsyncClient("localhost", port, token="wrong", tls=context(folder)) as client:
            with pytest.raises(Unauthenticated) as refused:
                await client.status()
            assert "wrong" not in str(refused.value)

    asyncio.run(run())


@real_only
def test_who_is_not_known_gets_nothing(guarded):
    port, folder, trainer, _ = guarded
    with ResourceCoordinatorClient("localhost", port, tls=context(folder)) as client:
        with pytest.raises(Unauthenticated):
            client.status()
    with ResourceCoordinatorClient("localhost", port, token=trainer, tls=context(folder, False)) as client:
        with pytest.raises(CoordinatorError):
            client.status()
    with ResourceCoordinatorClient("localhost", port, token=trainer, tls=tls_context()) as client:
        with pytest.raises(CannotConnect) as strange:
            client.status()
        assert not strange.value.retryable
