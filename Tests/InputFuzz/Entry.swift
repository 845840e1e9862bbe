/// What the fuzzer feeds: the first byte chooses the reader, the rest is its input. Whatever comes, reading must end with
/// a value or an error, and touch no memory that is not its own.
private enum Fuzzed: UInt8, CaseIterable {
  /// A client's bytes: frames, each a `Call` with the request of its method.
  case calls
  /// A server's bytes: frames, each a `Reply`, read as the answer of the method that the next byte chooses.
  case replies
  /// One message of the type that the next byte chooses, in the canonical form and as JSON.
  case message
  /// A JSON text, and the request that it describes.
  case text
  /// Records of decisions, each behind its length in two bytes, replayed into a coordinator with pools.
  case records
  /// Chunks of a state, each behind its length in two bytes.
  case state
  /// A segment of a journal, as its file.
  case segment
  /// A snapshot, as its file.
  case snapshot
  /// A configuration file.
  case configuration
  /// A script for `coordinator play`.
  case script
  /// A trace's lists of pods and of nodes, with a zero byte between.
  case trace
}

/// The engine's entry point. It owns the bytes; they are copied before anything reads them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let first = bytes.first else { return 0 }
  let kinds = Fuzzed.allCases
  let rest = Array(bytes.dropFirst())
  switch kinds[Int(first) % kinds.count] {
  case .calls: readCalls(rest)
  case .replies: readReplies(rest)
  case .message: readMessage(rest)
  case .text: readText(rest)
  case .records: readRecords(rest)
  case .state: readState(rest)
  case .segment: readSegment(rest)
  case .snapshot: readSnapshot(rest)
  case .configuration: readConfiguration(rest)
  case .script: readScript(rest)
  case .trace: readTrace(rest)
  }
  return 0
}
