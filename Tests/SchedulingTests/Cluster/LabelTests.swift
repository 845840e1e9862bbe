import Scheduling
import Testing

@Suite struct LabelTests {
  @Test(arguments: [
    (LabelRequirement.isOneOf(key: "disk", values: ["ssd", "nvme"]), true),
    (.isOneOf(key: "disk", values: ["hdd"]), false),
    (.isOneOf(key: "absent", values: [""]), false),
    (.isNoneOf(key: "disk", values: ["hdd"]), true),
    (.isNoneOf(key: "disk", values: ["ssd"]), false),
    (.isNoneOf(key: "absent", values: ["x"]), true),
    (.exists(key: "disk"), true),
    (.exists(key: "absent"), false),
    (.isAbsent(key: "absent"), true),
    (.isAbsent(key: "disk"), false),
    (.isGreater(key: "rack", than: 6), true),
    (.isGreater(key: "rack", than: 7), false),
    (.isGreater(key: "disk", than: 0), false),
    (.isLess(key: "rack", than: 8), true),
    (.isLess(key: "rack", than: 7), false),
    (.isLess(key: "absent", than: 7), false),
  ])
  func `a requirement is about one label`(requirement: LabelRequirement, holds: Bool) {
    #expect(requirement.holds(for: ["disk": "ssd", "rack": "7"]) == holds)
  }

  @Test func `requirements of a selector hold together, and without any everything matches`() {
    let both = LabelSelector([.exists(key: "a"), .exists(key: "b")])
    #expect(both.matches(["a": "", "b": ""]))
    #expect(!both.matches(["a": ""]))
    #expect(LabelSelector([]).matches(.none))
    #expect(LabelSelector(matching: ["a": "1"]).matches(["a": "1", "b": "2"]))
    #expect(!LabelSelector(matching: ["a": "1"]).matches(["a": "2"]))
  }

  @Test
  func `a toleration is for a taint's key, value and effect, each of which it may leave open`() {
    let taint = Taint(key: "gpu", value: "yes", effect: .noSchedule)
    #expect(Toleration().tolerates(taint))
    #expect(Toleration(key: "gpu").tolerates(taint))
    #expect(Toleration(key: "gpu", value: "yes", effect: .noSchedule).tolerates(taint))
    #expect(!Toleration(key: "spot").tolerates(taint))
    #expect(!Toleration(key: "gpu", value: "no").tolerates(taint))
    #expect(!Toleration(key: "gpu", effect: .noExecute).tolerates(taint))
  }

  @Test func `a compute capability is ordered by its numbers, not as text`() throws {
    let ten = try #require(ComputeCapability("10.0"))
    let nine = try #require(ComputeCapability("9.0"))
    #expect(nine < ten)
    #expect(ComputeCapability("8.6")?.description == "8.6")
    #expect(ComputeCapability("8") == ComputeCapability(major: 8, minor: 0))
    for text in ["", ".", "8.", "a.b", "8.6.1", "-1.0"] {
      #expect(ComputeCapability(text) == nil)
    }
  }
}
