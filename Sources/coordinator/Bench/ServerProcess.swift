import Foundation

/// The operating system's account of a server under load.
struct ServerProcess {
  struct Numbers {
    var cpuSeconds: Double
    var residentBytes: Int64
    /// Heap allocations since its start, where it runs under the counter of `Scripts/bench`.
    var allocations: UInt64?
  }

  let pid: Int32
  /// The file in which the allocation counter keeps its count.
  var allocationCounter: String?

  func read() throws -> Numbers {
    let path = "/proc/\(pid)/stat"
    guard let stat = try? String(contentsOfFile: path, encoding: .utf8),
      let fields = stat.split(separator: ")").last?.split(separator: " "), fields.count > 21,
      let user = Double(fields[11]), let system = Double(fields[12]),
      let pages = Int64(fields[21])
    else { throw Failure(.failed, "no process \(pid): \(path) cannot be read") }
    var numbers = Numbers(cpuSeconds: (user + system) / 100, residentBytes: pages * 4096)
    if let allocationCounter,
      let data = FileManager.default.contents(atPath: allocationCounter), data.count >= 8
    {
      numbers.allocations = data.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    return numbers
  }
}
