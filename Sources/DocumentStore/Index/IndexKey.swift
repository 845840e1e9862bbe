/// Bytes whose order is the order of the values that they stand for.
///
/// A value is a tag for its class and what tells it from others of its class; equal values have equal bytes, whatever their
/// types of number, and no value's bytes begin another's. So bytes of several values may stand one behind the other, and the
/// complement of all bytes is the descending order. Tags are even, so that an odd byte can stand between two classes.
enum IndexKey {
  /// Stands for an empty array at the place itself, before every value, as sorting has it.
  static let emptyArrayTag: UInt8 = 2
  /// Comes after whatever may follow a value: tags, their complements and numbers of records are all below it.
  static let afterAll: UInt8 = 0xFF

  static func tag(_ typeClass: DocumentValue.TypeClass) -> UInt8 {
    switch typeClass {
    case .null: 4
    case .number: 6
    case .string: 8
    case .document: 10
    case .array: 12
    case .objectID: 14
    case .bool: 16
    case .date: 18
    }
  }

  /// The bytes of one value; nil is an empty array at the place itself. O(size of the value).
  static func bytes(_ value: DocumentValue?) -> [UInt8] {
    guard let value else { return [emptyArrayTag] }
    var bytes: [UInt8] = []
    append(value, to: &bytes)
    return bytes
  }

  private static func append(_ value: DocumentValue, to bytes: inout [UInt8]) {
    bytes.append(tag(value.typeClass))
    switch value {
    case .null: break
    case .bool(let isTrue): bytes.append(isTrue ? 1 : 0)
    case .int32(let number): append(whole: Int64(number), to: &bytes)
    case .int64(let number): append(whole: number, to: &bytes)
    case .double(let number): append(number, rest: 0, to: &bytes)
    case .string(let text), .objectID(let text): append(text, to: &bytes)
    case .date(let milliseconds):
      append(bigEndian: UInt64(bitPattern: milliseconds) ^ 1 << 63, to: &bytes)
    case .array(let elements):
      for element in elements { append(element, to: &bytes) }
      bytes.append(0)
    case .document(let document):
      for field in document.fields {
        bytes.append(tag(field.value.typeClass))
        append(field.name, to: &bytes)
        append(field.value, to: &bytes)
      }
      bytes.append(0)
    }
  }

  /// An integer as the greatest double that is not above it, and what is left, which is less than 2^11.
  private static func append(whole: Int64, to bytes: inout [UInt8]) {
    var floor = Double(whole)
    if floor >= 0x1p63 || Int64(floor) > whole { floor = floor.nextDown }
    append(floor, rest: UInt16(whole - Int64(floor)), to: &bytes)
  }

  /// Doubles in the order of their bits, the negative ones complemented; both zeros are one, NaN is the first.
  private static func append(_ number: Double, rest: UInt16, to bytes: inout [UInt8]) {
    let bits = number == 0 ? 0 : number.bitPattern
    let ordered = bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    append(bigEndian: number.isNaN ? 0 : ordered, to: &bytes)
    bytes.append(UInt8(rest >> 8))
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Texts end with two zeros; a zero in them is followed by 255.
  private static func append(_ text: String, to bytes: inout [UInt8]) {
    for byte in text.utf8 {
      bytes.append(byte)
      if byte == 0 { bytes.append(0xFF) }
    }
    bytes.append(0)
    bytes.append(0)
  }

  static func append(bigEndian number: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
    }
  }

  /// The number that the last eight bytes are.
  static func lastNumber(_ bytes: [UInt8]) -> Int64 {
    Int64(bitPattern: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }

  static func complement(_ bytes: [UInt8]) -> [UInt8] { bytes.map { ~$0 } }
}

/// Finds the ends of values in the bytes of a key.
struct IndexKeyReader {
  let bytes: [UInt8]
  private(set) var position: Int
  /// 255 while descending values are read.
  private var mask: UInt8 = 0

  init(_ bytes: [UInt8], at position: Int) {
    self.bytes = bytes
    self.position = position
  }

  /// Steps over one value of a key that this store made.
  mutating func skip(isDescending: Bool) {
    mask = isDescending ? 0xFF : 0
    skipValue()
  }

  private var next: UInt8 { bytes[position] ^ mask }

  private mutating func skipValue() {
    let tag = next
    position += 1
    switch tag {
    case IndexKey.tag(.number): position += 10
    case IndexKey.tag(.date): position += 8
    case IndexKey.tag(.bool): position += 1
    case IndexKey.tag(.string), IndexKey.tag(.objectID): skipText()
    case IndexKey.tag(.array):
      while next != 0 { skipValue() }
      position += 1
    case IndexKey.tag(.document):
      while next != 0 {
        position += 1
        skipText()
        skipValue()
      }
      position += 1
    default: break
    }
  }

  private mutating func skipText() {
    while true {
      let byte = next
      position += 1
      guard byte == 0 else { continue }
      let isEnd = next == 0
      position += 1
      if isEnd { return }
    }
  }
}
