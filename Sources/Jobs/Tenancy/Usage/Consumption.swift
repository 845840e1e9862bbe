package import Model

/// What accrues at an instant: the derivative of a ``Consumption``.
package struct Flow: Hashable, Sendable {
  package var jobs: Int64 = 0
  package var gpuThousandths: Int64 = 0
  package var nanodollarsPerHour: Int64 = 0

  package init(jobs: Int64 = 0, gpuThousandths: Int64 = 0, nanodollarsPerHour: Int64 = 0) {
    self.jobs = jobs
    self.gpuThousandths = gpuThousandths
    self.nanodollarsPerHour = nanodollarsPerHour
  }

  package static let zero = Flow()

  static func += (left: inout Flow, right: Flow) {
    left.jobs += right.jobs
    left.gpuThousandths += right.gpuThousandths
    left.nanodollarsPerHour += right.nanodollarsPerHour
  }

  static func -= (left: inout Flow, right: Flow) {
    left.jobs -= right.jobs
    left.gpuThousandths -= right.gpuThousandths
    left.nanodollarsPerHour -= right.nanodollarsPerHour
  }

  /// What the flow comes to in a time. Exact.
  package func over(_ span: TimeSpan) -> Consumption {
    let time = Int128(span.nanoseconds)
    return Consumption(
      jobTime: Int128(jobs) * time, gpuTime: Int128(gpuThousandths) * time,
      cost: Int128(nanodollarsPerHour) * time)
  }
}

/// Exact sums over time, divided only when they are shown.
package struct Consumption: Hashable, Sendable {
  /// Jobs × nanoseconds.
  package var jobTime: Int128 = 0
  /// Thousandths of GPUs × nanoseconds.
  package var gpuTime: Int128 = 0
  /// Nano-dollars an hour × nanoseconds.
  package var cost: Int128 = 0

  package init(jobTime: Int128 = 0, gpuTime: Int128 = 0, cost: Int128 = 0) {
    self.jobTime = jobTime
    self.gpuTime = gpuTime
    self.cost = cost
  }

  package static let zero = Consumption()

  static func + (left: Consumption, right: Consumption) -> Consumption {
    Consumption(
      jobTime: left.jobTime + right.jobTime, gpuTime: left.gpuTime + right.gpuTime,
      cost: left.cost + right.cost)
  }

  static func - (left: Consumption, right: Consumption) -> Consumption {
    Consumption(
      jobTime: left.jobTime - right.jobTime, gpuTime: left.gpuTime - right.gpuTime,
      cost: left.cost - right.cost)
  }

  static func += (left: inout Consumption, right: Consumption) { left = left + right }
  static func -= (left: inout Consumption, right: Consumption) { left = left - right }
}

/// A consumption for each sort of window.
package struct WindowValues: Hashable, Sendable {
  var hour = Consumption.zero
  var day = Consumption.zero
  var month = Consumption.zero

  package static let zero = WindowValues()

  package init(
    hour: Consumption = .zero, day: Consumption = .zero, month: Consumption = .zero
  ) {
    self.hour = hour
    self.day = day
    self.month = month
  }

  package subscript(window: UTCWindow) -> Consumption {
    switch window {
    case .hour: hour
    case .day: day
    case .month: month
    }
  }

  static func += (left: inout WindowValues, right: WindowValues) {
    left.hour += right.hour
    left.day += right.day
    left.month += right.month
  }

  static func -= (left: inout WindowValues, right: WindowValues) {
    left.hour -= right.hour
    left.day -= right.day
    left.month -= right.month
  }
}

/// Sums of what accrued in the hour, the day and the month that hold an instant.
package struct WindowSums: Hashable, Sendable {
  /// The instant up to which the sums go.
  package private(set) var until: Instant
  package private(set) var values: WindowValues

  package init(until: Instant, values: WindowValues = .zero) {
    self.until = until
    self.values = values
  }

  /// Adds what flowed from an instant, not after `now`, until now. What lies before a window that holds `now` is not
  /// in its sum.
  ///
  /// Takes constant time, however many windows went by.
  mutating func advance(to now: Instant, _ flow: Flow, since start: Instant) {
    precondition(now >= until && start <= now, "time goes forward")
    func advanced(_ window: UTCWindow) -> Consumption {
      let windowStart = window.start(of: now)
      let before = until >= windowStart ? values[window] : .zero
      return before + flow.over(now - max(start, windowStart))
    }
    values = WindowValues(
      hour: advanced(.hour), day: advanced(.day), month: advanced(.month))
    until = now
  }
}
