import Model

/// What a job waits for in another one.
package enum DependencyKind: String, CaseIterable, Hashable, Sendable {
  /// That it ended, however it did.
  case completion
  /// That it completed.
  case success
  /// That it kept a checkpoint.
  case checkpoint
  /// That its data are there, which they are once it completed.
  case data
}

/// That a job waits for another one, as it is written.
package struct JobDependency: Hashable, Sendable {
  /// The other's id, or within a workflow its name there.
  package var jobID: String
  package var kind: DependencyKind
  /// For whoever reads the job; nothing here acts on it.
  package var condition: String?

  package init(jobID: String, kind: DependencyKind = .success, condition: String? = nil) {
    self.jobID = jobID
    self.kind = kind
    self.condition = condition
  }
}

extension FieldCodec where Value == JobDependency {
  /// An object, or only the id. Whether it is satisfied is told of a job and never taken from a text.
  static let dependency = FieldCodec { field throws(FieldProblem) in
    if let id = field.value.stringValue, !id.isEmpty { return JobDependency(jobID: id) }
    let members = try field.members([
      "job_id", "dependency_type", "condition", "satisfied", "satisfied_at",
    ])
    return JobDependency(
      jobID: try FieldCodec<String>.name.read(try members.required("job_id")),
      kind: try members.find("dependency_type")?.choice(DependencyKind.self) ?? .success,
      condition: try members.find("condition").map { field throws(FieldProblem) in
        try FieldCodec<String>.text.read(field)
      })
  } write: { dependency in
    var members = [
      JSONValue.Member("job_id", .string(dependency.jobID)),
      JSONValue.Member("dependency_type", .string(dependency.kind.rawValue)),
    ]
    if let condition = dependency.condition {
      members.append(JSONValue.Member("condition", .string(condition)))
    }
    return .object(members)
  }
}
