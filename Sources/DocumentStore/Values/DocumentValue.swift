/// A value of a document: the types of BSON that the store knows.
///
/// There is no `==`: two values may be equal in the order of values and of different types (`1` and `1.0`), or equal
/// texts for Swift and different bytes. ``isEqual(to:)`` is the store's equality, ``isIdentical(to:)`` knows the types.
package indirect enum DocumentValue: Sendable {
  case null
  case bool(Bool)
  case int32(Int32)
  case int64(Int64)
  case double(Double)
  case string(String)
  /// An instant, in milliseconds since 1970 in UTC.
  case date(milliseconds: Int64)
  /// Twelve bytes as 24 lower-case hexadecimal digits.
  case objectID(String)
  case array([DocumentValue])
  case document(Document)

  /// The class of types that compare with each other by value, in the order of classes: a value of a lower class
  /// comes before every value of a higher one.
  package enum TypeClass: Int, Comparable, Sendable {
    case null, number, string, document, array, objectID, bool, date

    package static func < (left: TypeClass, right: TypeClass) -> Bool {
      left.rawValue < right.rawValue
    }
  }

  package var typeClass: TypeClass {
    switch self {
    case .null: .null
    case .int32, .int64, .double: .number
    case .string: .string
    case .document: .document
    case .array: .array
    case .objectID: .objectID
    case .bool: .bool
    case .date: .date
    }
  }

  /// The alias of the type in `$type`.
  package var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .int32: "int"
    case .int64: "long"
    case .double: "double"
    case .string: "string"
    case .date: "date"
    case .objectID: "objectId"
    case .array: "array"
    case .document: "object"
    }
  }

  /// The number of the type in BSON, which `$type` takes as well.
  package var typeNumber: Int64 {
    switch self {
    case .double: 1
    case .string: 2
    case .document: 3
    case .array: 4
    case .objectID: 7
    case .bool: 8
    case .date: 9
    case .null: 10
    case .int32: 16
    case .int64: 18
    }
  }

  /// The value as an integer: one of the integer types, or a double without fraction that fits.
  package var integer: Int64? {
    switch self {
    case .int32(let number): Int64(number)
    case .int64(let number): number
    case .double(let number): Int64(exactly: number)
    default: nil
    }
  }

  package var isNaN: Bool {
    if case .double(let number) = self { number.isNaN } else { false }
  }

  package var arrayValue: [DocumentValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  package var documentValue: Document? {
    if case .document(let document) = self { document } else { nil }
  }

  package var stringValue: String? {
    if case .string(let text) = self { text } else { nil }
  }
}
