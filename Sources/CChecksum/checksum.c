#include "checksum.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

// The polynomial 0x1EDC6F41 with its bits reversed: the lowest bit of a byte comes first.
#define POLYNOMIAL 0x82F63B78u

// Slicing by eight. Source: Kounavis and Berry, "A systematic approach to building high performance, software-based,
// CRC generators", ISCC 2005, doi:10.1109/ISCC.2005.18. tables[k][b] is the checksum of the byte b before k zero bytes.
static uint32_t tables[8][256];

typedef uint32_t (*checksum_function)(uint32_t, const unsigned char *, size_t);

// The bytes of a word in the order of the file, whatever the order of the machine.
static uint64_t little_endian(const unsigned char *bytes) {
  uint64_t word = 0;
  for (int index = 7; index >= 0; index--) word = word << 8 | bytes[index];
  return word;
}

static uint32_t by_tables(uint32_t state, const unsigned char *bytes, size_t count) {
  for (; count >= 8; count -= 8, bytes += 8) {
    uint64_t word = little_endian(bytes) ^ state;
    state = 0;
    for (int index = 0; index < 8; index++) {
      state ^= tables[7 - index][word >> (8 * index) & 0xFF];
    }
  }
  for (; count > 0; count--, bytes++) state = state >> 8 ^ tables[0][(state ^ *bytes) & 0xFF];
  return state;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2")))
static uint32_t by_hardware(uint32_t state, const unsigned char *bytes, size_t count) {
  uint64_t wide = state;
  for (; count >= 8; count -= 8, bytes += 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  state = (uint32_t)wide;
  for (; count > 0; count--, bytes++) state = _mm_crc32_u8(state, *bytes);
  return state;
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
static uint32_t by_hardware(uint32_t state, const unsigned char *bytes, size_t count) {
  for (; count >= 8; count -= 8, bytes += 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    state = __crc32cd(state, word);
  }
  for (; count > 0; count--, bytes++) state = __crc32cb(state, *bytes);
  return state;
}
#endif

static checksum_function chosen = by_tables;

// Runs once, before main and before any thread: the tables and the choice are never written again.
__attribute__((constructor)) static void prepare(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t state = byte;
    for (int bit = 0; bit < 8; bit++) state = state >> 1 ^ (state & 1 ? POLYNOMIAL : 0);
    tables[0][byte] = state;
  }
  for (int table = 1; table < 8; table++) {
    for (int byte = 0; byte < 256; byte++) {
      uint32_t before = tables[table - 1][byte];
      tables[table][byte] = before >> 8 ^ tables[0][before & 0xFF];
    }
  }
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("sse4.2")) chosen = by_hardware;
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
  chosen = by_hardware;
#endif
}

uint32_t coordinator_crc32c(uint32_t seed, const void *bytes, size_t count) {
  return ~chosen(~seed, bytes, count);
}

uint32_t coordinator_crc32c_portable(uint32_t seed, const void *bytes, size_t count) {
  return ~by_tables(~seed, bytes, count);
}

int coordinator_crc32c_is_hardware(void) { return chosen != by_tables; }
