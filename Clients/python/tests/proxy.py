"""A network between client and coordinator that can be told to fail. It knows frames, so that it can lose one reply."""

from __future__ import annotations

import socket
import struct
import threading
from typing import Any, Callable, List, Optional, Tuple

from resource_coordinator import resource_coordinator_pb2 as pb

PASS, DROP, CUT = "pass", "drop", "cut"
Rule = Callable[[Any], str]


class Proxy:
    """`on_call` and `on_reply` decide about each Call and each Reply: PASS it, DROP it, or CUT the connection.

    Replies are judged as (method of their call, reply).
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self.on_call: Rule = lambda call: PASS
        self.on_reply: Callable[[int, Any], str] = lambda method, reply: PASS
        self.refuse = False
        self.connections = 0
        self._pairs: List[Tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_all(self) -> None:
        for pair in list(self._pairs):
            self._close(pair)

    def close(self) -> None:
        self.refuse = True
        self._shut(self._listener)
        self._listener.close()
        self.cut_all()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.refuse:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self.connections += 1
            methods: dict = {}
            pair = (client, server)
            self._pairs.append(pair)
            threading.Thread(target=self._pump, args=(pair, methods, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(pair, methods, False), daemon=True).start()

    def _pump(self, pair: Tuple[socket.socket, socket.socket], methods: dict, calls: bool) -> None:
        source, target = pair if calls else pair[::-1]
        try:
            while True:
                head = self._exactly(source, 4)
                body = self._exactly(source, struct.unpack(">I", head)[0]) if head else None
                if head is None or body is None:
                    break
                if calls:
                    call = pb.Call.FromString(body)
                    if not call.cancel:
                        methods[call.call_id] = call.method
                    verdict = self.on_call(call)
                else:
                    reply = pb.Reply.FromString(body)
                    verdict = self.on_reply(methods.get(reply.call_id, 0), reply)
                if verdict == CUT:
                    break
                if verdict == PASS:
                    target.sendall(head + body)
        except OSError:
            pass
        self._close(pair)

    @staticmethod
    def _exactly(source: socket.socket, count: int) -> Optional[bytes]:
        data = b""
        while len(data) < count:
            part = source.recv(count - len(data))
            if not part:
                return None
            data += part
        return data

    @staticmethod
    def _shut(sock: socket.socket) -> None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _close(self, pair: Tuple[socket.socket, socket.socket]) -> None:
        if pair in self._pairs:
            self._pairs.remove(pair)
            for sock in pair:
                self._shut(sock)
                sock.close()


class Once:
    """A rule for replies: the given verdict for the first reply to a method, PASS for all else."""

    def __init__(self, method: int, verdict: str, times: int = 1) -> None:
        self._method, self._verdict, self.left = method, verdict, times

    def __call__(self, method: int, reply: Any) -> str:
        if method == self._method and self.left > 0:
            self.left -= 1
            return self._verdict
        return PASS
