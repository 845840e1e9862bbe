import Model
import Testing

@testable import Simulator

@Suite struct `The stage of a world` {
  @Test func `ends a world in which time stands still, and says so`() {
    let stage = Stage(keepsTranscript: true)
    func again() { stage.after(.nanoseconds(1), again) }
    again()
    stage.run(until: WorldPlan.start + .seconds(10))
    #expect(stage.violation?.contains("it hangs") == true)
    #expect(stage.transcript?.last?.contains("it hangs") == true)
    #expect(stage.now < WorldPlan.start + .seconds(1))
    stage.end()
  }

  @Test func `lets as many events happen as there are where time passes`() {
    let stage = Stage(keepsTranscript: false)
    var left = Stage.eventsPerSecondMax + 1000
    func again() {
      left -= 1
      if left > 0 { stage.after(.microseconds(2), again) }
    }
    again()
    stage.run(until: WorldPlan.start + .seconds(10))
    #expect(stage.violation == nil && left == 0)
  }
}

extension TimeSpan {
  fileprivate static func microseconds(_ count: Int64) -> TimeSpan { .nanoseconds(count * 1000) }
}
