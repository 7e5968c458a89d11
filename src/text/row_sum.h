// row_sum: adds a quantised row of the word table, times a factor, to a vector of floats.
//
// Owns nothing. The SIMD path (WebAssembly SIMD128 or SSE2) and the scalar one give the same bits,
// and so does a machine that fuses multiply and add, as long as the factor has at most 16
// significant bits: then every product is exact in a float, and each element takes one rounded
// addition. RoundFactor sees to it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace archivolt {

/// The nearest float with 16 significant bits; relative change at most 2^-16. REQUIRES: finite, not
/// negative.
float RoundFactor(float factor);

/// out[j] += factor * (nibble j - 7.5): `row` holds dims / 2 bytes, low nibble first. REQUIRES:
/// dims even.
void AddNibbleRow(const uint8_t* row, float factor, float* out, size_t dims);
/// out[j] += factor * row[j].
void AddByteRow(const int8_t* row, float factor, float* out, size_t dims);

/// The plain loop, for the tests and for builds without SIMD.
void AddNibbleRowScalar(const uint8_t* row, float factor, float* out, size_t dims);

}  // namespace archivolt
