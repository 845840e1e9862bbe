import Model

/// Writes metrics in the Prometheus text format, version 0.0.4.
///
/// All samples of a metric must follow its ``family(_:_:_:)``. Names and label names are taken as they are;
/// label values may be any text.
package struct ExpositionWriter: Sendable {
  package enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  /// The content type of the format.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  package private(set) var text = ""

  package init() {}

  /// Begins a metric. The help is one line of plain text.
  package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  package mutating func sample(
    _ name: String, _ labels: [(name: String, value: String)], _ value: some BinaryInteger
  ) {
    write(name, labels, value.description)
  }

  package mutating func sample(
    _ name: String, _ labels: [(name: String, value: String)], _ value: Double
  ) {
    write(name, labels, ExpositionWriter.number(value))
  }

  package mutating func sample(_ name: String, _ value: some BinaryInteger) {
    write(name, [], value.description)
  }

  package mutating func sample(_ name: String, _ value: Double) {
    write(name, [], ExpositionWriter.number(value))
  }

  /// Writes one series of a histogram: its cumulative buckets, its sum and its count.
  package mutating func histogram(
    _ name: String, _ labels: [(name: String, value: String)], _ histograms: HistogramFamily,
    series: Int
  ) {
    var cumulated: UInt64 = 0
    let bounds = histograms.bounds.map { ExpositionWriter.number($0.seconds) } + ["+Inf"]
    for (bound, count) in zip(bounds, histograms.buckets(series: series)) {
      cumulated &+= count
      write(name + "_bucket", labels + [("le", bound)], cumulated.description)
    }
    write(name + "_sum", labels, ExpositionWriter.number(histograms.sum(series: series)))
    write(name + "_count", labels, cumulated.description)
  }

  private mutating func write(
    _ name: String, _ labels: [(name: String, value: String)], _ value: String
  ) {
    text += name
    for (index, label) in labels.enumerated() {
      text += index == 0 ? "{" : ","
      text += label.name
      text += "=\""
      text += ExpositionWriter.escaped(label.value)
      text += "\""
    }
    text += labels.isEmpty ? " " : "} "
    text += value
    text += "\n"
  }

  /// Whole numbers without a fraction, others in the shortest form that reads back the same.
  private static func number(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "+Inf" : "-Inf" }
    return Int64(exactly: value)?.description ?? value.description
  }

  /// Escapes what would end the label's value or the line.
  private static func escaped(_ value: String) -> String {
    guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else {
      return value
    }
    var escaped = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
