import Model

extension SettingKey {
  /// Every key that holds a single value, in the order of the documentation.
  package static let all: [SettingKey] = main + server + guarding + leases + limits

  /// The key of a path.
  package static func named(_ path: String) -> SettingKey? {
    all.first { $0.path == path }
  }

  /// The key that the flag of a name sets; the name in the form of keys: `queue_probability`.
  static func ofFlag(_ name: String) -> SettingKey? {
    let flag = "--" + String(name.map { $0 == "_" ? "-" : $0 })
    return all.first { $0.flag == flag }
  }

  /// The oldest keys: what the coordinator answers, and how much there is.
  private static let main: [SettingKey] = [
    .choice(
      "response_mode", \.mode, ResponseMode.allCases.map { ($0.name, $0) }, flag: "--mode",
      "How requests are answered."),
    .quantity("gpu_capacity", \.[capacityOf: "gpu"], "GPU memory in MB."),
    .quantity(
      "claude_capacity", \.[capacityOf: "claude_api"],
      "API requests that may be held at once, of the hour's."),
    .quantity("memory_capacity", \.[capacityOf: "memory"], "Memory in MB."),
    .quantity("cpu_capacity", \.[capacityOf: "cpu"], "CPU cores."),
    .fraction(
      "deny_probability", \.denyProbability, flag: "--deny-probability",
      "Share of requests that simulate_contention denies."),
    .fraction(
      "queue_probability", \.queueProbability, flag: "--queue-probability",
      "Share of requests that simulate_contention queues, and grants later."),
    seed,
    contentionScript,
    .choice(
      "on_exhausted", \.queueWhenExhausted, [("deny", false), ("queue", true)],
      "What respect_limits does with a request that does not ask to wait and finds too little."),
  ]

  private static let server: [SettingKey] = [
    hosts,
    .integer(
      "server.port", \.server.port, 0...65_535, flag: "--port",
      "Port of the TCP protocol; 0 = any free one."),
    .portOrOff(
      "server.http_port", \.server.httpPort, flag: "--http-port",
      "Port of health, metrics and the page."),
    .portOrOff(
      "server.api_port", \.server.apiPort, flag: "--api-port",
      "Second port of the HTTP interface."),
    .truth(
      "server.insecure", \.server.insecure, flag: "--insecure",
      "Whether to listen beyond loopback without TLS or tokens."),
    dataDirectory,
    .truth(
      "server.ephemeral", \.server.ephemeral, flag: "--ephemeral",
      "Whether to keep nothing: a stop forgets every lease."),
    .truth(
      "server.state_lost", \.server.isStateLost, flag: "--state-lost",
      "Whether a start without state follows a loss of it, and so begins with a learning period."),
    .seconds(
      "server.drain_seconds", \.limits.drain, .zero ... .seconds(3600), flag: "--drain-seconds",
      "The most time that stopping may take."),
    .choice(
      "log.level", \.logLevel, CoordinatorConfiguration.LogLevel.allCases.map { ($0.rawValue, $0) },
      flag: "--log-level", "The least important messages that are logged."),
    .choice(
      "log.format", \.logFormat,
      CoordinatorConfiguration.LogFormat.allCases.map { ($0.rawValue, $0) }, flag: "--log-format",
      "Form of the log; auto = text to a terminal, JSON elsewhere."),
    .milliseconds(
      "log.slow_call_milliseconds", \.limits.slowCall, 0...3_600_000,
      flag: "--slow-call-milliseconds",
      "How long a call may take before the log tells of it; 0 = it never does."),
  ]

  private static let guarding: [SettingKey] = [
    .file(
      "auth.tokens", \.guarding.tokens, flag: "--tokens",
      "File of tokens, as `coordinator token create` writes it; where there is one, every call needs a token."
    ),
    .file(
      "tls.certificate", \.guarding.certificate, flag: "--tls-cert",
      "The server's certificate, PEM; with `tls.key` both ports speak TLS alone."),
    .file("tls.key", \.guarding.key, flag: "--tls-key", "The certificate's private key, PEM."),
    .file(
      "tls.client_ca", \.guarding.clientAuthorities, flag: "--tls-client-ca",
      "Authorities, PEM; where they are named, clients need a certificate of theirs."),
    .file(
      "audit.file", \.guarding.auditFile, flag: "--audit-file",
      "Where each administrative call is written as a line of JSON; the log where none is given."),
  ]

  private static let week = TimeSpan.seconds(7 * 86_400)
  private static let year = TimeSpan.seconds(366 * 86_400)

  private static let leases: [SettingKey] = [
    .seconds(
      "lease.default_seconds", \.limits.leaseDefault, .milliseconds(1)...year,
      "Length of a lease whose request names none."),
    .seconds(
      "lease.max_seconds", \.limits.leaseHold, .milliseconds(1)...year,
      "The longest that a lease may be held, renewals counted."),
    .seconds(
      "lease.lock_delay_seconds", \.lockDelay, .zero ... .seconds(3600),
      "How long units stay held after a lease was lost rather than released."),
    .seconds(
      "lease.claim_seconds", \.limits.claim, .milliseconds(1) ... .seconds(3600),
      "How long a grant from the queue waits to be fetched before it is taken back."),
    .seconds(
      "lease.learning_seconds", \.limits.learning, .zero ... .seconds(3600),
      flag: "--learning-seconds",
      "How long nothing is granted after a loss of state, while holders announce their leases; 0 = not at all."
    ),
    .seconds(
      "lease.disconnect_grace_seconds", \.limits.disconnectGrace, .zero ... .seconds(3600),
      "How long after a lost connection its cancel_on_disconnect requests are cancelled."),
    .integer(
      "queue.max_length", \.limits.queueLength, 0...1_000_000, "Requests that may wait at once."),
    .seconds(
      "queue.default_wait_seconds", \.limits.waitDefault, .milliseconds(1)...week,
      "Wait of a request that names no timeout."),
    .seconds(
      "queue.max_wait_seconds", \.limits.waitMaximum, .milliseconds(1)...week,
      "The longest wait that is taken."),
    .truth(
      "preemption.enabled", \.preemption.enabled,
      "Whether waiting requests may take leases of lower priorities."),
    .seconds(
      "preemption.grace_seconds", \.preemption.grace, .zero ... .seconds(86_400),
      "Time between the notice to a holder and the loss of the lease."),
    .seconds(
      "preemption.minimum_hold_seconds", \.preemption.minimumHold, .zero...week,
      "How long a lease is safe from preemption after its grant."),
    .integer(
      "history.max_events", \.limits.historyEvents, 1...10_000_000, "Events that are kept."),
    .integer(
      "history.max_remembered_requests", \.limits.rememberedRequests, 0...4_000_000,
      "Ended requests whose answers are kept for retries."),
    .seconds(
      "history.remembered_seconds", \.limits.rememberedTime, .zero...week,
      "How long they are kept."),
  ]

  private static let limits: [SettingKey] = [
    .integer(
      "limits.connections", \.limits.connections, 1...1_000_000, "Open connections."),
    .integer(
      "limits.calls_per_connection", \.limits.callsPerConnection, 1...1_000_000,
      "Calls in flight on one connection."),
    .integer("limits.streams", \.limits.streams, 0...1_000_000, "Open streams."),
    .integer(
      "limits.frame_bytes", \.limits.frameBytes, 1024...(64 << 20),
      "Largest message, its length bytes not counted."),
    .integer(
      "limits.records", \.limits.records, 1...100_000_000,
      "Leases, waiting and remembered requests together."),
    .integer(
      "limits.components", \.limits.components, 1...10_000_000, "Components that are told apart."),
    .integer(
      "limits.metadata_entries", \.limits.metadataEntries, 0...4096,
      "Metadata entries of one request."),
    .integer(
      "limits.metadata_bytes", \.limits.metadataBytes, 0...(1 << 20),
      "Metadata bytes of one request."),
    .integer(
      "limits.page_size", \.limits.pageSize, 1...100_000, "Entries of one page of an answer."),
    .integer(
      "limits.page_bytes", \.limits.pageBytes, 1024...(1 << 20),
      "Bytes of texts after which a page of the history ends."),
    .integer(
      "limits.turn_bytes", \.limits.turnBytes, 1024...(1 << 30),
      "Bytes of answers after which a connection's further calls wait for its next turn."),
    .integer(
      "limits.turn_waiters", \.limits.turnWaiters, 1...1_000_000,
      "Waiting requests looked at for its answers after which a connection's further calls wait."),
    .integer(
      "limits.write_buffer_bytes", \.limits.writeBufferBytes, 1024...(1 << 30),
      "Unsent bytes of a connection above which its calls are not read."),
    .integer(
      "limits.write_buffer_close_bytes", \.limits.writeBufferBytesClose, 1024...(1 << 30),
      "Unsent bytes of a connection above which it is closed."),
    .seconds(
      "limits.write_stall_seconds", \.limits.writeStall, .milliseconds(1) ... .seconds(3600),
      "How long a connection may take nothing of what is sent."),
    .seconds(
      "limits.idle_connection_seconds", \.limits.idleConnection, .milliseconds(1)...week,
      "How long a connection may stay without a call or stream."),
    .seconds(
      "limits.handshake_seconds", \.limits.handshake, .milliseconds(1) ... .seconds(3600),
      "How long a peer may take to agree on TLS, on both ports."),
    .seconds(
      "limits.frame_arrival_seconds", \.limits.frameArrival, .milliseconds(1) ... .seconds(3600),
      "How long a begun message may take to arrive."),
    .seconds(
      "limits.close_linger_seconds", \.limits.closeLinger, .milliseconds(1) ... .seconds(3600),
      "How long a connection that was ended stays open for the last answer to be read."),
    .integer(
      "limits.journal_backlog_bytes", \.limits.journalBacklogBytes, 65_536...(1 << 30),
      "Records and answers that may wait for the disk before calls are not read on."),
    .seconds(
      "limits.call_timeout_seconds", \.limits.callTimeoutDefault,
      .milliseconds(1) ... .seconds(86_400), "Deadline of a call that names none."),
    .seconds(
      "limits.stream_timeout_seconds", \.limits.streamTimeoutDefault, .milliseconds(1)...year,
      "Deadline of a stream that names none."),
    .seconds(
      "limits.status_interval_seconds", \.limits.statusStreamInterval,
      .milliseconds(1) ... .seconds(3600), "The least time between two messages of a status stream."
    ),
    .seconds(
      "limits.status_heartbeat_seconds", \.limits.statusStreamHeartbeat,
      .milliseconds(1) ... .seconds(3600), "The most time between two messages of a status stream."),
    .integer(
      "limits.http_connections", \.limits.httpConnections, 1...1_000_000,
      "Open connections of each HTTP port."),
    .seconds(
      "limits.http_idle_seconds", \.limits.httpIdle, .milliseconds(1) ... .seconds(3600),
      "How long an HTTP connection may stand without a request, or with half a one."),
    .integer(
      "limits.page_streams", \.limits.pageStreams, 0...1_000_000,
      "Browsers that follow the page live."),
    .seconds(
      "limits.page_interval_seconds", \.limits.pageInterval, .milliseconds(1) ... .seconds(3600),
      "The least time between two states sent to a browser."),
    .seconds(
      "limits.page_heartbeat_seconds", \.limits.pageHeartbeat, .milliseconds(1) ... .seconds(3600),
      "The most time between two states sent to a browser."),
  ]

  private static let seed = SettingKey(
    path: "seed", flag: "--seed", expected: "a whole number from 0 to \(UInt64.max)",
    schema: #"{"type": "integer", "minimum": 0, "maximum": \#(UInt64.max)}"#,
    summary: "Seed of simulate_contention; drawn at start where none is given.",
    show: { $0.seed.map { String($0) } ?? "drawn at start" },
    assign: { node, configuration throws(SettingsMismatch) in
      configuration.seed = try node.word()
    })

  private static let contentionScript = SettingKey(
    path: "contention_script", flag: "--script",
    expected: "a list of `grant`, `deny`, `queue` or `queue:SECONDS`",
    schema:
      #"{"type": "array", "items": {"type": "string", "pattern": "^(grant|deny|queue(:[0-9]+([.][0-9]+)?)?)$"}}"#,
    summary: "Outcomes of simulate_contention on cue; draws follow when they are used up.",
    show: { "[" + $0.contentionScript.map(\.text).joined(separator: ", ") + "]" },
    assign: { node, configuration throws(SettingsMismatch) in
      configuration.contentionScript = try node.items(countMax: 100_000) {
        item throws(SettingsMismatch) in
        try item.outcome()
      }
    })

  private static let dataDirectory = SettingKey(
    path: "server.data_dir", flag: "--data-dir", expected: "the path of a folder",
    schema: #"{"type": "string", "minLength": 1}"#,
    summary: "Where the journal is kept; the user's state directory where none is given.",
    show: { $0.server.dataDirectory ?? "the user's state directory" },
    assign: { node, configuration throws(SettingsMismatch) in
      let path = try node.text(bytesMax: 4096)
      guard !path.isEmpty else { throw SettingsMismatch(message: "expected a path") }
      configuration.server.dataDirectory = path
    })

  private static let hosts = SettingKey(
    path: "server.host", flag: "--host", expected: "an address or host name, or a list of them",
    schema:
      #"{"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}"#,
    summary: "Where to listen.",
    show: { "[" + $0.server.hosts.joined(separator: ", ") + "]" },
    assign: { node, configuration throws(SettingsMismatch) in
      var hosts: [String] = []
      for host in try node.items(countMax: 16, { item throws(SettingsMismatch) in try item.host() })
      where !hosts.contains(host) {
        hosts.append(host)
      }
      guard !hosts.isEmpty else { throw SettingsMismatch(message: "expected at least one address") }
      configuration.server.hosts = hosts
    })
}

extension ContentionOutcome {
  /// The form in files and flags.
  package var text: String {
    switch self {
    case .grant: "grant"
    case .deny: "deny"
    case .queue(after: nil): "queue"
    case .queue(after: let span?): "queue:" + DecimalText.seconds(nanoseconds: span.nanoseconds)
    }
  }
}

extension SettingsNode {
  fileprivate func outcome() throws(SettingsMismatch) -> ContentionOutcome {
    let text = try text(bytesMax: 64)
    let prefix = "queue:"
    if text.hasPrefix(prefix) {
      let rest = SettingsNode(text: String(text.dropFirst(prefix.count)), origin: origin)
      return .queue(after: try rest.span(in: .zero ... .seconds(7 * 86_400)))
    }
    return try choice([("grant", .grant), ("deny", .deny), ("queue", .queue(after: nil))])
  }

  fileprivate func host() throws(SettingsMismatch) -> String {
    var host = try text(bytesMax: 253)
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    let colons = host.utf8.count { $0 == UInt8(ascii: ":") }
    guard !host.isEmpty, !host.contains(" "), !host.contains("/") else {
      throw SettingsMismatch(message: "expected an address or host name, got \(found)")
    }
    guard colons != 1 else {
      throw SettingsMismatch(
        message:
          "expected an address or host name alone, got \(found); the port stands in server.port")
    }
    return host
  }
}
