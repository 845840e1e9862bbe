import Model
import NIOCore
import Session

/// A client: its connection, made with the client library's own state machine, and what it does with it.
final class ClientActor {
  struct Call {
    let method: Method
    let answered: (ResponseMessage) -> Void
    /// The end without an answer, or of a stream; nil if all went well.
    let ended: (CallError?) -> Void
  }

  let stage: Stage
  let plan: WorldPlan
  let oracle: Oracle
  let server: ServerHost
  let role: ClientRole
  let name: Text
  var random: SeededRandom
  private var network: SeededRandom
  private(set) var partitionedUntil = Instant.epoch
  private var link: Link?
  private var connection: ClientConnection?
  private var calls: [UInt64: Call] = [:]
  /// Rises when it crashes: what it began before is forgotten.
  private(set) var life = 0
  var jobCount = 0
  var idCount = 0
  /// The last event that it was told of.
  var watchedRevision: UInt64 = 0
  /// Whether it has ever told the coordinator to drain: that may arrive late.
  var hasDrained = false
  /// Whether the last request, made after all faults, was granted and given back.
  var isServed = false

  init(
    _ stage: Stage, _ plan: WorldPlan, _ oracle: Oracle, _ server: ServerHost, _ role: ClientRole,
    _ name: Text, _ random: SeededRandom
  ) {
    self.stage = stage
    self.plan = plan
    self.oracle = oracle
    self.server = server
    self.role = role
    self.name = name
    self.random = random
    network = random.child("network")
  }

  func tell(_ what: @autoclosure () -> String) { stage.tell(name.string, what()) }

  /// Does something later, unless it has crashed by then.
  func later(_ span: TimeSpan, _ action: @escaping () -> Void) {
    let life = life
    stage.after(span) { [self] in
      if life == self.life { action() }
    }
  }

  // MARK: Calls

  /// Makes a call over its connection, which is opened if there is none.
  func call(
    _ message: RequestMessage, timeout: TimeSpan, answered: @escaping (ResponseMessage) -> Void,
    ended: @escaping (CallError?) -> Void
  ) {
    stage.tally.operations += 1
    let connection = openConnection()
    do throws(CallError) {
      let id = try connection.begin(message, timeout: timeout, at: stage.now)
      calls[id] = Call(method: message.method, answered: answered, ended: ended)
      tell("-> \(Words.text(message))")
    } catch {
      tell("cannot call: \(error.message)")
      later(.milliseconds(1)) { ended(error) }
      return
    }
    flush()
    later(timeout + .nanoseconds(1)) { [weak self, weak connection] in
      guard let self, let connection, self.connection === connection else { return }
      handle(connection.advance(to: stage.now))
      flush()
    }
  }

  private func openConnection() -> ClientConnection {
    if let connection, connection.failure == nil, link != nil { return connection }
    let link = Link(stage, plan.delay, self, network.child("link \(network.next())"))
    let connection = ClientConnection(limits: plan.settings.limits, at: stage.now)
    self.link = link
    self.connection = connection
    link.connect(to: server)
    if role != .older, random.chance(30) {
      let hello = HelloRequest(protocolVersion: 1, client: name)
      call(.hello(hello), timeout: .seconds(5), answered: { _ in }, ended: { _ in })
    }
    return connection
  }

  private func flush() {
    if let bytes = connection?.takeOutgoing() { link?.sendUp(bytes) }
  }

  func received(_ bytes: ByteBuffer, on link: Link) {
    guard link === self.link, let connection else { return }
    var bytes = bytes
    handle(connection.receive(&bytes, at: stage.now))
    flush()
  }

  func linkEnded(_ link: Link) {
    guard link === self.link else { return }
    tell("has lost its connection")
    loseConnection()
  }

  private func loseConnection() {
    guard let connection else { return }
    link = nil
    self.connection = nil
    handle(connection.fail(CallError(.connectionLost, "the connection was lost")))
  }

  /// Gives a connection up that does not answer.
  func abandonConnection() {
    link?.finishUp()
    loseConnection()
  }

  private func handle(_ events: [ClientConnection.Event]) {
    for event in events {
      switch event {
      case .message(let id, let answer):
        guard let call = calls[id] else { continue }
        stage.tally.answers += 1
        tell("<- \(Words.text(answer.response))")
        call.answered(answer.response)
      case .ended(let id, let error):
        guard let call = calls.removeValue(forKey: id) else { continue }
        if let error { tell("<- \(call.method.name) failed: \(error.message)") }
        call.ended(error)
        if error?.code == .deadlineExceeded, !call.method.isStream { abandonConnection() }
      case .broken(let error):
        tell("its connection is broken: \(error.message)")
        if role != .liar { oracle.refused(error, of: name) }
        link?.reset()
        link = nil
        connection = nil
      }
    }
  }

  /// Sends bytes that may be anything.
  func sendGarbage() {
    _ = openConnection()
    var bytes = ByteBuffer()
    for _ in 0..<random.within(1...60) { bytes.writeInteger(UInt8(random.below(256))) }
    stage.fault(.garbage, "\(name) sends \(bytes.readableBytes) bytes of garbage")
    link?.sendUp(bytes)
  }

  // MARK: Faults

  func breakNetwork(_ random: inout SeededRandom) {
    switch random.below(10) {
    case 0..<4:
      stage.fault(.reset, "the connection of \(name) is reset")
      link?.reset()
    case 4..<7:
      stage.fault(.halfOpen, "the connection of \(name) falls silent")
      link?.fallSilent()
    default:
      let length = TimeSpan.milliseconds(random.within(10...90_000))
      stage.fault(.partition, "\(name) is cut off for \(length.seconds) s")
      partitionedUntil = max(partitionedUntil, stage.now + length)
    }
  }

  /// Forgets everything and comes back later.
  func crash() {
    stage.fault(.clientCrash, "\(name) crashes")
    life += 1
    jobCount = 0
    calls = [:]
    if random.chance(50) { link?.reset() } else { link?.fallSilent() }
    link = nil
    connection = nil
    later(.milliseconds(random.within(10...20_000))) { [self] in comeBack() }
  }

  /// Forgets its calls at the end of the world, and with them what they were to do with it.
  func end() {
    calls = [:]
    link = nil
    connection = nil
  }

  func calmDown() {
    partitionedUntil = min(partitionedUntil, stage.now + .seconds(1))
    later(.milliseconds(random.within(1000...60_000))) { [self] in beginLast() }
  }
}
