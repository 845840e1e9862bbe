// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "OwnSpotPolicy",
  dependencies: [
    .package(name: "resource-coordinator", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "OwnSpotPolicy",
      dependencies: [
        .product(name: "Simulation", package: "resource-coordinator")
      ])
  ],
  swiftLanguageModes: [.v6]
)
