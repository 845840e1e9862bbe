import Model
import Scheduling
import Testing

/// Plans of small descriptions, said in short lines.
enum PlanTrial {
  static func plan(_ json: String) throws -> Plan {
    let (snapshot, now) = try Snapshot.parse(Array(json.utf8))
    return try Scheduling.plan(snapshot, at: now)
  }

  /// What a plan decides: who starts where, who stops for whom, who is reserved for when; and who only waits.
  static func decisions(_ plan: Plan) -> [String] {
    var lines: [String] = []
    var started: [String] = []
    for start in plan.starts where !started.contains(start.job) { started.append(start.job) }
    for job in started {
      let places = plan.starts.filter { $0.job == job }.compactMap { start in
        start.node.map { $0 + devices(start.gpu) }
      }
      lines.append("\(job) starts" + (places.isEmpty ? "" : " on \(places.joined(separator: " "))"))
    }
    lines += plan.evictions.map { "\($0.job) stops for \($0.preemptor)" }
    lines += (plan.bookings ?? []).map {
      $0.refusal == nil
        ? "\($0.name) has \($0.nodes.joined(separator: " "))" : "\($0.name) is refused"
    }
    lines += (plan.moves ?? []).map {
      "\($0.job) moves to \($0.to)\(devices($0.gpu))"
        + ($0.beneficiary.map { " for \($0)" } ?? "")
    }
    lines += plan.reservations.map { reservation in
      let nodes = reservation.nodes.isEmpty ? "" : " on \(reservation.nodes.joined(separator: " "))"
      return "\(reservation.job) at \(reservation.start.nanoseconds / 1_000_000_000)\(nodes)"
    }
    let reserved = Set(plan.reservations.map(\.job))
    lines += plan.waiting.filter { !reserved.contains($0.job) }.map { "\($0.job) waits" }
    return lines
  }

  private static func devices(_ gpu: GPUGrant) -> String {
    switch gpu {
    case .none: ""
    case .share(let device, let milli): ":\(device)/\(milli)"
    case .devices(let devices): ":" + devices.map { "\($0)" }.joined(separator: "+")
    case .instances(let instances): ":" + instances.map { "\($0.device)" }.joined(separator: "+")
    }
  }
}

/// A description, and what is decided on it.
struct PlanCase: Sendable, CustomTestStringConvertible {
  let name: String
  let json: String
  let decisions: [String]
  /// A part of a reason for which the job of this name waits.
  var reason: (job: String, part: String)?

  init(
    _ name: String, _ json: String, _ decisions: [String], because reason: (String, String)? = nil
  ) {
    self.name = name
    self.json = json
    self.decisions = decisions
    self.reason = reason.map { (job: $0.0, part: $0.1) }
  }

  var testDescription: String { name }
}
