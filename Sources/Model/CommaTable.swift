/// Why a table of comma-separated values cannot be read: where, and what was expected.
package struct CommaTableError: Error, Hashable, Sendable, CustomStringConvertible {
  package let file: String
  /// From 1; 0 where the whole file is meant.
  package let line: Int
  /// The column's name; empty where the whole line is meant.
  package let column: String
  package let message: String

  package init(file: String, line: Int = 0, column: String = "", _ message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  package var description: String {
    let place = line > 0 ? "\(file):\(line): " : "\(file): "
    return place + (column.isEmpty ? message : "\(column): \(message)")
  }
}

/// A table of comma-separated values with a first line of column names, which may stand in any order. Values are without
/// quotes, as those of the public traces are; empty lines are skipped.
package struct CommaTable: Sendable {
  package struct Row: Sendable {
    /// The line in the file, from 1.
    package let line: Int
    fileprivate let values: [Substring]
  }

  /// Names a column that was looked up, so that rows are read by number.
  package struct Column: Sendable {
    package let name: String
    fileprivate let index: Int
  }

  /// More rows are refused: it is no trace then.
  package static let rowsMax = 2_000_000
  /// A year of seconds and a petabyte of MiB are far below.
  package static let countMax: Int64 = 1_000_000_000_000

  package let file: String
  package let rows: [Row]
  private let names: [String]

  /// Splits a text into rows and values.
  ///
  /// - Parameter file: the name that errors begin with.
  package init(_ text: String, file: String) throws(CommaTableError) {
    self.file = file
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    guard let head = lines.first, !head.isEmpty else {
      throw CommaTableError(file: file, line: 1, "expected a first line of column names")
    }
    names = head.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard Set(names).count == names.count else {
      throw CommaTableError(file: file, line: 1, "a column's name stands twice")
    }
    var rows: [Row] = []
    for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
      guard rows.count < CommaTable.rowsMax else {
        throw CommaTableError(file: file, line: index + 1, "more than \(CommaTable.rowsMax) rows")
      }
      let values = line.split(separator: ",", omittingEmptySubsequences: false)
      guard values.count == names.count else {
        throw CommaTableError(
          file: file, line: index + 1,
          "expected \(names.count) values as in the first line, found \(values.count)")
      }
      rows.append(Row(line: index + 1, values: values))
    }
    self.rows = rows
  }

  /// A column by name; nil where the table lacks it.
  package func column(_ name: String) -> Column? {
    names.firstIndex(of: name).map { Column(name: name, index: $0) }
  }

  /// A column that the table must have.
  ///
  /// - Parameter what: what the table is to be, for the error.
  package func requiredColumn(_ name: String, of what: String) throws(CommaTableError) -> Column {
    guard let column = column(name) else {
      throw CommaTableError(file: file, line: 1, "not \(what): the column \(name) is missing")
    }
    return column
  }

  package func text(_ column: Column, _ row: Row) -> String { String(row.values[column.index]) }

  /// A whole number in a range, by default from 0 to ``countMax``.
  package func count(
    _ column: Column, _ row: Row, in range: ClosedRange<Int64> = 0...countMax
  ) throws(CommaTableError) -> Int64 {
    let text = row.values[column.index]
    guard let value = Int64(text), range.contains(value) else {
      throw error(
        column, row,
        "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \"\(text)\""
      )
    }
    return value
  }

  /// An error about one value.
  package func error(_ column: Column, _ row: Row, _ message: String) -> CommaTableError {
    CommaTableError(file: file, line: row.line, column: column.name, message)
  }
}
