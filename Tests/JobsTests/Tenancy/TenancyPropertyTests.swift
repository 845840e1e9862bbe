import Jobs
import Model
import TestSupport
import Testing

/// Random commands against a ledger that adds everything up anew.
@Suite struct TenancyPropertyTests {
  private struct Counts {
    var refused = 0
    var warned = 0
    var allowed = 0
  }

  @Test(arguments: TestSeed.all(16)) func `accounts and verdicts are those of a recount`(
    _ seed: UInt64
  ) throws {
    var drawn = RandomTenancy(seed: seed)
    var world = TenancyWorld()
    var ledger = NaiveLedger()
    for command in RandomTenancy.setUp { try world.run(command, at: drawn.now) }
    var counts = Counts()
    for _ in 0..<400 {
      let (command, caller) = drawn.next(world.state)
      world.pass(to: drawn.now)
      if case .admit(let demand) = command {
        check(demand, world.state, ledger, at: drawn.now, &counts, seed)
      }
      do throws(TenancyRefusal) {
        for decision in try world.run(command, by: caller, at: drawn.now) {
          ledger.note(decision, at: drawn.now)
        }
      } catch {
        #expect(!error.message.isEmpty)
      }
    }
    for scope in RandomTenancy.scopes {
      for measure in RandomTenancy.measures {
        check(measure, scope, world.state, ledger, at: drawn.now, seed)
        // Questions about the future change nothing.
        check(measure, scope, world.state, ledger, at: drawn.now + .seconds(5_000_000), seed)
      }
    }
    #expect(counts.refused > 0 && counts.allowed > 0, "seed \(seed)")
  }

  private func check(
    _ measure: Measure, _ scope: Scope, _ state: TenancyState, _ ledger: NaiveLedger,
    at now: Instant, _ seed: UInt64
  ) {
    let used = state.used(measure, in: scope, at: now)
    #expect(
      used == ledger.used(measure, in: scope, at: now), "seed \(seed) \(measure) \(scope) \(now)")
    let cost = ledger.accrued(scope, .month, now) { $0.rate.nanodollars }
    #expect((state.accounts[scope]?.accrued(in: .month, at: now).cost ?? 0) == cost, "seed \(seed)")
  }

  private func check(
    _ demand: Demand, _ state: TenancyState, _ ledger: NaiveLedger, at now: Instant,
    _ counts: inout Counts, _ seed: UInt64
  ) {
    let measure = RandomTenancy.measures[state.charges.count % RandomTenancy.measures.count]
    check(measure, .user(demand.user), state, ledger, at: now, seed)
    check(measure, .project(demand.project), state, ledger, at: now, seed)
    do throws(TenancyRefusal) {
      let verdict = try state.verdict(on: demand, by: .platform, at: now)
      guard case .jobAdmitted(let charge) = verdict.decisions.last else {
        Issue.record("admitted without a charge, seed \(seed)")
        return
      }
      let severity = ledger.severity(of: charge, priority: demand.facts.priority, at: now)
      #expect(severity == (verdict.warnings.isEmpty ? 0 : 1), "seed \(seed) \(verdict)")
      if severity == 0 { counts.allowed += 1 } else { counts.warned += 1 }
    } catch {
      guard error.sort == .quotaExceeded else { return }
      counts.refused += 1
      checkRefusal(error, demand, state, ledger, at: now, seed)
    }
  }

  private func checkRefusal(
    _ refusal: TenancyRefusal, _ demand: Demand, _ state: TenancyState, _ ledger: NaiveLedger,
    at now: Instant, _ seed: UInt64
  ) {
    #expect(!refusal.findings.isEmpty)
    for finding in refusal.findings {
      #expect(finding.used == ledger.used(finding.measure, in: finding.scope, at: now))
      #expect(finding.used + finding.asked > finding.limit, "seed \(seed)")
      if let freesAt = finding.freesAt { #expect(freesAt > now || finding.measure.nature == .held) }
      if finding.canNeverFit { #expect(finding.freesAt == nil || isBurst(finding, state)) }
    }
    // The same job, if nothing bounded it, is what the ledger looks at.
    var free = state
    for quota in state.quotas.keys { free.evolve(.quotaRemoved(quota), at: now) }
    guard let verdict = try? free.verdict(on: demand, by: .platform, at: now),
      case .jobAdmitted(let charge) = verdict.decisions.last
    else {
      Issue.record("refused without quotas, seed \(seed)")
      return
    }
    #expect(
      ledger.severity(of: charge, priority: demand.facts.priority, at: now) == 2,
      "seed \(seed) \(refusal.message)")
  }

  /// Whether the end of a cooldown makes room that no end of a job makes.
  private func isBurst(_ finding: QuotaFinding, _ state: TenancyState) -> Bool {
    if case .burst = state.quotas[finding.quota]?.kind { true } else { false }
  }

  @Test(arguments: TestSeed.all(10)) func `records make the same state again, byte for byte`(
    _ seed: UInt64
  ) throws {
    var drawn = RandomTenancy(seed: seed)
    var world = TenancyWorld()
    for command in RandomTenancy.setUp { try world.run(command, at: drawn.now) }
    for step in 0..<300 {
      let (command, caller) = drawn.next(world.state)
      _ = try? world.run(command, by: caller, at: drawn.now)
      if step == 150 { try expectRestored(world, seed) }
    }
    var rebuilt = TenancyState(world.state.settings)
    for bytes in world.records {
      #expect(bytes.first.map { $0 >= 192 } ?? false)
      let record = try TenancyRecord.read(bytes[...], after: rebuilt.decidedAt)
      #expect(rebuilt.accepts(record.decision, at: record.at), "seed \(seed) \(record)")
      rebuilt.evolve(record.decision, at: record.at)
    }
    var chunks: [[UInt8]] = []
    rebuilt.write { chunks.append($0) }
    #expect(chunks == world.bytes(), "seed \(seed)")
    try expectRestored(world, seed)
  }

  /// A snapshot makes a state that has the same bytes, and expects and answers the same.
  private func expectRestored(_ world: TenancyWorld, _ seed: UInt64) throws {
    var reader = TenancyReader(world.state.settings)
    for chunk in world.bytes() { try reader.read(chunk) }
    var restored = world
    restored.state = try reader.finish()
    #expect(restored.bytes() == world.bytes(), "seed \(seed)")
    #expect(restored.state.nextDeadline == world.state.nextDeadline, "seed \(seed)")
    for (scope, account) in world.state.accounts {
      #expect(restored.state.accounts[scope] == account, "seed \(seed)")
    }
  }

  @Test(arguments: TestSeed.all(5)) func `bytes that no writer wrote are refused, never a crash`(
    _ seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed).child("damage")
    var drawn = RandomTenancy(seed: seed)
    var world = TenancyWorld()
    for command in RandomTenancy.setUp { try world.run(command, at: drawn.now) }
    for _ in 0..<150 {
      let (command, caller) = drawn.next(world.state)
      _ = try? world.run(command, by: caller, at: drawn.now)
    }
    for _ in 0..<1_000 {
      var bytes = random.pick(world.records)
      bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
      var state = world.state
      guard let record = try? TenancyRecord.read(bytes[...], after: state.decidedAt),
        state.accepts(record.decision, at: record.at)
      else { continue }
      state.evolve(record.decision, at: record.at)
    }
    let chunks = world.bytes()
    for _ in 0..<200 {
      var damaged = chunks
      let place = random.below(chunks.count)
      damaged[place][random.below(chunks[place].count)] ^= UInt8(1 << random.below(8))
      var reader = TenancyReader(world.state.settings)
      do throws(ByteSource.Malformed) {
        for chunk in damaged { try reader.read(chunk) }
        var state = try reader.finish()
        while let due = state.nextDue, due.at <= drawn.now {
          state.evolve(due.decision, at: due.at)
        }
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}
