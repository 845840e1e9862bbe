package import Model

/// The kinds of chunks of a tenancy's snapshot, in the order in which they are written. Each has entries in the order
/// of their keys.
private enum Chunk: UInt8 {
  /// The version of the bytes and the time of the last decision: the first chunk, and the only one of its kind.
  case base = 1
  case organizations = 2
  case users = 3
  case tokens = 4
  case projects = 5
  case secrets = 6
  case checkpoints = 7
  case quotas = 8
  case bursts = 9
  case accounts = 10
  case charges = 11
  case alerts = 12
}

extension TenancyState {
  /// The version of the bytes that are written.
  private static let version: UInt8 = 1

  /// Writes all that decisions made, in chunks of about ``TenancyLimits/chunkBytes``. What follows from the rest is
  /// left out, and so are the settings. The bytes of equal states are equal.
  package func write<Failure: Error>(_ emit: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
    var sink = ByteSink()
    sink.append(byte: Chunk.base.rawValue)
    sink.append(byte: TenancyState.version)
    sink.append(decidedAt)
    try emit(sink.bytes)
    try write(.organizations, organizations, emit) { $0.append($1.value) }
    try write(.users, users, emit) { $0.append($1.value) }
    try write(.tokens, tokens, emit) { $0.append($1.value) }
    try write(.projects, projects, emit) { $0.append($1.value) }
    try write(.secrets, secrets, emit) { $0.append($1.value) }
    try write(.checkpoints, checkpointShares, emit) { sink, entry in
      sink.append(entry.key)
      sink.append(list: entry.value.sorted()) { $0.append($1) }
    }
    try write(.quotas, quotas, emit) { $0.append($1.value) }
    try write(.bursts, bursts, emit) { sink, entry in
      sink.append(entry.key)
      sink.append(entry.value)
    }
    try write(.accounts, accounts, emit) { sink, entry in
      sink.append(entry.key)
      sink.append(entry.value)
    }
    try write(.charges, charges, emit) { $0.append($1.value) }
    try write(.alerts, alerts, emit) { sink, entry in
      sink.append(entry.key)
      sink.append(entry.value.month.number)
      sink.append(byte: entry.value.level.rawValue)
    }
  }

  private func write<Key: Comparable, Value, Failure: Error>(
    _ kind: Chunk, _ table: [Key: Value], _ emit: ([UInt8]) throws(Failure) -> Void,
    _ write: (inout ByteSink, (key: Key, value: Value)) -> Void
  ) throws(Failure) {
    var sink = ByteSink()
    // The keys alone are moved about while they are sorted.
    for key in table.keys.sorted() {
      guard let value = table[key] else { continue }
      if sink.count == 0 { sink.append(byte: kind.rawValue) }
      write(&sink, (key, value))
      guard sink.count >= TenancyLimits.chunkBytes else { continue }
      try emit(sink.bytes)
      sink.removeAll()
    }
    if sink.count > 0 { try emit(sink.bytes) }
  }
}

/// Fills a new state from the chunks that ``TenancyState/write(_:)`` wrote, in their order.
package struct TenancyReader {
  private var state: TenancyState
  private var last: Chunk?

  package init(_ settings: TenancySettings) {
    state = TenancyState(settings)
  }

  /// Takes the next chunk. After an error nothing of it is to be used.
  package mutating func read(_ chunk: [UInt8]) throws(ByteSource.Malformed) {
    var source = ByteSource(chunk)
    let kind = try source.value(Chunk.self)
    let fits = last.map { $0.rawValue <= kind.rawValue && kind != .base } ?? (kind == .base)
    guard fits else { throw source.malformed("the base first, and then the others in order") }
    last = kind
    if kind == .base {
      guard try source.byte() == 1 else { throw source.malformed("version 1 before this") }
      state.decidedAt = try source.instant()
    } else {
      while !source.isAtEnd { try readEntry(kind, &source) }
    }
    try source.finish()
  }

  /// The state, once all chunks are read.
  package func finish() throws(ByteSource.Malformed) -> TenancyState {
    guard last != nil else { throw ByteSource([]).malformed("the base") }
    var state = state
    for id in state.projects.keys { state.setAlarm(id) }
    return state
  }

  private mutating func readEntry(
    _ kind: Chunk, _ source: inout ByteSource
  ) throws(ByteSource.Malformed) {
    let isNew: Bool
    switch kind {
    case .base: preconditionFailure("it has no entries")
    case .organizations: isNew = state.restore(try source.organization())
    case .users: isNew = state.restore(try source.user())
    case .tokens: isNew = state.restore(try source.apiToken())
    case .projects: isNew = state.restore(try source.project())
    case .secrets: isNew = state.restore(try source.secret())
    case .checkpoints:
      isNew = state.restore(
        try source.checkpointID(),
        shares: try source.ascending { source throws(ByteSource.Malformed) in
          try source.identifier()
        })
    case .quotas: isNew = state.restore(try source.quota())
    case .bursts: isNew = state.restore(try source.identifier(), burst: try source.instant())
    case .accounts: isNew = state.restore(try source.scope(), try source.account())
    case .charges: isNew = state.restore(try source.charge())
    case .alerts:
      let project: Project.ID = try source.identifier()
      let month = UTCMonth(number: try source.signed())
      isNew = state.restore(
        project, alert: BudgetAlert(month: month, level: try source.value(BudgetLevel.self)))
    }
    guard isNew else { throw source.malformed("an entry that fits the state before this") }
  }
}

/// Each takes one entry and says whether it fits what was restored before it.
extension TenancyState {
  fileprivate mutating func restore(_ organization: Organization) -> Bool {
    organizations.updateValue(organization, forKey: organization.id) == nil
  }

  fileprivate mutating func restore(_ user: User) -> Bool {
    guard user.id != User.local.id, users[user.id] == nil else { return false }
    set(user)
    return true
  }

  fileprivate mutating func restore(_ token: APIToken) -> Bool {
    guard tokens[token.id] == nil, tokensByHash[token.hash] == nil, users[token.user] != nil else {
      return false
    }
    insert(token)
    return true
  }

  fileprivate mutating func restore(_ project: Project) -> Bool {
    guard project.settings.organization.map({ organizations[$0] != nil }) ?? true else {
      return false
    }
    return projects.updateValue(project, forKey: project.id) == nil
  }

  fileprivate mutating func restore(_ secret: Secret) -> Bool {
    guard projects[secret.id.project] != nil else { return false }
    secretsByProject[secret.id.project, default: 0] += 1
    return secrets.updateValue(secret, forKey: secret.id) == nil
  }

  fileprivate mutating func restore(_ id: CheckpointID, shares: [Project.ID]) -> Bool {
    !shares.isEmpty && checkpointShares.updateValue(Set(shares), forKey: id) == nil
  }

  fileprivate mutating func restore(_ quota: Quota) -> Bool {
    guard quotas[quota.id] == nil, isScope(quota.scope) else { return false }
    set(quota)
    return true
  }

  fileprivate mutating func restore(_ id: Quota.ID, burst: Instant) -> Bool {
    quotas[id] != nil && burst <= decidedAt && bursts.updateValue(burst, forKey: id) == nil
  }

  fileprivate mutating func restore(_ scope: Scope, _ account: Account) -> Bool {
    guard isScope(scope), account.accrued.until <= decidedAt, account.settled.until <= decidedAt
    else { return false }
    return accounts.updateValue(account, forKey: scope) == nil
  }

  fileprivate mutating func restore(_ charge: Charge) -> Bool {
    guard charges[charge.job] == nil, charges.count < TenancyLimits.chargesMax,
      charge.run.map({ $0.since <= decidedAt }) ?? true,
      charge.scopes.allSatisfy({ accounts[$0] != nil })
    else { return false }
    insert(charge)
    return true
  }

  fileprivate mutating func restore(_ id: Project.ID, alert: BudgetAlert) -> Bool {
    projects[id] != nil && alerts.updateValue(alert, forKey: id) == nil
  }
}
