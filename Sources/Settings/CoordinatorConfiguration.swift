package import Model

/// Everything that the coordinator is told at its start, checked.
package struct CoordinatorConfiguration: Sendable, Equatable {
  package struct Server: Sendable, Equatable {
    /// Addresses or host names to listen on, at least one; an IPv6 address stands without brackets.
    package var hosts = ["127.0.0.1", "::1"]
    /// The port of the TCP protocol; 0 = any free one.
    package var port = 50051
    /// The port of health, metrics and the page; nil = none.
    package var httpPort: Int? = 8080
    /// A second port of the HTTP interface, for clients that expect it there; nil = none.
    package var apiPort: Int?
    /// Whether to listen beyond loopback without TLS or tokens.
    package var insecure = false
    package var isStateLost = false
    /// Where the journal is kept; nil = in the user's state directory.
    package var dataDirectory: String?
    /// Whether to keep nothing: the state is gone with the process.
    package var ephemeral = false
  }

  /// Who may call, and how connections are kept from others. Paths of files; nil = none.
  package struct Guarding: Sendable, Equatable {
    /// Hashes of tokens with what they allow.
    package var tokens: String?
    /// The server's certificate and key; both or none.
    package var certificate: String?
    package var key: String?
    /// The authorities of clients' certificates.
    package var clientAuthorities: String?
    /// Where administrative calls are written to; nil = the log.
    package var auditFile: String?

    package var hasTLS: Bool { certificate != nil && key != nil }
  }

  package enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
  }

  package enum LogFormat: String, Sendable, CaseIterable {
    /// Text to a terminal, JSON lines elsewhere.
    case auto
    case text, json
  }

  package var server = Server()
  package var guarding = Guarding()
  package var mode = ResponseMode.alwaysGrant
  /// 0 to 1; the sum of both probabilities is at most 1.
  package var denyProbability = 0.1
  package var queueProbability = 0.2
  /// Of the draws of simulated contention; nil = drawn at start.
  package var seed: UInt64?
  package var contentionScript: [ContentionOutcome] = []
  /// Built-in and configured pools.
  package var pools = PoolDefinition.builtIn
  package var queueWhenExhausted = false
  package var lockDelay = TimeSpan.zero
  package var preemption = PreemptionSettings()
  package var componentDefaults = ComponentLimits.none
  package var componentLimits: [Text: ComponentLimits] = [:]
  package var logLevel = LogLevel.info
  package var logFormat = LogFormat.auto
  /// How long stopping may take: ``Limits/drain``; and every other bound.
  package var limits = Limits()
  /// Blocks that are read and kept, but that the coordinator does not act on, by their key.
  package var keptBlocks: [String: KeptValue] = [:]

  package init() {}

  /// The part that the core's decisions depend on.
  ///
  /// - Parameter drawnSeed: the seed to use where none is configured.
  package func coordination(drawnSeed: UInt64) -> CoordinationSettings {
    CoordinationSettings(
      mode: mode,
      contention: ContentionSettings(
        denyProbability: denyProbability, queueProbability: queueProbability,
        seed: seed ?? drawnSeed),
      script: contentionScript, pools: pools, queueWhenExhausted: queueWhenExhausted,
      lockDelay: lockDelay, componentDefaults: componentDefaults,
      componentLimits: componentLimits, preemption: preemption,
      isStateLost: server.isStateLost, limits: limits)
  }

  /// The capacity of a built-in pool, which always exists.
  subscript(capacityOf name: Text) -> Int64 {
    get { pools.first { $0.name == name }?.capacity ?? 0 }
    set {
      guard let place = pools.firstIndex(where: { $0.name == name }) else { return }
      pools[place].capacity = newValue
      if let safe = pools[place].safeCapacity, safe > newValue {
        pools[place].safeCapacity = newValue
      }
    }
  }
}

/// A value of a kept block: text, numbers as they were written, lists and maps in the file's order.
package indirect enum KeptValue: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package var key: String
    package var value: KeptValue
  }

  case null
  case text(String)
  /// A number or a truth value, as written.
  case plain(String)
  case list([KeptValue])
  case map([Entry])

  init(_ node: SettingsNode) {
    switch node.content {
    case .null: self = .null
    case .scalar(let text, quoted: true): self = .text(text)
    case .scalar(let text, quoted: false): self = .plain(text)
    case .list(let nodes): self = .list(nodes.map(KeptValue.init))
    case .map(let entries):
      self = .map(entries.map { Entry(key: $0.key, value: KeptValue($0.value)) })
    }
  }

  /// The value of a map's key.
  package subscript(key: String) -> KeptValue? {
    guard case .map(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }
}
