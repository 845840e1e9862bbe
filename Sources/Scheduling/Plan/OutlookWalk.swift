import Model

/// A walk through an outlook: one working copy, changed from one instant to the next.
struct OutlookWalk {
  /// What happens besides ends of running jobs.
  private struct Mark {
    enum Kind: Int {
      case giveBack, take
      /// Only the answer may change here.
      case boundary
    }

    var at: Instant
    var kind: Kind
    var item: Int
  }

  private let outlook: Outlook
  private(set) var machine: PlanMachine
  private(set) var at: Instant
  private var nextEnd = 0
  private var marks: [Mark]
  private var nextMark = 0
  private var gauges: [RoomGauge] = []
  private var isWatching = false

  /// Stands at the beginning.
  init(_ outlook: Outlook) {
    self.outlook = outlook
    at = outlook.now
    machine = outlook.base
    marks = []
    for (index, item) in outlook.taken.enumerated() where item.start < item.end {
      if item.start <= at {
        machine.occupy(item.placement)
      } else {
        marks.append(Mark(at: item.start, kind: .take, item: index))
      }
      marks.append(Mark(at: item.end, kind: .giveBack, item: index))
    }
    let bounds =
      outlook.closures.flatMap { [$0.start, $0.end] }
      + outlook.held.flatMap { [$0.start, $0.end] }
      + outlook.restrictions.flatMap { [$0.start, $0.end] }
    for bound in bounds where bound > at {
      marks.append(Mark(at: bound, kind: .boundary, item: 0))
    }
    // What is given back is there for who takes it at the same instant.
    marks.sort { ($0.at, $0.kind.rawValue, $0.item) < ($1.at, $1.kind.rawValue, $1.item) }
  }

  /// Keeps up from here on whether a request may fit.
  mutating func watch(_ request: PlanMachine.Request) {
    guard let cluster = machine.places?.cluster else { return }
    isWatching = true
    gauges = request.variants.map {
      RoomGauge($0.map(\.request), minimum: request.minimumTasks, in: cluster)
    }
  }

  mutating func unwatch() {
    isWatching = false
    gauges = []
  }

  /// Whether the watched request may fit where the walk stands.
  var mayFit: Bool { !isWatching || gauges.contains { $0.isEnough } }

  /// The next instant at which something changes.
  private var next: Instant? {
    let entries = outlook.running.entries
    let end = nextEnd < entries.count ? outlook.end(of: entries[nextEnd]) : nil
    let mark = nextMark < marks.count ? marks[nextMark].at : nil
    guard let end, let mark else { return end ?? mark }
    return min(end, mark)
  }

  /// Goes on to the next instant at which something changes; false where there is none.
  @discardableResult
  mutating func advance() -> Bool {
    guard let next else { return false }
    at = next
    let entries = outlook.running.entries
    while nextEnd < entries.count, outlook.end(of: entries[nextEnd]) == next {
      machine.vacate(entries[nextEnd].placement)
      note(entries[nextEnd].placement)
      nextEnd += 1
    }
    while nextMark < marks.count, marks[nextMark].at == next {
      let mark = marks[nextMark]
      nextMark += 1
      switch mark.kind {
      case .boundary: continue
      case .giveBack: machine.vacate(outlook.taken[mark.item].placement)
      case .take: machine.occupy(outlook.taken[mark.item].placement)
      }
      note(outlook.taken[mark.item].placement)
    }
    return true
  }

  /// Goes on until everything through an instant has happened.
  mutating func advance(to instant: Instant) {
    while let next, next <= instant { advance() }
  }

  private mutating func note(_ placement: PlanMachine.Placement) {
    guard isWatching, let cluster = machine.places?.cluster else { return }
    for place in placement.places {
      for index in gauges.indices { gauges[index].update(place.node, in: cluster) }
    }
  }
}
