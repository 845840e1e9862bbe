import Model

extension CoordinationState {
  /// Checks a request and resolves its pools. Changes nothing.
  ///
  /// - Parameter poolsMax: the most that it may name; nil for ``Limits/poolsPerRequest``.
  func admit(
    _ request: borrowing ResourceRequest, connection: UInt64, poolsMax: Int? = nil
  ) throws(CallError) -> Admission {
    try checkName(request.requestID, field: "request_id", bytesMax: limits.requestIDBytes)
    try checkName(request.component, field: "component", bytesMax: limits.componentBytes)
    guard request.metadata.count <= limits.metadataEntries,
      request.metadata.byteCount <= limits.metadataBytes
    else {
      throw CallError(
        .invalidField,
        "metadata holds at most \(limits.metadataEntries) entries and \(limits.metadataBytes) bytes",
        field: "metadata", limit: Int64(limits.metadataEntries))
    }
    try checkSpan(request.timeout, field: "timeout")
    try checkSpan(request.duration, field: "duration")
    let priority = try priority(request.priority)
    if hasComponentLimits { try checkAllowance(priority, of: request.component) }
    let claims = try resolve(request.claims, poolsMax ?? limits.poolsPerRequest)
    if request.allowPartial && claims.count > 1 {
      throw CallError(
        .invalidField, "a lease over several pools is all or nothing", field: "allow_partial")
    }
    return Admission(claims: claims, priority: priority, connection: connection)
  }

  func checkName(_ name: Text, field: String, bytesMax: Int) throws(CallError) {
    let count = name.utf8Count
    guard count > 0 else {
      throw CallError(
        .invalidField, "\(field) is missing", field: Text(field), limit: Int64(bytesMax))
    }
    guard count <= bytesMax else {
      throw CallError(
        .invalidField, "\(field) has \(count) bytes, at most \(bytesMax) are allowed",
        field: Text(field), limit: Int64(bytesMax))
    }
    guard !name.hasControlCharacters else {
      throw CallError(.invalidField, "\(field) holds a control character", field: Text(field))
    }
  }

  @inline(__always)
  private func checkSpan(_ span: TimeSpan?, field: String) throws(CallError) {
    guard let span, span < .zero else { return }
    throw CallError(.invalidField, "\(field) is negative: \(span.seconds) s", field: Text(field))
  }

  private func priority(_ number: Int32) throws(CallError) -> Priority {
    if number == 0 { return .normal }
    guard let raw = UInt8(exactly: number), let priority = Priority(rawValue: raw) else {
      throw CallError(
        .invalidField,
        "priority \(number) is unknown; 1 is LOW, 2 NORMAL, 3 HIGH, 4 CRITICAL", field: "priority")
    }
    return priority
  }

  private func checkAllowance(_ priority: Priority, of component: Text) throws(CallError) {
    guard let highest = components.limits(of: component).maxPriority, priority > highest else {
      return
    }
    throw CallError(
      .priorityNotAllowed,
      "\(component) may ask with at most \(highest.name), not \(priority.name)",
      field: "priority", limit: highest.points)
  }

  private func resolve(_ claims: Claims, _ poolsMax: Int) throws(CallError) -> PoolClaims {
    var resolved = PoolClaims(first: try resolve(claims.first))
    guard !claims.rest.isEmpty else { return resolved }
    guard claims.rest.count < poolsMax else {
      throw CallError(
        .invalidField, "a request names at most \(poolsMax) pools", field: "pools",
        limit: Int64(poolsMax))
    }
    for claim in claims.rest {
      let next = try resolve(claim)
      guard resolved.claim(of: next.pool) == nil else {
        let name = pools[Int(next.pool)].definition.name
        throw CallError(.invalidField, "the pool \(name) is named twice", field: "pools")
      }
      resolved.rest.append(next)
    }
    for position in 0..<resolved.count where resolved[position].quantity == 0 {
      throw CallError(
        .invalidField, "quantity is 0; a lease over several pools takes some of each",
        field: "quantity")
    }
    return resolved
  }

  @inline(__always)
  private func resolve(_ claim: PoolQuantity) throws(CallError) -> PoolClaim {
    let pool = try resolve(claim.pool)
    guard claim.quantity > 0 || (claim.quantity == 0 && pools[Int(pool)].isRate) else {
      throw CallError(
        .invalidField,
        "quantity is \(pools[Int(pool)].definition.amount(claim.quantity)); "
          + "it must be above 0", field: "quantity")
    }
    guard claim.quantity <= limits.quantity else {
      throw CallError(
        .invalidField, "quantity \(claim.quantity) is above \(limits.quantity)",
        field: "quantity", limit: limits.quantity)
    }
    return PoolClaim(pool: pool, quantity: claim.quantity)
  }

  /// The pool that a reference means.
  func resolve(_ reference: PoolReference) throws(CallError) -> Int32 {
    guard !reference.isEmpty else {
      throw CallError(
        .unknownPool, "resource is unspecified; name a resource or a pool", field: "resource")
    }
    if reference.name.isEmpty {
      guard let pool = directory.find(number: reference.number) else {
        throw CallError(
          .unknownPool, "resource \(reference.number) is unknown; the pools are \(poolNames)",
          field: "resource")
      }
      return pool
    }
    guard let pool = directory.find(name: reference.name) else {
      throw CallError(
        .unknownPool,
        "pool \"\(reference.name)\" is unknown\(question(for: reference.name)); "
          + "the pools are \(poolNames)",
        field: "pool")
    }
    if reference.number != 0, pools[Int(pool)].definition.number != reference.number {
      throw CallError(
        .invalidField,
        "resource \(reference.number) and pool \"\(reference.name)\" are not the same pool",
        field: "pool")
    }
    return pool
  }

  /// Pools whose names are compared with an unknown one, so that mistakes of callers cost little however many pools there are.
  private static let comparedPoolsMax = 1024

  private func question(for name: Text) -> String {
    let known = pools.lazy.prefix(CoordinationState.comparedPoolsMax).map(\.definition.name.string)
    return NearestName.question(for: name.string, in: known)
  }

  private var poolNames: String {
    let shown = pools.prefix(20).map { $0.definition.name.string }.joined(separator: ", ")
    return pools.count > 20 ? shown + ", …" : shown
  }
}
