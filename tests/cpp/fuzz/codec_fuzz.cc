// JSON and packed values: whatever is read can be written, and what was written reads back the
// same.
#include "codec/json.h"
#include "codec/packed.h"
#include "fuzz_support.h"

using namespace archivolt;  // NOLINT: a program, no header

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const std::string_view text = input.Line();
  const std::string_view rest = input.Rest();
  // A text is JSON as a whole, or its first line is the text and the rest the buffer of a packed
  // value.
  const std::string_view whole(reinterpret_cast<const char*>(data), size);
  if (const Result<Value> value = ParseJson(size == 0 ? "" : whole); value.ok()) {
    const Result<std::string> written = WriteJson(*value);
    FUZZ_EXPECT(written.ok());
    const Result<Value> again = ParseJson(*written);
    FUZZ_EXPECT(again.ok() && *again == *value);
  }
  if (const Result<Value> value = Unpack(text, AsBytes(rest)); value.ok()) {
    const PackedOut packed = Pack(*value);
    const Result<Value> again = Unpack(packed.json, packed.bytes);
    FUZZ_EXPECT(again.ok());
    const PackedOut twice = Pack(*again);
    FUZZ_EXPECT(twice.json == packed.json && twice.bytes == packed.bytes);
  }
  return 0;
}
