"""What is sent, what is refused before it is sent, and what is read."""

import socket
import ssl
import struct
import threading
from datetime import timezone

import pytest
from hypothesis import given, strategies as st

from resource_coordinator import (
    CoordinatorError, Priority, ProtocolError, ResourceCoordinatorClient, RetryPolicy, resource_coordinator_pb2 as pb,
)
from resource_coordinator.asking import ask, fill_duration, priority_number
from resource_coordinator.errors import CODE_NAMES, error_for_reply
from resource_coordinator.framing import (
    DEFAULT_HOST, DEFAULT_PORT, Address, FrameReader, call_frame, parse_address, resolve_address,
)
from resource_coordinator.reading import detail_of, event_of, time_of


@pytest.mark.parametrize("text, address", [
    ("box:1234", Address("box", 1234)), ("box", Address("box", 50051)), ("tcp://box:1", Address("box", 1)),
    ("[::1]:1234", Address("::1", 1234)), ("[::1]", Address("::1", 50051)), ("::1", Address("::1", 50051)),
])
def test_addresses(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["box:", ":1", "box:0", "box:65536", "box:http", "[::1", "[::1]1", "box:-1"])
def test_wrong_addresses_are_named(text):
    with pytest.raises(ValueError, match="COORDINATOR_ADDRESS must be"):
        parse_address(text)


def test_explicit_arguments_win_over_the_variable(monkeypatch):
    monkeypatch.setenv("COORDINATOR_ADDRESS", "elsewhere:7")
    assert resolve_address(DEFAULT_HOST, DEFAULT_PORT) == Address("elsewhere", 7)
    assert resolve_address("localhost", DEFAULT_PORT) == Address("localhost", 50051)
    assert resolve_address(DEFAULT_HOST, 50051) == Address("localhost", 50051)
    monkeypatch.delenv("COORDINATOR_ADDRESS")
    assert resolve_address(DEFAULT_HOST, DEFAULT_PORT) == Address("localhost", 50051)
    with pytest.raises(ValueError, match="port must be"):
        ResourceCoordinatorClient(port=0)


def test_the_timeout_is_sent_and_never_queues_by_itself():
    message = ask("a", {"gpu": 1}, timeout=60, duration=3600, secret="s", metadata={"n": 1}).message
    assert (message.wait, message.timeout.seconds, message.duration.seconds) == (False, 60, 3600)
    assert (message.resource, message.pool, message.client_secret) == (pb.RESOURCE_TYPE_GPU, "", "s")
    assert [(entry.key, entry.value) for entry in message.metadata] == [("n", "1")]
    assert ask("a", {"gpu": 1}, wait=5).message.wait is True
    assert ask("a", {"disk": 1}).message.pool == "disk"
    assert ask("a", {"gpu": 1, "cpu": 1}).method == pb.METHOD_REQUEST_RESOURCES
    assert ask("a", {"gpu": 1}).request_id != ask("a", {"gpu": 1}).request_id


def test_priorities():
    assert [priority_number(name) for name in ("LOW", "normal", "High", Priority.CRITICAL)] == [1, 2, 3, 4]


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-3e11, max_value=3e11) | st.integers(-10**11, 10**11))
def test_durations_keep_their_sign_and_their_nanoseconds(seconds):
    duration = pb.ResourceRequest().duration
    fill_duration(duration, seconds, "duration")
    assert abs(duration.nanos) < 10**9 and duration.seconds * duration.nanos >= 0
    assert abs(duration.seconds + duration.nanos / 1e9 - seconds) <= max(1e-9, abs(seconds) * 1e-15)


def test_a_half_second_is_not_an_hour():
    assert ask("a", {"gpu": 1}, duration=0.5).message.duration.ToNanoseconds() == 500_000_000


def frames(replies):
    bodies = [reply.SerializeToString() for reply in replies]
    return b"".join(struct.pack(">I", len(body)) + body for body in bodies)


@given(st.lists(st.tuples(st.integers(1, 2**63), st.binary(max_size=50)), max_size=8), st.data())
def test_replies_are_read_however_the_bytes_are_cut(parts, data):
    replies = [pb.Reply(call_id=call_id, payload=payload) for call_id, payload in parts]
    sent = frames(replies)
    reader, found = FrameReader(), []
    while sent:
        count = data.draw(st.integers(1, len(sent)))
        found += list(reader.feed(sent[:count]))
        sent = sent[count:]
    assert found == replies


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_waited_on_and_never_crashes(data):
    try:
        for reply in FrameReader(1000).feed(data):
            assert isinstance(reply, pb.Reply)
    except ProtocolError:
        pass


@pytest.mark.parametrize("data, text", [
    (b"HTTP/1.1 400 Bad Request\r\n", "speaks HTTP"), (b"\x15\x03\x03\x00\x02\x02\x46", "speaks TLS"),
    (b"\x00\x00\x00\x00", "frame of 0 bytes"), (b"\x00\x20\x00\x00", "frame of 2097152 bytes"),
    (b"\x00\x00\x00\x01\xff", "no Reply"),
])
def test_what_is_not_the_protocol_is_named(data, text):
    with pytest.raises(ProtocolError, match=text):
        list(FrameReader().feed(data))


def test_calls_carry_method_timeout_and_metadata():
    frame = call_frame(5, pb.METHOD_HEALTH_CHECK, b"x", 0.0001, [("authorization", "Bearer t")], 1000)
    call = pb.Call.FromString(frame[4:])
    assert struct.unpack(">I", frame[:4]) == (len(frame) - 4,)
    assert (call.call_id, call.method, call.timeout_ms, call.payload) == (5, pb.METHOD_HEALTH_CHECK, 1, b"x")
    assert [(entry.key, entry.value) for entry in call.metadata] == [("authorization", "Bearer t")]
    with pytest.raises(ValueError, match="at most 1000"):
        call_frame(5, pb.METHOD_HEALTH_CHECK, b"x" * 1000, 1.0, [], 1000)


def serve_bytes(answer):
    """A server that answers whatever comes with these bytes, and then closes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        with listener:
            try:
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(1000)
                        connection.sendall(answer)
            except OSError:
                pass

    threading.Thread(target=run, daemon=True).start()
    return listener


def test_a_server_of_another_kind_is_named():
    listener = serve_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with ResourceCoordinatorClient("127.0.0.1", listener.getsockname()[1], retry=RetryPolicy(attempts=1)) as client:
        success, message, request_id = client.request_gpu("a", 1)
    listener.close()
    assert (success, request_id) == (False, None)
    assert message.startswith("RPC error: INTERNAL: the server speaks HTTP here")


def test_a_servers_goodbye_is_told():
    goodbye = pb.Reply(code=8, message="as many connections are open as may be", end=True)
    listener = serve_bytes(frames([goodbye]))
    with ResourceCoordinatorClient("127.0.0.1", listener.getsockname()[1], retry=RetryPolicy(attempts=1)) as client:
        assert "as many connections are open as may be" in client.health_check()["error"]
    listener.close()


def test_tls_to_a_plain_server_fails_and_says_where(coordinator):
    with ResourceCoordinatorClient(
            "127.0.0.1", coordinator.port, tls=ssl.create_default_context(), call_timeout=1.0,
            retry=RetryPolicy(attempts=1)) as client:
        assert f"127.0.0.1:{coordinator.port}" in client.health_check()["error"]


@pytest.mark.parametrize("code", range(1, 17))
def test_every_code_has_its_name_and_most_their_class(code):
    error = error_for_reply(code, "text", [])
    assert isinstance(error, CoordinatorError) and error.code == CODE_NAMES[code]
    assert error_for_reply(99, "text", []).code == "UNKNOWN"


def test_a_retry_hint_makes_exhaustion_retryable():
    detail = pb.Detail(reason="CALL_RATE_EXCEEDED")
    detail.retry_after.FromMilliseconds(1500)
    error = error_for_reply(8, "slow down", [detail_of(detail)])
    assert (error.retryable, error.retry_after, error.reason) == (True, 1.5, "CALL_RATE_EXCEEDED")
    assert error_for_reply(8, "no", []).retryable is False


def test_times_are_aware_and_what_is_newer_than_we_are_reads_as_its_number():
    event = pb.Event(kind=99)
    event.at.FromNanoseconds(1_500_000_000_123_456_789)
    read = event_of(event)
    assert read.kind == "99" and read.at.tzinfo is timezone.utc and read.at.microsecond == 123456
    event.at.seconds = 2**62
    assert time_of(event, "at") is None
    assert time_of(pb.Event(), "at") is None
