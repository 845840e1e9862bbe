import Foundation

/// Seeds of property tests: fixed ones, so that every run is the same, or the one in `COORDINATOR_TEST_SEED`, so that
/// one failure can be looked at alone.
package enum TestSeed {
  /// The seeds of a property test.
  package static func all(_ count: Int) -> [UInt64] {
    if let text = ProcessInfo.processInfo.environment["COORDINATOR_TEST_SEED"],
      let seed = UInt64(text)
    {
      return [seed]
    }
    return (1...UInt64(count)).map { $0 }
  }
}
