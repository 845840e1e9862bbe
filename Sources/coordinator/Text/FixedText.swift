import Foundation

/// Numbers with a fixed count of digits after the point, for tables; what is rounded to zero has no sign.
enum FixedText {
  static func text(_ value: Double, _ digits: Int) -> String {
    let text = String(format: "%.\(digits)f", value)
    return text.hasPrefix("-") && !text.contains { ("1"..."9").contains($0) }
      ? String(text.dropFirst()) : text
  }
}
