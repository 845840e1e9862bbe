import Model
import NIOCore
import Server
import Testing

/// The server behind real sockets.
@Suite(.timeLimit(.minutes(2)))
struct ServerTests {
  @Test func `a first lease over TCP`() async throws {
    try await withServer { server in
      try await Peer.with(port: server.port) { peer in
        try await peer.send(Peer.frame(1, Peer.request("job-1", 8000)))
        let reply = try #require(try await peer.reply())
        guard case .resource(let lease) = try reply.response(.requestResource) else {
          Issue.record("another message came")
          return
        }
        #expect(lease.status == .granted && lease.grantedQuantity == 8000)
        #expect(!lease.token.isEmpty)
        let release = RequestMessage.release(
          ReleaseRequest(requestID: "job-1", token: lease.token, component: "trainer"))
        try await peer.send(Peer.frame(2, release))
        let released = try #require(try await peer.reply())
        guard case .release(let answer) = try released.response(.releaseResource) else {
          Issue.record("another message came")
          return
        }
        #expect(answer.success)
      }
    }
  }

  @Test func `eight calls of one write are all answered`() async throws {
    try await withServer { server in
      try await Peer.with(port: server.port) { peer in
        var bytes: [UInt8] = []
        for call in 1...8 as ClosedRange<UInt64> {
          bytes += try Peer.frame(call, Peer.request(Text("r\(call)")))
        }
        try await peer.send(bytes)
        for call in 1...8 as ClosedRange<UInt64> {
          #expect(try await peer.reply()?.callID == call)
        }
      }
    }
  }

  @Test func `defect 10: a thousand connections at once are each answered`() async throws {
    let health = try Peer.frame(1, .healthCheck)
    try await withServer { server in
      let port = server.port
      let answered = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<1000 {
          group.addTask {
            try await Peer.with(port: port) { peer in
              try await peer.send(health)
              return try await peer.frame() != nil
            }
          }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(answered == 1000)
    }
  }

  @Test func `defect 23: by default both loopbacks are listened on, and nothing else`() async throws
  {
    #expect(ServerConfiguration().hosts == ["127.0.0.1", "::1"])
    try await withServer(hosts: ["127.0.0.1", "::1"]) { server in
      #expect(server.addresses.contains("127.0.0.1:\(server.port)"))
      for host in ["127.0.0.1", "::1"]
      where server.addresses.contains(where: { $0.contains(host) }) {
        try await Peer.with(host: host, port: server.port) { peer in
          try await peer.send(Peer.frame(1, .healthCheck))
          #expect(try await peer.reply()?.code == .ok)
        }
      }
    }
  }

  @Test func `a port in use is told as such`() async throws {
    try await withServer { server in
      let error = await #expect(throws: ListenError.self) {
        _ = try await CoordinatorServer.start(
          settings: CoordinationSettings(),
          configuration: ServerConfiguration(hosts: ["127.0.0.1"], port: server.port),
          storage: .ephemeral,
          logger: quietLogger())
      }
      #expect(error?.isInUse == true && error?.port == server.port)
    }
  }

  @Test func `garbage is answered, closed, and hurts no neighbour`() async throws {
    try await withServer { server in
      try await Peer.with(port: server.port) { good in
        for bytes in [
          [0, 0, 0, 1, 0xFF], [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0x16, 0x03, 0x01, 0, 0],
        ] as [[UInt8]] {
          try await Peer.with(port: server.port) { bad in
            // What follows is still on its way when the answer is: it must not be lost to a reset.
            try await bad.send(bytes + [UInt8](repeating: 7, count: 200_000))
            let reply = try #require(try await bad.reply())
            #expect(reply.callID == 0 && reply.code == .invalidArgument)
            #expect(try await bad.frame() == nil)
          }
          try await good.send(Peer.frame(1, .healthCheck))
          #expect(try await good.reply()?.code == .ok)
        }
      }
    }
  }

  @Test func `a connection above the limit is told why`() async throws {
    try await withServer({ $0.limits.connections = 1 }) { server in
      try await Peer.with(port: server.port) { first in
        try await first.send(Peer.frame(1, .healthCheck))
        #expect(try await first.reply()?.code == .ok)
        try await Peer.with(port: server.port) { second in
          let refusal = try await second.reply()
          #expect(refusal?.reason == "TOO_MANY_CONNECTIONS")
          #expect(try await second.frame() == nil)
        }
        try await first.send(Peer.frame(2, .healthCheck))
        #expect(try await first.reply()?.code == .ok)
      }
    }
  }

  @Test func `a peer that does not read is dropped while others are served`() async throws {
    let change: (inout CoordinationSettings) -> Void = { settings in
      settings.limits.writeStall = .milliseconds(200)
      settings.limits.closeLinger = .milliseconds(100)
    }
    var chunk: [UInt8] = []
    for call in 1...200 as ClosedRange<UInt64> {
      chunk += try Peer.frame(call, .status(StatusRequest()))
    }
    let calls = chunk
    try await withServer(change) { server in
      try await Peer.with(port: server.port) { good in
        for index in 0..<100 {
          try await good.send(Peer.frame(1, Peer.request(Text("lease-\(index)"))))
          _ = try await good.reply()
        }
        let port = server.port
        let slow = Task {
          try await Peer.with(port: port) { peer in
            // Ends when the server cuts the connection, or at the suite's time limit.
            while !Task.isCancelled { try await peer.send(calls) }
          }
        }
        let isDropped = Task { () -> Bool in
          do {
            try await slow.value
            return false
          } catch {
            return true
          }
        }
        for call in 1...100 as ClosedRange<UInt64> {
          try await good.send(Peer.frame(call, .healthCheck))
          #expect(try await good.reply()?.code == .ok)
        }
        #expect(await isDropped.value)
        try await good.send(Peer.frame(500, .healthCheck))
        #expect(try await good.reply()?.callID == 500)
      }
    }
  }

  @Test func `stopping ends streams with a reason and then the connection`() async throws {
    try await withServer { server in
      try await Peer.with(port: server.port) { peer in
        try await peer.send(Peer.frame(1, Peer.request("held", 24_000)))
        try await peer.send(Peer.frame(2, Peer.request("waits", 1, wait: true)))
        try await peer.send(
          Peer.frame(3, .awaitGrant(RequestKey(requestID: "waits", component: "trainer"))))
        for _ in 0..<3 { _ = try await peer.reply() }
        try await peer.send(Peer.frame(4, .drain(DrainRequest(stop: true))))
        var last: [UInt64: Peer.Reply] = [:]
        while let reply = try await peer.reply() { last[reply.callID] = reply }
        #expect(last[4]?.code == .ok)
        #expect(last[3]?.reason == "DRAINING" && last[3]?.end == true)
      }
    }
  }

  @Test func `connections that come and go leave no place taken`() async throws {
    let health = try Peer.frame(1, .healthCheck)
    try await withServer({ $0.limits.connections = 16 }) { server in
      for _ in 0..<500 {
        let isAnswered = try await Peer.with(port: server.port) { peer in
          try await peer.send(health)
          let reply = try await peer.reply()
          return reply?.callID == 1
        }
        #expect(isAnswered)
      }
    }
  }
}
