import Foundation
import Model
import Testing

/// The built program and the signals of its supervisor.
@Suite(.timeLimit(.minutes(1)))
struct SignalTests {
  @Test(.enabled(if: ProgramProcess.isThere))
  func `defect 23: SIGTERM tells streams, sends their end and exits 0 in the drain time`()
    async throws
  {
    let process = Process()
    process.executableURL = ProgramProcess.binary
    process.arguments = [
      "serve", "--port", "0", "--http-port", "off", "--mode", "respect_limits", "--ephemeral",
    ]
    let talk = Pipe()
    process.standardError = talk
    process.standardOutput = FileHandle.nullDevice
    let (ends, end) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = { end.yield($0.terminationStatus) }
    try process.run()
    defer { if process.isRunning { process.terminate() } }
    let port = try #require(ProgramProcess.port(talk.fileHandleForReading))
    let clock = ContinuousClock()
    var asked = clock.now
    try await Peer.with(port: port) { peer in
      try await peer.send(Peer.frame(1, Peer.request("held", 24_000)))
      try await peer.send(Peer.frame(2, Peer.request("waits", 1, wait: true)))
      try await peer.send(
        Peer.frame(3, .awaitGrant(RequestKey(requestID: "waits", component: "trainer"))))
      for _ in 0..<3 { #expect(try await peer.reply()?.code == .ok) }
      asked = clock.now
      process.terminate()
      let last = try #require(try await peer.reply())
      #expect(last.callID == 3 && last.end && last.reason == "DRAINING")
      #expect(try await peer.frame() == nil)
    }
    for await status in ends {
      #expect(status == 0)
      break
    }
    #expect(clock.now - asked < .seconds(20))
  }

  @Test(.enabled(if: ProgramProcess.isThere))
  func `SIGTERM while the state is being recovered ends at once, with exit 0`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "coordinator-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // A segment that nobody ever writes to: reading it takes for ever.
    let segment = folder.appending(path: "journal-0000000000000001.log")
    let making = try Process.run(URL(filePath: "/usr/bin/mkfifo"), arguments: [segment.path])
    making.waitUntilExit()
    let process = Process()
    process.executableURL = ProgramProcess.binary
    process.arguments = [
      "serve", "--port", "0", "--http-port", "off", "--data-dir", folder.path,
    ]
    let talk = Pipe()
    process.standardError = talk
    process.standardOutput = FileHandle.nullDevice
    let (ends, end) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = { end.yield($0.terminationStatus) }
    try process.run()
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    // Waits until somebody reads.
    let writer = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(returning: FileHandle(forWritingAtPath: segment.path))
      }
    }
    #expect(writer != nil)
    defer { try? writer?.close() }
    process.terminate()
    for await status in ends {
      #expect(status == 0)
      break
    }
    let said = String(decoding: talk.fileHandleForReading.availableData, as: UTF8.self)
    #expect(said.contains("stopped before the state was recovered"))
  }
}
