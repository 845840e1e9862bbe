import Model
import TestSupport
import Testing

@testable import Jobs

/// One record of each kind, with the bytes that every later version must read and write.
@Suite struct TenancyGoldenTests {
  private static let secret = Secret.ID(project: "p", name: "k")
  private static let checkpoint = CheckpointID(project: "p", name: "c")

  private static var settings: ProjectSettings {
    var settings = ProjectSettings()
    settings.name = "P"
    settings.organization = "o"
    settings.budget = Budget(monthlyNanodollars: 5, alertThousandths: 900)
    settings.classification = .confidential
    settings.allowedQueues = ["batch"]
    settings.policy.allowedImages = [ImagePattern("python:*")].compactMap(\.self)
    settings.policy.allowedCapabilities = ["NET_RAW"]
    settings.policy.runtimeMax = .seconds(60)
    return settings
  }

  private static var charge: Charge {
    Charge(
      job: "j", user: "u", project: "p", organization: "o", costCenter: "research",
      holdings: Holdings(
        cpuThousandths: 1_000, memoryMB: 1_024, storageMB: 10, gpuThousandths: 500),
      gpuType: "A100", rate: CostRate(computeNanodollars: 7, storageNanodollars: 8),
      expectedRuntime: .seconds(3))
  }

  private static var decisions: [TenancyDecision] {
    let token = APIToken(
      id: "t", user: "u", hash: tokenHash(255), createdAt: friday(1), expiresAt: friday(2))
    let quota = Quota(
      id: "q", scope: .organization("o"), kind: .burst(BurstTerms()), enforcement: .warning,
      limits: [.cpus: 1, .gpusOfType("A100"): 2, .costPerMonth: 3], expiresAt: friday(2))
    return [
      .organizationCreated(Organization(id: "o", name: "O")),
      .userSet(
        User(id: "u", name: "U", role: .researcher, status: .suspended, provider: .saml)),
      .tokenIssued(token), .tokenRevoked("t"), .projectCreated("p", settings),
      .projectChanged("p", ProjectSettings()), .closedSet("p", true),
      .memberSet("p", "u", .developer), .secretCreated(secret), .secretRotated(secret),
      .secretRevoked(secret), .secretGranted(secret, to: "r"),
      .secretWithdrawn(secret, from: "r"), .checkpointShared(checkpoint, with: "r"),
      .checkpointUnshared(checkpoint, with: "r"), .checkpointForgotten(checkpoint),
      .quotaSet(quota), .quotaRemoved("q"), .burstBegun("q"), .jobAdmitted(charge),
      .jobStarted("j", gpuType: "A100"), .jobStopped("j"), .jobEnded("j"),
      .budgetAlerted("p", .spent),
    ]
  }

  private static let golden: [String] = [
    "c08080c58bc6d101010175016f014f",
    "c18080c58bc6d10101017501750155020103",
    "c28080c58bc6d10101017501740175403030303030303030303030303030303030303030303030303030"
      + "303030303030303030303030303030303030303030303030303030303030303030303030666600a0886e"
      + "1bc1eb180040419f61c4eb1800",
    "c38080c58bc6d1010101750174",
    "c48080c58bc6d1010101750170015001016f0a880e02b4010000020562617463680208707974686f6e3a"
      + "2a0002074e45545f5241570001d00f0180e0ba84bf03",
    "c58080c58bc6d1010101750170000000c00c01b4010000000000000001d00f00",
    "c68080c58bc6d101010175017001",
    "c78080c58bc6d101010175017001750103",
    "c88080c58bc6d1010101750170016b",
    "c98080c58bc6d1010101750170016b",
    "ca8080c58bc6d1010101750170016b",
    "cb8080c58bc6d1010101750170016b0172",
    "cc8080c58bc6d1010101750170016b0172",
    "cd8080c58bc6d101010175017001630172",
    "ce8080c58bc6d101010175017001630172",
    "cf8080c58bc6d10101017501700163",
    "d08080c58bc6d101010175017102016f02b8178080f89492a5278080c892ff8393020106000203044131"
      + "3030040b06010040419f61c4eb18",
    "d18080c58bc6d1010101750171",
    "d28080c58bc6d1010101750171",
    "d38080c58bc6d101010175016a0175017001016f087265736561726368d00f801014e807010441313030"
      + "0e1080f882ad160000",
    "d48080c58bc6d101010175016a010441313030",
    "d58080c58bc6d101010175016a",
    "d68080c58bc6d101010175016a",
    "d78080c58bc6d101010175017002",
  ]

  @Test func `every kind of record keeps its bytes`() throws {
    let written = Self.decisions.map { decision in
      var sink = ByteSink()
      TenancyRecord(decision, by: .user("u"), at: friday(1)).write(to: &sink, after: friday(0))
      return sink.bytes
    }
    #expect(written.compactMap(\.first) == TenancyRecord.Kind.allCases.map(\.rawValue))
    #expect(written.map(Self.hexadecimal) == Self.golden)
    for (bytes, decision) in zip(written, Self.decisions) {
      let record = try TenancyRecord.read(bytes[...], after: friday(0))
      #expect(record == TenancyRecord(decision, by: .user("u"), at: friday(1)))
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
