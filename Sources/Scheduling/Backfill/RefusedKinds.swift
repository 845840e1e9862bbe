/// Which kinds of requests find no place on a machine, kept from pass to pass.
///
/// What was refused stays so while only more is taken. When something is given back, a kind is tried again if that may let it
/// in.
struct RefusedKinds<M: Machine>: Sendable {
  private var numbers: [M.Kind: Int] = [:]
  private var examples = ContiguousArray<M.Request>()
  private var isRefused = ContiguousArray<Bool>()
  /// The numbers of those that are.
  private var refused = ContiguousArray<Int>()
  /// By number: whether it finds no place beside the reservation of the first blocked job.
  private var isRefusedBesideHead = ContiguousArray<Bool>()

  /// Kinds that are told apart; requests of others are tried each time.
  static var kindsMax: Int { 4096 }

  /// The number of a request's kind; nil where a refusal says nothing about the next request.
  mutating func number(of request: M.Request) -> Int? {
    guard let kind = M.kind(of: request) else { return nil }
    if let number = numbers[kind] { return number }
    guard examples.count < Self.kindsMax else { return nil }
    numbers[kind] = examples.count
    examples.append(request)
    isRefused.append(false)
    isRefusedBesideHead.append(false)
    return examples.count - 1
  }

  func refuses(_ kind: Int?) -> Bool { kind.map { isRefused[$0] } ?? false }

  func refusesBesideHead(_ kind: Int?) -> Bool {
    kind.map { isRefused[$0] || isRefusedBesideHead[$0] } ?? false
  }

  /// A request of the kind found no place on the machine.
  mutating func note(_ kind: Int?) {
    guard let kind, !isRefused[kind] else { return }
    isRefused[kind] = true
    refused.append(kind)
  }

  /// A request of the kind found no place beside the reservation.
  mutating func noteBesideHead(_ kind: Int?) {
    if let kind { isRefusedBesideHead[kind] = true }
  }

  /// The first blocked job, or its reservation, is another. O(kinds).
  mutating func forgetHead() {
    for kind in isRefusedBesideHead.indices { isRefusedBesideHead[kind] = false }
  }

  /// Something was given back on the machine. O(kinds that are refused).
  mutating func giveBack(_ placement: M.Placement, on machine: M) {
    refused.removeAll { kind in
      guard machine.mayFit(examples[kind], since: placement) else { return false }
      isRefused[kind] = false
      return true
    }
  }
}
