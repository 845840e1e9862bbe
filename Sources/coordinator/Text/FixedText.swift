import Foundation

/// Numbers with a fixed count of digits after the point, for tables.
enum FixedText {
  static func text(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
