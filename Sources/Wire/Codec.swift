import CResourceCoordinator
package import Model
import NIOCore

/// Turns bytes into values and values into bytes, through protobuf-c.
///
/// One codec serves one event loop and is not `Sendable`: it owns the memory that the C structs of one message live in.
/// Every value it returns is a copy; nothing points into that memory or into the buffer any more.
package final class Codec {
  package let limits: Limits
  let arena: Arena
  let schema: Schema
  private let normaliser: Normaliser
  /// The reply of a successful release behind its call's id.
  private(set) var releasedTail: [UInt8] = []
  let grantedMessage: Text.Words

  /// Allocates the arena, ``Limits/decodeArenaBytes`` of address space unless told otherwise, and the protocol's tables.
  package init(limits: Limits, arenaBytes: Int? = nil) {
    self.limits = limits
    arena = Arena(capacity: arenaBytes ?? limits.decodeArenaBytes)
    schema = Schema()
    normaliser = Normaliser(schema: schema)
    guard let words = Text(ResourceResponse.grantedMessage).inline else {
      preconditionFailure("the text of a grant is short")
    }
    grantedMessage = words
    releasedTail = Codec.makeReleasedTail(self)
  }

  /// Decodes a message into a C struct inside the arena, valid until the arena is used for the next message.
  ///
  /// The bytes belong to the caller and are only read during the call.
  @inline(__always)
  func unpack<Message: CMessage>(
    _ type: Message.Type, _ bytes: UnsafeRawBufferPointer
  ) throws(WireError) -> UnsafeMutablePointer<Message> {
    // Every generated struct begins with its `ProtobufCMessage`, and protobuf-c makes the struct of the descriptor.
    try UnsafeMutableRawPointer(unpack(Message.type, bytes))
      .assumingMemoryBound(to: Message.self)
  }

  /// As above, for a message known at run time.
  func unpack(
    _ type: MessageType, _ bytes: UnsafeRawBufferPointer
  ) throws(WireError) -> UnsafeMutablePointer<ProtobufCMessage> {
    arena.reset()
    // An empty message may have no address; protobuf-c reads nothing of it, but wants one.
    guard let base = bytes.baseAddress, !bytes.isEmpty else {
      return try checked(unpackRegular(type, UnsafeRawPointer(schema.rules), count: 0))
    }
    // The memory is the caller's for the whole call; bytes are read as bytes.
    let start = base.assumingMemoryBound(to: UInt8.self)
    var scanner = Scanner(schema: schema)
    guard scanner.scan(from: start, to: start + bytes.count, type: type) else {
      throw malformed(scanner, start: start)
    }
    guard scanner.isIrregular else {
      return try checked(unpackRegular(type, base, count: bytes.count))
    }
    let normal = normaliser.normalForm(
      of: UnsafeBufferPointer(start: start, count: bytes.count), type: type)
    // protobuf-c copies what it keeps into the arena, so the array may go after the call.
    let message = normal.withUnsafeBytes { regular in
      unpackRegular(
        type, regular.baseAddress ?? UnsafeRawPointer(schema.rules), count: regular.count)
    }
    return try checked(message)
  }

  /// Unpacks `count` bytes that the scanner has passed; the struct belongs to the arena.
  @inline(__always)
  private func unpackRegular(
    _ type: MessageType, _ start: UnsafeRawPointer, count: Int
  ) -> UnsafeMutablePointer<ProtobufCMessage>? {
    protobuf_c_message_unpack(
      schema.descriptors[type.rawValue], arena.allocator, count,
      start.assumingMemoryBound(to: UInt8.self))
  }

  @inline(__always)
  private func checked(
    _ message: UnsafeMutablePointer<ProtobufCMessage>?
  ) throws(WireError) -> UnsafeMutablePointer<ProtobufCMessage> {
    guard let message else {
      throw arena.isExhausted
        ? .tooMuchMemory(limit: arena.capacity) : .malformed(.notDecodable, at: 0)
    }
    return message
  }

  func malformed(_ scanner: Scanner, start: BytePointer) -> WireError {
    guard let fault = scanner.fault, let position = scanner.faultPosition else {
      preconditionFailure("a scan that fails tells why")
    }
    return .malformed(fault, at: position - start)
  }
}

extension ByteBuffer {
  /// Calls the body with the bytes at the absolute positions; the memory is the buffer's and valid only inside.
  @inline(__always)
  func withBytes<Result>(
    at range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(WireError) -> Result
  ) throws(WireError) -> Result {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= writerIndex, "positions lie in the buffer")
    return try withVeryUnsafeBytes { (all: UnsafeRawBufferPointer) throws(WireError) -> Result in
      try body(UnsafeRawBufferPointer(rebasing: all[range]))
    }
  }
}
