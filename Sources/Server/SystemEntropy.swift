import Foundation
package import Model
import NIOCore

/// Secret random words from the operating system, 4 KiB at a time.
package enum SystemEntropy {
  package static func make() -> Entropy {
    Entropy(refill: block)
  }

  /// A single secret word.
  package static func word() -> UInt64 {
    UInt64.random(in: .min ... .max)
  }

  private static let blockWords = 512
  /// Kept open, so that a block costs one call of the system.
  private static let device = FileHandle(forReadingAtPath: "/dev/urandom")

  @Sendable
  private static func block() -> [UInt64] {
    guard let device,
      let data = try? device.read(upToCount: blockWords * 8), data.count == blockWords * 8
    else {
      // Without the device, word by word from the system's generator: slower, and as secret.
      return (0..<blockWords).map { _ in word() }
    }
    var bytes = ByteBuffer(bytes: data)
    return (0..<blockWords).compactMap { _ in bytes.readInteger() }
  }
}
