/// Why a trace cannot be replayed.
package struct TraceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's name; empty where the whole replay is meant.
  package let file: String
  /// From 1; 0 where no line is meant.
  package let line: Int
  package let message: String

  package init(file: String, line: Int = 0, _ message: String) {
    self.file = file
    self.line = line
    self.message = message
  }

  package var description: String {
    let place = file.isEmpty ? "" : line > 0 ? "\(file):\(line): " : "\(file): "
    return place + message
  }
}

/// A CSV file with a first line of column names; columns may stand in any order. Values are without quotes, as the
/// traces' are.
struct TraceTable {
  struct Row {
    let number: Int
    let values: [Substring]
  }

  /// More rows are refused: it is no trace then.
  static let rowsMax = 2_000_000

  let file: String
  private let columns: [String: Int]
  let rows: [Row]

  init(_ text: String, file: String) throws(TraceError) {
    self.file = file
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasSuffix("\r") ? $0.dropLast() : $0 }
    guard let head = lines.first, !head.isEmpty else {
      throw TraceError(file: file, line: 1, "expected a first line of column names")
    }
    let names = head.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    columns = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    var rows: [Row] = []
    for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
      guard rows.count < TraceTable.rowsMax else {
        throw TraceError(file: file, line: index + 1, "more than \(TraceTable.rowsMax) rows")
      }
      let values = line.split(separator: ",", omittingEmptySubsequences: false)
      guard values.count == names.count else {
        throw TraceError(
          file: file, line: index + 1,
          "expected \(names.count) values as in the first line, found \(values.count)")
      }
      rows.append(Row(number: index + 1, values: values))
    }
    self.rows = rows
  }

  func has(_ column: String) -> Bool { columns[column] != nil }

  /// Refuses a table that lacks a column.
  func require(_ names: [String], of what: String) throws(TraceError) {
    let missing = names.filter { columns[$0] == nil }
    guard missing.isEmpty else {
      throw TraceError(
        file: file, line: 1,
        "not \(what): the column \(missing.joined(separator: ", ")) is missing")
    }
  }

  /// The text in a column; empty where the table lacks it.
  func text(_ column: String, _ row: Row) -> String {
    columns[column].map { String(row.values[$0]) } ?? ""
  }

  /// A whole number from 0 on.
  func count(_ column: String, _ row: Row) throws(TraceError) -> Int64 {
    let text = text(column, row)
    guard let value = Int64(text), (0...TraceTable.countMax).contains(value) else {
      throw TraceError(
        file: file, line: row.number,
        "\(column): expected a whole number from 0 to \(TraceTable.countMax), found \"\(text)\"")
    }
    return value
  }

  /// A year of seconds and a petabyte of MiB are far below.
  static let countMax: Int64 = 1_000_000_000_000
}
