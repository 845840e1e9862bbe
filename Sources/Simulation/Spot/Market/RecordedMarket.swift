extension SpotMarket {
  /// The market of recorded zones: spot instances are taken away where the recording has none.
  ///
  /// Zones whose names differ in the last part alone, as `us-east-1c` and `us-east-1d`, are of one
  /// region. Fails where the recordings' steps differ, or one is shorter than `hours`.
  ///
  /// - Parameter ratePerHour: Preemptions an hour besides those of the recording.
  package static func recorded(
    _ traces: [AvailabilityTrace], hours: Double, ratePerHour: Double = 0
  ) throws(SpotError) -> SpotMarket {
    guard let first = traces.first else { throw SpotError("a market has a zone") }
    var regions: [String] = []
    var zones: [ZoneMarket] = []
    for trace in traces {
      guard trace.stepNanoseconds == first.stepNanoseconds else {
        throw SpotError("\(trace.zone): its steps are not those of \(first.zone)")
      }
      guard trace.spanNanoseconds >= SpotUnits.nanoseconds(hours: hours) else {
        let span = ReportText.short(SpotUnits.hours(trace.spanNanoseconds))
        throw SpotError("\(trace.zone): it has \(span) hours, fewer than are simulated")
      }
      let name = region(of: trace.zone)
      let region = regions.firstIndex(of: name) ?? regions.count
      if region == regions.count { regions.append(name) }
      let hazard = ratePerHour * SpotUnits.hours(trace.stepNanoseconds)
      zones.append(
        ZoneMarket(
          name: trace.zone, region: region, onDemandNanodollars: trace.onDemandNanodollars,
          stepNanoseconds: trace.stepNanoseconds,
          spotNanodollars: (0..<trace.steps).map { trace.spotNanodollars(at: $0) },
          hazards: Array(repeating: hazard, count: trace.steps),
          availability: trace.isAvailable))
    }
    return SpotMarket(zones: zones)
  }

  /// A zone's name without its last letter, and without a hyphen before that.
  package static func region(of zone: String) -> String {
    guard let last = zone.last, last.isLetter, zone.count > 1 else { return zone }
    let name = zone.dropLast()
    return String(name.last == "-" ? name.dropLast() : name)
  }
}
