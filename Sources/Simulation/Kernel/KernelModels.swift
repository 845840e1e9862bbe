import Model

/// Two small models that do nothing but events, to measure the kernel by and to compare it with
/// other simulators.
public enum KernelModels {
  /// What a queueing model saw.
  public struct QueueOutcome: Hashable, Sendable {
    /// Arrivals and departures.
    public let events: Int
    public let meanWaitSeconds: Double
  }

  /// M/M/c: customers arrive at random, wait in the order of arrival for one of `servers`, and are
  /// served for an exponentially distributed time. Rates are per second and more than 0, and
  /// arrivals slower than all servers together.
  public static func queue(
    servers: Int, arrivalRate: Double, serviceRate: Double, customers: Int, seed: UInt64
  ) -> QueueOutcome {
    precondition(
      servers >= 1 && customers >= 1 && arrivalRate > 0
        && arrivalRate < serviceRate * Double(servers), "a queue that does not grow for ever")
    var model = QueueModel(
      servers: servers, arrivalRate: arrivalRate, serviceRate: serviceRate, customers: customers,
      seed: seed)
    return model.run()
  }

  /// The mean wait of M/M/c in the long run: Erlang's formula C.
  public static func expectedWaitSeconds(servers: Int, arrivalRate: Double, serviceRate: Double)
    -> Double
  {
    let load = arrivalRate / serviceRate
    let perServer = load / Double(servers)
    // The blocking probability of Erlang's formula B, one server after the other, and from it
    // formula C.
    var blocked = 1.0
    for server in 1...servers { blocked = load * blocked / (Double(server) + load * blocked) }
    let waits = blocked / (1 - perServer * (1 - blocked))
    return waits / (Double(servers) * serviceRate - arrivalRate)
  }

  /// Hold: of `pending` events the earliest is taken out and put back an exponentially distributed
  /// time later, `operations` times. The sum of the instants' nanoseconds, so that the work is not
  /// in vain.
  ///
  /// Source: the hold model of Vaucher and Duval, "A comparison of simulation event list
  /// algorithms", CACM 18(4), 1975.
  public static func hold(pending: Int, operations: Int, seed: UInt64) -> UInt64 {
    precondition(pending >= 1, "an event is held")
    var random = SeededRandom(seed: seed).child("increments")
    var events = EventQueue<Int32>()
    for number in 0..<pending {
      events.add(Int32(truncatingIfNeeded: number), at: .epoch + span(&random, 1))
    }
    var sum: UInt64 = 0
    for _ in 0..<operations {
      guard let (now, event) = events.next() else { break }
      sum &+= UInt64(bitPattern: now.nanoseconds)
      events.add(event, at: now + span(&random, 1))
    }
    return sum
  }

  @inline(__always)
  static func span(_ random: inout SeededRandom, _ meanSeconds: Double) -> TimeSpan {
    TimeSpan(nanoseconds: Int64(random.exponential(mean: meanSeconds * 1e9)))
  }
}

/// The state of one M/M/c simulation.
private struct QueueModel {
  enum Event {
    case arrival
    case departure
  }

  let meanGapSeconds: Double
  let meanServiceSeconds: Double
  let customers: Int
  var free: Int
  var arrived = 0
  var served = 0
  var events = EventQueue<Event>()
  var waiting = RingOfInstants()
  var waitNanoseconds: Int64 = 0
  var arrivals: SeededRandom
  var services: SeededRandom

  init(servers: Int, arrivalRate: Double, serviceRate: Double, customers: Int, seed: UInt64) {
    meanGapSeconds = 1 / arrivalRate
    meanServiceSeconds = 1 / serviceRate
    self.customers = customers
    free = servers
    let random = SeededRandom(seed: seed)
    arrivals = random.child("arrivals")
    services = random.child("services")
  }

  mutating func run() -> KernelModels.QueueOutcome {
    events.add(.arrival, at: .epoch + KernelModels.span(&arrivals, meanGapSeconds))
    while let (now, event) = events.next() {
      switch event {
      case .arrival: arrive(at: now)
      case .departure: depart(at: now)
      }
    }
    return KernelModels.QueueOutcome(
      events: arrived + served,
      meanWaitSeconds: Double(waitNanoseconds) / 1e9 / Double(customers))
  }

  private mutating func arrive(at now: Instant) {
    arrived += 1
    if arrived < customers {
      events.add(.arrival, at: now + KernelModels.span(&arrivals, meanGapSeconds))
    }
    if free > 0 {
      free -= 1
      events.add(.departure, at: now + KernelModels.span(&services, meanServiceSeconds))
    } else {
      waiting.append(now)
    }
  }

  private mutating func depart(at now: Instant) {
    served += 1
    guard let since = waiting.popFirst() else {
      free += 1
      return
    }
    waitNanoseconds += (now - since).nanoseconds
    events.add(.departure, at: now + KernelModels.span(&services, meanServiceSeconds))
  }
}

/// First in, first out, in a ring that doubles when it is full.
private struct RingOfInstants {
  private var places = ContiguousArray(repeating: Instant.epoch, count: 16)
  private var first = 0
  private var count = 0

  mutating func append(_ instant: Instant) {
    if count == places.count { grow() }
    places[(first + count) & (places.count - 1)] = instant
    count += 1
  }

  mutating func popFirst() -> Instant? {
    guard count > 0 else { return nil }
    let instant = places[first]
    first = (first + 1) & (places.count - 1)
    count -= 1
    return instant
  }

  private mutating func grow() {
    var larger = ContiguousArray(repeating: Instant.epoch, count: places.count * 2)
    for index in 0..<count { larger[index] = places[(first + index) & (places.count - 1)] }
    places = larger
    first = 0
  }
}
