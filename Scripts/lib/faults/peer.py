"""A connection that asks one thing at a time and says honestly when it does not know the outcome."""

import asyncio
import itertools
import struct

from resource_coordinator import resource_coordinator_pb2 as pb

CALL_SECONDS = 4.0
_ids = itertools.count(1)


class Unknown(Exception):
    """The call may or may not have been done."""


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(f"{code} {message}")
        self.code = code


class Peer:
    def __init__(self, port):
        self.port = port
        self.streams = None

    async def call(self, method, message, answer):
        """Sends a call and awaits its answer; `Unknown` where the connection or the time ended before."""
        try:
            return await asyncio.wait_for(self._call(method, message, answer), CALL_SECONDS)
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
            await self.close()
            raise Unknown(str(error)) from error

    async def _call(self, method, message, answer):
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        call = pb.Call(call_id=next(_ids), method=method, payload=message.SerializeToString()).SerializeToString()
        writer.write(struct.pack(">I", len(call)) + call)
        await writer.drain()
        while True:
            (length,) = struct.unpack(">I", await reader.readexactly(4))
            reply = pb.Reply.FromString(await reader.readexactly(length))
            # Answers of the connection itself end it: whether the call was done is not known.
            if reply.call_id == 0:
                raise OSError(reply.message)
            if reply.code != 0:
                raise Refused(reply.code, reply.message)
            return answer.FromString(reply.payload)

    async def close(self):
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None
