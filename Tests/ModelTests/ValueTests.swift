import Model
import TestSupport
import Testing

@Suite struct `Times` {
  @Test func `sums saturate at the ends`() {
    let end = Instant.distantFuture
    #expect(end + .nanoseconds(1) == end)
    #expect(Instant(nanoseconds: .min) - .nanoseconds(1) == Instant(nanoseconds: .min))
    #expect(end - Instant(nanoseconds: -1) == TimeSpan(nanoseconds: .max))
    #expect(Instant(nanoseconds: .min) - Instant(nanoseconds: 1) == TimeSpan(nanoseconds: .min))
    #expect(TimeSpan.seconds(.max).nanoseconds == .max)
    #expect(TimeSpan.seconds(.min).nanoseconds == .min)
    #expect(TimeSpan.milliseconds(-(.max)).nanoseconds == .min)
    #expect((TimeSpan(nanoseconds: .max) + .nanoseconds(5)).nanoseconds == .max)
    #expect((TimeSpan(nanoseconds: .min) - .nanoseconds(5)).nanoseconds == .min)
    #expect(Int64.min.multipliedSaturated(by: -1) == .max)
  }

  @Test func `saturating sums are exact wherever they fit`() {
    for seed in TestSeed.all(3) {
      var random = SeededRandom(seed: seed)
      for _ in 0..<2000 {
        let one = Int64(bitPattern: random.next()) >> Int64(random.below(63))
        let other = Int64(bitPattern: random.next()) >> Int64(random.below(63))
        func clamped(_ exact: Int128) -> Int64 { Int64(clamping: exact) }
        #expect(one.addingSaturated(other) == clamped(Int128(one) + Int128(other)), "\(seed)")
        #expect(one.subtractingSaturated(other) == clamped(Int128(one) - Int128(other)), "\(seed)")
        let product = clamped(Int128(one) * Int128(other))
        #expect(one.multipliedSaturated(by: other) == product, "\(seed)")
      }
    }
  }
}

@Suite struct `Seeded random words` {
  /// Computed from the published algorithm by another program.
  static let known: [UInt64: [UInt64]] = [
    0: [
      0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f, 0xf88b_b8a8_724c_81ec,
    ],
    1_234_567: [
      0x599e_d017_fb08_fc85, 0x2c73_f084_5854_0fa5, 0x883e_bce5_a3f2_7c77, 0x3fbe_f740_e917_7b3f,
    ],
    .max: [
      0xe4d9_7177_1b65_2c20, 0xe99f_f867_dbf6_82c9, 0x382f_f84c_b272_81e9, 0x6d1d_b36c_cba9_82d2,
    ],
  ]

  @Test(arguments: [0, 1_234_567, .max] as [UInt64])
  func `are those of SplitMix64`(seed: UInt64) {
    let words = Self.known[seed] ?? []
    #expect(words.count == 4)
    var random = SeededRandom(seed: seed)
    #expect(words.map { _ in random.next() } == words)
    let start = SeededRandom(seed: seed)
    #expect(words.indices.map { start.word(at: UInt64($0)) } == words)
  }

  @Test func `children of other names go other ways and leave the parent alone`() {
    let parent = SeededRandom(seed: 42)
    var one = parent.child("outcome")
    var same = parent.child("outcome")
    var other = parent.child("delay")
    let word = one.next()
    #expect(word == same.next())
    #expect(word != other.next())
    #expect(parent == SeededRandom(seed: 42))
  }

  @Test func `the unit interval is 0 to below 1 and even`() {
    #expect(UInt64.min.asUnitInterval == 0)
    #expect(UInt64.max.asUnitInterval < 1)
    var random = SeededRandom(seed: 9)
    let mean = (0..<20_000).reduce(0.0) { sum, _ in sum + random.next().asUnitInterval } / 20_000
    #expect(abs(mean - 0.5) < 0.01)
  }
}

@Suite struct `Metadata entries` {
  @Test func `keeps entries in order, and of a repeated key the last value`() {
    let metadata = Metadata([("b", "1"), ("a", "2"), ("b", "3"), ("", "")])
    #expect(metadata.entries.map(\.key) == ["b", "a", ""])
    #expect(metadata.entries.map(\.value) == ["3", "2", ""])
    #expect(metadata.count == 3)
    #expect(metadata["b"] == "3")
    #expect(metadata["c"] == nil)
    #expect(Metadata([]) == .empty)
    #expect(Metadata.empty.isEmpty)
  }

  @Test func `takes texts of every length`() {
    for count in [0, 1, 255, 256, 257, 65_535] {
      let text = String(repeating: "v", count: count)
      let metadata = Metadata([("k", text), ("é", "ü")])
      #expect(metadata["k"] == text)
      #expect(metadata["é"] == "ü")
    }
  }

  @Test func `bug: keys of other bytes were one key where Unicode calls them equivalent`() {
    #expect(Metadata([("\u{E9}", "1"), ("e\u{301}", "2")]).count == 2)
  }

  @Test func `equal entries are equal, other order or values are not`() {
    let one = Metadata([("a", "1"), ("b", "2")])
    #expect(one == Metadata([("a", "0"), ("b", "2"), ("a", "1")]))
    #expect(one != Metadata([("b", "2"), ("a", "1")]))
    #expect(one != Metadata([("a", "1"), ("b", "22")]))
    #expect(Set([one, Metadata(one.entries)]).count == 1)
  }
}

@Suite struct `Enumerations` {
  @Test func `names read back`() {
    for mode in ResponseMode.allCases { #expect(ResponseMode(name: mode.name) == mode) }
    for priority in Priority.allCases {
      #expect(Priority(name: priority.name.lowercased()) == priority)
    }
    #expect(ResponseMode(name: "ALWAYS") == nil)
    #expect(Priority(name: "urgent") == nil)
  }

  @Test func `priorities have their points`() {
    #expect(Priority.allCases.map(\.points) == [200, 400, 600, 1000])
    #expect(Priority.allCases.map(\.rawValue) == [1, 2, 3, 4])
  }

  @Test func `status codes have gRPC's numbers and method numbers are the protocol's`() {
    #expect(StatusCode.allCases.map(\.rawValue) == Array(0...16))
    #expect(Method.allCases.map(\.rawValue) == Array(1...17))
  }
}
