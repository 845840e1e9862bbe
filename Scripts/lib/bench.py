"""Runs the coordinator and Redis under the same closed loops, in turns, and prints medians and ratios.

The equal job: ours is RequestResource and ReleaseResource over the protocol; Redis runs a script that, for an id, gives
back what it holds or checks the capacity and allocates, so that each call is one allocation or one release, with up to
800 ids held. INCR is Redis' cheapest write, for scale.
"""

import argparse
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SHAPES = [(1, 1), (50, 1), (50, 16), (50, 64)]

# KEYS[1]: the pool; KEYS[2]: the leases. ARGV[1]: id, ARGV[2]: quantity, ARGV[3]: capacity, ARGV[4]: component.
SCRIPT = """
local held = redis.call('HGET', KEYS[2], ARGV[1])
if held then
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('INCRBY', KEYS[1], -tonumber(ARGV[2]))
  return 0
end
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used + tonumber(ARGV[2]) > tonumber(ARGV[3]) then return -1 end
redis.call('INCRBY', KEYS[1], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
return 1
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Coordinator:
    """Ours, with queue, history, metrics and idempotency on, as always; in memory unless it is to be durable."""

    def __init__(self, binary, folder, counter=None, durable=False):
        self.binary = binary
        self.port = free_port()
        self.counter = str(folder / "allocations") if counter else None
        environment = dict(os.environ)
        if counter:
            environment.update(LD_PRELOAD=counter, MALLOC_COUNT_FILE=self.counter)
        self.process = subprocess.Popen(
            [binary, "serve", "--host", "127.0.0.1", "--port", str(self.port), "--http-port", "off",
             "--mode", "respect_limits"] + (["--data-dir", str(folder / "data")] if durable else ["--ephemeral"]),
            env=environment, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        wait_for(self.port, self.process)

    def measure(self, connections, depth, seconds):
        command = [
            self.binary, "bench", "--address", f"127.0.0.1:{self.port}", "--connections",
            str(connections), "--depth", str(depth), "--seconds", str(seconds), "--pid",
            str(self.process.pid), "--format", "json"]
        if self.counter:
            command += ["--allocation-counter", self.counter]
        result = json.loads(run(command, seconds + 60))
        return {
            "rate": result["requests_per_second"], "p50": result["p50_microseconds"],
            "cpu": result["server_microseconds_per_request"],
            "allocations": result.get("server_allocations_per_request")}

    def stop(self):
        stop(self.process)


class Redis:
    """One server for both of Redis' jobs; durable = each write is synced before its answer."""

    def __init__(self, folder, durable=False):
        self.port = free_port()
        kept = ["--appendonly", "yes", "--appendfsync", "always"] if durable else ["--appendonly", "no"]
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--dir", str(folder)] + kept, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        wait_for(self.port, self.process)
        self.script = run(
            ["redis-cli", "-p", str(self.port), "SCRIPT", "LOAD", SCRIPT], 10).strip()

    def measure(self, job, connections, depth, seconds):
        arguments = {
            "incr": ["INCR", "counter"],
            "script": ["EVALSHA", self.script, "2", "pool", "leases",
                       "00000000-0000-4000-8000-__rand_int__", "1", "24000", "bench"],
        }[job]
        base = ["redis-benchmark", "-p", str(self.port), "-c", str(connections), "-P", str(depth),
                "-r", "800", "--csv"]
        # As many calls as take about the time that was asked for.
        trial = parse_redis(run(base + ["-n", str(2000 * depth)] + arguments, 60))
        calls = max(2000 * depth, int(trial["rate"] * seconds))
        before = cpu_seconds(self.process.pid)
        result = parse_redis(run(base + ["-n", str(calls)] + arguments, seconds * 20 + 60))
        result["cpu"] = (cpu_seconds(self.process.pid) - before) * 1e6 / calls
        return result

    def stop(self):
        stop(self.process)


def parse_redis(text):
    lines = [line for line in text.splitlines() if line.startswith('"') and "rps" not in line]
    fields = [field.strip('"') for field in lines[-1].rsplit('","', 7)]
    return {"rate": float(fields[1]), "p50": float(fields[4]) * 1000}


def run(command, limit):
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=limit, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"bench: {' '.join(command[:2])} failed: {done.stderr.strip()}")
    return done.stdout


def wait_for(port, process):
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"bench: {process.args[0]} did not start")


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


def allocations(binary, folder, seconds):
    """Allocations per request at 50 x 16, in a run of its own: counting costs time."""
    library = str(folder / "malloc_count.so")
    source = str(pathlib.Path(__file__).with_name("malloc_count.c"))
    run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source], 60)
    ours = Coordinator(binary, folder, counter=library)
    try:
        return ours.measure(50, 16, seconds)["allocations"]
    finally:
        ours.stop()


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--coordinator", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--durable", action="store_true",
                        help="both on the disk: ours with its journal, Redis with appendfsync always")
    parser.add_argument("--folder", help="where both keep their files; default: the system's temporary folder")
    options = parser.parse_args()
    jobs = ["coordinator", "script", "incr"]
    rows = {(job, shape): [] for job in jobs for shape in SHAPES}
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = pathlib.Path(name)
        ours = Coordinator(options.coordinator, folder, durable=options.durable)
        redis = Redis(folder, options.durable)
        try:
            for round_number in range(options.rounds):
                for shape in SHAPES:
                    print(f"round {round_number + 1} of {options.rounds}, "
                          f"{shape[0]} x {shape[1]}", file=sys.stderr)
                    rows["coordinator", shape].append(ours.measure(*shape, options.seconds))
                    for job in jobs[1:]:
                        rows[job, shape].append(redis.measure(job, *shape, options.seconds))
        finally:
            ours.stop()
            redis.stop()
        heap = None if options.durable else allocations(options.coordinator, folder, options.seconds)
    print("| connections x depth | requests/s | CPU µs/request | p50 µs "
          "| to the script: rate, CPU | to INCR: rate, CPU |")
    print("|---|---|---|---|---|---|")
    for shape in SHAPES:
        own = {key: median(rows["coordinator", shape], key) for key in ("rate", "cpu", "p50")}
        cells = [f"{shape[0]} x {shape[1]}", f"{own['rate']:,.0f}", f"{own['cpu']:.2f}",
                 f"{own['p50']:,.0f}"]
        for job in jobs[1:]:
            # Ratios of the same round, since the machine's other work moves both.
            rate = statistics.median(
                mine["rate"] / peer["rate"]
                for mine, peer in zip(rows["coordinator", shape], rows[job, shape]))
            cpu = statistics.median(
                mine["cpu"] / peer["cpu"] if peer["cpu"] else float("nan")
                for mine, peer in zip(rows["coordinator", shape], rows[job, shape]))
            cells.append(f"{rate:.2f}x, {cpu:.2f}x")
        print("| " + " | ".join(cells) + " |")
    if heap is not None:
        print(f"\nHeap allocations per request at 50 x 16: {heap:.2f}")


main()
