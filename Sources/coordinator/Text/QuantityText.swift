import Model

/// Amounts as people write them.
enum QuantityText {
  private static let sizes: [(name: String, megabytes: Int64)] = [
    ("", 1), ("m", 1), ("mb", 1), ("g", 1000), ("gb", 1000), ("gib", 1024), ("t", 1_000_000),
    ("tb", 1_000_000), ("tib", 1 << 20),
  ]

  /// Reads an amount of memory in megabytes: `8000`, `8000MB`, `8GB` (8000), `8GiB` (8192), `1.5GB`.
  static func megabytes(_ text: String) -> Int64? {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let name = text.dropFirst(number.count).lowercased()
    guard let size = sizes.first(where: { $0.name == name }) else { return nil }
    return DecimalNumber.scaled(number, by: size.megabytes)
  }

  /// Reads a whole number.
  static func count(_ text: String) -> Int64? {
    DecimalNumber.scaled(text, by: 1)
  }

  /// `8000 MB`, or the number alone where the pool has no unit.
  static func text(_ quantity: Int64, unit: Text) -> String {
    unit.isEmpty ? "\(quantity)" : "\(quantity) \(unit)"
  }
}
