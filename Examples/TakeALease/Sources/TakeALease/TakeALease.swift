import ResourceCoordinatorClient

/// Takes 8000 MB of GPU memory and 4 cores, shows the lease, and gives it back.
@main
struct TakeALease {
  static func main() async throws {
    try await CoordinatorClient.withClient(component: "take-a-lease") { client in
      try await client.withLease(
        .gpuMemory(megabytes: 8000), .cpu(cores: 4), priority: .high, wait: .upTo(.seconds(30))
      ) { lease in
        let held = lease.amounts.map { "\($0.resource.name) \($0.quantity)" }
        print("holding \(held.joined(separator: ", "))")
        try lease.checkValid()
        let gpu = try await client.status(.gpu)
        print("gpu allocated \(gpu.map(\.allocated).reduce(0, +))")
      }
      let gpu = try await client.status(.gpu)
      print("gpu allocated \(gpu.map(\.allocated).reduce(0, +))")
    }
  }
}
