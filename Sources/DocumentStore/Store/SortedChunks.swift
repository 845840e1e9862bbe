/// A sorted map in chunks, so that an insertion moves few elements: O(log n + √n) for up to some millions.
struct SortedChunks<Key, Value> {
  private static var chunkMax: Int { 512 }

  /// None is empty.
  private var chunks: [[(key: Key, value: Value)]] = []
  private(set) var count = 0
  private let precedes: (Key, Key) -> Bool

  init(by precedes: @escaping (Key, Key) -> Bool) {
    self.precedes = precedes
  }

  /// Where a key is or would be: a chunk, the last one for keys behind all, and a place in it.
  private func place(of key: Key) -> (chunk: Int, offset: Int) {
    var (low, high) = (0, max(chunks.count - 1, 0))
    while low < high {
      let middle = (low + high) / 2
      if precedes(chunks[middle][chunks[middle].count - 1].key, key) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low < chunks.count else { return (0, 0) }
    let chunk = low
    (low, high) = (0, chunks[chunk].count)
    while low < high {
      let middle = (low + high) / 2
      if precedes(chunks[chunk][middle].key, key) { low = middle + 1 } else { high = middle }
    }
    return (chunk, low)
  }

  private func isPresent(_ key: Key, at place: (chunk: Int, offset: Int)) -> Bool {
    place.chunk < chunks.count && place.offset < chunks[place.chunk].count
      && !precedes(key, chunks[place.chunk][place.offset].key)
  }

  subscript(key: Key) -> Value? {
    let place = place(of: key)
    return isPresent(key, at: place) ? chunks[place.chunk][place.offset].value : nil
  }

  /// Puts a value, and says whether the key is new.
  @discardableResult
  mutating func put(_ value: Value, for key: Key) -> Bool {
    let place = place(of: key)
    if isPresent(key, at: place) {
      chunks[place.chunk][place.offset].value = value
      return false
    }
    count += 1
    guard !chunks.isEmpty else {
      chunks.append([(key, value)])
      return true
    }
    chunks[place.chunk].insert((key, value), at: place.offset)
    let size = chunks[place.chunk].count
    if size > Self.chunkMax {
      // Keys that ascend leave full chunks behind.
      let isLast = place.chunk == chunks.count - 1 && place.offset == size - 1
      let half = isLast ? size - 1 : size / 2
      let tail = Array(chunks[place.chunk][half...])
      chunks[place.chunk].removeSubrange(half...)
      chunks.insert(tail, at: place.chunk + 1)
    }
    return true
  }

  /// Takes a key away, and says whether it was there.
  @discardableResult
  mutating func remove(_ key: Key) -> Bool {
    let place = place(of: key)
    guard isPresent(key, at: place) else { return false }
    chunks[place.chunk].remove(at: place.offset)
    if chunks[place.chunk].isEmpty { chunks.remove(at: place.chunk) }
    count -= 1
    return true
  }

  /// The first elements whose keys are not below one and satisfy a condition that holds for a beginning of them.
  func elements(from lower: Key, limit: Int, while isInside: (Key) -> Bool)
    -> [(key: Key, value: Value)]
  {
    var found: [(key: Key, value: Value)] = []
    var (chunk, offset) = place(of: lower)
    while chunk < chunks.count, found.count < limit {
      guard offset < chunks[chunk].count else {
        (chunk, offset) = (chunk + 1, 0)
        continue
      }
      let element = chunks[chunk][offset]
      guard isInside(element.key) else { break }
      found.append(element)
      offset += 1
    }
    return found
  }

  /// The last elements whose keys are below one and satisfy a condition that holds for an end of them, descending.
  func elements(before upper: Key, limit: Int, while isInside: (Key) -> Bool)
    -> [(key: Key, value: Value)]
  {
    var found: [(key: Key, value: Value)] = []
    var (chunk, offset) = place(of: upper)
    while found.count < limit {
      guard offset > 0 else {
        guard chunk > 0 else { break }
        chunk -= 1
        offset = chunks[chunk].count
        continue
      }
      let element = chunks[chunk][offset - 1]
      guard isInside(element.key) else { break }
      found.append(element)
      offset -= 1
    }
    return found
  }
}
