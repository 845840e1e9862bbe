import Model
import Settings
import Testing

@Suite struct ProfileTests {
  static let text = """
    response_mode: always_grant
    gpu_capacity: 10
    profiles:
      limits: {response_mode: respect_limits, pools: [{name: disk, limit: 7}]}
      empty:
    """

  @Test func `a profile lies over the rest of the file`() throws {
    let loaded = try load(Self.text, profile: "limits")
    #expect(loaded.configuration.mode == .respectLimits)
    #expect(loaded.configuration.pools.map(\.name.string).last == "disk")
    #expect(loaded.configuration.pools.first?.capacity == 10)
    #expect(loaded.profile == "limits")
  }

  @Test func `without a choice the rest of the file counts`() throws {
    #expect(try load(Self.text).configuration.mode == .alwaysGrant)
    #expect(try load(Self.text, profile: "empty").configuration.mode == .alwaysGrant)
  }

  @Test func `the environment may choose`() throws {
    let loaded = try load(Self.text, environment: ["COORDINATOR_PROFILE": "limits"])
    #expect(loaded.configuration.mode == .respectLimits)
  }

  @Test func `an unknown profile is an error that lists the known`() {
    #expect(
      errors(Self.text, profile: "limit") == [
        "c.yaml:1:1: there is no profile \"limit\"; the file has limits, empty (did you mean limits?)"
      ])
    #expect(throws: SettingsError.self) { try SettingsLoader.load(profile: "x") }
  }

  @Test func `a scenario at the top may stand beside other keys`() throws {
    let text = "cpu_capacity: 3\nsmall: {cpu_capacity: 1}"
    #expect(try load(text).configuration.pools.last?.capacity == 3)
    #expect(try load(text, profile: "small").configuration.pools.last?.capacity == 1)
  }

  @Test func `what is wrong in a scenario is told with its name`() {
    #expect(
      errors("small: {cpu_capacity: 1, gpu_capacty: 2}\nbig: {cpu_capacity: 9}", profile: "big")
        == [
          "c.yaml:1:26: small.gpu_capacty: unknown key (did you mean gpu_capacity or cpu_capacity?)"
        ])
  }
}
