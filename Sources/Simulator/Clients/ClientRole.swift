import Model

/// How a client behaves.
enum ClientRole: String {
  /// Asks, waits, renews, gives back, and asks again after a loss.
  case steady
  /// Leaves the queue after a short while.
  case impatient
  /// Never gives back.
  case hoarder
  /// Uses tokens that are not its own or no longer good, and sends what is no frame.
  case liar
  /// Speaks the protocol of the seed: pools by number, no secret, no queue, no Hello.
  case older
  /// Follows the events, and goes on behind the last one after each loss.
  case watcher
  /// Changes capacities and modes, and drains.
  case administrator

  static func drawn(_ number: Int, _ random: SeededRandom) -> ClientRole {
    guard number > 0 else { return .administrator }
    var random = random.child("role \(number)")
    let usual: [ClientRole] = [
      .steady, .steady, .steady, .steady, .impatient, .hoarder, .liar, .older, .watcher,
    ]
    return random.pick(usual)
  }
}

/// Ids and tokens that were seen, for those who try them out.
final class Rumours {
  private(set) var known: [(id: Text, component: Text, token: Text)] = []

  func spread(_ id: Text, _ component: Text, _ token: Text) {
    known.append((id, component, token))
    if known.count > 32 { known.removeFirst() }
  }
}
