import Model
import Settings

/// Whether the ports of the configuration can be taken.
enum PortChecks {
  static func run(
    _ server: CoordinatorConfiguration.Server, isCoordinatorUp: Bool
  ) -> [Finding] {
    let ports: [(name: String, flag: String, port: Int?)] = [
      ("port", "--port", server.port), ("http_port", "--http-port", server.httpPort),
      ("api_port", "--api-port", server.apiPort),
    ]
    return ports.compactMap { entry in
      guard let port = entry.port, port != 0 else { return nil }
      return check(entry.name, entry.flag, port, isCoordinatorUp)
    }
  }

  private static func check(
    _ name: String, _ flag: String, _ port: Int, _ isCoordinatorUp: Bool
  ) -> Finding {
    switch Probe.port(port) {
    case .free: return Finding(name, .pass, "port \(port) free")
    case .used(let listener):
      let who =
        listener.map { "pid \($0.pid) (\($0.command))" } ?? "a process that this user may not see"
      if isCoordinatorUp, listener?.command.contains("coordinator") == true {
        return Finding(name, .pass, "port \(port) used by \(who)")
      }
      return Finding(
        name, .failure, "port \(port) used by \(who)",
        fix: "coordinator serve \(flag) \(port < 65_535 ? port + 1 : 0)   or   stop that process")
    }
  }
}

/// Whether a coordinator answers, which version it has, and how far its clock is off.
enum RemoteChecks {
  static func run(
    _ address: CoordinatorAddress, timeout: TimeSpan
  ) async -> (findings: [Finding], isUp: Bool) {
    do {
      let late = Failure(
        .failed, "no answer from \(address) within \(DurationText.short(timeout))")
      let (hello, health) = try await Deadline.run(timeout, late: late) {
        let link = try await Link.connect(to: address, timeout: timeout)
        let client = Text("coordinator \(coordinatorVersion)")
        let hello = try await link.ask(.hello(HelloRequest(protocolVersion: 1, client: client)))
        let health = try await link.ask(.healthCheck)
        await link.close()
        return (hello, health)
      }
      guard case .hello(let hello) = hello, case .health(let health) = health else {
        throw Failure.wrongAnswer
      }
      return (reached(address, hello, health), true)
    } catch let failure as Failure where failure.code == ExitReason.cannotConnect.rawValue {
      // Nothing runs: that is how one begins, and no fault.
      return ([Finding("coordinator", .warning, failure.message)], false)
    } catch {
      return (
        [
          Finding(
            "coordinator", .failure, "coordinator at \(address): \(error)",
            fix: Probe.owner(of: address.port).map { "\($0) listens there; is that a coordinator?" }
          )
        ], false
      )
    }
  }

  private static func reached(
    _ address: CoordinatorAddress, _ hello: HelloResponse, _ health: HealthResponse
  ) -> [Finding] {
    var findings = [
      health.healthy
        ? Finding("coordinator", .pass, "coordinator at \(address) healthy")
        : Finding(
          "coordinator", .failure,
          "coordinator at \(address) is \(health.metadata["state"] ?? "not ready")",
          fix: "coordinator drain --resume")
    ]
    let versions = "coordinator \(hello.serverVersion), this program \(coordinatorVersion)"
    findings.append(
      hello.serverVersion == coordinatorVersion
        ? Finding("version", .pass, "versions match: \(coordinatorVersion)")
        : Finding("version", .warning, "versions differ: \(versions)"))
    if let theirs = hello.serverTime {
      let ours = MomentText.wallClock
      let difference = theirs < ours ? ours - theirs : theirs - ours
      findings.append(
        difference <= .seconds(2)
          ? Finding(
            "clock_difference", .pass, "clocks agree within \(DurationText.short(difference))")
          : Finding(
            "clock_difference", .warning,
            "the coordinator's clock differs by \(DurationText.short(difference)); leases go by the coordinator's",
            fix: "let both machines follow a time server"))
    }
    return findings
  }
}
