package import Model

/// A stretch of time, once or on every day. It holds its beginning and not its end.
package enum TimeWindow: Hashable, Sendable {
  /// From one instant to a later one.
  case once(Instant, Instant)
  /// Minutes since midnight UTC, 0..<1440; one that ends before it begins goes over midnight.
  case daily(Int64, Int64)

  private static let minute: Int64 = 60_000_000_000
  private static let day: Int64 = 1440 * minute

  package func contains(_ instant: Instant) -> Bool {
    switch self {
    case .once(let start, let end): return start <= instant && instant < end
    case .daily(let start, let end):
      let time = TimeWindow.timeOfDay(instant)
      let (start, end) = (start * TimeWindow.minute, end * TimeWindow.minute)
      return start <= end ? (start..<end).contains(time) : time >= start || time < end
    }
  }

  /// The next beginning or end after an instant; nil where there is none.
  package func boundary(after instant: Instant) -> Instant? {
    switch self {
    case .once(let start, let end): return instant < start ? start : instant < end ? end : nil
    case .daily(let start, let end):
      let time = TimeWindow.timeOfDay(instant)
      let midnight = instant.nanoseconds.subtractingSaturated(time)
      let waits = [start, end].map { minute in
        let wanted = minute * TimeWindow.minute
        return wanted > time ? wanted : wanted + TimeWindow.day
      }
      return Instant(nanoseconds: midnight.addingSaturated(min(waits[0], waits[1])))
    }
  }

  /// Nanoseconds since midnight UTC.
  private static func timeOfDay(_ instant: Instant) -> Int64 {
    let rest = instant.nanoseconds % day
    return rest < 0 ? rest + day : rest
  }
}

extension FieldCodec where Value == TimeWindow {
  /// `{"start": …, "end": …}`: two times of day such as 22:00, or two instants.
  static let window = FieldCodec { field throws(FieldProblem) in
    let members = try field.members(["start", "end"])
    let start = try members.required("start")
    let end = try members.required("end")
    if let from = minutes(start.value.stringValue), let to = minutes(end.value.stringValue) {
      guard from != to else { throw field.problem("begins when it ends; name two times of day") }
      return .daily(from, to)
    }
    let (from, to) = (try start.instant(), try end.instant())
    guard from < to else { throw field.problem("ends before it begins; exchange both") }
    return .once(from, to)
  } write: { window in
    switch window {
    case .once(let start, let end):
      .object([
        JSONValue.Member("start", FieldCodec<Instant>.instant.write(start)),
        JSONValue.Member("end", FieldCodec<Instant>.instant.write(end)),
      ])
    case .daily(let start, let end):
      .object([
        JSONValue.Member("start", .string(text(start))),
        JSONValue.Member("end", .string(text(end))),
      ])
    }
  }

  /// Minutes of `HH:MM`; nil for another text.
  private static func minutes(_ text: String?) -> Int64? {
    guard let bytes = text.map({ Array($0.utf8) }), bytes.count == 5, bytes[2] == UInt8(ascii: ":")
    else { return nil }
    let digits = [bytes[0], bytes[1], bytes[3], bytes[4]].map { Int64($0) - 48 }
    guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
    let (hour, minute) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
    return hour < 24 && minute < 60 ? hour * 60 + minute : nil
  }

  private static func text(_ minutes: Int64) -> String {
    let (hour, minute) = (minutes / 60, minutes % 60)
    return "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
  }
}
