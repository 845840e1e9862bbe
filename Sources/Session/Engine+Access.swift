package import Access
import Coordination
import Model
import NIOCore
import Wire

// Who makes a call and whether they may. Without ``Engine/access`` nobody is asked: one comparison for each call.
extension Engine {
  /// Takes another table of tokens. Whoever's token is no longer there, or means something else now, is put out:
  /// connections that were opened with it, and streams.
  package func setTokens(_ tokens: TokenTable) {
    guard access != nil else { return }
    access?.tokens = tokens
    func isStale(_ identity: Identity?) -> Bool {
      guard let identity else { return false }
      return tokens.identity(identity.hash)?.principal != identity.principal
    }
    for slot in connections.indices
    where connections[slot].isOpen && isStale(connections[slot].identity) {
      drop(slot, .tokenUnknown)
    }
    for index in streams.all where isStale(streams[index]?.identity) {
      endStream(index, .tokenUnknown)
    }
  }

  /// Who makes a call, by its own token or else by the connection's, and its trace. For calls with metadata of their own
  /// alone, and where callers are asked: others cost nothing.
  func readMetadata(
    _ header: CallHeader, _ frame: Range<Int>, in buffer: ByteBuffer, on slot: Int
  ) throws(CallError) -> Identity? {
    guard header.hasMetadata else {
      return access == nil ? nil : try known(connections[slot].identity)
    }
    let metadata: Metadata
    do throws(WireError) {
      metadata = try codec.decodeCallMetadata(in: buffer, at: frame)
    } catch {
      throw error.callError
    }
    trace = metadata[TraceParent.key].flatMap(TraceParent.init)
    guard let access else { return nil }
    guard let value = metadata["authorization"] else {
      return try known(connections[slot].identity)
    }
    let identity = try access.identity(authorization: value)
    // A token that comes with Hello is the connection's from then on.
    if header.method == Int32(Method.hello.rawValue) { connections[slot].identity = identity }
    return identity
  }

  private func known(_ identity: Identity?) throws(CallError) -> Identity {
    guard let identity else { throw .tokenMissing }
    return identity
  }

  /// Tells of an administrative call.
  func audit(
    _ method: Model.Method, _ message: RequestMessage?, by identity: Identity?,
    refusal: CallError?, on id: ConnectionID
  ) {
    guard let auditor, method.right == .administering else { return }
    let name = access == nil ? Principal.local.name : identity?.principal.name
    auditor(
      AuditEntry(
        time: now, principal: name, method: method, message: message, refusal: refusal,
        trace: trace), id)
  }
}
