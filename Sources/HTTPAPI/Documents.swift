import Model

/// The JSON documents of the HTTP service, in the shapes that the original service had, grown by new members.
enum Documents {
  /// `/api/health`.
  static func health(_ health: Result<HealthResponse, CallError>) -> JSON {
    switch health {
    case .success(let health):
      .object([
        ("healthy", .bool(health.healthy)), ("version", .string(health.version)),
        ("uptime_seconds", .integer(health.uptimeSeconds)),
        ("metadata", .object(health.metadata.entries.map { ($0.key, .string($0.value)) })),
      ])
    case .failure(let error):
      .object([
        ("healthy", .bool(false)), ("version", .string("unknown")), ("uptime_seconds", .integer(0)),
        ("metadata", .object([("error", .string(error.message))])),
      ])
    }
  }

  /// `/api/status`. The time is that of the answer where the coordinator gave none.
  static func status(_ status: Result<StatusResponse, CallError>, now: Instant) -> JSON {
    switch status {
    case .success(let status):
      .object([
        ("statuses", .array(status.statuses.map(pool))),
        ("timestamp", .string((status.timestamp ?? now).rfc3339)),
      ])
    case .failure(let error):
      .object([
        ("statuses", .array([])), ("timestamp", .string(now.rfc3339)),
        ("error", .string(error.message)),
      ])
    }
  }

  private static func pool(_ pool: PoolStatus) -> JSON {
    var members: [(key: String, value: JSON)] = [
      ("resource", .string(resourceName(pool))), ("total_capacity", .integer(pool.totalCapacity)),
      ("available", .integer(pool.available)), ("allocated", .integer(pool.allocated)),
      ("allocations", .array(pool.allocations.map(allocation))),
      ("pool", .string(pool.name.string)), ("unit", .string(pool.unit.string)),
      ("kind", pool.kind.map { .string($0.name) } ?? .null),
      ("over_committed", .integer(pool.overCommitted)), ("queued", .integer(pool.queued)),
      ("allocations_total", .integer(pool.allocationsTotal)),
      ("next_page_token", .string(pool.nextPageToken.string)),
    ]
    if let rate = pool.rate {
      members.append(("remaining", .integer(rate.remaining)))
      members.append(("limit", .integer(rate.limit)))
    }
    return .object(members)
  }

  private static func allocation(_ allocation: Allocation) -> JSON {
    .object([
      ("request_id", .string(allocation.requestID.string)),
      ("component", .string(allocation.component.string)),
      ("quantity", .integer(allocation.quantity)),
      ("allocated_at", time(allocation.allocatedAt)), ("expires_at", time(allocation.expiresAt)),
      ("priority", allocation.priority.map { .string($0.name) } ?? .null),
    ])
  }

  private static func time(_ instant: Instant?) -> JSON {
    instant.map { .string($0.rfc3339) } ?? .null
  }

  /// The resource's name in the protocol's enum; a pool from the configuration with a number of its own gets the
  /// name that an enum would give it.
  static func resourceName(_ pool: PoolStatus) -> String {
    switch pool.number {
    case 0: return "RESOURCE_TYPE_UNSPECIFIED"
    case 1: return "RESOURCE_TYPE_GPU"
    case 2: return "RESOURCE_TYPE_CLAUDE_API"
    case 3: return "RESOURCE_TYPE_MEMORY"
    case 4: return "RESOURCE_TYPE_CPU"
    default:
      let name = pool.name.string.uppercased().map {
        $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_"
      }
      return "RESOURCE_TYPE_" + String(name)
    }
  }
}
