import Foundation

/// An authority, and certificates of it for a server on this machine and for a client, made for one test with openssl.
/// The folder goes with the value.
package final class Certificates: Sendable {
  package let folder: String

  package var authority: String { folder + "/ca.pem" }
  package var server: String { folder + "/server.pem" }
  package var serverKey: String { folder + "/server.key" }
  package var client: String { folder + "/client.pem" }
  package var clientKey: String { folder + "/client.key" }

  package init() throws {
    let place = FileManager.default.temporaryDirectory.appendingPathComponent(
      "certificates-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    folder = place.path
    try openssl(
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        + ["-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test authority"])
    try make("server", "localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1")
    try make("client", "trainer", "extendedKeyUsage=clientAuth")
  }

  /// Makes a new certificate under a name, in the place of the one before.
  package func make(_ name: String, _ subject: String, _ extensions: String) throws {
    try Data(extensions.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).ext"))
    try openssl(
      ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        + ["-keyout", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(subject)"])
    try openssl(
      ["x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key"]
        + ["-CAcreateserial", "-out", "\(name).pem", "-days", "2", "-extfile", "\(name).ext"])
  }

  private struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  private func openssl(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(description: "openssl: \(text)") }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }
}
