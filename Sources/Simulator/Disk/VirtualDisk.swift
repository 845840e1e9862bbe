package import Journal
package import Model

/// A disk in memory that keeps apart what was written and what would survive a crash, and that fails on demand.
///
/// A crash mixes both at random: names one change at a time, contents one sector at a time, sizes byte by byte. So it
/// does everything that ``Disk`` allows, and more than most real disks.
package final class VirtualDisk: Disk {
  /// How much of what was not synced survives a crash.
  package enum Loss: CaseIterable, Sendable {
    case everything
    case nothing
    /// Each sector and each change of a name by chance.
    case some
  }

  /// What happens at one operation, and from it on.
  package enum Fault: Hashable, Sendable {
    /// Nothing is done, and everything after it fails until ``crash(_:_:)``.
    case stopBefore
    /// It is done without an answer, and everything after it fails until ``crash(_:_:)``.
    case stopAfter
    /// This one operation fails; an append has written the first half of its bytes.
    case fail
    /// From this one on, every append fails as on a full disk, with half of its bytes written.
    case full
  }

  private struct Content {
    var seen: [UInt8] = []
    var durable: [UInt8] = []
  }

  private enum NameChange {
    case create(FileName, Int)
    case rename(FileName, FileName, Int)
    case remove(FileName)
  }

  private var contents: [Content] = []
  private var seenNames: [FileName: Int] = [:]
  private var durableNames: [FileName: Int] = [:]
  private var changes: [NameChange] = []
  private var fault: (operation: Int, fault: Fault)?
  /// Nothing works before ``crash(_:_:)``.
  package private(set) var isStopped = false
  private var isFull = false
  /// Whether a fault has struck since the last ``crash(_:_:)``.
  package private(set) var wasHit = false
  /// Operations that change something, so far.
  package private(set) var operations = 0

  package init() {}

  /// Arms a fault for the `operation`-th changing operation, counted from 1 over the disk's life.
  package func arm(_ fault: Fault, at operation: Int) {
    self.fault = (operation, fault)
  }

  package func disarm() {
    fault = nil
    isFull = false
  }

  /// Loses what was not synced, by chance or as told, and works again.
  package func crash(_ loss: Loss, _ random: inout SeededRandom) {
    for change in changes where keeps(loss, &random) {
      Self.apply(change, to: &durableNames)
    }
    for index in contents.indices {
      let content = contents[index]
      let survived =
        switch loss {
        case .everything: content.durable
        case .nothing: content.seen
        case .some: Self.mix(content, &random)
        }
      contents[index] = Content(seen: survived, durable: survived)
    }
    changes = []
    seenNames = durableNames
    isStopped = false
    wasHit = false
    disarm()
  }

  /// Flips bits of a file, on the medium and in every cache.
  package func flip(_ file: FileName, bit: Int) {
    change(file) { $0[bit / 8] ^= 1 << UInt8(bit % 8) }
  }

  /// Changes a file on the medium and in every cache.
  package func change(_ file: FileName, _ body: (inout [UInt8]) -> Void) {
    guard let index = seenNames[file] else { preconditionFailure("\(file) is not there") }
    body(&contents[index].seen)
    contents[index].durable = contents[index].seen
  }

  /// Puts a file there, durable.
  package func put(_ file: FileName, _ bytes: [UInt8]) {
    contents.append(Content(seen: bytes, durable: bytes))
    seenNames[file] = contents.count - 1
    durableNames[file] = contents.count - 1
  }

  /// A disk with the same files, all durable.
  package func copy() -> VirtualDisk {
    let other = VirtualDisk()
    for (file, index) in seenNames.sorted(by: { $0.key < $1.key }) {
      other.put(file, contents[index].seen)
    }
    return other
  }

  // MARK: Disk

  package func names() throws(DiskError) -> [FileName] {
    try checkRunning(.names, FileName("."))
    return seenNames.keys.sorted()
  }

  package func size(_ file: FileName) throws(DiskError) -> Int {
    contents[try index(.size, file)].seen.count
  }

  package func read(_ file: FileName) throws(DiskError) -> [UInt8] {
    contents[try index(.read, file)].seen
  }

  package func read(_ file: FileName, _ range: Range<Int>) throws(DiskError) -> [UInt8] {
    let bytes = contents[try index(.read, file)].seen
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
      throw DiskError(.read, file, .outOfRange)
    }
    return Array(bytes[range])
  }

  package func create(_ file: FileName) throws(DiskError) {
    try checkRunning(.create, file)
    if seenNames[file] != nil { throw DiskError(.create, file, .alreadyThere) }
    try perform(.create, file) { _ in
      contents.append(Content())
      change(.create(file, contents.count - 1))
    }
  }

  package func append(_ file: FileName, _ bytes: [UInt8]) throws(DiskError) {
    let index = try index(.append, file)
    try perform(.append, file) { isWhole in
      contents[index].seen += isWhole ? bytes[...] : bytes.prefix(bytes.count / 2)
    }
  }

  /// A sync that fails makes some sectors of what is new durable and keeps showing all of it, as a cache does.
  package func sync(_ file: FileName) throws(DiskError) {
    let index = try index(.sync, file)
    try perform(.sync, file) { isWhole in
      let seen = contents[index].seen
      if isWhole {
        contents[index].durable = seen
      } else if seen.count > contents[index].durable.count {
        let durable = contents[index].durable.count
        let sector = JournalLimits.sectorBytes
        let middle = (durable + seen.count) / 2 / sector * sector
        contents[index].durable = Array(seen.prefix(max(durable, middle)))
      }
    }
  }

  package func truncate(_ file: FileName, to bytes: Int) throws(DiskError) {
    let index = try index(.truncate, file)
    guard bytes >= 0, bytes <= contents[index].seen.count else {
      throw DiskError(.truncate, file, .outOfRange)
    }
    try perform(.truncate, file) { isWhole in
      if isWhole { contents[index].seen.removeLast(contents[index].seen.count - bytes) }
    }
  }

  package func rename(_ file: FileName, to other: FileName) throws(DiskError) {
    let index = try index(.rename, file)
    try perform(.rename, file) { if $0 { change(.rename(file, other, index)) } }
  }

  package func remove(_ file: FileName) throws(DiskError) {
    _ = try index(.remove, file)
    try perform(.remove, file) { if $0 { change(.remove(file)) } }
  }

  package func syncDirectory() throws(DiskError) {
    try perform(.syncDirectory, FileName(".")) { isWhole in
      guard isWhole else { return }
      durableNames = seenNames
      changes = []
    }
  }

  private func index(
    _ operation: DiskError.Operation, _ file: FileName
  ) throws(DiskError) -> Int {
    try checkRunning(operation, file)
    guard let index = seenNames[file] else { throw DiskError(operation, file, .notFound) }
    return index
  }

  private func checkRunning(
    _ operation: DiskError.Operation, _ file: FileName
  ) throws(DiskError) {
    if isStopped { throw DiskError(operation, file, .failed(code: 0)) }
  }

  /// Counts an operation and does it, whole, in part or not at all, as the fault says.
  private func perform(
    _ operation: DiskError.Operation, _ file: FileName, _ body: (_ isWhole: Bool) -> Void
  ) throws(DiskError) {
    try checkRunning(operation, file)
    operations += 1
    let now = fault.flatMap { $0.operation == operations ? $0.fault : nil }
    if now != nil { wasHit = true }
    if now == .full { isFull = true }
    if isFull, operation == .append {
      body(false)
      throw DiskError(operation, file, .full)
    }
    switch now {
    case nil, .full: body(true)
    case .stopBefore: isStopped = true
    case .stopAfter:
      body(true)
      isStopped = true
    case .fail: body(false)
    }
    if let now, now != .full { throw DiskError(operation, file, .failed(code: 5)) }
  }

  private func change(_ change: NameChange) {
    changes.append(change)
    Self.apply(change, to: &seenNames)
  }

  private static func apply(_ change: NameChange, to names: inout [FileName: Int]) {
    switch change {
    case .create(let file, let index): names[file] = index
    case .rename(let file, let other, let index):
      if names[file] == index { names[file] = nil }
      names[other] = index
    case .remove(let file): names[file] = nil
    }
  }

  private func keeps(_ loss: Loss, _ random: inout SeededRandom) -> Bool {
    switch loss {
    case .everything: false
    case .nothing: true
    case .some: random.chance(50)
    }
  }

  /// Sectors of both, by chance. A file that grew has any size between; one that was cut is cut or not.
  private static func mix(_ content: Content, _ random: inout SeededRandom) -> [UInt8] {
    let (old, new) = (content.durable, content.seen)
    if new.count <= old.count { return random.chance(50) ? old : new }
    var mixed = old
    let size =
      switch random.below(3) {
      case 0: new.count
      case 1: old.count
      default: old.count + random.below(new.count - old.count + 1)
      }
    mixed += [UInt8](repeating: 0, count: size - old.count)
    let sector = JournalLimits.sectorBytes
    // Mostly written, mostly lost, or either: a single sector that is missing is the hardest to see.
    let percent = random.pick([5, 50, 95])
    for start in stride(from: old.count / sector * sector, to: size, by: sector)
    where random.chance(percent) {
      let range = max(start, old.count)..<min(start + sector, size)
      mixed.replaceSubrange(range, with: new[range])
    }
    return mixed
  }
}
