import Scheduling
import Testing

@Suite struct JobNumberTests {
  @Test func `numbers are ordered as they were given`() {
    #expect([JobNumber(10), JobNumber(9), JobNumber(0)].sorted().map(\.value) == [0, 9, 10])
  }
}
