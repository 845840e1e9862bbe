import Model

extension SettingsDraft {
  /// Finds values that are good alone and contradict each other.
  mutating func checkConsistency() {
    checkProbabilities()
    checkPools()
    checkPorts()
    checkOrder(
      "lease.default_seconds", \.limits.leaseDefault, "lease.max_seconds", \.limits.leaseHold)
    checkOrder(
      "queue.default_wait_seconds", \.limits.waitDefault, "queue.max_wait_seconds",
      \.limits.waitMaximum)
    checkOrder(
      "limits.status_interval_seconds", \.limits.statusStreamInterval,
      "limits.status_heartbeat_seconds", \.limits.statusStreamHeartbeat)
    checkOrder(
      "limits.page_interval_seconds", \.limits.pageInterval,
      "limits.page_heartbeat_seconds", \.limits.pageHeartbeat)
    let limits = configuration.limits
    if limits.writeBufferBytes > limits.writeBufferBytesClose {
      reportOrder(
        "limits.write_buffer_bytes", String(limits.writeBufferBytes),
        "limits.write_buffer_close_bytes", String(limits.writeBufferBytesClose))
    }
  }

  /// Reports at the one of the paths that was given; at neither where both are built in.
  private func given(_ paths: String...) -> (path: String, origin: SettingsOrigin)? {
    for path in paths {
      if let origin = origins[path] { return (path, origin) }
    }
    return nil
  }

  private mutating func checkProbabilities() {
    let deny = configuration.denyProbability
    let queue = configuration.queueProbability
    if deny + queue > 1 {
      let denyGiven = origins["deny_probability"]
      let queueGiven = origins["queue_probability"]
      if denyGiven != nil, queueGiven != nil {
        let origin = queueGiven ?? .default
        report(
          .error, "queue_probability", origin,
          "deny_probability \(deny) and queue_probability \(queue) are more than 1 together")
      } else if let origin = denyGiven {
        // The other one is only a default: what is left, so that `--deny-probability 1` denies everything.
        configuration.queueProbability = 1 - deny
        report(
          .warning, "queue_probability", origin,
          "the default \(queue) leaves more than 1 with deny_probability \(deny); taken as \(1 - deny)"
        )
      } else if let origin = queueGiven {
        configuration.denyProbability = 1 - queue
        report(
          .warning, "deny_probability", origin,
          "the default \(deny) leaves more than 1 with queue_probability \(queue); taken as \(1 - queue)"
        )
      }
    }
    guard configuration.mode != .simulateContention else { return }
    for path in ["deny_probability", "queue_probability", "contention_script"] {
      if let origin = origins[path] {
        report(
          .warning, path, origin,
          "has no effect in response_mode \(configuration.mode.name), only in simulate_contention")
      }
    }
  }

  private mutating func checkPools() {
    var numbers: [Int32: Text] = [:]
    var names: [String: Text] = [:]
    for pool in configuration.pools {
      let origin = origins["pools.\(pool.name)"] ?? .default
      if pool.number != 0, let other = numbers[pool.number] {
        report(
          .error, "pools.\(pool.name).number", origin,
          "\(pool.number) is the number of pool \(other) already; numbers from 5 on are free")
      }
      numbers[pool.number] = pool.name
      let folded = pool.name.string.lowercased()
      if let other = names[folded] {
        report(
          .error, "pools.\(pool.name).name", origin,
          "differs from pool \(other) in the case of letters alone; to change that pool write \(other)"
        )
      }
      names[folded] = pool.name
      if let safe = pool.safeCapacity, safe > pool.capacity {
        report(
          .error, "pools.\(pool.name).safe_limit", origin,
          "expected at most the limit \(pool.capacity), got \(safe)")
      }
    }
    if configuration.pools.count > configuration.limits.pools, let place = origins["pools"] {
      report(.error, "pools", place, "there are more than \(configuration.limits.pools) pools")
    }
  }

  private mutating func checkPorts() {
    let server = configuration.server
    let ports: [(path: String, port: Int?)] = [
      ("server.port", server.port), ("server.http_port", server.httpPort),
      ("server.api_port", server.apiPort),
    ]
    for (index, later) in ports.enumerated() {
      for earlier in ports[..<index] {
        guard let port = later.port, port != 0, port == earlier.port else { continue }
        guard let place = given(later.path, earlier.path) else { continue }
        let other = place.path == later.path ? earlier.path : later.path
        report(.error, place.path, place.origin, "\(port) is the port of \(other) already")
      }
    }
    checkGuarding()
  }

  /// Beyond loopback nothing starts without TLS and tokens, unless that is said to be meant.
  private mutating func checkGuarding() {
    let server = configuration.server
    let guarding = configuration.guarding
    for (given, missing) in [("tls.certificate", "tls.key"), ("tls.key", "tls.certificate")] {
      let isGiven = given == "tls.key" ? guarding.key != nil : guarding.certificate != nil
      let isMissing = given == "tls.key" ? guarding.certificate == nil : guarding.key == nil
      if isGiven, isMissing {
        report(
          .error, given, origins[given] ?? .default, "\(missing) is missing; TLS needs both")
      }
    }
    if guarding.clientAuthorities != nil, !guarding.hasTLS {
      report(
        .error, "tls.client_ca", origins["tls.client_ca"] ?? .default,
        "clients show certificates over TLS alone; set tls.certificate and tls.key too")
    }
    var missing: [String] = []
    if !guarding.hasTLS {
      missing.append(
        "TLS: --tls-cert FILE --tls-key FILE (tls.certificate, tls.key), from the machine's authority or "
          + "`openssl req -x509`")
    }
    if guarding.tokens == nil {
      missing.append("tokens: --tokens FILE (auth.tokens), made with `coordinator token create`")
    }
    guard !server.insecure, !missing.isEmpty,
      let beyond = server.hosts.first(where: { !SettingsDraft.isLoopback($0) })
    else { return }
    report(
      .error, "server.host", origins["server.host"] ?? .default,
      "\(beyond) is beyond loopback, where the coordinator needs \(missing.joined(separator: "; and "))"
        + "; Docs/ACCESS.md walks through it. Or listen on 127.0.0.1 and ::1, or say --insecure "
        + "(server.insecure) where the network itself is trusted")
  }

  /// Whether an address is reached from the same machine alone.
  private static func isLoopback(_ host: String) -> Bool {
    if host.lowercased() == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  private mutating func checkOrder(
    _ path: String, _ place: KeyPath<CoordinatorConfiguration, TimeSpan>, _ maximumPath: String,
    _ maximum: KeyPath<CoordinatorConfiguration, TimeSpan>
  ) {
    let value = configuration[keyPath: place]
    let most = configuration[keyPath: maximum]
    guard value > most else { return }
    if origins[path] == nil, origins[maximumPath] != nil, !path.hasSuffix("interval_seconds") {
      // Only the maximum was given: the default gives way to it.
      lower(path, to: most)
      return
    }
    reportOrder(
      path, DecimalText.seconds(nanoseconds: value.nanoseconds), maximumPath,
      DecimalText.seconds(nanoseconds: most.nanoseconds))
  }

  private mutating func lower(_ path: String, to most: TimeSpan) {
    switch path {
    case "lease.default_seconds": configuration.limits.leaseDefault = most
    case "queue.default_wait_seconds": configuration.limits.waitDefault = most
    default: preconditionFailure("only defaults of leases and waits give way")
    }
  }

  private mutating func reportOrder(
    _ path: String, _ value: String, _ maximumPath: String, _ maximum: String
  ) {
    guard let place = given(path, maximumPath) else { return }
    report(
      .error, place.path, place.origin, "\(path) \(value) is more than \(maximumPath) \(maximum)")
  }
}
