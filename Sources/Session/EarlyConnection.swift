package import Model
package import NIOCore
import Wire

/// One connection of a server whose state is being recovered: it is told that the server lives, and of every other call
/// that it has to wait. Nothing is decided, and nobody is asked who they are.
package struct EarlyConnection {
  /// What is to be sent, and whether the connection ends then.
  package struct Answer {
    package var bytes = ByteBuffer()
    package var ends = false
  }

  private let codec: Codec
  private var reader: FrameReader
  /// Bytes received that are not a whole frame yet.
  private var partial: ByteBuffer?

  package init(limits: Limits) {
    codec = Codec(limits: limits)
    reader = FrameReader(limits: limits)
  }

  /// Why a call has to wait.
  package static let refusal = CallError(
    .recovering, "the coordinator is reading its journal; ask again soon")

  /// The answer to HealthCheck meanwhile.
  package static func health(uptime: TimeSpan) -> HealthResponse {
    HealthResponse(
      healthy: false, version: coordinatorVersion,
      uptimeSeconds: uptime.nanoseconds / 1_000_000_000,
      metadata: Metadata([("state", "recovering")]))
  }

  /// Answers the calls in the bytes. A refused Hello ends the connection, since what it says of the caller would be lost.
  package mutating func receive(_ bytes: inout ByteBuffer, uptime: TimeSpan) -> Answer {
    var answer = Answer()
    var buffer = partial ?? ByteBuffer()
    partial = nil
    buffer.writeBuffer(&bytes)
    do throws(FrameError) {
      while !answer.ends, let frame = try reader.next(in: &buffer) {
        handle(frame, in: buffer, uptime, &answer)
      }
    } catch {
      codec.appendReply(callID: 0, error: error.callError, to: &answer.bytes)
      answer.ends = true
    }
    if !answer.ends, buffer.readableBytes > 0 {
      buffer.discardReadBytes()
      partial = buffer
    }
    return answer
  }

  private func handle(
    _ frame: Range<Int>, in buffer: ByteBuffer, _ uptime: TimeSpan, _ answer: inout Answer
  ) {
    let header: CallHeader
    do throws(WireError) {
      header = try codec.decodeCall(in: buffer, at: frame)
    } catch {
      codec.appendReply(callID: 0, error: error.callError, to: &answer.bytes)
      answer.ends = true
      return
    }
    guard !header.cancel else { return }
    guard header.method == Int32(Method.healthCheck.rawValue) else {
      codec.appendReply(
        callID: header.callID, error: EarlyConnection.refusal, to: &answer.bytes)
      answer.ends = header.method == Int32(Method.hello.rawValue)
      return
    }
    codec.appendReply(
      callID: header.callID, response: .health(EarlyConnection.health(uptime: uptime)),
      to: &answer.bytes)
  }

  /// The begun frame that the engine is to go on with; nil between frames.
  package consuming func takeRest() -> ByteBuffer? { partial }
}
