"""Clients that take and give back leases, ask again when they do not know, and write down what they see."""

import asyncio
import math
import random
import time

from resource_coordinator import resource_coordinator_pb2 as pb

from .checker import Denial, Lease
from .peer import Peer, Refused, Unknown

LEASE_SECONDS = 60.0
# The coordinator tells its time by the wall clock of its start; ours is compared to it with this much doubt.
CLOCK_DOUBT_SECONDS = 0.25
POOLS = {"gpu": 24000, "memory": 32768, "cpu": 16}


class Client:
    def __init__(self, name, port, history, seed):
        self.name = name
        self.history = history
        self.random = random.Random(f"{seed} {name}")
        self.peer = Peer(port)
        self.held = []
        self.count = 0
        self.is_ending = False

    async def run(self):
        while not self.is_ending:
            if self.held and self.random.random() < 0.5:
                await self.release(self.held.pop(self.random.randrange(len(self.held))))
            else:
                await self.request()
            await asyncio.sleep(self.random.expovariate(200))
        for lease in self.held:
            await self.release(lease)
        await self.peer.close()

    async def request(self):
        self.count += 1
        pool = self.random.choice(list(POOLS))
        quantity = self.random.randint(1, max(1, POOLS[pool] // 4))
        request_id = f"{self.name}-{self.count}"
        message = pb.ResourceRequest(
            request_id=request_id, component=self.name, pool=pool, quantity=quantity,
            client_secret=f"secret of {self.name}")
        message.duration.seconds = int(LEASE_SECONDS)
        asked = time.monotonic()
        answer = await self.until_known(pb.METHOD_REQUEST_RESOURCE, message, pb.ResourceResponse)
        answered = time.monotonic()
        if answer is None:
            self.history.unknown.append((asked, pool, quantity, math.inf))
        elif answer.status == pb.REQUEST_STATUS_GRANTED:
            # The lease ends by the coordinator's clock: at the earliest so long after it was asked for.
            lease = Lease(
                request_id, pool, quantity, asked, answered, asked + LEASE_SECONDS - CLOCK_DOUBT_SECONDS,
                answer.token, (answer.fencing.epoch, answer.fencing.counter))
            if not answer.token:
                self.history.violate(f"{request_id}: its owner was shown no token")
            self.history.granted(lease)
            if self.random.random() < 0.1:
                await self.ask_again(message, lease)
            self.held.append(lease)
        elif answer.status == pb.REQUEST_STATUS_DENIED:
            self.history.denials.append(Denial(pool, quantity, asked, answered))
        else:
            self.history.violate(f"{request_id}: unexpected status {answer.status}")

    async def ask_again(self, message, lease):
        """The same request has the same outcome, for ever."""
        answer = await self.until_known(pb.METHOD_REQUEST_RESOURCE, message, pb.ResourceResponse)
        if answer is None or time.monotonic() > lease.ends:
            return
        same = (answer.token, (answer.fencing.epoch, answer.fencing.counter)) == (lease.token, lease.fencing)
        if answer.status != pb.REQUEST_STATUS_GRANTED or not same:
            self.history.violate(f"{lease.request_id}: asked again, it had another outcome: {answer.message}")

    async def release(self, lease):
        message = pb.ReleaseRequest(request_id=lease.request_id, token=lease.token, component=self.name)
        lease.release_asked = time.monotonic()
        answer = await self.until_known(pb.METHOD_RELEASE_RESOURCE, message, pb.ReleaseResponse)
        if answer is None:
            return
        lease.released = time.monotonic()
        # A lease that was acknowledged and has not ended is there, whatever happened meanwhile.
        if not answer.success and lease.released < lease.ends:
            self.history.violate(f"{lease.request_id}: was acknowledged and is gone: {answer.message}")

    async def until_known(self, method, message, answer, seconds=30.0):
        """Asks the same again, over new connections, until there is an answer; None if there is none in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.history.calls += 1
            try:
                return await self.peer.call(method, message, answer)
            except Unknown:
                await asyncio.sleep(self.random.uniform(0.01, 0.1))
            except Refused as refused:
                # UNAVAILABLE and RESOURCE_EXHAUSTED mean: not now. Everything else is no answer to these calls.
                if refused.code not in (8, 14):
                    self.history.violate(f"{self.name}: {refused}")
                    return None
                await asyncio.sleep(0.05)
        return None
