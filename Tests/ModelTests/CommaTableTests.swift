import Model
import Testing

@Suite struct CommaTableTests {
  @Test func `values are found by the column's name, in lines that end either way`() throws {
    let table = try CommaTable("b,a\r\n1,x\r\n\n2,\n", file: "t")
    let a = try #require(table.column("a"))
    let b = try table.requiredColumn("b", of: "a test")
    #expect(table.rows.map(\.line) == [2, 4])
    #expect(table.rows.map { table.text(a, $0) } == ["x", ""])
    #expect(try table.rows.map { try table.count(b, $0) } == [1, 2])
    #expect(table.column("c") == nil)
  }

  @Test func `an error says where: file, line and column`() throws {
    let table = try CommaTable("n\n7\nseven\n", file: "t.csv")
    let n = try table.requiredColumn("n", of: "a test")
    let error = #expect(throws: CommaTableError.self) { try table.count(n, table.rows[1]) }
    #expect(error?.line == 3)
    #expect(error?.column == "n")
    #expect(error?.description.hasPrefix("t.csv:3: n: expected a whole number") == true)
    #expect(throws: CommaTableError.self) { try table.count(n, table.rows[0], in: 0...6) }
    let missing = #expect(throws: CommaTableError.self) {
      try table.requiredColumn("m", of: "a list of numbers")
    }
    #expect(missing?.description == "t.csv:1: not a list of numbers: the column m is missing")
  }

  @Test(arguments: ["", "\n", "a,a\n", "a,b\n1\n", "a,b\n1,2,3\n"])
  func `a text that is no table is refused`(text: String) {
    #expect(throws: CommaTableError.self) { try CommaTable(text, file: "t") }
  }
}
