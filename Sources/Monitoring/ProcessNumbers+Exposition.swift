extension ProcessNumbers {
  func write(to writer: inout ExpositionWriter) {
    writer.family("process_cpu_seconds_total", .counter, "CPU time spent, user and system.")
    writer.sample("process_cpu_seconds_total", cpuSeconds)
    writer.family("process_resident_memory_bytes", .gauge, "Memory in RAM.")
    writer.sample("process_resident_memory_bytes", residentMemoryBytes)
    writer.family("process_virtual_memory_bytes", .gauge, "Memory of the address space.")
    writer.sample("process_virtual_memory_bytes", virtualMemoryBytes)
    writer.family("process_open_fds", .gauge, "Open file descriptors.")
    writer.sample("process_open_fds", openFiles)
    writer.family("process_max_fds", .gauge, "Most file descriptors that may be open.")
    writer.sample("process_max_fds", openFilesMax)
    writer.family("process_start_time_seconds", .gauge, "Start of the process, since 1970.")
    writer.sample("process_start_time_seconds", startTimeSeconds)
  }
}
