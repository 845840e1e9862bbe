// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target. Unsafe code is an error everywhere but in `Wire`, the wall around C, and where it is
/// marked in the two files that call C: a checksum's and the system's.
let base: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
  // `package` declarations are inlined across modules only with testing enabled. Exclusive access is checked at run time
  // in debug builds, which all tests use, and not here: it took a tenth of a request.
  .unsafeFlags(
    ["-enable-testing", "-cross-module-optimization", "-enforce-exclusivity=unchecked"],
    .when(configuration: .release)),
]
let common: [SwiftSetting] = base + [.enableUpcomingFeature("InternalImportsByDefault")]
let safe: [SwiftSetting] = common + [.strictMemorySafety()]
/// For a target whose generic code other targets specialise. The optimiser hands on a generic function only where
/// whatever it mentions is imported publicly, as it is with these settings; otherwise scheduling takes seven times as long.
let safeGeneric: [SwiftSetting] = base + [.strictMemorySafety()]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle = Target.Dependency.product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioConcurrencyHelpers = Target.Dependency.product(
  name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let unixSignals = Target.Dependency.product(
  name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
  name: "resource-coordinator",
  products: [
    .executable(name: "coordinator", targets: ["coordinator"]),
    .executable(name: "simulate", targets: ["simulate"]),
    .library(name: "ResourceCoordinatorClient", targets: ["ResourceCoordinatorClient"]),
    .library(name: "ResourceCoordinatorTesting", targets: ["ResourceCoordinatorTesting"]),
    .library(name: "Simulation", targets: ["Simulation"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // The wall around C.
    .systemLibrary(
      name: "CProtobufC", pkgConfig: "libprotobuf-c",
      providers: [.apt(["libprotobuf-c-dev"]), .brew(["protobuf-c"])]),
    .target(name: "CResourceCoordinator", dependencies: ["CProtobufC"]),
    .target(name: "CChecksum"),

    // Pure: values in, values out.
    .target(name: "Model", swiftSettings: safe),
    .target(name: "Access", dependencies: ["Model"], swiftSettings: safe),
    .target(name: "Coordination", dependencies: ["Model"], swiftSettings: safe),
    .target(name: "DocumentStore", dependencies: ["Model"], swiftSettings: safe),
    .target(name: "Jobs", dependencies: ["Model"], swiftSettings: safe),
    .target(name: "Monitoring", dependencies: ["Model"], swiftSettings: safe),
    .target(name: "Journal", dependencies: ["Model", "CChecksum"], swiftSettings: safe),
    .target(
      name: "Durability", dependencies: ["Model", "Coordination", "Journal", deque],
      swiftSettings: safe),
    .target(
      name: "Wire", dependencies: ["Model", "CResourceCoordinator", nioCore], swiftSettings: common
    ),
    .target(
      name: "Session",
      dependencies: ["Model", "Access", "Coordination", "Monitoring", "Wire", nioCore],
      swiftSettings: safe),
    .target(name: "Settings", dependencies: ["Model", yams], swiftSettings: safe),
    .target(
      name: "Scheduling", dependencies: ["Model"], swiftSettings: safeGeneric,
      // Roots and rounding; whoever imports Foundation has it anyway.
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(name: "Simulation", dependencies: ["Model", "Scheduling"], swiftSettings: safe),
    .target(
      name: "Rehearsal",
      dependencies: ["Model", "Coordination", "Monitoring", "Wire", "Session", nioCore],
      swiftSettings: safe),

    .target(
      name: "Simulator",
      dependencies: [
        "Model", "Coordination", "Monitoring", "Wire", "Session", "Journal", "Durability", nioCore,
      ], swiftSettings: safe),

    // Shells.
    .target(
      name: "Storage", dependencies: ["Journal", nioConcurrencyHelpers], swiftSettings: safe),
    .target(
      name: "Encryption", dependencies: [nioConcurrencyHelpers, nioCore, nioSSL, nioTLS],
      swiftSettings: safe),
    .target(
      name: "Tokens", dependencies: ["Access", crypto, nioConcurrencyHelpers, logging],
      swiftSettings: safe),
    .target(
      name: "Server",
      dependencies: [
        "Model", "Access", "Coordination", "Monitoring", "Session", "Journal", "Durability",
        "Storage", "Encryption", nioCore, nioPosix, nioConcurrencyHelpers, logging,
      ],
      swiftSettings: safe),
    .target(
      name: "HTTPAPI",
      dependencies: [
        "Model", "Access", "Monitoring", "Encryption", hummingbird, hummingbirdCore, httpTypes,
        lifecycle, nioCore, logging,
      ],
      resources: [.embedInCode("Page")], swiftSettings: safe),
    .target(
      name: "ResourceCoordinatorClient",
      dependencies: [
        "Model", "Wire", "Session", "Encryption", nioConcurrencyHelpers, nioCore, nioPosix, logging,
      ], swiftSettings: safe),
    .target(
      name: "ResourceCoordinatorTesting",
      dependencies: [
        "ResourceCoordinatorClient", "Model", "Coordination", "Session", nioConcurrencyHelpers,
        nioCore, nioPosix,
      ],
      swiftSettings: safe),
    .executableTarget(
      name: "coordinator",
      dependencies: [
        "Model", "Settings", "Coordination", "Monitoring", "Wire", "Session", "Rehearsal",
        "Simulation", "Server", "Journal", "Durability", "Storage", "HTTPAPI",
        "ResourceCoordinatorClient",
        "Access", "Tokens", "Encryption", argumentParser, histogram, lifecycle, unixSignals,
        nioConcurrencyHelpers, nioCore, nioPosix,
        logging, subprocess, systemPackage,
      ], swiftSettings: safe),

    .executableTarget(
      name: "simulate", dependencies: ["Simulator", "Model", argumentParser], swiftSettings: safe),

    // Tests. `TestSupport` has what several of them share.
    .target(
      name: "TestSupport", dependencies: ["Model", "Scheduling"], path: "Tests/TestSupport",
      swiftSettings: safe),
    .testTarget(name: "ModelTests", dependencies: ["Model", "TestSupport"], swiftSettings: safe),
    .testTarget(
      name: "AccessTests", dependencies: ["Access", "Tokens", "Model", "TestSupport", logging],
      swiftSettings: safe),
    .testTarget(
      name: "CoordinationTests", dependencies: ["Coordination", "Model", "TestSupport"],
      swiftSettings: safe),
    .testTarget(
      name: "DocumentStoreTests", dependencies: ["DocumentStore", "Model", "TestSupport"],
      swiftSettings: safe),
    .testTarget(
      name: "JobsTests", dependencies: ["Jobs", "Model", "TestSupport"], swiftSettings: safe),
    .testTarget(
      name: "MonitoringTests", dependencies: ["Monitoring", "Model", "TestSupport"],
      swiftSettings: safe),
    .testTarget(
      name: "JournalTests", dependencies: ["Journal", "Model", "Simulator", "TestSupport"],
      exclude: ["Golden"], swiftSettings: safe),
    .testTarget(
      name: "DurabilityTests",
      dependencies: [
        "Durability", "Coordination", "Journal", "Model", "Simulator", "Storage", "TestSupport",
      ], exclude: ["Golden"], swiftSettings: safe),
    .testTarget(
      name: "WireTests", dependencies: ["Wire", "Model", "TestSupport", nioCore],
      swiftSettings: common),
    .testTarget(
      name: "SessionTests",
      dependencies: ["Session", "Access", "Coordination", "Wire", "Model", "TestSupport", nioCore],
      swiftSettings: safe),
    .testTarget(
      name: "SettingsTests", dependencies: ["Settings", "Model", "TestSupport"],
      swiftSettings: safe),
    .testTarget(
      name: "RehearsalTests",
      dependencies: ["Rehearsal", "Settings", "Wire", "Model", "TestSupport", nioCore],
      swiftSettings: safe),
    .testTarget(
      name: "SchedulingTests", dependencies: ["Scheduling", "Model", "TestSupport"],
      swiftSettings: safe),
    .testTarget(
      name: "SimulationTests", dependencies: ["Simulation", "Scheduling", "Model", "TestSupport"],
      swiftSettings: safe),
    .testTarget(
      name: "SimulatorTests",
      dependencies: ["Simulator", "Coordination", "Journal", "Model", "TestSupport"],
      swiftSettings: safe),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "Server", "Session", "Wire", "Model", "Access", "Tokens", "Encryption", "HTTPAPI",
        "TestSupport",
        "ResourceCoordinatorClient", nioConcurrencyHelpers, nioCore, nioPosix, logging,
      ],
      swiftSettings: safe),
    .testTarget(
      name: "HTTPAPITests",
      dependencies: [
        "HTTPAPI", "Monitoring", "Model", "Access", "Tokens", "Encryption", "TestSupport",
        httpTypes, nioConcurrencyHelpers, nioCore, nioPosix, logging,
      ], swiftSettings: safe),
    .testTarget(
      name: "ClientTests",
      dependencies: [
        "ResourceCoordinatorClient", "ResourceCoordinatorTesting", "Session", "Wire", "Model",
        "TestSupport", nioConcurrencyHelpers, nioCore,
      ], swiftSettings: safe),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "TestSupport", "Model", "Session", "Server", "ResourceCoordinatorClient",
        "ResourceCoordinatorTesting", "coordinator", subprocess, systemPackage, nioCore, nioPosix,
        logging,
      ], exclude: ["Transcripts"],
      swiftSettings: safe),
    .testTarget(name: "RepositoryTests", dependencies: ["Model"], swiftSettings: safe),
  ],
  swiftLanguageModes: [.v6]
)

// The fuzzer's library is there only for Scripts/fuzz, which links it with the fuzzing engine.
if Context.environment["COORDINATOR_FUZZ"] != nil {
  package.products.append(.library(name: "InputFuzz", type: .static, targets: ["InputFuzz"]))
  package.targets.append(
    .target(
      name: "InputFuzz",
      dependencies: [
        "Wire", "Model", "Coordination", "Journal", "Durability", "Settings", "Rehearsal", nioCore,
      ], path: "Tests/InputFuzz", swiftSettings: common))
}
