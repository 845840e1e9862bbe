import Foundation
import Model

/// What the system says about its ports, processes and limits, read from `/proc`.
enum Probe {
  /// A process that listens.
  struct Listener: Hashable {
    let pid: Int32
    let command: String
  }

  enum PortState: Hashable {
    case free
    /// The listener, if this user may see it.
    case used(Listener?)
  }

  /// At most so many processes are looked at.
  private static let processesMax = 100_000

  static func port(_ port: Int) -> PortState {
    let sockets = listeningSockets(of: port)
    guard !sockets.isEmpty else { return .free }
    return .used(listener(sockets))
  }

  /// Who listens on a port: `pid 4121 (python3 …)`; nil if nobody does or this user may not see.
  static func owner(of port: Int) -> String? {
    guard case .used(let listener?) = Probe.port(port) else { return nil }
    return "pid \(listener.pid) (\(listener.command))"
  }

  /// The inode numbers of the sockets that listen on a port, over IPv4 and IPv6.
  static func listeningSockets(of port: Int) -> Set<String> {
    var inodes: Set<String> = []
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
      inodes.formUnion(listeningSockets(of: port, table: text(table) ?? ""))
    }
    return inodes
  }

  /// Reads one table of the kernel: local address, remote address, state (0A = listening), …, inode.
  static func listeningSockets(of port: Int, table: String) -> Set<String> {
    var inodes: Set<String> = []
    for line in table.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: " ")
      guard fields.count > 9, fields[3] == "0A",
        let local = fields[1].split(separator: ":").last, Int(local, radix: 16) == port
      else { continue }
      inodes.insert(String(fields[9]))
    }
    return inodes
  }

  private static func listener(_ inodes: Set<String>) -> Listener? {
    let links = Set(inodes.map { "socket:[\($0)]" })
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    for name in processes.prefix(processesMax) {
      guard let pid = Int32(name) else { continue }
      let folder = "/proc/\(pid)/fd"
      for descriptor in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
        let path = "\(folder)/\(descriptor)"
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path),
          links.contains(target)
        else { continue }
        return Listener(pid: pid, command: command(pid))
      }
    }
    return nil
  }

  private static func command(_ pid: Int32) -> String {
    let line = (text("/proc/\(pid)/cmdline") ?? "").split(separator: "\0").joined(separator: " ")
    return printable(line.count > 60 ? line.prefix(60) + "…" : line)
  }

  /// How many files this process may open; nil if the system does not say.
  static func openFilesMax() -> Int? {
    for line in (text("/proc/self/limits") ?? "").split(separator: "\n")
    where line.hasPrefix("Max open files") {
      let fields = line.split(separator: " ")
      guard fields.count > 3 else { return nil }
      return fields[3] == "unlimited" ? .max : Int(fields[3])
    }
    return nil
  }

  private static func text(_ path: String) -> String? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    let data = try? handle.readToEnd()
    return data.map { String(decoding: $0, as: UTF8.self) }
  }
}
