import Model

/// What one pass learned of kinds of units: during a pass there is only ever less room, so that what was refused to one unit
/// is refused to the next of its kind.
struct PlanRefusals {
  /// By kind: the estimate beyond which units find no places, in nanoseconds.
  private var refusedBeyond: [Int64] = []
  /// By kind: whether one would find places on the machine with nothing on it.
  private var possible: [Bool] = []

  /// Whether the unit finds no places.
  func refuses(_ unit: PlanUnit) -> Bool {
    guard let kind = unit.kind else { return false }
    return refuses(kind: kind, estimateNanoseconds: unit.estimate.nanoseconds)
  }

  func refuses(kind: Int, estimateNanoseconds: Int64) -> Bool {
    kind < refusedBeyond.count && estimateNanoseconds > refusedBeyond[kind]
  }

  /// For the next pass: only what holds without anything running holds on.
  mutating func begin() { refusedBeyond.removeAll(keepingCapacity: true) }

  /// A unit found no places, as no other of its kind does that is expected to run for longer than this.
  mutating func note(_ unit: PlanUnit, beyond span: TimeSpan) {
    guard let kind = unit.kind else { return }
    while refusedBeyond.count <= kind { refusedBeyond.append(.max) }
    refusedBeyond[kind] = min(refusedBeyond[kind], span.nanoseconds)
  }

  /// What is expected later changed: only refusals whatever the estimate hold on.
  mutating func forgetSpans() {
    for kind in refusedBeyond.indices where refusedBeyond[kind] > 0 { refusedBeyond[kind] = .max }
  }

  func isPossible(_ unit: PlanUnit) -> Bool {
    guard let kind = unit.kind, kind < possible.count else { return false }
    return possible[kind]
  }

  mutating func notePossible(_ unit: PlanUnit) {
    guard let kind = unit.kind else { return }
    while possible.count <= kind { possible.append(false) }
    possible[kind] = true
  }
}
