/// What people call a job, and to whom it belongs.
package struct JobMetadata: FieldGroup {
  package var name: String = ""
  package var namespace: String = "default"
  package var labels: [NamedValue<String>] = []
  package var annotations: [NamedValue<String>] = []
  package var tags: [String] = []
  package var ownerID: String?
  package var projectID: String?
  package var teamID: String?
  package var costCenter: String?
  package var experimentID: String?
  package var runID: String?
  package var parentJobID: String?
  package var workflowID: String?
  package var description: String?
  package var documentationURL: String?
  package var sourceCodeURL: String?
  package var datasetIDs: [String] = []

  package init() {}

  static let fields = FieldTable<JobMetadata>([
    JobField("name", \.name, FieldCodec<String>.name),
    JobField("namespace", \.namespace, FieldCodec<String>.name),
    JobField(
      "labels", \.labels,
      FieldCodec<String>.text(bytesMax: JobLimits.textBytes, allowsEmpty: true).map()),
    JobField(
      "annotations", \.annotations,
      FieldCodec<String>.text(bytesMax: JobLimits.textBytes, allowsEmpty: true).map()),
    JobField("tags", \.tags, FieldCodec<String>.name.list()),
    JobField("owner_id", \.ownerID, FieldCodec<String>.name.optional),
    JobField("project_id", \.projectID, FieldCodec<String>.name.optional),
    JobField("team_id", \.teamID, FieldCodec<String>.name.optional),
    JobField("cost_center", \.costCenter, FieldCodec<String>.name.optional),
    JobField("experiment_id", \.experimentID, FieldCodec<String>.name.optional),
    JobField("run_id", \.runID, FieldCodec<String>.name.optional),
    JobField("parent_job_id", \.parentJobID, FieldCodec<String>.name.optional),
    JobField("workflow_id", \.workflowID, FieldCodec<String>.name.optional),
    JobField("description", \.description, FieldCodec<String>.text.optional),
    JobField("documentation_url", \.documentationURL, FieldCodec<String>.text.optional),
    JobField("source_code_url", \.sourceCodeURL, FieldCodec<String>.text.optional),
    JobField("dataset_ids", \.datasetIDs, FieldCodec<String>.name.list()),
  ])
}
