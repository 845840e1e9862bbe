import Scheduling
import Simulation
import Testing

@Suite struct JobLinesTests {
  static func read(_ text: String) throws -> Workload { try JobLines.read(Array(text.utf8)) }

  @Test func `a line is a job, and the first may tell the machine's size`() throws {
    let workload = try Self.read(
      """
      {"processors": 16}

      {"id": 1, "submit_seconds": 2.5, "run_seconds": 1e1, "processors": 4}
      {"id": 2, "submit_seconds": 1, "run_seconds": 0.000000001, "processors": 1, "user": 3, \
      "group": 4, "queue": 5, "priority": -7, "requested_seconds": 60, "deadline_seconds": 99}
      """)
    #expect(workload.processors == 16 && workload.unsortedCount == 1)
    #expect(workload.jobs.map(\.id) == [2, 1])
    let job = workload.jobs[0]
    #expect(job.runSeconds == 1e-9 && job.requestedSeconds == 60 && job.deadlineSeconds == 99)
    #expect(job.user == 3 && job.group == 4 && job.queue == 5 && job.priority == -7)
    let other = workload.jobs[1]
    #expect(other.submitSeconds == 2.5 && other.runSeconds == 10 && other.priority == 400)
    #expect(other.requestedSeconds == nil && other.user == -1)
  }

  @Test(arguments: [
    ("[]", 1, 1, "a job is a JSON object, and this is an array"),
    ("{\"id\": 1", 1, 9, nil),
    ("\n{\"id\": 1}", 2, 1, "a job needs \"submit_seconds\""),
    (job("\"processors\": 0"), 1, 1, "\"processors\" must be a whole number from 1 to 1000000000"),
    (job("\"processors\": 1, \"nodes\": 2"), 1, 1, "a job has no field \"nodes\""),
    (
      job("\"processors\": 1, \"user\": \"root\""), 1, 1,
      "\"user\" must be a whole number from -1 to 2147483647"
    ),
    (
      job("\"processors\": 1, \"requested_seconds\": 0"), 1, 1,
      "\"requested_seconds\" must be seconds from 0.000000001 to below 3000000000, with at most nine decimals"
    ),
    (
      job("\"processors\": 1, \"deadline_seconds\": 3000000000"), 1, 1,
      "\"deadline_seconds\" must be seconds from 0 to below 3000000000, with at most nine decimals"
    ),
  ])
  func `a text that is no workload says where and why`(
    text: String, line: Int, column: Int, message: String?
  ) {
    #expect(throws: (any Error).self) { try Self.read(text) }
    do throws(WorkloadError) {
      _ = try JobLines.read(Array(text.utf8))
    } catch {
      #expect(error.line == line && error.column == column, "\(error)")
      if let message { #expect(error.message == message) }
    }
  }

  static func job(_ more: String) -> String {
    "{\"id\": 1, \"submit_seconds\": 0, \"run_seconds\": 1, \(more)}"
  }

  @Test func `what is written reads back`() throws {
    let written = MixModel(jobsPerMinute: 30).workload(jobs: 100, seed: 1)
    #expect(try Self.read(JobLines.text(of: written)) == written)
    let sized = Workload(
      jobs: [
        WorkloadJob(
          id: 1, submitSeconds: 0.5, runSeconds: 2, processors: 3, user: 1, deadlineSeconds: 9)
      ], processors: 8)
    #expect(
      JobLines.text(of: sized) == """
        {"processors":8}
        {"id":1,"submit_seconds":0.5,"run_seconds":2,"processors":3,"user":1,"deadline_seconds":9}

        """)
    #expect(try Self.read(JobLines.text(of: sized)) == sized)
  }

  @Test func `a job for nodes says what its tasks ask, by the names of a plan`() throws {
    let workload = try Self.read(
      """
      {"id": 1, "submit_seconds": 0, "run_seconds": 1, "cpu": 1.5, "memory_gb": 2, "gpu_milli": 250, "tasks": 3}
      {"id": 2, "submit_seconds": 0, "run_seconds": 1, "gpus": 2, "gpu_model": ["T4"], "user": 3}
      {"id": 3, "submit_seconds": 0, "run_seconds": 1, "cpu": 1.5, "memory_gb": 2, "gpus": 0.25, "tasks": 3}
      {"id": 4, "submit_seconds": 0, "run_seconds": 1, "processors": 7}
      """)
    #expect(workload.jobs.map(\.ask) == [0, 1, 0, -1])
    #expect(workload.jobs.map(\.processors) == [5, 1, 5, 7])
    #expect(workload.asks.map(\.count) == [3, 1])
    #expect(workload.asks[0].task.amounts == Resources(cpuMilli: 1500, memoryMB: 2048))
    #expect(workload.asks.map(\.task.gpu) == [.share(milli: 250), .devices(count: 2)])
    #expect(workload.asks[1].task.gpuConstraints.models == ["T4"])
    for (more, message, column) in [
      ("\"cpu\": 1, \"gpuss\": 1", "gpuss: unknown key", 60),
      ("\"cpu\": -1", "cpu: expected a number from 0", 57), ("\"tasks\": 2", "\"tasks\" needs", 1),
      ("\"cpu\": 1, \"tasks\": 0", "\"tasks\" must be", 1),
      ("\"gpus\": 1.5", "whole GPUs, or a part of one", 58),
    ] {
      let error = #expect(throws: WorkloadError.self) { try Self.read(Self.job(more)) }
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
      #expect(error?.column == column, "\(more)")
    }
  }

  @Test func `queues have numbers in all jobs, or names in all jobs`() throws {
    let text = [("1", "\"b\""), ("2", "\"a\""), ("3", "\"b\"")].map { id, queue in
      "{\"id\":\(id),\"submit_seconds\":0,\"run_seconds\":1,\"processors\":1,\"queue\":\(queue)}\n"
    }.joined()
    let workload = try Self.read(text)
    #expect(workload.jobs.map(\.queue) == [0, 1, 0])
    #expect(workload.queueNames == ["b", "a"])
    #expect(JobLines.text(of: workload) == text)
    for mixed in ["\"queue\": 1", "\"queue\": \"\""] {
      let error = #expect(throws: WorkloadError.self) {
        try Self.read(text + Self.job("\"processors\": 1, \(mixed)"))
      }
      #expect(error?.line == 4)
    }
  }
}
