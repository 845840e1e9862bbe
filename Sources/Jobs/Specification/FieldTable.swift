import Model

/// A value whose fields stand in one table, from which it is read and written.
protocol FieldGroup: Hashable, Sendable {
  static var fields: FieldTable<Self> { get }
  /// All fields as they are where nothing is said.
  init()
}

/// One field: its name, the other names under which it is read, and how.
struct JobField<Owner>: Sendable {
  let name: String
  let aliases: [String]
  let read: @Sendable (JSONField, inout Owner) throws(FieldProblem) -> Void
  let json: @Sendable (Owner) -> JSONValue
  /// Whether both have the same value in this field.
  let isSame: @Sendable (Owner, Owner) -> Bool

  init<Value: Hashable & Sendable>(
    _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable,
    _ codec: FieldCodec<Value>, aliases: [String] = []
  ) {
    self.name = name
    self.aliases = aliases
    read = { field, owner throws(FieldProblem) in
      owner[keyPath: path] = try codec.read(field)
    }
    json = { codec.write($0[keyPath: path]) }
    isSame = { $0[keyPath: path] == $1[keyPath: path] }
  }
}

/// The fields of a value, each written once: reading, writing and the names that are known follow from it.
struct FieldTable<Owner: FieldGroup>: Sendable {
  let fields: [JobField<Owner>]
  /// Names that stand for a field of a group: read, and never written.
  private let shorthands: [String: JobField<Owner>]
  /// The number of a field by its name and its other names.
  private let numbers: [String: Int]

  init(_ fields: [JobField<Owner>], shorthands: [JobField<Owner>] = []) {
    self.fields = fields
    self.shorthands = Dictionary(uniqueKeysWithValues: shorthands.map { ($0.name, $0) })
    var numbers: [String: Int] = [:]
    for (number, field) in fields.enumerated() {
      for name in [field.name] + field.aliases {
        precondition(numbers.updateValue(number, forKey: name) == nil, "\(name) is named twice")
      }
    }
    self.numbers = numbers
  }

  /// Reads the members of an object over what the owner has; unknown names, and two names of one field, are refused. A
  /// member that is null counts as absent.
  func read(_ field: JSONField, into owner: inout Owner) throws(FieldProblem) {
    guard case .object(let members) = field.value else { throw field.expected("an object") }
    var seen: [Int: String] = [:]
    for (index, member) in members.enumerated() where shorthands[member.key] == nil {
      let steps = field.steps + [index]
      guard let number = numbers[member.key] else {
        let known = fields.map(\.name) + shorthands.keys.sorted()
        throw FieldProblem(
          steps: steps, isKey: true,
          message: "unknown key" + NearestName.question(for: member.key, in: known))
      }
      guard member.value != .null else { continue }
      if let other = seen.updateValue(member.key, forKey: number) {
        throw FieldProblem(
          steps: steps, message: "`\(other)` says the same; leave one of them out")
      }
      try fields[number].read(JSONField(member.value, steps: steps), &owner)
    }
    for (index, member) in members.enumerated() where member.value != .null {
      guard let shorthand = shorthands[member.key] else { continue }
      let value = JSONField(member.value, steps: field.steps + [index])
      guard shorthand.isSame(owner, Owner()) else {
        throw value.problem("its group says it too; leave one of them out")
      }
      try shorthand.read(value, &owner)
    }
  }

  /// Every field, in the order of the table.
  func json(_ owner: Owner) -> JSONValue {
    .object(fields.map { JSONValue.Member($0.name, $0.json(owner)) })
  }

  /// The fields that are not as `usual` has them.
  func differences(_ owner: Owner, from usual: Owner) -> [JSONValue.Member] {
    fields.compactMap { field in
      field.isSame(owner, usual) ? nil : JSONValue.Member(field.name, field.json(owner))
    }
  }
}
