import Model
import NIOCore

/// Why the HTTP service cannot begin.
package struct ListenError: Error, Hashable, CustomStringConvertible {
  package let host: String
  package let port: Int
  package let cause: String

  package var description: String {
    "cannot listen for HTTP on \(host) port \(port): \(cause)"
  }
}

/// The addresses that the listeners of one service have taken. Port 0 means that whoever comes first takes a free
/// port and the others take the same one.
actor Listening {
  private let port: Int
  private var outstandingCount: Int
  private var isChoosing = false
  private var addresses: [BoundAddress] = []
  private var failure: (any Error)?
  private var portWaiters: [CheckedContinuation<Int, any Error>] = []
  private var addressWaiters: [CheckedContinuation<[BoundAddress], any Error>] = []

  init(port: Int, listenerCount: Int) {
    self.port = port
    outstandingCount = listenerCount
  }

  /// The port that a listener is to take.
  func takePort() async throws -> Int {
    if let failure { throw failure }
    guard port == 0 else { return port }
    if let first = addresses.first { return first.port }
    guard isChoosing else {
      isChoosing = true
      return 0
    }
    return try await withCheckedThrowingContinuation { portWaiters.append($0) }
  }

  func didBind(_ address: BoundAddress) {
    addresses.append(address)
    outstandingCount -= 1
    for waiter in portWaiters { waiter.resume(returning: address.port) }
    portWaiters = []
    finishIfComplete()
  }

  /// A listener's address does not exist on this machine; the others go on without it. Fails if it was the last.
  func didSkip(_ error: ListenError) throws {
    outstandingCount -= 1
    if outstandingCount == 0 && addresses.isEmpty { throw error }
    if addresses.isEmpty {
      // Whoever was to choose the port did not; the next one is to.
      let next = portWaiters.popLast()
      next?.resume(returning: 0)
      isChoosing = next != nil
    }
    finishIfComplete()
  }

  /// Nothing more will be bound. Without effect once all addresses are taken.
  func didFail(_ error: any Error) {
    guard outstandingCount > 0, failure == nil else { return }
    failure = error
    for waiter in portWaiters { waiter.resume(throwing: error) }
    for waiter in addressWaiters { waiter.resume(throwing: error) }
    (portWaiters, addressWaiters) = ([], [])
  }

  /// All addresses, once they are taken.
  func boundAddresses() async throws -> [BoundAddress] {
    if let failure { throw failure }
    guard outstandingCount > 0 else { return addresses }
    return try await withCheckedThrowingContinuation { addressWaiters.append($0) }
  }

  private func finishIfComplete() {
    guard outstandingCount == 0 else { return }
    for waiter in addressWaiters { waiter.resume(returning: addresses) }
    addressWaiters = []
  }
}
