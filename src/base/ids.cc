#include "base/ids.h"

#include <algorithm>
#include <memory>
#include <random>

namespace archivolt {
namespace {

constexpr int64_t kMicrosPerMilli = 1000;
// What the 48 + 12 bits of a UUIDv7 can hold.
constexpr uint64_t kMaxStamp = (uint64_t{1} << 60) - 1;

void AppendHex(std::string* out, uint64_t value, int digits) {
  constexpr char kHex[] = "0123456789abcdef";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out->push_back(kHex[(value >> shift) & 0xf]);
  }
}

}  // namespace

RandomSource SystemRandom() {
  auto device = std::make_shared<std::random_device>();
  return [device]() -> uint64_t { return uint64_t{(*device)()} << 32 | uint64_t{(*device)()}; };
}

std::string IdSource::NewId() {
  const int64_t micros = std::max<int64_t>(clock_.NowMicros(), 0);
  const uint64_t millis = static_cast<uint64_t>(micros / kMicrosPerMilli);
  const uint64_t fraction =
      static_cast<uint64_t>(micros % kMicrosPerMilli) * 4096 / kMicrosPerMilli;
  const uint64_t now = std::min(millis << 12 | fraction, kMaxStamp);
  const uint64_t stamp = std::max(now, std::min(last_stamp_ + 1, kMaxStamp));
  last_stamp_ = stamp;
  const uint64_t noise = random_();

  std::string id;
  id.reserve(36);
  AppendHex(&id, stamp >> 28, 8);
  id.push_back('-');
  AppendHex(&id, stamp >> 12, 4);
  id.push_back('-');
  AppendHex(&id, uint64_t{7} << 12 | (stamp & 0xfff), 4);
  id.push_back('-');
  AppendHex(&id, uint64_t{2} << 14 | (noise >> 48 & 0x3fff), 4);
  id.push_back('-');
  AppendHex(&id, noise, 12);
  return id;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return false;
    } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      return false;
    }
  }
  return true;
}

}  // namespace archivolt
