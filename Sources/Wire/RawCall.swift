package import Model
package import NIOCore

extension Codec {
  /// Appends a call whose request message is bytes already, valid or not: scripts and tests send what they like.
  package func appendCall(
    callID: UInt64, method: Method, timeoutMilliseconds: UInt64 = 0, payload: [UInt8],
    to out: inout ByteBuffer
  ) {
    var envelope: [UInt8] = []
    for (field, number) in [
      (EnvelopeField.callID, callID), (EnvelopeField.callMethod, UInt64(method.rawValue)),
      (EnvelopeField.callTimeout, timeoutMilliseconds),
    ] where number != 0 {
      envelope.append(UInt8(field << 3))
      envelope.appendVarint(number)
    }
    envelope.append(UInt8(EnvelopeField.payload << 3) | 2)
    envelope.appendVarint(UInt64(payload.count))
    out.writeInteger(UInt32(clamping: envelope.count + payload.count))
    out.writeBytes(envelope)
    out.writeBytes(payload)
  }
}
