import Coordination
import Model
import Monitoring

extension Engine {
  /// Tells metrics, streams and waiting calls what was decided.
  @inline(__always)
  func consumeEffects() {
    guard !coordinator.effects.isEmpty else { return }
    consumeAllEffects()
  }

  private func consumeAllEffects() {
    // Answering a waiting call claims its grant, which is an effect again.
    var position = 0
    while position < coordinator.effects.count {
      let effect = coordinator.effects[position]
      position += 1
      count(effect)
      if let observer { observer(effect, coordinator) }
    }
    for index in streams.watches { streams.enqueue(index) }
    if !streams.awaiters.isEmpty {
      for index in 0..<coordinator.effects.count {
        let effect = coordinator.effects[index]
        switch effect.kind {
        case .granted, .queueTimeout, .cancelled: finishAwaiters(of: effect.slot)
        default: break
        }
      }
      // What answering decided (claims) is counted; nobody awaits it.
      while position < coordinator.effects.count {
        count(coordinator.effects[position])
        if let observer { observer(coordinator.effects[position], coordinator) }
        position += 1
      }
    }
    if coordinator.effects.count == 1 {
      coordinator.effects.removeLast()
    } else {
      coordinator.effects.removeAll(keepingCapacity: true)
    }
  }

  private func count(_ effect: Effect) {
    guard effect.slot >= 0 else {
      changeCount &+= 1
      board.noteChangeOfAll()
      return
    }
    switch effect.kind {
    case .granted, .denied, .queued:
      countRequest(effect)
    case .released, .expired, .claimLapsed, .preempted:
      countLeaseEnd(effect)
    case .queueTimeout, .cancelled:
      let (pool, priority) = coordinator.subject(effect.slot)
      metrics.countRequest(pool: Int(pool), priority: priority, outcome: .expired)
      noteChange(effect.slot)
    case .promoted, .adopted:
      noteChange(effect.slot)
    case .preemptNotice, .claimed, .renewed, .settled, .releaseRefused, .modeChanged,
      .capacityChanged, .draining, .learning:
      break
    }
  }

  private func countRequest(_ effect: Effect) {
    let (pool, priority) = coordinator.subject(effect.slot)
    let outcome: RequestStatus =
      switch effect.kind {
      case .denied: .denied
      case .queued: .queued
      default: .granted
      }
    metrics.countRequest(pool: Int(pool), priority: priority, outcome: outcome)
    if let waited = effect.waited {
      metrics.observeWait(pool: Int(pool), priority: priority, waited)
    }
    if let error = effect.forecastError { metrics.observeForecastError(error) }
    if effect.kind != .denied { noteChange(effect.slot) }
  }

  private func countLeaseEnd(_ effect: Effect) {
    let (pool, _) = coordinator.subject(effect.slot)
    let end: LeaseEnd =
      switch effect.kind {
      case .released: .released
      case .claimLapsed: .claimLapsed
      case .preempted: .preempted
      default: .expired
      }
    if end == .preempted { metrics.countPreemption() }
    metrics.countLeaseEnd(pool: Int(pool), reason: end)
    noteChange(effect.slot)
  }

  private func noteChange(_ slot: Int32) {
    changeCount &+= 1
    guard streams.statusCount + streams.awaiters.count > 0 else { return }
    coordinator.forEachPool(of: slot) { board.noteChange($0) }
  }
}
