import Model
import Wire

/// Draws messages that are valid, nearly valid and broken, by the protocol's own description.
struct MessageGenerator {
  var random: SeededRandom
  private let description = ProtocolDescription.shared

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
  }

  /// One message and its bytes; about half of them are what a correct program would send.
  mutating func next() -> (type: MessageType, bytes: [UInt8]) {
    let types = MessageType.allCases
    let type = types[random.below(types.count)]
    if random.below(25) == 0 { return (type, randomBytes(random.below(24))) }
    let oddity = random.below(2) == 0 ? 0 : 12
    var bytes = message(type, oddity: oddity, depth: 0)
    if random.below(4) == 0 { mutate(&bytes) }
    return (type, bytes)
  }

  private mutating func randomBytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  // MARK: Messages

  /// - Parameter oddity: one field in so many is odd; 0 = none.
  private mutating func message(_ type: MessageType, oddity: Int, depth: Int) -> [UInt8] {
    var out: [UInt8] = []
    for field in description.fields(of: type) where random.below(3) != 0 {
      let times = field.isRepeated ? random.below(4) : 1
      for _ in 0..<times { append(field, to: &out, oddity: oddity, depth: depth) }
      if oddity > 0, random.below(oddity) == 0 { appendOddField(field, to: &out, depth: depth) }
    }
    return out
  }

  private mutating func append(
    _ field: FieldDescription, to out: inout [UInt8], oddity: Int, depth: Int
  ) {
    switch field.kind {
    case .int32, .int64, .uint32, .uint64, .bool, .enumeration:
      appendTag(field.number, 0, to: &out, oddity: oddity)
      appendVarint(number(field.kind), to: &out, padding: padding(oddity))
    case .double:
      appendTag(field.number, 1, to: &out, oddity: oddity)
      let values: [Double] = [0, -0.0, 0.1, 1, -.infinity, .greatestFiniteMagnitude]
      appendFixed(values[random.below(values.count)].bitPattern, bytes: 8, to: &out)
    case .text: appendSized(text(oddity), field.number, to: &out, oddity: oddity)
    case .bytes: appendSized(randomBytes(random.below(40)), field.number, to: &out, oddity: oddity)
    case .message(let type):
      let body = message(type, oddity: oddity, depth: depth + 1)
      appendSized(body, field.number, to: &out, oddity: oddity)
    }
  }

  private mutating func number(_ kind: FieldDescription.Kind) -> UInt64 {
    if case .enumeration = kind, random.below(3) != 0 { return UInt64(random.below(20)) }
    switch random.below(8) {
    case 0: return 0
    case 1: return UInt64(bitPattern: -1)
    case 2: return UInt64(Int64.max)
    case 3: return UInt64(bitPattern: Int64(Int32.min))
    case 4: return UInt64(UInt32.max) + 1
    case 5: return random.next()
    default: return UInt64(random.below(300))
    }
  }

  private mutating func text(_ oddity: Int) -> [UInt8] {
    var text: [UInt8] = []
    for _ in 0..<random.below(6) {
      let pieces: [[UInt8]] = [
        Array("trainer".utf8), [0], [0xC3, 0xA4], [0xE2, 0x82, 0xAC], [0xF0, 0x9F, 0x98, 0x80],
        Array("3f2b8c1e-5d4a".utf8), [0xEF, 0xBF, 0xBF], [0xF4, 0x8F, 0xBF, 0xBF],
        [0xED, 0x9F, 0xBF],
      ]
      text += pieces[random.below(pieces.count)]
    }
    if oddity > 0, random.below(oddity * 3) == 0 {
      // Overlong, surrogate, too large, alone, cut off.
      let broken: [[UInt8]] = [
        [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xE2, 0x82], [0xFF],
        [0xE0, 0x9F, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF5, 0x80, 0x80, 0x80], [0xC1, 0xBF],
      ]
      let place = random.below(text.count + 1)
      text.insert(contentsOf: broken[random.below(broken.count)], at: place)
    }
    return text
  }

  // MARK: Oddities

  private mutating func appendOddField(
    _ field: FieldDescription, to out: inout [UInt8], depth: Int
  ) {
    switch random.below(10) {
    case 0, 1, 2:
      // Once more: the last number counts, pieces of a message merge.
      for _ in 0..<1 + random.below(3) { append(field, to: &out, oddity: 6, depth: depth) }
    case 3:
      // A known number with a wire type that is not its own.
      appendUnknown(field.number, to: &out, depth: depth)
    case 4, 5:
      let numbers = [15, 16, 31, 32, 100, 19_000, 536_870_911, 1 + random.below(40)]
      appendUnknown(numbers[random.below(numbers.count)], to: &out, depth: depth)
    case 6:
      appendVarint(UInt64(random.below(8)), to: &out, padding: 0)
      appendVarint(1, to: &out, padding: 0)
    case 7:
      // Tags at and beyond the largest field number.
      appendVarint(
        UInt64(UInt32.max) - UInt64(random.below(16)) + UInt64(random.below(32)), to: &out,
        padding: 0)
      out.append(0)
    case 8: appendGroup(field.number, levels: 95 + random.below(12), to: &out)
    default:
      // A length or number that ends too late, or never.
      appendVarint(UInt64(field.number) << 3 | UInt64(random.below(6)), to: &out, padding: 0)
      out += Array(repeating: 0x80 | UInt8(random.below(128)), count: 3 + random.below(8))
      out.append(UInt8(random.below(4)))
    }
  }

  private mutating func appendUnknown(_ number: Int, to out: inout [UInt8], depth: Int) {
    let wireType = random.below(6)
    switch wireType {
    case 0:
      appendTag(number, 0, to: &out, oddity: 6)
      appendVarint(random.next() >> UInt64(random.below(64)), to: &out, padding: padding(6))
    case 1:
      appendTag(number, 1, to: &out, oddity: 6)
      appendFixed(random.next(), bytes: 8, to: &out)
    case 2: appendSized(randomBytes(random.below(20)), number, to: &out, oddity: 6)
    case 5:
      appendTag(number, 5, to: &out, oddity: 6)
      appendFixed(random.next(), bytes: 4, to: &out)
    default: appendGroup(number, levels: random.below(4), to: &out)
    }
  }

  /// A group with groups inside; sometimes the ends do not match the beginnings.
  private mutating func appendGroup(_ number: Int, levels: Int, to out: inout [UInt8]) {
    let step = random.below(2)
    for level in 0...levels {
      appendVarint(UInt64(number + level * step) << 3 | 3, to: &out, padding: 0)
    }
    if random.below(2) == 0 { appendUnknownScalar(to: &out) }
    for level in (0...levels).reversed() {
      let wrong = random.below(levels > 10 ? 300 : 12) == 0 ? 1 : 0
      appendVarint(UInt64(number + level * step + wrong) << 3 | 4, to: &out, padding: 0)
    }
  }

  private mutating func appendUnknownScalar(to out: inout [UInt8]) {
    appendTag(1 + random.below(30), 0, to: &out, oddity: 4)
    appendVarint(random.next(), to: &out, padding: 0)
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    for _ in 0..<1 + random.below(3) where !bytes.isEmpty {
      let place = random.below(bytes.count)
      switch random.below(6) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 1: bytes[place] ^= 1 << UInt8(random.below(8))
      case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
      case 3: bytes.remove(at: place)
      case 4: bytes.removeLast(bytes.count - place)
      default:
        let end = min(bytes.count, place + random.below(12))
        bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
      }
    }
  }

  // MARK: Bytes

  private mutating func padding(_ oddity: Int) -> Int {
    oddity > 0 && random.below(oddity) == 0 ? random.below(5) : 0
  }

  private mutating func appendTag(
    _ number: Int, _ wireType: Int, to out: inout [UInt8], oddity: Int
  ) {
    appendVarint(UInt64(number << 3 | wireType), to: &out, padding: padding(oddity))
  }

  private mutating func appendSized(
    _ body: [UInt8], _ number: Int, to out: inout [UInt8], oddity: Int
  ) {
    appendTag(number, 2, to: &out, oddity: oddity)
    appendVarint(UInt64(body.count), to: &out, padding: padding(oddity))
    out += body
  }

  private func appendFixed(_ bits: UInt64, bytes: Int, to out: inout [UInt8]) {
    for byte in 0..<bytes { out.append(UInt8(truncatingIfNeeded: bits >> UInt64(byte * 8))) }
  }

  /// - Parameter padding: so many more bytes than the number needs.
  private func appendVarint(_ number: UInt64, to out: inout [UInt8], padding: Int) {
    var rest = number
    while rest >= 0x80 {
      out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    out.append(UInt8(rest) | (padding > 0 ? 0x80 : 0))
    for index in 0..<padding { out.append(index == padding - 1 ? 0 : 0x80) }
  }
}

extension SeededRandom {
  /// A number in 0..<bound; the slight bias of the remainder does not matter here.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
