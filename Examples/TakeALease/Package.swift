// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "TakeALease",
  dependencies: [
    .package(name: "resource-coordinator", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "TakeALease",
      dependencies: [
        .product(name: "ResourceCoordinatorClient", package: "resource-coordinator")
      ])
  ],
  swiftLanguageModes: [.v6]
)
