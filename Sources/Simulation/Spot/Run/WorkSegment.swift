/// The work of a task from the moment in which its instance is ready for it, as long as nothing
/// changes: how far it is at any instant, how much of that is saved, and when it ends.
///
/// After each `interval` of work it stands still for `write`, while it is saved; the save counts
/// when it is whole. All is in nanoseconds, and the speed in parts of a thousand. Each answer costs
/// a few divisions, however many checkpoints there are.
package struct WorkSegment: Hashable, Sendable {
  package let start: Int64
  package let done: Int64
  package let saved: Int64
  package let speedPermille: Int64
  /// Nil for no checkpoints.
  package let interval: Int64?
  package let write: Int64

  package init(
    start: Int64, done: Int64, saved: Int64, speedPermille: Int64 = 1000, interval: Int64? = nil,
    write: Int64 = 0
  ) {
    precondition(done >= saved && saved >= 0, "what is saved was done")
    self.start = start
    self.done = done
    self.saved = saved
    self.speedPermille = speedPermille
    self.interval = interval
    self.write = write
  }

  package struct Progress: Hashable, Sendable {
    package var done: Int64
    package var saved: Int64

    package init(done: Int64, saved: Int64) {
      self.done = done
      self.saved = saved
    }
  }

  package func progress(at now: Int64) -> Progress {
    let elapsed = max(0, now - start)
    guard let interval else { return Progress(done: done + work(elapsed), saved: saved) }
    let first = max(0, interval - (done - saved))
    let firstTime = time(first)
    guard elapsed >= firstTime else { return Progress(done: done + work(elapsed), saved: saved) }
    let cycle = write + time(interval)
    let (cycles, rest) = (elapsed - firstTime).quotientAndRemainder(dividingBy: cycle)
    let reached = done + first + cycles * interval
    guard rest >= write else {
      return Progress(done: reached, saved: cycles == 0 ? saved : reached - interval)
    }
    return Progress(done: reached + min(interval, work(rest - write)), saved: reached)
  }

  /// When the work is done of which there is `total`. At its end nothing is saved.
  package func end(total: Int64) -> Int64 {
    let left = max(0, total - done)
    guard let interval else { return start + time(left) }
    let first = max(0, interval - (done - saved))
    guard left > first else { return start + time(left) }
    let (cycles, rest) = (left - first - 1).quotientAndRemainder(dividingBy: interval)
    return start + time(first) + write + cycles * (write + time(interval)) + time(rest + 1)
  }

  /// The work of a time, and the time of a work, each rounded so that the work is really done.
  private func work(_ time: Int64) -> Int64 {
    speedPermille == 1000 ? time : Int64(Int128(time) * Int128(speedPermille) / 1000)
  }

  private func time(_ work: Int64) -> Int64 {
    guard speedPermille != 1000 else { return work }
    let speed = Int128(speedPermille)
    return Int64((Int128(work) * 1000 + speed - 1) / speed)
  }
}
