package import Model

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

extension SeededRandom {
  package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

  package mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
    range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  package mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[below(elements.count)]
  }
}
