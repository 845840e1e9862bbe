#ifndef COORDINATOR_CHECKSUM_H
#define COORDINATOR_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// CRC32C (Castagnoli, as in iSCSI: RFC 3720, appendix B.4) of `count` bytes.
///
/// `seed` is 0 for a new checksum, or the checksum of the bytes before these. Uses the processor's instruction where
/// there is one. The bytes are only read, and not after the call.
uint32_t coordinator_crc32c(uint32_t seed, const void *bytes, size_t count);

/// The same by tables, on any processor: the second opinion for tests.
uint32_t coordinator_crc32c_portable(uint32_t seed, const void *bytes, size_t count);

/// 1 if ``coordinator_crc32c`` uses an instruction of the processor.
int coordinator_crc32c_is_hardware(void);

#endif
