"""What the clients saw, and whether a coordinator that keeps its word could have shown it.

Knows nothing of the coordinator but its promises. Times are of one monotonic clock. A lease is held for sure from its
answer to the moment at which its release was asked for, or to its end if it was not; it may be held from the moment at
which it was asked for to the answer of its release.
"""

import bisect
import dataclasses
import math


@dataclasses.dataclass
class Lease:
    request_id: str
    pool: str
    quantity: int
    asked: float
    answered: float
    ends: float
    token: str
    fencing: tuple
    release_asked: float = math.inf
    released: float = math.inf


@dataclasses.dataclass
class Denial:
    pool: str
    quantity: int
    asked: float
    answered: float


class History:
    def __init__(self, capacities):
        self.capacities = capacities
        self.leases = {}
        self.denials = []
        self.unknown = []
        self.violations = []
        self.calls = 0

    def violate(self, sentence):
        self.violations.append(sentence)

    def granted(self, lease):
        known = self.leases.get(lease.request_id)
        if known is None:
            self.leases[lease.request_id] = lease
        elif known.token and lease.token and known.token != lease.token:
            self.violate(f"{lease.request_id} has two tokens")
        elif known.fencing != lease.fencing:
            self.violate(f"{lease.request_id} has two fencing numbers: {known.fencing} and {lease.fencing}")

    def check(self):
        """All violations of the whole history."""
        for pool, capacity in self.capacities.items():
            self._check_capacity(pool, capacity)
            self._check_denials(pool, capacity)
        self._check_fencing()
        return self.violations

    def _check_capacity(self, pool, capacity):
        steps = []
        for lease in self.leases.values():
            end = min(lease.release_asked, lease.ends)
            if lease.pool == pool and end > lease.answered:
                steps.append((lease.answered, 1, lease.quantity))
                steps.append((end, 0, -lease.quantity))
        held = 0
        for time, _, change in sorted(steps):
            held += change
            if held > capacity:
                self.violate(f"{pool}: at {time:.3f} {held} were held for sure, of {capacity}")
                return

    def _check_denials(self, pool, capacity):
        """A denial is right if at some moment of its call there may have been too little."""
        steps = []
        for lease in self.leases.values():
            if lease.pool == pool:
                steps.append((lease.asked, 0, lease.quantity))
                steps.append((lease.released, 1, -lease.quantity))
        # What nobody knows the outcome of may be held from then on.
        for asked, unknown_pool, quantity, until in self.unknown:
            if unknown_pool == pool:
                steps.append((asked, 0, quantity))
                steps.append((until, 1, -quantity))
        times, most = [-math.inf], [0]
        for time, _, change in sorted(steps):
            times.append(time)
            most.append(most[-1] + change)
        for denial in self.denials:
            if denial.pool != pool:
                continue
            first = bisect.bisect_right(times, denial.asked) - 1
            last = bisect.bisect_right(times, denial.answered)
            if max(most[first:last]) + denial.quantity <= capacity:
                self.violate(
                    f"{pool}: {denial.quantity} were denied at {denial.answered:.3f} though at most "
                    f"{max(most[first:last])} of {capacity} were held")
                return

    def _check_fencing(self):
        """A grant that was asked for after another was answered has the higher number."""
        highest = (0, 0)
        leases = sorted(self.leases.values(), key=lambda lease: lease.asked)
        pending = sorted(self.leases.values(), key=lambda lease: lease.answered)
        place = 0
        for lease in leases:
            while place < len(pending) and pending[place].answered < lease.asked:
                highest = max(highest, pending[place].fencing)
                place += 1
            if lease.fencing <= highest:
                self.violate(f"{lease.request_id} has the number {lease.fencing}, after {highest}")
                return
        if len({lease.fencing for lease in leases}) != len(leases):
            self.violate("two leases have one fencing number")
