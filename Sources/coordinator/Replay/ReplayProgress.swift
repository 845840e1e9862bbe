import Foundation
import Model
import Rehearsal

/// How far a replay is, on standard error: a bar on a terminal, a line every ten seconds elsewhere.
struct ReplayProgress {
  private let total: Int
  private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
  private let began = ContinuousClock.now
  private var shownAt = ContinuousClock.now

  private static let barWidth = 30

  init(total: Int) {
    self.total = total
  }

  /// Notes how many pods have begun, and which part of the work that is; shows it if enough time has passed.
  mutating func note(_ count: Int, of work: Double, behind pace: ReplayPace? = nil) {
    let now = ContinuousClock.now
    guard shownAt.duration(to: now) >= (isTerminal ? .milliseconds(100) : .seconds(10)) else {
      return
    }
    shownAt = now
    let seconds = ReplayProgress.seconds(began.duration(to: now))
    let rate = Double(count) / max(seconds, 0.001)
    let left = Int(min(1e9, seconds * (1 - work) / max(work, 1e-6)))
    var line = "\(count) of \(total) pods, \(Int(rate)) pods/s, \(left) s left"
    if let pace, pace.isBehind { line += ", behind by \(Int(pace.behind.seconds)) s" }
    if isTerminal {
      let filled = Int(Double(ReplayProgress.barWidth) * min(1, work))
      let bar =
        String(repeating: "█", count: filled)
        + String(repeating: "░", count: ReplayProgress.barWidth - filled)
      write("\r\u{1B}[K\(bar) \(line)")
    } else {
      write(line + "\n")
    }
  }

  /// Clears the bar and tells how fast it was.
  func end(took: Duration) {
    let seconds = ReplayProgress.seconds(took)
    let tenths = Int((seconds * 10).rounded())
    write(
      "\(isTerminal ? "\r\u{1B}[K" : "")replayed \(total) pods in \(tenths / 10).\(tenths % 10) s, "
        + "\(Int(Double(total) / max(seconds, 0.001))) pods/s\n")
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }
}
