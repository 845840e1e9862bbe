import Model
import Scheduling

/// What preemption remembers of a run.
struct ReclaimState {
  var memory = PreemptionMemory()
  /// By job: how often it was preempted.
  var counts: [Int: Int] = [:]
  /// The limits of the scheduler; who is told to stop has stopped at once.
  let limits: PreemptionLimits = {
    var limits = PreemptionLimits.standard
    limits.grace = .zero
    return limits
  }()
}

extension BatchRun {
  /// After a pass, the first waiting job of each queue may take the place of running ones, by the rules of its queue; again until
  /// nobody may. What is freed belongs to the preemptor, which starts at once.
  mutating func reclaim(at now: Instant) {
    guard let tree = hardware.quota(of: planner.machine),
      tree.queues.contains(where: { $0.within != .never || $0.reclaim != .never })
    else { return }
    while reclaimOnce(at: now) {}
  }

  private mutating func reclaimOnce(at now: Instant) -> Bool {
    guard let tree = hardware.quota(of: planner.machine) else { return false }
    var asked: Set<Int> = []
    var running: [RunningJob]?
    let slots = planner.runningSlots
    for (slot, facts) in planner.waiting {
      let index = facts.number.value
      let claim = hardware.claim(of: index)
      guard let queue = claim.queue, asked.insert(queue).inserted else { continue }
      guard tree.queues[queue].within != .never || tree.queues[queue].reclaim != .never else {
        continue
      }
      let holders = running ?? slots.map(runningJob)
      running = holders
      let preemptor = Preemptor(
        number: facts.number, queue: queue, priority: Int32(clamping: facts.priority),
        created: facts.submit, amounts: claim.amounts)
      let request = hardware.request(index, jobs[index])
      let outcome = PreemptionSearch.search(
        for: preemptor, running: holders, in: tree, memory: reclaimed.memory, at: now,
        limits: reclaimed.limits,
        fits: { victims in
          var machine = planner.machine
          for victim in victims { machine.vacate(planner.placement(of: slots[victim])) }
          return machine.placement(of: request) != nil
        })
      guard case .victims(let preemption) = outcome else { continue }
      for victim in preemption.victims {
        let job = victim.number.value
        reclaimed.memory.record(facts.number, preempted: victim.number)
        reclaimed.counts[job, default: 0] += 1
        interrupt(slots[victim.index], at: now, isPreempted: true)
      }
      guard planner.start(slot, at: now) else {
        preconditionFailure("a preemptor fits where its victims were")
      }
      noteStarts(at: now)
      return true
    }
    return false
  }

  private func runningJob(in slot: Int) -> RunningJob {
    let index = running[slot].job
    let facts = planner.facts(of: slot)
    let claim = hardware.claim(of: index)
    return RunningJob(
      number: facts.number, queue: claim.queue ?? 0, priority: Int32(clamping: facts.priority),
      created: facts.submit,
      admitted: Instant(nanoseconds: running[slot].startNanoseconds), amounts: claim.amounts,
      preemptions: reclaimed.counts[index] ?? 0)
  }
}
