import Model
import NIOCore
import Testing
import Wire

@Suite struct FrameReaderTests {
  @Test func `a frame that comes byte by byte is found when its last byte is there`() throws {
    var reader = FrameReader(limits: Limits())
    var buffer = ByteBuffer()
    for byte: UInt8 in [0, 0, 0, 2, 8] {
      buffer.writeInteger(byte)
      #expect(try reader.next(in: &buffer) == nil)
    }
    #expect(reader.missingBytes(in: buffer) == 1)
    buffer.writeInteger(UInt8(1))
    #expect(try reader.next(in: &buffer) == 4..<6)
    #expect(buffer.readableBytes == 0)
  }

  @Test func `two frames in one read are found one after the other`() throws {
    var reader = FrameReader(limits: Limits())
    var buffer = ByteBuffer(bytes: [0, 0, 0, 1, 7, 0, 0, 0, 2, 8, 9, 0])
    #expect(try reader.next(in: &buffer) == 4..<5)
    #expect(try reader.next(in: &buffer) == 9..<11)
    #expect(try reader.next(in: &buffer) == nil)
    #expect(buffer.readableBytes == 1)
  }

  @Test func `a frame of the largest length passes and one byte more is refused`() throws {
    var limits = Limits()
    limits.frameBytes = 3
    var reader = FrameReader(limits: limits)
    var fits = ByteBuffer(bytes: [0, 0, 0, 3, 1, 2, 3])
    #expect(try reader.next(in: &fits) == 4..<7)
    var large = ByteBuffer(bytes: [0, 0, 0, 4])
    #expect(throws: FrameError.tooLarge(bytes: 4, limit: 3)) { try reader.next(in: &large) }
  }

  @Test func `a frame of length 0 is refused`() {
    var reader = FrameReader(limits: Limits())
    var buffer = ByteBuffer(bytes: [0, 0, 0, 0, 1])
    #expect(throws: FrameError.empty) { try reader.next(in: &buffer) }
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n", OtherProtocol.http1), ("POST /x", .http1), ("HTTP/1.1 200", .http1),
    ("PRI * HTTP/2.0\r\n", .http2), ("\u{16}\u{3}\u{1}\u{0}", .tls), ("\u{16}\u{3}", .tls),
  ])
  func `another protocol's first bytes are named`(_ text: String, _ other: OtherProtocol) {
    var reader = FrameReader(limits: Limits())
    var buffer = ByteBuffer(string: text)
    #expect(throws: FrameError.notThisProtocol(other)) { try reader.next(in: &buffer) }
    #expect(FrameError.notThisProtocol(other).callError.message.contains("PROTOCOL.md"))
  }

  @Test func `after a first frame the bytes of another protocol are only a bad length`() throws {
    var reader = FrameReader(limits: Limits())
    var buffer = ByteBuffer(bytes: [0, 0, 0, 1, 7])
    _ = try reader.next(in: &buffer)
    buffer.writeString("GET ")
    #expect(throws: FrameError.tooLarge(bytes: 0x4745_5420, limit: 1 << 20)) {
      try reader.next(in: &buffer)
    }
  }
}
