import Coordination
import Model
import Wire

/// Decisions of a journal as JSON. Tokens and secrets are left out.
enum DecisionView {
  /// - Parameter coordinator: as it was before the decision.
  static func json(
    _ decision: Decision, position: UInt64, at: Instant, in coordinator: Coordinator
  ) -> JSONValue {
    let view = View(coordinator: coordinator)
    return .object(
      [.init("position", .integer(Int64(clamping: position))), .init("at", view.time(at))]
        + view.members(of: decision))
  }

  private struct View {
    let coordinator: Coordinator

    func members(of decision: Decision) -> [JSONValue.Member] {
      switch decision {
      case .recorded(let request, let admission, let outcome, _):
        return [kind("recorded")] + recorded(request, admission, outcome)
      case .served(let slot, let terms):
        return about(slot, "served") + granted(terms)
      case .claimed(let slot): return about(slot, "claimed")
      case .attached(let slot, _): return about(slot, "attached")
      case .detached(let slot, let cancelAt):
        return about(slot, "detached") + [.init("cancel_at", time(cancelAt))]
      case .promoted(let slot, _): return about(slot, "promoted")
      case .waitEnded(let slot, let end):
        return about(slot, "wait_ended") + [.init("reason", .string(end.reason.rawValue))]
      case .leaseEnded(let slot, let end, let closedUntil):
        return about(slot, "lease_ended")
          + [
            .init("reason", .string(end.reason.rawValue)),
            .init("closed_until", closedUntil.map(time) ?? .null),
          ]
      case .lockDelayEnded(let slot): return about(slot, "lock_delay_ended")
      case .renewed(let slot, let expiresAt):
        return about(slot, "renewed") + [.init("expires_at", time(expiresAt))]
      case .settled(let slot, let pool, let difference):
        return about(slot, "settled")
          + [.init("pool", name(of: pool)), .init("difference", .integer(difference))]
      case .preemptionNoticed(let slot, let instant):
        return about(slot, "preemption_noticed") + [.init("preempt_at", time(instant))]
      case .preemptionWithdrawn(let slot): return about(slot, "preemption_withdrawn")
      case .releaseRefused(_, let requestID, let component, let reason):
        return [
          kind("release_refused"), .init("request_id", .string(requestID.string)),
          .init("component", .string(component.string)), .init("reason", .string(reason.rawValue)),
        ]
      case .forgotten(let slot): return about(slot, "forgotten")
      case .leaseAdopted(let request, let admission, let terms):
        return [kind("lease_adopted")] + recorded(request, admission, .granted(terms))
      case .modeChanged, .capacityChanged, .draining, .learning, .started, .poolsDefined:
        return administration(decision)
      }
    }

    private func administration(_ decision: Decision) -> [JSONValue.Member] {
      switch decision {
      case .modeChanged(let mode, let contention, let restartsDraws):
        [
          kind("mode_changed"), .init("mode", .string(mode.name)),
          .init("deny_probability", .number("\(contention.denyProbability)")),
          .init("queue_probability", .number("\(contention.queueProbability)")),
          .init("restarts_draws", .bool(restartsDraws)),
        ]
      case .capacityChanged(let pool, let capacity):
        [
          kind("capacity_changed"), .init("pool", name(of: pool)),
          .init("capacity", .integer(capacity)),
        ]
      case .draining(let isDraining): [kind("draining"), .init("draining", .bool(isDraining))]
      case .learning(let end): [kind("learning"), .init("until", end.map(time) ?? .null)]
      case .started(let cancelAt, let claimBy):
        [kind("started"), .init("cancel_at", time(cancelAt)), .init("claim_by", time(claimBy))]
      case .poolsDefined(let pools):
        [
          kind("pools_defined"),
          .init(
            "pools",
            .array(
              pools.map {
                .object([
                  .init("name", .string($0.name.string)), .init("kind", .string($0.kind.name)),
                  .init("capacity", .integer($0.capacity)), .init("unit", .string($0.unit.string)),
                ])
              })),
        ]
      default: []
      }
    }

    private func recorded(
      _ request: ResourceRequest, _ admission: Admission, _ outcome: Outcome
    ) -> [JSONValue.Member] {
      var members: [JSONValue.Member] = [
        .init("request_id", .string(request.requestID.string)),
        .init("component", .string(request.component.string)),
        .init("priority", .string(admission.priority.name)),
        .init(
          "claims",
          .array(
            (0..<admission.claims.count).map { place in
              .object([
                .init("pool", name(of: admission.claims[place].pool)),
                .init("quantity", .integer(admission.claims[place].quantity)),
              ])
            })),
      ]
      switch outcome {
      case .granted(let terms):
        members.append(.init("outcome", .string("granted")))
        members += granted(terms)
      case .queued(let terms):
        members += [
          .init("outcome", .string("queued")), .init("deadline", time(terms.deadline)),
        ]
      case .denied(let denial):
        members += [
          .init("outcome", .string("denied")), .init("reason", .string(denial.reason.rawValue)),
        ]
      }
      return members
    }

    private func granted(_ terms: GrantTerms) -> [JSONValue.Member] {
      [
        .init("granted_quantity", .integer(terms.quantity)),
        .init("expires_at", time(terms.expiresAt)),
      ]
    }

    /// What every decision about a record begins with.
    private func about(_ slot: Int32, _ name: String) -> [JSONValue.Member] {
      let record = coordinator.record(slot)
      return [
        kind(name), .init("request_id", .string(record.requestID.string)),
        .init("component", .string(coordinator.componentName(record.component).string)),
      ]
    }

    private func kind(_ name: String) -> JSONValue.Member { .init("decision", .string(name)) }

    private func name(of pool: Int32) -> JSONValue {
      .string(coordinator.poolDefinition(pool).name.string)
    }

    func time(_ instant: Instant) -> JSONValue { JSONTimes.timestamp(instant) }
  }
}
