import Journal
import Model

extension VirtualDisk {
  /// Changes one place of one file on the medium, as failing hardware does, and tells what; nil if there is nothing to
  /// change.
  ///
  /// A sector that reads as zeros is not among it: at the very end of a journal nothing tells that from a write that
  /// the crash cut off, as ARCHITECTURE says.
  func damage(_ random: inout SeededRandom) -> String? {
    guard let names = try? names(), !names.isEmpty else { return nil }
    // The end of the journal is the one place where damage could be taken for something else.
    let isAtEnd = random.chance(40)
    let newest = names.filter { $0.text.hasSuffix(".log") }.max()
    guard let file = isAtEnd ? newest : random.pick(names), let bytes = try? read(file),
      !bytes.isEmpty
    else { return nil }
    if isAtEnd || random.chance(60) {
      let reach = isAtEnd ? min(bytes.count, 400) : bytes.count
      let bit = (bytes.count - reach) * 8 + random.below(reach * 8)
      flip(file, bit: bit)
      return "a bit of \(file) flips at byte \(bit / 8)"
    }
    let sector = JournalLimits.sectorBytes
    let sectors = bytes.count / sector
    guard sectors > 1 else { return nil }
    let from = random.below(sectors) * sector
    let to = random.below(sectors) * sector
    let content = bytes[from..<from + sector]
    guard content != bytes[to..<to + sector], content.contains(where: { $0 != 0 }) else {
      return nil
    }
    change(file) { $0.replaceSubrange(to..<to + sector, with: content) }
    return "the sector at \(from) of \(file) is written over the one at \(to)"
  }
}
