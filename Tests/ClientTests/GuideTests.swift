import Foundation
import ResourceCoordinatorClient
import ResourceCoordinatorTesting
import Testing

/// The code of `Docs/SWIFT_CLIENT.md`, compiled and run.
@Suite(.timeLimit(.minutes(1))) struct GuideTests {
  private struct TooLate: Error {}

  @Test func `the guide's scope holds what it asks for`() async throws {
    try await FakeCoordinator.with { coordinator in
      let endpoint = coordinator.endpoint
      let options = coordinator.clientOptions
      let train: @Sendable (Lease) async throws -> Void = { lease in
        #expect(lease.amounts.count == 2)
        var verifier = FencingVerifier()
        guard let fencing = lease.fencing, verifier.admit(fencing, to: "gpu-0") else {
          throw TooLate()
        }
      }
      try await CoordinatorClient.withClient(endpoint, component: "trainer", options: options) {
        client in
        try await client.withLease(
          .gpuMemory(megabytes: 8000), .cpu(cores: 4), priority: .high, wait: .upTo(.seconds(300))
        ) { lease in
          try await train(lease)
        }
      }
    }
  }

  @Test func `the guide's outcomes are told apart`() async throws {
    try await withBoth(.init(outcomes: [.queue(.zero), .grant, .deny])) { coordinator, client in
      let train: @Sendable (Lease) async throws -> Void = { _ in }
      for _ in 0..<3 {
        switch try await client.requestGPU(megabytes: 8000, wait: .upTo(.seconds(60))) {
        case .granted(let lease):
          try await client.release(lease)
        case .queued(let ticket):
          let lease = try await ticket.granted { place in print("number \(place.position)") }
          try await client.release(lease)
        case .denied(let explanation):
          print(explanation.summary, explanation.changes.first?.message ?? "")
        }
      }
      #expect(await coordinator.count(of: "released") == 2)
      _ = try await client.setMode(.respectLimits)
      do {
        try await client.withLease(.gpuMemory(megabytes: 1_000_000)) { lease in
          try await train(lease)
        }
      } catch let error as CoordinatorError where error.code == .denied {
        print(error.reasons, error.hint)
      }
    }
  }

  @Test func `the guide's rules and watches are as written`() async throws {
    var options = ClientOptions()
    options.unreachable[.cpu] = .optimistic
    #expect(options.unreachable[.cpu] == .optimistic)
    #expect(options.unreachable[.gpu] == .pessimistic)
    #expect(options.unreachable[.claudeAPI] == .safe)
    try await withBoth { _, client in
      let task = Task {
        for try await event in client.events(EventFilter(component: "trainer")) {
          print(event.kind, event.requestID)
        }
      }
      task.cancel()
      try await task.value
    }
  }

  @Test func `the guide's test passes`() async throws {
    try await FakeCoordinator.with(.init(capacities: [.gpu: 8000])) { coordinator in
      try await CoordinatorClient.withClient(
        coordinator.endpoint, component: "test", options: coordinator.clientOptions
      ) { client in
        let lease = try await client.requestGPU(megabytes: 8000, duration: .seconds(60)).lease
        await coordinator.advance(by: .seconds(61))
        #expect(!lease.isValid)
      }
    }
  }

  @Test func `every block of code in the guide is compiled here`() throws {
    let here = URL(filePath: #filePath)
    let root = here.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let guide = try String(
      contentsOf: root.appending(path: "Docs/SWIFT_CLIENT.md"), encoding: .utf8)
    let code = bare(try String(contentsOf: here, encoding: .utf8))
    var isCode = false
    var block = ""
    var blocks = 0
    for line in guide.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if isCode {
          blocks += 1
          #expect(code.contains(bare(block)), "not compiled: \(block)")
          block = ""
        }
        isCode = line == "```swift"
      } else if isCode {
        block += line + "\n"
      }
    }
    #expect(blocks >= 6)
  }

  /// The text without what formatting may change.
  private func bare(_ text: String) -> String {
    String(text.filter { !$0.isWhitespace })
  }
}
