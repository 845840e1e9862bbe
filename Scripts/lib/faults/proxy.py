"""A TCP proxy that delays, trickles, cuts, resets and half-opens the connections through it, as a seed says."""

import asyncio
import random
import socket
import struct


class Proxy:
    def __init__(self, port, seed):
        self.target = port
        self.random = random.Random(f"proxy {seed}")
        self.counts = {"delayed": 0, "trickled": 0, "cut": 0, "reset": 0, "half-open": 0}
        self.server = None
        self.port = None

    async def start(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self):
        self.server.close()

    async def _serve(self, reader, writer):
        try:
            target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        pumps = [asyncio.create_task(self._pump(reader, target_writer)),
                 asyncio.create_task(self._pump(target_reader, writer))]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for task in pumps:
            task.cancel()
        for end in (writer, target_writer):
            end.close()

    async def _pump(self, reader, writer):
        try:
            while data := await reader.read(65536):
                draw = self.random.random()
                if draw < 0.002:
                    self.counts["cut"] += 1
                    writer.write(data[:len(data) // 2])
                    return
                if draw < 0.004:
                    self.counts["reset"] += 1
                    self._reset(writer)
                    return
                if draw < 0.005:
                    # Nothing comes through any more, and nobody is told.
                    self.counts["half-open"] += 1
                    await asyncio.sleep(10)
                    return
                if draw < 0.02:
                    self.counts["delayed"] += 1
                    await asyncio.sleep(self.random.uniform(0.01, 0.3))
                if draw > 0.98:
                    self.counts["trickled"] += 1
                    for place in range(0, len(data), 7):
                        writer.write(data[place:place + 7])
                        await asyncio.sleep(0.0005)
                else:
                    writer.write(data)
                await writer.drain()
        except OSError:
            pass

    @staticmethod
    def _reset(writer):
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
