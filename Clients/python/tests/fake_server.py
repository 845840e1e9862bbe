"""Frames in, frames out: serves a `Core` on a loopback port from a thread of its own."""

from __future__ import annotations

import asyncio
import itertools
import struct
import threading
from typing import Any, Callable, Dict, List, Optional

from fake_core import Core, Refused
from resource_coordinator import resource_coordinator_pb2 as pb

FINAL = (pb.REQUEST_STATUS_GRANTED, pb.REQUEST_STATUS_DENIED, pb.REQUEST_STATUS_EXPIRED, pb.REQUEST_STATUS_RELEASED)


class FakeServer:
    def __init__(self, core: Core, port: int = 0) -> None:
        self.core = core
        self.port = port
        self.calls: List[int] = []
        """The methods of all calls, in the order of their arrival."""
        self.metadata: List[Dict[str, str]] = []
        """What came with them."""
        self._connections = itertools.count(1)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the fake server did not start")

    def run(self, action: Callable[[Core], Any]) -> Any:
        """Runs something on the core inside its own loop and waits for it."""
        async def inside() -> Any:
            return action(self.core)

        return asyncio.run_coroutine_threadsafe(inside(), self._loop).result(10)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._change: asyncio.Event = asyncio.Event()
        self.core.changed = self._signal
        self._writers: set = set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        clock = asyncio.ensure_future(self._tick())
        await self._stop.wait()
        clock.cancel()
        server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    def _signal(self) -> None:
        change, self._change = self._change, asyncio.Event()
        change.set()

    async def _tick(self) -> None:
        while True:
            self.core.sweep()
            change = self._change
            try:
                await asyncio.wait_for(change.wait(), self.core.next_due())
            except asyncio.TimeoutError:
                pass

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = next(self._connections)
        tasks: Dict[int, "asyncio.Task[None]"] = {}
        self._writers.add(writer)
        try:
            while True:
                (length,) = struct.unpack(">I", await reader.readexactly(4))
                call = pb.Call.FromString(await reader.readexactly(length))
                if call.cancel:
                    if call.call_id in tasks:
                        tasks[call.call_id].cancel()
                    continue
                self.calls.append(call.method)
                self.metadata.append({entry.key: entry.value for entry in call.metadata})
                task = asyncio.ensure_future(self._answer(call, writer, connection))
                tasks[call.call_id] = task
                task.add_done_callback(lambda _, key=call.call_id: tasks.pop(key, None))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            for task in list(tasks.values()):
                task.cancel()
            writer.close()

    async def _answer(self, call: Any, writer: asyncio.StreamWriter, connection: int) -> None:
        stream = self._streams().get(call.method)
        try:
            if stream is not None:
                await stream(call, writer, connection)
            else:
                self._unary(call, writer, connection)
        except Refused as refused:
            self._send(writer, pb.Reply(
                call_id=call.call_id, code=refused.code, message=refused.message, end=True, details=[refused.detail]))
        except ConnectionError:
            pass

    def _unary(self, call: Any, writer: asyncio.StreamWriter, connection: int) -> None:
        core, details = self.core, []
        parse = lambda kind: kind.FromString(call.payload)  # noqa: E731
        method = call.method
        if method in (pb.METHOD_REQUEST_RESOURCE, pb.METHOD_REQUEST_RESOURCES):
            kind = pb.ResourceRequest if method == pb.METHOD_REQUEST_RESOURCE else pb.MultiResourceRequest
            trace = {entry.key: entry.value for entry in call.metadata}.get("traceparent")
            answer, details = core.request(parse(kind), connection, trace)
        elif method == pb.METHOD_GET_RESOURCE_STATUS:
            answer = pb.ResourceStatusResponse(statuses=core.statuses(parse(pb.ResourceStatusRequest)))
            answer.timestamp.GetCurrentTime()
        else:
            simple = {
                pb.METHOD_HELLO: (pb.HelloRequest, lambda _: pb.HelloResponse(protocol_version=1)),
                pb.METHOD_RELEASE_RESOURCE: (pb.ReleaseRequest, core.release),
                pb.METHOD_HEALTH_CHECK: (pb.HealthCheckRequest, lambda _: core.health()),
                pb.METHOD_RENEW_LEASE: (pb.RenewRequest, core.renew),
                pb.METHOD_CANCEL_REQUEST: (pb.CancelRequest, core.cancel),
                pb.METHOD_EXPLAIN: (pb.ExplainRequest, core.explain),
                pb.METHOD_LIST_HISTORY: (pb.HistoryRequest, core.history),
                pb.METHOD_GET_MODE: (pb.GetModeRequest, lambda _: core.mode_status()),
                pb.METHOD_SET_MODE: (pb.SetModeRequest, core.set_mode),
                pb.METHOD_SET_CAPACITY: (pb.SetCapacityRequest, core.set_capacity),
            }
            if method not in simple:
                raise Refused(12, "UNKNOWN_METHOD", "the server does not know the call")
            kind, handler = simple[method]
            answer = handler(parse(kind))
        self._send(writer, pb.Reply(
            call_id=call.call_id, payload=answer.SerializeToString(), end=True, details=details))

    def _streams(self) -> Dict[int, Any]:
        return {
            pb.METHOD_AWAIT_GRANT: self._await_grant,
            pb.METHOD_STREAM_RESOURCE_STATUS: self._status_stream,
            pb.METHOD_WATCH_EVENTS: self._watch_events,
        }

    async def _await_grant(self, call: Any, writer: asyncio.StreamWriter, connection: int) -> None:
        message = pb.AwaitGrantRequest.FromString(call.payload)
        last: Optional[bytes] = None
        while True:
            change = self._change
            record = self.core.find(message.request_id)
            update = pb.GrantUpdate(status=record.status)
            if record.status in FINAL:
                response, _ = self.core.response(record, connection, message.client_secret)
                update.response.CopyFrom(response)
                self._send(writer, pb.Reply(call_id=call.call_id, payload=update.SerializeToString(), end=True))
                return
            update.queue.CopyFrom(self.core.place(record))
            if update.SerializeToString() != last:
                last = update.SerializeToString()
                self._send(writer, pb.Reply(call_id=call.call_id, payload=last))
            await change.wait()

    async def _status_stream(self, call: Any, writer: asyncio.StreamWriter, connection: int) -> None:
        message = pb.ResourceStatusRequest.FromString(call.payload)
        sent: Dict[str, bytes] = {}
        while True:
            change = self._change
            for status in self.core.statuses(message):
                payload = status.SerializeToString()
                if sent.get(status.pool) != payload:
                    sent[status.pool] = payload
                    self._send(writer, pb.Reply(call_id=call.call_id, payload=payload))
            await writer.drain()
            await change.wait()

    async def _watch_events(self, call: Any, writer: asyncio.StreamWriter, connection: int) -> None:
        message = pb.WatchEventsRequest.FromString(call.payload)
        next_index = 0 if message.from_start else message.after_revision or len(self.core.events)
        while True:
            change = self._change
            for event in self.core.events[next_index:]:
                if not message.component or event.component == message.component:
                    self._send(writer, pb.Reply(call_id=call.call_id, payload=event.SerializeToString()))
            next_index = len(self.core.events)
            await writer.drain()
            await change.wait()

    @staticmethod
    def _send(writer: asyncio.StreamWriter, reply: Any) -> None:
        body = reply.SerializeToString()
        if not writer.is_closing():
            writer.write(struct.pack(">I", len(body)) + body)
