import Logging
import Model
import Testing

@testable import HTTPAPI

@Suite struct ListeningTests {
  @Test func `both loopbacks answer on one port`() async throws {
    try await withService(StubHandle()) {
      $0.hosts = ["127.0.0.1", "::1"]
    } _: { service, _ in
      let addresses = try await service.boundAddresses()
      #expect(Set(addresses.map(\.port)).count == 1)
      for address in addresses {
        #expect(try await ask(address, "/livez").status == 200)
      }
    }
  }

  @Test func `a taken port is an error that names it`() async throws {
    try await withService(StubHandle()) { _, address in
      let second = HTTPService(
        handle: StubHandle(),
        configuration: HTTPConfiguration(hosts: ["127.0.0.1"], port: address.port),
        logger: Logger(label: "test"))
      let error = await #expect(throws: ListenError.self) { try await second.run() }
      #expect(error?.port == address.port)
      #expect(error?.description.contains("port \(address.port)") == true)
      await #expect(throws: ListenError.self) { try await second.boundAddresses() }
    }
  }

  @Test func `an address that does not exist is left out`() async throws {
    let listening = Listening(port: 0, listenerCount: 2)
    #expect(try await listening.takePort() == 0)
    async let second = listening.takePort()
    try await listening.didSkip(ListenError(host: "::1", port: 0, cause: "no such address"))
    #expect(try await second == 0)
    await listening.didBind(BoundAddress(host: "127.0.0.1", port: 8081))
    #expect(
      try await listening.boundAddresses() == [BoundAddress(host: "127.0.0.1", port: 8081)])
  }

  @Test func `no address at all is an error`() async throws {
    let listening = Listening(port: 80, listenerCount: 1)
    await #expect(throws: ListenError.self) {
      try await listening.didSkip(ListenError(host: "::1", port: 80, cause: "no such address"))
    }
  }

  @Test func `cancelling ends the service`() async throws {
    let service = HTTPService(
      handle: StubHandle(), configuration: HTTPConfiguration(hosts: ["127.0.0.1"], port: 0),
      logger: Logger(label: "test"))
    let task = Task { try await service.run() }
    _ = try await service.boundAddresses()
    task.cancel()
    _ = await task.result
  }
}
