import Model
import TestSupport
import Testing

@testable import DocumentStore

@Suite struct PropertyTests {
  /// Values close to each other, so that many are equal or nearly so.
  static func random(_ source: inout SeededRandom, depth: Int = 0) -> DocumentValue {
    switch source.below(depth < 2 ? 9 : 7) {
    case 0: .null
    case 1: .bool(source.chance(50))
    case 2: .int32(Int32(source.below(3)))
    case 3: .int64(source.pick([.min, -1, 0, 1, 1 << 53, (1 << 53) + 1, .max]))
    case 4: .double(source.pick([.nan, -.infinity, -0.0, 0.5, 1, 0x1p53, 0x1p63, -0x1p63]))
    case 5: .string(source.pick(["", "a", "b", "ab"]))
    case 6: .date(milliseconds: Int64(source.below(2)))
    case 7: .array((0..<source.below(3)).map { _ in random(&source, depth: depth + 1) })
    default: .document(randomDocument(&source, depth: depth + 1))
    }
  }

  static func randomDocument(_ source: inout SeededRandom, depth: Int = 0) -> Document {
    var document = Document()
    for _ in 0..<source.below(3) {
      document[source.pick(["a", "b"])] = random(&source, depth: depth)
    }
    return document
  }

  @Test(arguments: TestSeed.all(20))
  func `the order of values is total`(seed: UInt64) {
    var source = SeededRandom(seed: seed)
    let values = (0..<40).map { _ in PropertyTests.random(&source) }
    for left in values {
      #expect(left.isEqual(to: left), "seed \(seed)")
      for right in values {
        #expect(left.ordering(to: right) == right.ordering(to: left).reversed, "seed \(seed)")
        guard left.ordering(to: right) != .after else { continue }
        for third in values where right.ordering(to: third) != .after {
          let holds = left.ordering(to: third) != .after
          #expect(holds, "seed \(seed): \(left), \(right), \(third)")
        }
      }
    }
  }

  @Test(arguments: TestSeed.all(20))
  func `what was set is found by its value`(seed: UInt64) throws {
    var source = SeededRandom(seed: seed)
    for _ in 0..<100 {
      let value = PropertyTests.random(&source)
      let before = PropertyTests.randomDocument(&source)
      let path = try DocumentPath("c.d")
      let update = Update.operators([Update.Step(path: path, action: .set(value))])
      let after = try update.apply(to: before, Update.Context())
      let filter = Filter.field(path, .compare(.equal, value))
      #expect(filter.matches(after), "seed \(seed): \(after)")
    }
  }

  @Test(arguments: TestSeed.all(20))
  func `canonical JSON keeps every value`(seed: UInt64) throws {
    var source = SeededRandom(seed: seed)
    for _ in 0..<100 {
      let value = PropertyTests.random(&source)
      let copy = try ExtendedJSON.value(ExtendedJSON.canonical(value))
      #expect(copy.isIdentical(to: value), "seed \(seed): \(value)")
    }
  }
}
