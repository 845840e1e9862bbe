package import Model

/// The name by which something of the tenancy is known: a user, a project, a quota.
///
/// 1 to ``TenancyLimits/identifierBytesMax`` bytes of ASCII letters, digits and `. _ - @ : +`, the first of them a
/// letter, a digit or `_`. So a name can stand in a path, a label or a log without being quoted, and none leads out
/// of a folder.
package struct Identifier<Subject>: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let text: Text

  /// Nil for a text that is no such name.
  package init?(_ text: Text) {
    let bytes = text.utf8Bytes
    guard bytes.count <= TenancyLimits.identifierBytesMax, let first = bytes.first,
      Identifier.isWord(first), bytes.allSatisfy(Identifier.mayFollow)
    else { return nil }
    self.text = text
  }

  package static func < (left: Identifier, right: Identifier) -> Bool { left.text < right.text }

  package var description: String { text.string }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func mayFollow(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "@"), UInt8(ascii: ":"),
      UInt8(ascii: "+"):
      true
    default: isWord(byte)
    }
  }
}

extension Identifier: ExpressibleByStringLiteral {
  /// For names that stand in the source.
  package init(stringLiteral value: String) {
    guard let identifier = Identifier(Text(value)) else {
      preconditionFailure("\(value) is no identifier")
    }
    self = identifier
  }
}
