import Model

/// What a client was told of its lease.
struct LeaseFact {
  let component: Text
  let token: Text
  let fencing: FencingToken
  let quantity: Int64
  /// The latest end that was acknowledged.
  var expiresAt: Instant
  /// Whether a renewal was sent since: the end may then be later, and not earlier.
  var mayBeRenewed = false
  /// Whether a release was sent: then it may end.
  var mayBeReleased = false
}

/// What a client was told of its place in the queue.
struct WaitFact {
  let component: Text
  var deadline: Instant
  var mayBeCancelled = false
}

/// What became of a request, as far as anybody was told.
struct RequestFact {
  enum Outcome: Equatable {
    case none
    case queued
    case granted(FencingToken, Instant, Int64)
    case denied
    /// The wait was over without a grant.
    case waitEnded
  }

  let component: Text
  /// The highest fencing number that anybody had seen when it was first sent.
  let fencingFloor: FencingToken
  /// How far the server's clock had been set forward then.
  let setForward: TimeSpan
  var outcome = Outcome.none
  var token = Text.empty
}

/// Facts by request id, in an order that does not depend on hashes.
struct FactTable<Fact> {
  private var places: [Text: Int] = [:]
  private(set) var entries: [(id: Text, fact: Fact)] = []

  subscript(id: Text) -> Fact? {
    get { places[id].map { entries[$0].fact } }
    set {
      switch (places[id], newValue) {
      case (let place?, let fact?): entries[place].fact = fact
      case (nil, let fact?):
        places[id] = entries.count
        entries.append((id, fact))
      case (let place?, nil):
        places[id] = nil
        let last = entries.removeLast()
        guard place < entries.count else { return }
        entries[place] = last
        places[last.id] = place
      case (nil, nil): break
      }
    }
  }
}
