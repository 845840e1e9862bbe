// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "OwnPolicy",
  dependencies: [
    .package(name: "resource-coordinator", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "OwnPolicy",
      dependencies: [
        .product(name: "Simulation", package: "resource-coordinator")
      ])
  ],
  swiftLanguageModes: [.v6]
)
