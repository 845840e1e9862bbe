package import Model
package import NIOCore

/// Finds frames in the bytes that a connection has received.
///
/// A frame is a four-byte big-endian length, its own four bytes not counted, and that many bytes of one message.
/// Nothing is copied or allocated: the reader tells where in the buffer the message lies.
package struct FrameReader: Sendable {
  /// The largest length that is accepted, in bytes.
  package let frameBytesMax: Int
  /// Whether the first frame has been found: only before it can the bytes be those of another protocol.
  private var isStarted = false

  package static let lengthBytes = 4

  package init(limits: Limits) {
    precondition(limits.frameBytes > 0, "a frame has at least one byte")
    frameBytesMax = limits.frameBytes
  }

  /// The next whole frame's message, as absolute positions in the buffer, or nil until more bytes have come.
  ///
  /// Moves the reader index behind the frame. The positions stay valid until the buffer's bytes are discarded or
  /// the buffer is cleared. After an error the connection cannot be read on. O(1).
  package mutating func next(in buffer: inout ByteBuffer) throws(FrameError) -> Range<Int>? {
    let start = buffer.readerIndex
    guard let length = buffer.getInteger(at: start, as: UInt32.self) else {
      return try shortStart(of: buffer)
    }
    guard length > 0, length <= frameBytesMax else {
      if !isStarted, let other = OtherProtocol(firstBytes: length) {
        throw .notThisProtocol(other)
      }
      guard length > 0 else { throw .empty }
      throw .tooLarge(bytes: Int(length), limit: frameBytesMax)
    }
    isStarted = true
    let message = start + FrameReader.lengthBytes
    let end = message + Int(length)
    guard end <= buffer.writerIndex else { return nil }
    buffer.moveReaderIndex(to: end)
    return message..<end
  }

  /// How many bytes the frame that has begun still lacks, or nil between frames or before its length is known.
  package func missingBytes(in buffer: ByteBuffer) -> Int? {
    guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else {
      return nil
    }
    return max(0, FrameReader.lengthBytes + Int(length) - buffer.readableBytes)
  }

  /// Recognises a TLS hello by its first two bytes: the rest may wait for our answer for ever.
  private func shortStart(of buffer: ByteBuffer) throws(FrameError) -> Range<Int>? {
    if !isStarted, let first = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self),
      first == OtherProtocol.tlsHandshake
    {
      throw .notThisProtocol(.tls)
    }
    return nil
  }
}

/// Why a connection's bytes are not frames. The connection ends after it: there is no way to find the next frame.
package enum FrameError: Error, Hashable, Sendable {
  /// A length of 0.
  case empty
  /// A length above the limit; nothing has been allocated for it.
  case tooLarge(bytes: Int, limit: Int)
  /// The first bytes are those of another protocol.
  case notThisProtocol(OtherProtocol)

  /// The answer to send before closing.
  package var callError: CallError {
    switch self {
    case .empty:
      CallError(
        .malformedMessage,
        "The frame has length 0; a frame is a 4-byte big-endian length and at least one byte.")
    case .tooLarge(let bytes, let limit):
      CallError(
        .frameTooLarge,
        "The frame announces \(bytes) bytes; the limit is \(limit). Send smaller messages.",
        limit: Int64(limit))
    case .notThisProtocol(let other):
      CallError(.notThisProtocol, other.advice)
    }
  }
}

/// A protocol that is often spoken to the wrong port.
package enum OtherProtocol: Hashable, Sendable {
  case http1
  case http2
  case tls

  static let tlsHandshake: UInt16 = 0x1603
  /// What a server with TLS answers to what is none.
  static let tlsAlert: UInt16 = 0x1503

  /// Recognises a protocol by a connection's first four bytes, read as a big-endian number.
  init?(firstBytes word: UInt32) {
    if [OtherProtocol.tlsHandshake, OtherProtocol.tlsAlert].contains(UInt16(word >> 16)) {
      self = .tls
      return
    }
    let text = String(
      decoding: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }, as: UTF8.self)
    switch text {
    case "PRI ": self = .http2
    case "GET ", "POST", "PUT ", "HEAD", "DELE", "OPTI", "PATC", "CONN", "TRAC", "HTTP":
      self = .http1
    default: return nil
    }
  }

  /// What the speaker should do instead.
  package var advice: String {
    let here = "This port speaks length-prefixed protobuf frames (Proto/PROTOCOL.md)"
    return switch self {
    case .http1:
      "\(here), not HTTP: the web page and /metrics are on the HTTP port, 8080 by default."
    case .http2: "\(here), not HTTP/2 and so not gRPC: use the coordinator's own client."
    case .tls: "\(here) in plain TCP, not TLS: turn TLS off, or give the coordinator a certificate."
    }
  }
}
