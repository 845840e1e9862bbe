"""The kernel's two models for SimPy, to compare events per second in one run: M/M/c and hold.

usage: simpy_models.py queue|hold COUNT [SERVERS | PENDING]

Prints one JSON object: the model, how many events it had, the CPU seconds of this process, events per second,
and the mean wait of the queue. SimPy comes from PyPI.
"""

import json
import random
import sys
import time

import simpy

ARRIVAL_RATE = 3.6
SERVICE_RATE = 1.0


def queue(customers, servers):
    """M/M/c as SimPy's users write it: a resource, and a process for each customer."""
    draw = random.Random(1)
    env = simpy.Environment()
    desk = simpy.Resource(env, capacity=servers)
    waits = []

    def customer():
        arrived = env.now
        with desk.request() as request:
            yield request
            waits.append(env.now - arrived)
            yield env.timeout(draw.expovariate(SERVICE_RATE))

    def source():
        for _ in range(customers):
            yield env.timeout(draw.expovariate(ARRIVAL_RATE * servers / 4))
            env.process(customer())

    env.process(source())
    env.run()
    return 2 * customers, sum(waits) / len(waits)


def hold(operations, pending):
    """A number of processes that each wait for a random time, again and again."""
    draw = random.Random(1)
    env = simpy.Environment()
    done = env.event()
    count = 0

    def holder():
        nonlocal count
        while True:
            yield env.timeout(draw.expovariate(1.0))
            count += 1
            if count == operations:
                done.succeed()

    for _ in range(pending):
        env.process(holder())
    env.run(until=done)
    return operations, None


def main():
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in ("queue", "hold"):
        sys.exit(__doc__.split("\n")[2])
    name, count = sys.argv[1], int(sys.argv[2])
    model, usual = (queue, 4) if name == "queue" else (hold, 1000)
    parameter = int(sys.argv[3]) if len(sys.argv) == 4 else usual
    start = time.process_time()
    events, wait = model(count, parameter)
    seconds = time.process_time() - start
    print(
        json.dumps(
            {
                "model": name,
                "events": events,
                "cpu_seconds": round(seconds, 4),
                "events_per_second": round(events / seconds),
                "mean_wait_seconds": wait,
            }
        )
    )


if __name__ == "__main__":
    main()
