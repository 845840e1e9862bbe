package import Model

/// A decision of the tenancy as it stands in the journal: what, when, and who asked for it, which makes the journal
/// the audit log of these decisions.
package struct TenancyRecord: Hashable, Sendable {
  package var decision: TenancyDecision
  package var caller: Caller
  package var at: Instant

  package init(_ decision: TenancyDecision, by caller: Caller, at: Instant) {
    self.decision = decision
    self.caller = caller
    self.at = at
  }

  /// The numbers of decisions in records, from 192 on, so that a journal's reader tells them from all others by the
  /// first byte. Numbers are never used again for something else.
  package enum Kind: UInt8, CaseIterable, Sendable {
    case organizationCreated = 192
    case userSet = 193
    case tokenIssued = 194
    case tokenRevoked = 195
    case projectCreated = 196
    case projectChanged = 197
    case closedSet = 198
    case memberSet = 199
    case secretCreated = 200
    case secretRotated = 201
    case secretRevoked = 202
    case secretGranted = 203
    case secretWithdrawn = 204
    case checkpointShared = 205
    case checkpointUnshared = 206
    case checkpointForgotten = 207
    case quotaSet = 208
    case quotaRemoved = 209
    case burstBegun = 210
    case jobAdmitted = 211
    case jobStarted = 212
    case jobStopped = 213
    case jobEnded = 214
    case budgetAlerted = 215
  }

  /// Writes the record: kind, time as the distance from the decision before, caller, fields.
  package func write(to sink: inout ByteSink, after before: Instant) {
    sink.append(byte: kind.rawValue)
    sink.append(at, since: before)
    sink.append(caller)
    sink.appendFields(of: decision)
  }

  /// Reads a record.
  ///
  /// - Parameter before: the time of the decision before it.
  package static func read(
    _ record: ArraySlice<UInt8>, after before: Instant
  ) throws(ByteSource.Malformed) -> TenancyRecord {
    var source = ByteSource(record)
    let kind = try source.value(Kind.self)
    let at = try source.instant(since: before)
    guard at >= before else { throw source.malformed("a time that is not earlier") }
    let caller = try source.caller()
    let decision = try source.decision(kind)
    try source.finish()
    return TenancyRecord(decision, by: caller, at: at)
  }

  private var kind: Kind {
    switch decision {
    case .organizationCreated: .organizationCreated
    case .userSet: .userSet
    case .tokenIssued: .tokenIssued
    case .tokenRevoked: .tokenRevoked
    case .projectCreated: .projectCreated
    case .projectChanged: .projectChanged
    case .closedSet: .closedSet
    case .memberSet: .memberSet
    case .secretCreated: .secretCreated
    case .secretRotated: .secretRotated
    case .secretRevoked: .secretRevoked
    case .secretGranted: .secretGranted
    case .secretWithdrawn: .secretWithdrawn
    case .checkpointShared: .checkpointShared
    case .checkpointUnshared: .checkpointUnshared
    case .checkpointForgotten: .checkpointForgotten
    case .quotaSet: .quotaSet
    case .quotaRemoved: .quotaRemoved
    case .burstBegun: .burstBegun
    case .jobAdmitted: .jobAdmitted
    case .jobStarted: .jobStarted
    case .jobStopped: .jobStopped
    case .jobEnded: .jobEnded
    case .budgetAlerted: .budgetAlerted
    }
  }
}

extension ByteSink {
  fileprivate mutating func appendFields(of decision: TenancyDecision) {
    switch decision {
    case .organizationCreated(let organization): append(organization)
    case .userSet(let user): append(user)
    case .tokenIssued(let token): append(token)
    case .tokenRevoked(let id): append(id)
    case .projectCreated(let id, let settings), .projectChanged(let id, let settings):
      append(id)
      append(settings)
    case .closedSet(let id, let isClosed):
      append(id)
      append(isClosed)
    case .memberSet(let id, let user, let role):
      append(id)
      append(user)
      append(optional: role) { $0.append(byte: $1.rawValue) }
    case .secretCreated(let id), .secretRotated(let id), .secretRevoked(let id): append(id)
    case .secretGranted(let id, let project), .secretWithdrawn(let id, let project):
      append(id)
      append(project)
    case .checkpointShared(let id, let project), .checkpointUnshared(let id, let project):
      append(id)
      append(project)
    case .checkpointForgotten(let id): append(id)
    case .quotaSet(let quota): append(quota)
    case .quotaRemoved(let id), .burstBegun(let id): append(id)
    case .jobAdmitted(let charge): append(charge)
    case .jobStarted(let job, let type):
      append(job)
      append(optional: type) { $0.append($1) }
    case .jobStopped(let job), .jobEnded(let job): append(job)
    case .budgetAlerted(let id, let level):
      append(id)
      append(byte: level.rawValue)
    }
  }
}

extension ByteSource {
  fileprivate mutating func decision(
    _ kind: TenancyRecord.Kind
  ) throws(Malformed) -> TenancyDecision {
    switch kind {
    case .organizationCreated: .organizationCreated(try organization())
    case .userSet: .userSet(try user())
    case .tokenIssued: .tokenIssued(try apiToken())
    case .tokenRevoked: .tokenRevoked(try identifier())
    case .projectCreated: .projectCreated(try identifier(), try projectSettings())
    case .projectChanged: .projectChanged(try identifier(), try projectSettings())
    case .closedSet: .closedSet(try identifier(), try flag())
    case .memberSet:
      .memberSet(
        try identifier(), try identifier(),
        try optional { source throws(Malformed) in try source.value(Role.self) })
    case .secretCreated: .secretCreated(try secretID())
    case .secretRotated: .secretRotated(try secretID())
    case .secretRevoked: .secretRevoked(try secretID())
    case .secretGranted: .secretGranted(try secretID(), to: try identifier())
    case .secretWithdrawn: .secretWithdrawn(try secretID(), from: try identifier())
    case .checkpointShared: .checkpointShared(try checkpointID(), with: try identifier())
    case .checkpointUnshared: .checkpointUnshared(try checkpointID(), with: try identifier())
    case .checkpointForgotten: .checkpointForgotten(try checkpointID())
    case .quotaSet: .quotaSet(try quota())
    case .quotaRemoved: .quotaRemoved(try identifier())
    case .burstBegun: .burstBegun(try identifier())
    case .jobAdmitted: .jobAdmitted(try charge())
    case .jobStarted: .jobStarted(try text(), gpuType: try optionalText())
    case .jobStopped: .jobStopped(try text())
    case .jobEnded: .jobEnded(try text())
    case .budgetAlerted: .budgetAlerted(try identifier(), try value(BudgetLevel.self))
    }
  }
}
