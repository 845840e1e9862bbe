import Access
import Model
import Testing

/// Which role may make which call.
@Suite struct RightsTests {
  private static let viewer = Principal(name: "grafana", role: .viewer)
  private static let admin = Principal(name: "ops", role: .admin)

  private static func trainer() throws -> Principal {
    Principal(
      name: "trainer", role: .component(try #require(ComponentNames(["trainer", "eval-*"]))))
  }

  /// The whole table: each method with whether a viewer and a component may make it.
  private static let table: [(method: Model.Method, viewer: Bool, component: Bool)] = [
    (.requestResource, false, true), (.releaseResource, false, true),
    (.getResourceStatus, true, true), (.healthCheck, true, true),
    (.streamResourceStatus, true, true), (.hello, true, true), (.renewLease, false, true),
    (.cancelRequest, false, true), (.awaitGrant, false, true), (.requestResources, false, true),
    (.explain, true, true), (.listHistory, true, true), (.watchEvents, true, true),
    (.getMode, true, true), (.setMode, false, false), (.setCapacity, false, false),
    (.drain, false, false),
  ]

  private func refusal(_ principal: Principal, _ method: Model.Method, _ component: Text?)
    -> Reason?
  {
    do throws(CallError) {
      try principal.check(method, for: component)
      return nil
    } catch {
      return error.details.first.flatMap { Reason(rawValue: $0.reason.string) }
    }
  }

  @Test func `each role may make the calls of its table and no other`() throws {
    #expect(Set(RightsTests.table.map(\.method)) == Set(Model.Method.allCases))
    let trainer = try RightsTests.trainer()
    for (method, viewer, component) in RightsTests.table {
      #expect(refusal(RightsTests.viewer, method, "trainer") == (viewer ? nil : .roleNotAllowed))
      #expect(refusal(trainer, method, "trainer") == (component ? nil : .roleNotAllowed))
      #expect(refusal(RightsTests.admin, method, "trainer") == nil)
      #expect(refusal(.local, method, "anybody") == nil)
    }
  }

  @Test func `a component acts for its own names alone`() throws {
    let trainer = try RightsTests.trainer()
    for name in ["trainer", "eval-", "eval-7"] as [Text] {
      #expect(refusal(trainer, .requestResource, name) == nil)
    }
    for name in ["Trainer", "trainer2", "eval", "", "xeval-1"] as [Text] {
      #expect(refusal(trainer, .requestResource, name) == .componentNotAllowed)
      #expect(refusal(trainer, .getResourceStatus, name) == nil)
    }
    #expect(refusal(trainer, .awaitGrant, nil) == .componentNotAllowed)
  }

  @Test func `refusals have the codes of the catalogue`() throws {
    #expect(CallError.tokenMissing.code == .unauthenticated)
    #expect(CallError.tokenUnknown.code == .unauthenticated)
    #expect(Reason.roleNotAllowed.code == .permissionDenied)
    #expect(Reason.componentNotAllowed.code == .permissionDenied)
  }

  @Test func `names that are no names are refused`() {
    for bad in [[], [""], ["*"], ["a*b"], ["**"], ["a", ""]] {
      #expect(ComponentNames(bad) == nil, "\(bad)")
    }
  }
}
