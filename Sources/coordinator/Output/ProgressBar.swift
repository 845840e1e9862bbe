import Foundation

/// How far long work is, on standard error: a bar on a terminal, a line every ten seconds elsewhere.
struct ProgressBar {
  private let total: Int
  /// What is counted, such as `pods`.
  private let unit: String
  private let isTerminal = ProgressBar.isTerminal
  private let began: ContinuousClock.Instant
  private var shownAt: ContinuousClock.Instant

  private static let width = 30

  /// Whether people read standard error along.
  static var isTerminal: Bool { isatty(FileHandle.standardError.fileDescriptor) == 1 }

  init(total: Int, unit: String) {
    self.total = total
    self.unit = unit
    began = .now
    shownAt = began
  }

  /// Notes how many are begun or done, and which part of the work that is; shows it if enough time has passed.
  mutating func note(_ count: Int, of work: Double, remark: String = "") {
    let now = ContinuousClock.now
    guard shownAt.duration(to: now) >= (isTerminal ? .milliseconds(100) : .seconds(10)) else {
      return
    }
    shownAt = now
    let seconds = ProgressBar.seconds(began.duration(to: now))
    let left = Int(min(1e9, seconds * (1 - work) / max(work, 1e-6)))
    let line = "\(count) of \(total) \(unit), \(rate(count, seconds)), \(left) s left\(remark)"
    if isTerminal {
      let filled = Int(Double(ProgressBar.width) * min(1, work))
      let bar =
        String(repeating: "█", count: filled)
        + String(repeating: "░", count: ProgressBar.width - filled)
      write("\r\u{1B}[K\(bar) \(line)")
    } else {
      write(line + "\n")
    }
  }

  /// Takes the bar off the terminal, if it was shown.
  func clear() {
    if isTerminal, shownAt != began { write("\r\u{1B}[K") }
  }

  /// Clears the bar and tells how fast it was, after a verb such as `replayed`.
  func end(_ verb: String) {
    let seconds = ProgressBar.seconds(began.duration(to: .now))
    let tenths = Int((seconds * 10).rounded())
    write(
      "\(isTerminal ? "\r\u{1B}[K" : "")\(verb) \(total) \(unit) in "
        + "\(tenths / 10).\(tenths % 10) s, \(rate(total, seconds))\n")
  }

  private func rate(_ count: Int, _ seconds: Double) -> String {
    let rate = Double(count) / max(seconds, 0.001)
    return "\(FixedText.text(rate, rate < 10 ? 1 : 0)) \(unit)/s"
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }
}
