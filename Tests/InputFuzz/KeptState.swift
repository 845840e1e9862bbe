import Coordination
import Durability
import Journal
import Model

// What a coordinator keeps: records, states, and the files that hold them.

private func blank() -> Coordinator {
  Coordinator(
    recovering: CoordinationSettings(), hashSeed: 1, entropy: Entropy(seed: 1), startedAt: .epoch)
}

/// The parts of an input, each behind its length in two bytes, lowest first.
private func parts(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
  var parts: [ArraySlice<UInt8>] = []
  var rest = bytes[...]
  while rest.count >= 2 {
    let count = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
    rest = rest.dropFirst(2)
    parts.append(rest.prefix(count))
    rest = rest.dropFirst(count)
  }
  return parts
}

/// The record that every journal begins with.
private let poolsRecord: [UInt8] = {
  let coordinator = blank()
  _ = try? coordinator.resume(
    CoordinationSettings(), given: GivenSettings(), epoch: 1, at: Instant(nanoseconds: 1))
  var first: [UInt8] = []
  coordinator.log.forEach { revision, record in if revision == 1 { first = Array(record) } }
  return first
}()

func readRecords(_ bytes: [UInt8]) {
  let coordinator = blank()
  for (number, record) in ([poolsRecord[...]] + parts(bytes)).enumerated() {
    do { try coordinator.replay(record, revision: UInt64(number + 1)) } catch { return }
  }
  goOn(coordinator)
}

func readState(_ bytes: [UInt8]) {
  let coordinator = blank()
  var reader = StateReader(coordinator)
  do {
    for chunk in parts(bytes) { try reader.read(Array(chunk)) }
    try reader.finish()
  } catch { return }
  goOn(coordinator)
}

/// What was taken is a state with which one can go on, and that can be written.
private func goOn(_ coordinator: Coordinator) {
  var steps = 0
  while steps < 10_000, coordinator.step(dueBy: Instant(nanoseconds: .max / 2)) {
    coordinator.effects.removeAll()
    steps += 1
  }
  var writer = StateWriter(chunkBytes: 1 << 16)
  writer.write(coordinator) { _ in }
}

func readSegment(_ bytes: [UInt8]) {
  readFile(JournalFile.segment(first: 1).name, bytes)
}

func readSnapshot(_ bytes: [UInt8]) {
  readFile(JournalFile.snapshot(position: 1).name, bytes)
}

private func readFile(_ name: FileName, _ bytes: [UInt8]) {
  let disk = OneFile(name: name, bytes: bytes)
  if let reader = try? JournalReader(disk) {
    let coordinator = blank()
    _ = try? Recovery.rebuild(coordinator, from: reader)
  }
  _ = try? JournalInspection(disk).notes
}

/// A disk with one file that is only read.
private struct OneFile: Disk {
  let name: FileName
  let bytes: [UInt8]

  func names() throws(DiskError) -> [FileName] { [name] }

  func size(_ file: FileName) throws(DiskError) -> Int { try content(file, .size).count }

  func read(_ file: FileName) throws(DiskError) -> [UInt8] { try content(file, .read) }

  func read(_ file: FileName, _ range: Range<Int>) throws(DiskError) -> [UInt8] {
    let all = try content(file, .read)
    guard range.upperBound <= all.count else { throw DiskError(.read, file, .outOfRange) }
    return Array(all[range])
  }

  private func content(
    _ file: FileName, _ operation: DiskError.Operation
  ) throws(DiskError) -> [UInt8] {
    guard file == name else { throw DiskError(operation, file, .notFound) }
    return bytes
  }

  private func refuse(_ operation: DiskError.Operation, _ file: FileName) throws(DiskError) {
    throw DiskError(operation, file, .failed(code: 0))
  }

  func create(_ file: FileName) throws(DiskError) { try refuse(.create, file) }
  func append(_ file: FileName, _ bytes: [UInt8]) throws(DiskError) { try refuse(.append, file) }
  func sync(_ file: FileName) throws(DiskError) { try refuse(.sync, file) }
  func truncate(_ file: FileName, to bytes: Int) throws(DiskError) { try refuse(.truncate, file) }
  func rename(_ file: FileName, to other: FileName) throws(DiskError) { try refuse(.rename, file) }
  func remove(_ file: FileName) throws(DiskError) { try refuse(.remove, file) }
  func syncDirectory() throws(DiskError) { try refuse(.syncDirectory, name) }
}
