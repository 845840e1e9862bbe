import Coordination
import Durability
import Journal
import Model
import Simulator
import TestSupport

/// A coordinator with its journal on some disk, doing random work as a server does: decide, write, sync, acknowledge.
struct Life<Files: Disk>: ~Copyable {
  static var settings: CoordinationSettings {
    var settings = CoordinationSettings(mode: .respectLimits)
    settings.limits.rememberedTime = .seconds(20)
    return settings
  }

  let coordinator: Coordinator
  let report: RecoveryReport
  var writer: JournalWriter<Files>
  private var builder: BatchBuilder
  private var random: SeededRandom
  private(set) var now: Instant
  private var count = 0
  private var held: [(id: Text, token: Text)] = []

  init(
    _ disk: Files, seed: UInt64, now: Instant, settings: CoordinationSettings = Life.settings,
    given: GivenSettings = GivenSettings(), limits: JournalLimits
  ) throws {
    let recovered = try Recovery.open(
      disk, settings: settings, given: given, entropy: Entropy(seed: seed),
      circumstances: StartCircumstances(
        now: now, hashSeed: seed, lineage: seed, newEpoch: UInt64(now.nanoseconds)), limits: limits)
    coordinator = recovered.coordinator
    report = recovered.report
    writer = recovered.takeWriter()
    builder = BatchBuilder(after: writer.lastPosition, limits: limits)
    random = SeededRandom(seed: seed).child("life")
    self.now = now
  }

  /// Some requests and releases, not yet written.
  mutating func work(_ steps: Int) {
    for _ in 0..<steps {
      count += 1
      now = now + .milliseconds(random.within(0...2000))
      while coordinator.step(dueBy: now) { coordinator.effects.removeAll() }
      if random.chance(40), !held.isEmpty {
        let lease = held.remove(at: random.below(held.count))
        _ = try? coordinator.release(
          ReleaseRequest(requestID: lease.id, token: lease.token, component: "trainer"), at: now)
      } else {
        let id = Text("\(random.next())")
        let request = ResourceRequest(
          requestID: id, component: "trainer",
          claims: Claims(
            PoolQuantity(
              pool: PoolReference(name: random.pick(["gpu", "memory", "cpu"] as [Text])),
              quantity: random.within(1...9000))),
          duration: .seconds(random.within(1...60)),
          metadata: Metadata([(key: "note", value: String(repeating: "x", count: random.below(90)))]
          ),
          wait: random.chance(50))
        if let answer = try? coordinator.request(request, connection: 1, at: now),
          !answer.token.isEmpty
        {
          held.append((id, answer.token))
        }
      }
      coordinator.effects.removeAll()
    }
  }

  /// A request of a principal, with the trace of its call: for a long lease of little.
  static func requestByName(_ id: Text) -> ResourceRequest {
    ResourceRequest(
      requestID: id, component: "trainer",
      claims: Claims(PoolQuantity(pool: PoolReference(name: "claude_api"), quantity: 1)),
      duration: .seconds(86_400))
  }

  mutating func askByName(_ id: Text) throws {
    _ = try coordinator.request(
      Life.requestByName(id), connection: 1, by: Party(name: "ada", isAdmin: false),
      trace: TraceParent(Traces.text), at: now)
    coordinator.effects.removeAll()
  }

  /// A lease that a lost state knew, announced by its holder in a learning period.
  mutating func announce(_ id: Text) throws {
    let asked = Life.requestByName(id)
    _ = try coordinator.renew(
      RenewRequest(
        requestID: id, token: Token(entropyHigh: 1, entropyLow: 2).text, component: "trainer",
        held: HeldLease(claims: asked.claims, duration: asked.duration)),
      connection: 1, by: Party(name: "ada", isAdmin: false), at: now)
    coordinator.effects.removeAll()
  }

  /// Makes what was decided durable. After an error of the disk it is over.
  mutating func commit() throws {
    var failure: JournalError?
    coordinator.log.forEach { position, record in
      do throws(JournalError) {
        try builder.append(position: position, payload: record)
      } catch {
        failure = error
      }
    }
    coordinator.log.removeAll()
    if let failure { throw failure }
    guard !builder.isEmpty else { return }
    var batch = builder.finish()
    try writer.write(&batch)
    try writer.sync()
    builder.recycle(batch)
  }
}

/// All of a coordinator as bytes.
func image(_ coordinator: Coordinator) -> [UInt8] {
  var bytes: [UInt8] = []
  var writer = StateWriter(chunkBytes: 1 << 20)
  writer.write(coordinator) { bytes += $0 }
  return bytes
}

/// Small ones, so that segments end and chunks are many.
var smallLimits: JournalLimits {
  var limits = JournalLimits()
  limits.segmentBytes = 4096
  limits.chunkBytes = 4096
  return limits
}
