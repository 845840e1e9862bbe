/// A place between two values of an index, before or after all that begins with some bytes.
struct KeyCut: Hashable {
  let bytes: [UInt8]
  let isAfter: Bool

  /// The first bytes that lie behind the cut, where values ascend or descend.
  func start(isDescending: Bool) -> [UInt8] {
    let key = isDescending ? IndexKey.complement(bytes) : bytes
    return isAfter != isDescending ? key + [IndexKey.afterAll] : key
  }
}

extension KeyCut: Comparable {
  static func < (left: KeyCut, right: KeyCut) -> Bool {
    left.start(isDescending: false).lexicographicallyPrecedes(right.start(isDescending: false))
  }
}

/// The values between two cuts.
struct ValueInterval: Hashable {
  let lower: KeyCut
  let upper: KeyCut

  /// One value; nil is an empty array at the place itself.
  init(only value: DocumentValue?) {
    let bytes = IndexKey.bytes(value)
    self.init(KeyCut(bytes: bytes, isAfter: false), KeyCut(bytes: bytes, isAfter: true))
  }

  /// All values of a class.
  init(_ typeClass: DocumentValue.TypeClass) {
    let tag = IndexKey.tag(typeClass)
    self.init(KeyCut(bytes: [tag - 1], isAfter: true), KeyCut(bytes: [tag + 1], isAfter: false))
  }

  init(_ lower: KeyCut, _ upper: KeyCut) {
    self.lower = lower
    self.upper = upper
  }

  var isPoint: Bool { lower.bytes == upper.bytes }
}

/// Some of the values that an index may have at one of its paths: intervals that ascend and do not meet.
struct ValueRanges: Hashable {
  private(set) var intervals: [ValueInterval]

  /// - Parameter intervals: in any order; those that meet become one.
  init(_ intervals: [ValueInterval]) {
    var merged: [ValueInterval] = []
    for interval in intervals.sorted(by: { $0.lower < $1.lower })
    where interval.lower < interval.upper {
      if let last = merged.last, !(last.upper < interval.lower) {
        merged[merged.count - 1] = ValueInterval(last.lower, max(last.upper, interval.upper))
      } else {
        merged.append(interval)
      }
    }
    self.intervals = merged
  }

  var isPoints: Bool { intervals.allSatisfy(\.isPoint) }

  func union(_ other: ValueRanges) -> ValueRanges {
    ValueRanges(intervals + other.intervals)
  }

  /// O(intervals²), which a filter's clauses bound.
  func intersection(_ other: ValueRanges) -> ValueRanges {
    ValueRanges(
      intervals.flatMap { one in
        other.intervals.map { ValueInterval(max(one.lower, $0.lower), min(one.upper, $0.upper)) }
      })
  }
}

/// Keys of one index from one on and before another, in the order of their bytes.
package struct KeyRange: Hashable, Sendable {
  package var lower: [UInt8]
  /// Not in the range.
  package var upper: [UInt8]

  package init(lower: [UInt8], upper: [UInt8]) {
    self.lower = lower
    self.upper = upper
  }

  package var isEmpty: Bool { !lower.lexicographicallyPrecedes(upper) }
}
