package import Model

extension NodeFailures {
  /// Reads outages from a table: `at_seconds`, `repair_seconds` and, where nodes are told, `node`. In the order of time,
  /// whatever that of the rows is; those of one time as they stand.
  package static func outages(_ text: String, file: String) throws(CommaTableError) -> [Outage] {
    let table = try CommaTable(text, file: file)
    let what = "a list of failures"
    let at = try table.requiredColumn("at_seconds", of: what)
    let repair = try table.requiredColumn("repair_seconds", of: what)
    let node = table.column("node")
    let secondsMax = Int64(WorkloadLimits.secondsMax - 1)
    var outages: [(offset: Int, outage: Outage)] = []
    for (offset, row) in table.rows.enumerated() {
      let name = node.map { table.text($0, row) } ?? ""
      let outage = Outage(
        atSeconds: Double(try table.count(at, row, in: 0...secondsMax)),
        repairSeconds: Double(try table.count(repair, row, in: 1...secondsMax)),
        node: name.isEmpty ? nil : name)
      outages.append((offset, outage))
    }
    return outages.sorted { ($0.outage.atSeconds, $0.offset) < ($1.outage.atSeconds, $1.offset) }
      .map(\.outage)
  }
}
