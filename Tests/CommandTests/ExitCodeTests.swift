import Testing

/// The numbers that scripts rely on.
@Suite struct ExitCodeTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let arguments: [String]
    let code: Int32
    /// A part of what is said on standard error.
    var says = ""

    var testDescription: String { arguments.joined(separator: " ") + " → \(code)" }
  }

  static let withServer: [Case] = [
    Case(arguments: ["status"], code: 0),
    Case(arguments: ["status", "gpu"], code: 0),
    Case(arguments: ["status", "nosuch"], code: 2, says: "nosuch"),
    Case(arguments: ["request", "--gpu", "100"], code: 0),
    Case(arguments: ["request", "--gpu", "100", "--cpu", "1", "--pool", "memory=5"], code: 0),
    Case(arguments: ["request", "--gpu", "24001"], code: 5, says: "24001"),
    Case(arguments: ["request", "--gpu", "0"], code: 2),
    Case(
      arguments: ["request", "--gpu", "1", "--traceparent", "zz"], code: 2,
      says: "VERSION-TRACE-PARENT-FLAGS"),
    Case(arguments: ["request", "--pool", "nosuch=1"], code: 2, says: "nosuch"),
    Case(arguments: ["request", "--pool", "memroy=1"], code: 2, says: "did you mean memory?"),
    Case(arguments: ["release", "nosuch", "--token", "x"], code: 1, says: "not released"),
    Case(arguments: ["release", "nosuch"], code: 2, says: "--token"),
    Case(arguments: ["renew", "nosuch", "--token", "x"], code: 1),
    Case(arguments: ["cancel", "nosuch"], code: 1),
    Case(arguments: ["explain", "nosuch"], code: 1),
    Case(arguments: ["explain", "--gpu", "5"], code: 0),
    Case(arguments: ["explain"], code: 2, says: "request id"),
    Case(arguments: ["history"], code: 0),
    Case(arguments: ["history", "--limit", "0"], code: 2),
    Case(arguments: ["mode"], code: 0),
    Case(arguments: ["mode", "set", "respect_limits"], code: 0),
    Case(
      arguments: ["mode", "set", "respect_limit"], code: 2, says: "did you mean respect_limits"),
    Case(arguments: ["capacity", "set", "gpu", "-1"], code: 2, says: "-1 is below zero"),
    Case(arguments: ["healthcheck"], code: 0),
    Case(arguments: ["call", "health_check"], code: 0),
    Case(arguments: ["call", "healthCheck"], code: 0),
    Case(arguments: ["call", "health_chek"], code: 2, says: "did you mean health_check"),
    Case(arguments: ["call", "explain", "{"], code: 2, says: "JSON"),
    Case(arguments: ["call", "explain", "{\"request\": 5}"], code: 2, says: "request"),
    Case(arguments: ["run", "--gpu", "1", "--", "true"], code: 0),
    Case(arguments: ["run", "--gpu", "1", "--", "false"], code: 1),
    Case(arguments: ["run", "--gpu", "1", "--", "sh", "-c", "exit 42"], code: 42),
    Case(arguments: ["run", "--gpu", "1", "--", "sh", "-c", "kill -KILL $$"], code: 137),
    Case(arguments: ["run", "--gpu", "1", "--", "no-such-program"], code: 127, says: "not found"),
    Case(arguments: ["run", "--gpu", "1", "--", "/no/such/program"], code: 127),
    Case(arguments: ["run", "--gpu", "1", "--", "/etc/passwd"], code: 126),
    Case(arguments: ["run", "--gpu", "1", "--", "/etc"], code: 126),
    Case(arguments: ["run", "--gpu", "24001", "--", "true"], code: 5, says: "denied"),
    Case(arguments: ["run", "--gpu", "1"], code: 125),
    Case(arguments: ["run", "--", "true"], code: 125, says: "--gpu"),
    Case(arguments: ["run", "--bogus", "--", "true"], code: 125),
  ]

  static let withoutServer: [Case] = [
    Case(arguments: ["status"], code: 4, says: "coordinator serve"),
    Case(arguments: ["request", "--gpu", "1"], code: 4, says: "connection refused"),
    Case(arguments: ["run", "--gpu", "1", "--", "true"], code: 4),
    Case(arguments: ["healthcheck"], code: 4),
    Case(arguments: ["watch"], code: 4),
    Case(arguments: ["bench", "--seconds", "1"], code: 4, says: "connection refused"),
    Case(arguments: ["replay", "/no/trace.csv"], code: 2, says: "/no/trace.csv"),
    Case(arguments: ["check-config", "/tmp"], code: 3, says: "it is no file that can be read"),
    Case(arguments: ["--version"], code: 0),
    Case(arguments: ["--help"], code: 0),
    Case(arguments: ["statsu"], code: 2, says: "did you mean status"),
    Case(arguments: ["status", "--addres", "x"], code: 2, says: "--address"),
    Case(arguments: ["status", "--address", "host:99999"], code: 2, says: "--address"),
    Case(arguments: ["status", "--timeout", "soon"], code: 2, says: "length of time"),
    Case(arguments: ["status", "--format", "jsn"], code: 2, says: "did you mean json"),
    Case(arguments: ["request"], code: 2, says: "--gpu"),
    Case(arguments: ["request", "--gpu", "lots"], code: 2, says: "8GB"),
    Case(arguments: ["request", "--gpu", "-5"], code: 2, says: "--gpu: -5 is below zero"),
    Case(arguments: ["run", "--gpu", "-5GB", "--", "true"], code: 125, says: "below zero"),
    Case(arguments: ["status", "--address", "no..host:5"], code: 4, says: "no host has the name"),
    Case(
      arguments: ["play", "/no/such/file"], code: 2,
      says: "cannot read /no/such/file: The file doesn’t exist."),
    Case(arguments: ["request", "--gpu", "1", "--priority", "hihg"], code: 2, says: "high"),
    Case(arguments: ["completion", "bsh"], code: 2, says: "bash"),
    Case(arguments: ["completion", "bash"], code: 0),
    Case(arguments: ["completion", "zsh"], code: 0),
    Case(arguments: ["completion", "fish"], code: 0),
    Case(arguments: ["check-config", "/no/such/file"], code: 3, says: "/no/such/file"),
    Case(arguments: ["serve", "--mode", "always"], code: 2, says: "always_grant"),
    Case(arguments: ["ui", "--port", "70000"], code: 2),
    Case(arguments: ["ui", "--host", "0.0.0.0"], code: 2, says: "--insecure"),
  ]

  @Test(arguments: withServer)
  func `with a coordinator the exit code tells the outcome`(test: Case) async throws {
    try await TestServer.with { (server) async throws in
      let result = try await server.run(all: test.arguments)
      #expect(result.code == test.code, "\(result.out)\(result.err)")
      #expect(test.says.isEmpty || result.err.contains(test.says), "\(result.err)")
    }
  }

  @Test(arguments: withoutServer)
  func `without a coordinator the exit code tells the fault`(test: Case) async throws {
    // Port 1 is a reserved one that nobody listens on here.
    let result = try await Tool.run(
      test.arguments, environment: ["COORDINATOR_ADDRESS": "127.0.0.1:1"])
    #expect(result.code == test.code, "\(result.out)\(result.err)")
    #expect(test.says.isEmpty || result.err.contains(test.says), "\(result.err)")
    if test.code != 0 { #expect(result.out.isEmpty) }
  }

  @Test(arguments: [
    // Told by the parser, by a value's reader, by a check of all values, by ourselves and for the coordinator.
    ["status", "--addres", "x"], ["request", "--gpu", "lots"], ["run", "--", "true"], ["statsu"],
    ["request", "--gpu", "-5"], ["status"],
  ])
  func `every fault begins with the same word, whoever tells it`(arguments: [String]) async throws {
    let result = try await Tool.run(
      arguments, environment: ["COORDINATOR_ADDRESS": "127.0.0.1:1"])
    #expect(result.code != 0)
    #expect(result.err.hasPrefix("error: "), "\(result.err)")
  }

  @Test func `asking again without the secret tells that the token is not shown`() async throws {
    try await TestServer.with { (server) async throws in
      let request = ["request", "--gpu", "5", "--request-id", "again", "--client-secret", "s"]
      #expect(try await server.run(all: request).err.contains("give it back with"))
      #expect(try await server.run(all: request).err.contains("give it back with"))
      let other = try await server.run("request", "--gpu", "5", "--request-id", "again")
      #expect(other.code == 0)
      #expect(!other.out.contains("TOKEN"))
      #expect(!other.err.contains("--token"))
      #expect(other.err.contains("granted before"))
    }
  }

  @Test func `a request that waits in vain ends with 6 and says why`() async throws {
    try await TestServer.with { (server) async throws in
      #expect(try await server.run("request", "--gpu", "20000").code == 0)
      let result = try await server.run("request", "--gpu", "8000", "--wait", "100ms")
      #expect(result.code == 6)
      #expect(result.out.isEmpty)
      #expect(result.err.contains("queued: position 1 of 1"))
      #expect(result.err.contains("not granted: "))
    }
  }

  @Test func `a request that does not wait for its turn ends with 6 and can be fetched later`()
    async throws
  {
    try await TestServer.with { (server) async throws in
      let first = try await server.run("request", "--gpu", "20000", "--format", "json")
      let token = try #require(first.object["token"] as? String)
      let id = try #require(first.object["request_id"] as? String)
      let waiting = try await server.run(
        "request", "--gpu", "8000", "--wait", "30s", "--detach", "--request-id", "later", "--json")
      #expect(waiting.code == 6)
      #expect(waiting.object["status"] as? String == "REQUEST_STATUS_QUEUED")
      let secret = try #require(waiting.object["client_secret"] as? String)
      #expect(try await server.run("release", id, "--token", token).code == 0)
      let granted = try await server.run(
        "request", "--gpu", "8000", "--wait", "30s", "--detach", "--request-id", "later",
        "--client-secret", secret, "--json")
      #expect(granted.code == 0, "\(granted.out)\(granted.err)")
      #expect((granted.object["token"] as? String)?.count == 36)
    }
  }
}
