"""The runs: kills, pauses, connections, a full disk, clock jumps, many connections. See Scripts/faults."""

import argparse
import asyncio
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time

from resource_coordinator import resource_coordinator_pb2 as pb

from .checker import History
from .clients import POOLS, Client
from .peer import Peer
from .process import Coordinator, free_port
from .proxy import Proxy

CLIENTS = 16


class Run:
    """One coordinator, its clients, and a history of what they saw."""

    def __init__(self, options, folder, name, arguments=()):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.port = free_port()
        self.coordinator = Coordinator(options.coordinator, self.folder, self.port, arguments)
        self.history = History(POOLS)
        self.random = random.Random(f"{options.seed} {name}")
        self.seed = options.seed

    async def with_clients(self, nemesis, port=None):
        clients = [Client(f"client{number}", port or self.port, self.history, self.seed)
                   for number in range(CLIENTS)]
        tasks = [asyncio.create_task(client.run()) for client in clients]
        try:
            await nemesis()
        finally:
            for client in clients:
                client.is_ending = True
            await asyncio.gather(*tasks)

    def result(self, faults):
        violations = self.history.check()
        print(f"  {faults}; {self.history.calls} calls, {len(self.history.leases)} leases, "
              f"{len(self.history.denials)} denials; violations: {len(violations)}", flush=True)
        for violation in violations[:10]:
            print(f"  VIOLATION {violation}", flush=True)
        return len(violations)


async def kills(options, folder):
    run = Run(options, folder, "kills")
    run.coordinator.start()

    async def nemesis():
        for number in range(options.kills):
            await asyncio.sleep(run.random.uniform(0.02, 0.5))
            run.coordinator.kill()
            await asyncio.to_thread(run.coordinator.start)
            if number % 20 == 19:
                print(f"  {number + 1} of {options.kills} kills", file=sys.stderr, flush=True)

    await run.with_clients(nemesis)
    run.coordinator.stop()
    return run.result(f"{options.kills} kills")


async def proof(options, folder):
    """A coordinator that keeps nothing is found out: the checker can fail."""
    run = Run(options, folder, "proof", ["--ephemeral"])
    run.coordinator.start()

    async def nemesis():
        for _ in range(3):
            await asyncio.sleep(1)
            run.coordinator.kill()
            await asyncio.to_thread(run.coordinator.start)
        await asyncio.sleep(1)

    await run.with_clients(nemesis)
    run.coordinator.stop()
    found = run.history.check()
    print(f"  a coordinator that keeps nothing shows {len(found)} violations after 3 kills, "
          f"such as: {found[0] if found else 'none'}", flush=True)
    return 0 if found else 1


async def pauses(options, folder):
    """Paused beyond a lease's time: it ends late, never early, and nothing is granted twice."""
    run = Run(options, folder, "pauses")
    run.coordinator.start()

    async def nemesis():
        for _ in range(options.pauses):
            await asyncio.sleep(run.random.uniform(0.2, 1))
            run.coordinator.pause()
            await asyncio.sleep(run.random.choice([0.1, 1, 5]))
            run.coordinator.resume()

    await run.with_clients(nemesis)
    run.coordinator.stop()
    return run.result(f"{options.pauses} pauses of up to 5 s")


async def connections(options, folder):
    run = Run(options, folder, "connections")
    run.coordinator.start()
    proxy = Proxy(run.port, options.seed)
    await proxy.start()

    async def nemesis():
        await asyncio.sleep(options.seconds)

    await run.with_clients(nemesis, proxy.port)
    await proxy.stop()
    run.coordinator.stop()
    faults = ", ".join(f"{count} {what}" for what, count in proxy.counts.items())
    return run.result(f"connections {faults}")


async def full_disk(options, folder):
    """The disk fills up: the coordinator stops by itself, and goes on with all it acknowledged once there is room."""
    run = Run(options, folder, "full")
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=768k", "tmpfs", str(run.folder)], capture_output=True).returncode == 0
    if not mounted:
        print("  skipped: no tmpfs can be mounted here")
        return 0
    try:
        run.coordinator.start()
        stops = 0

        async def nemesis():
            nonlocal stops
            size = 768
            while stops < options.fills:
                await asyncio.to_thread(run.coordinator.process.wait, 120)
                if run.coordinator.process.returncode != 1:
                    run.history.violate(f"a full disk ended it with {run.coordinator.process.returncode}, not 1")
                stops += 1
                size += 512
                subprocess.run(
                    ["mount", "-o", f"remount,size={size}k", str(run.folder)], check=True, timeout=20)
                await asyncio.to_thread(run.coordinator.start)

        await run.with_clients(nemesis)
        run.coordinator.stop()
        return run.result(f"{stops} times a full disk")
    finally:
        if run.coordinator.process.poll() is None:
            run.coordinator.kill()
        subprocess.run(["umount", "-l", str(run.folder)], timeout=20)


async def clock_jumps(options, folder):
    """The wall clock goes back between two starts: no lease ends early, and no number goes back."""
    run = Run(options, folder, "clock")
    run.coordinator.start()
    jumps = [-3600, -20, -86_400, 5]

    async def nemesis():
        for jump in jumps:
            await asyncio.sleep(1)
            run.coordinator.kill()
            await asyncio.to_thread(run.coordinator.start, jump)
        await asyncio.sleep(1)

    await run.with_clients(nemesis)
    run.coordinator.stop()
    return run.result(f"clock jumps {', '.join(f'{jump:+d} s' for jump in jumps)} between two starts")


async def many_connections(options, folder):
    """Ten thousand connections stand open, and a client beside them is served as before."""
    run = Run(options, folder, "many")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wanted = min(options.connections, hard - 200)
    run.coordinator.start()
    peer = Peer(run.port)

    async def latencies(count):
        times = []
        for _ in range(count):
            began = time.perf_counter()
            await peer.call(pb.METHOD_HEALTH_CHECK, pb.HealthCheckRequest(), pb.HealthCheckResponse)
            times.append((time.perf_counter() - began) * 1e6)
        times.sort()
        return times[len(times) // 2], times[int(len(times) * 0.99)]

    alone = await latencies(2000)
    opened = []
    for _ in range(wanted // 50):
        opened += await asyncio.gather(*(asyncio.open_connection("127.0.0.1", run.port) for _ in range(50)))
    beside = await latencies(2000)
    refused = sum(1 for reader, _ in opened if reader.at_eof())
    for _, writer in opened:
        writer.close()
    await peer.close()
    run.coordinator.stop()
    print(f"  {len(opened)} connections, {refused} of them refused; health check p50 {alone[0]:.0f} us alone, "
          f"{beside[0]:.0f} us beside them; p99 {alone[1]:.0f} and {beside[1]:.0f} us", flush=True)
    return 0


RUNS = {"proof": proof, "kills": kills, "pauses": pauses, "connections": connections, "full-disk": full_disk,
        "clock": clock_jumps, "many": many_connections}


async def main():
    parser = argparse.ArgumentParser(prog="Scripts/faults")
    parser.add_argument("--coordinator", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--only", choices=list(RUNS), action="append")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--pauses", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=20, help="of cut and trickling connections")
    parser.add_argument("--fills", type=int, default=3, help="times that the disk is full")
    parser.add_argument("--connections", type=int, default=9900)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    violations = 0
    with tempfile.TemporaryDirectory(prefix="coordinator-faults-") as folder:
        for name in options.only or RUNS:
            print(f"{name}:", flush=True)
            violations += await RUNS[name](options, folder)
    print(f"violations: {violations}")
    return 1 if violations else 0


sys.exit(asyncio.run(main()))
