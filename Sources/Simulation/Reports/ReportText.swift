/// Numbers and texts as reports show them.
enum ReportText {
  /// A number with a fixed count of digits after the point, half away from 0. Its magnitude is below 9e15 / 10^places.
  static func decimal(_ value: Double, places: Int) -> String {
    let scale = (0..<places).reduce(Int64(1)) { product, _ in product * 10 }
    let scaled = Int64((value.magnitude * Double(scale)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return sign + String(scaled) }
    let digits = String(scaled % scale)
    return "\(sign)\(scaled / scale)." + String(repeating: "0", count: places - digits.count)
      + digits
  }

  /// The shortest form of a number with at most so many digits after the point.
  static func short(_ value: Double, places: Int = 2) -> String {
    var text = decimal(value, places: places)
    guard places > 0 else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// A length of time in its largest two units: `3d 4h`, `12m 5s`, `0s`.
  static func span(_ seconds: Double) -> String {
    let whole = Int64(min(max(0, seconds), 9e12).rounded())
    let units: [(name: String, seconds: Int64)] = [
      ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
    ]
    guard let first = units.firstIndex(where: { whole >= $0.seconds }) else { return "0s" }
    let large = whole / units[first].seconds
    let rest = whole % units[first].seconds
    guard first + 1 < units.count, rest / units[first + 1].seconds > 0 else {
      return "\(large)\(units[first].name)"
    }
    return "\(large)\(units[first].name) \(rest / units[first + 1].seconds)\(units[first + 1].name)"
  }

  /// Text for HTML, SVG and their attributes.
  static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
