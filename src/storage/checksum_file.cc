#include "storage/checksum_file.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace archivolt {
namespace {

// Offsets in page 1, from SQLite's file format.
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr size_t kPageSizeAt = 16;
constexpr size_t kReadVersionAt = 19;
constexpr size_t kReserveAt = 20;
constexpr size_t kPageCountAt = 28;
constexpr size_t kFreeListAt = 32;
constexpr size_t kWriterVersionAt = 96;
constexpr uint8_t kWalVersion = 2;
constexpr int kHeaderBytes = 100;
// The page at this offset holds SQLite's lock bytes and is never read or written.
constexpr int64_t kLockByteAt = 0x40000000;

// SQLite's own release numbers stay far below 900 ("3.53.2" is 3053002), so 900 marks pages written
// through this layer, while readers of the field still see a sensible version.
constexpr uint32_t kPlainWriter = SQLITE_VERSION_NUMBER;
constexpr uint32_t kSealingWriter = SQLITE_VERSION_NUMBER / 1000 * 1000 + 900;

bool WrittenByThisLayer(std::span<const uint8_t> first_page) {
  return ReadBigEndian32(first_page.data() + kWriterVersionAt) % 1000 >= 900;
}

bool StartsLikeDatabase(std::span<const uint8_t> bytes) {
  return bytes.size() >= static_cast<size_t>(kHeaderBytes) &&
         std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

bool IsZero(std::span<const uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](uint8_t byte) { return byte == 0; });
}

}  // namespace

void ChecksumMain::NoteHeader(std::span<const uint8_t> start) {
  if (!StartsLikeDatabase(start)) return;
  const int size = start[kPageSizeAt] << 8 | start[kPageSizeAt + 1];
  page_size_ = size == 1 ? 65536 : size;
  const bool valid = page_size_ >= 512 && (page_size_ & (page_size_ - 1)) == 0;
  reserves_checksum_ = valid && start[kReserveAt] == kChecksumBytes;
  if (!reserves_checksum_) seal_ = SealState::kUnsealed;
  if (reserves_checksum_ && seal_ == SealState::kUnsealed) seal_ = SealState::kUnknown;
}

int ChecksumMain::Read(void* into, int amount, int64_t at) {
  const int code = lower_->pMethods->xRead(lower_, into, amount, at);
  const auto bytes = BytesOf(into, amount);
  // SQLite would take what lies behind the end of a file that was cut for zeros.
  if (code == SQLITE_IOERR_SHORT_READ && at != 0 && SealsPagesOf(amount) && at % amount == 0 &&
      Judge(bytes, at / amount + 1, false) != SQLITE_OK) {
    return SQLITE_IOERR_DATA;
  }
  if (code != SQLITE_OK) return code;
  if (expects_tags_) {
    NoteRead(at / amount + 1);
    return SQLITE_OK;
  }
  if (at == 0) NoteHeader(bytes);
  // These bytes say how all others are read, before there is a page that could be checked.
  if (at == 0 && !reserves_checksum_ && StartsLikeDatabase(bytes) && WrittenByThisLayer(bytes)) {
    failed_page_ = 1;
    return SQLITE_IOERR_DATA;
  }
  if (!SealsPagesOf(amount) || at % amount != 0) return SQLITE_OK;
  return Judge(bytes, at / amount + 1, false);
}

int ChecksumMain::Write(const void* from, int amount, int64_t at) {
  const auto bytes = BytesOf(from, amount);
  if (at == 0) NoteHeader(bytes);
  if (!SealsPagesOf(amount) || at % amount != 0) {
    return lower_->pMethods->xWrite(lower_, from, amount, at);
  }
  scratch_.assign(bytes.begin(), bytes.end());
  Seal(scratch_);
  return lower_->pMethods->xWrite(lower_, scratch_.data(), amount, at);
}

int ChecksumMain::Judge(std::span<const uint8_t> page, int64_t number, bool from_wal) {
  if (number == 1 || (from_wal && StartsLikeDatabase(page))) return JudgeFirst(page, from_wal);
  if (seal_ != SealState::kSealed) return SQLITE_OK;
  if (PageIsIntact(page) && (from_wal || !IsZero(page) || IsUnused(number))) return SQLITE_OK;
  failed_page_ = number;
  return SQLITE_IOERR_DATA;
}

bool ChecksumMain::IsUnused(int64_t number) {
  const auto read = [this](std::span<uint8_t> into, int64_t page) {
    return lower_->pMethods->xRead(lower_, into.data(), static_cast<int>(into.size()),
                                   (page - 1) * page_size_) == SQLITE_OK;
  };
  uint8_t header[kHeaderBytes];
  if (!read(header, 1)) return true;
  const int64_t count = ReadBigEndian32(header + kPageCountAt);
  if (number > count) return true;
  // Only a list's own pages are written: the pages that they name may never have been.
  int64_t trunk = ReadBigEndian32(header + kFreeListAt);
  std::vector<uint8_t> page(static_cast<size_t>(page_size_));
  for (int64_t seen = 0; trunk != 0 && trunk <= count && seen < count; ++seen) {
    if (!read(page, trunk)) return true;
    const size_t entries = std::min<size_t>(ReadBigEndian32(page.data() + 4), page.size() / 4 - 2);
    for (size_t i = 0; i < entries; ++i) {
      if (ReadBigEndian32(page.data() + 8 + 4 * i) == number) return true;
    }
    trunk = ReadBigEndian32(page.data());
  }
  return false;
}

int ChecksumMain::JudgeFirst(std::span<const uint8_t> page, bool from_wal) {
  if (seal_ == SealState::kForeign || !StartsLikeDatabase(page)) return SQLITE_OK;
  if (PageIsIntact(page)) {
    if (seal_ == SealState::kUnknown) {
      const bool writes_unseen = missing_wal_is_foreign_ && !from_wal &&
                                 page[kReadVersionAt] == kWalVersion && WalIsMissing();
      seal_ = writes_unseen ? SealState::kForeign : SealState::kSealed;
    }
    return SQLITE_OK;
  }
  // Any other program that commits to the file puts its own version number into page 1.
  if (seal_ == SealState::kUnknown && !WrittenByThisLayer(page)) {
    seal_ = SealState::kForeign;
    return SQLITE_OK;
  }
  failed_page_ = 1;
  return SQLITE_IOERR_DATA;
}

bool ChecksumMain::WalIsMissing() const { return wal_ == nullptr || wal_->Size() == 0; }

void ChecksumMain::Seal(std::span<uint8_t> page) {
  const bool first = StartsLikeDatabase(page);
  if (first && seal_ == SealState::kUnknown) seal_ = SealState::kSealed;
  const bool foreign = seal_ == SealState::kForeign;
  if (first) {
    WriteBigEndian32(page.data() + kWriterVersionAt, foreign ? kPlainWriter : kSealingWriter);
  }
  StampPage(page);
  // Until all pages are sealed page 1 must say so, also to a later process.
  if (first && foreign) page.back() = static_cast<uint8_t>(~page.back());
}

int ChecksumMain::SealAllPages() {
  if (!reserves_checksum_) return SQLITE_OK;
  const sqlite3_io_methods* io = lower_->pMethods;
  const int size = page_size_;
  std::vector<uint8_t> page(static_cast<size_t>(size));
  const std::span<uint8_t> trailer = std::span(page).last(kChecksumBytes);
  int code = io->xRead(lower_, page.data(), size, 0);
  if (code != SQLITE_OK) return code;
  const int64_t count = ReadBigEndian32(page.data() + kPageCountAt);
  for (int64_t number = 2; number <= count; ++number) {
    const int64_t at = (number - 1) * size;
    if (at <= kLockByteAt && kLockByteAt < at + size) continue;
    code = io->xRead(lower_, page.data(), size, at);
    if (code == SQLITE_IOERR_SHORT_READ) break;  // Pages that were never written.
    if (code != SQLITE_OK) return code;
    // From here on a page of zeros without a mark is one that was lost.
    if (PageIsIntact(page) && !IsZero(page)) continue;
    StampPage(page);
    code = io->xWrite(lower_, trailer.data(), kChecksumBytes, at + size - kChecksumBytes);
    if (code != SQLITE_OK) return code;
  }
  // Page 1 last, and its mark after its checksum: a crash in between leaves the file foreign.
  code = io->xRead(lower_, page.data(), size, 0);
  if (code == SQLITE_OK) code = io->xSync(lower_, SQLITE_SYNC_FULL);
  if (code != SQLITE_OK) return code;
  WriteBigEndian32(page.data() + kWriterVersionAt, kSealingWriter);
  StampPage(page);
  code = io->xWrite(lower_, trailer.data(), kChecksumBytes, size - kChecksumBytes);
  if (code == SQLITE_OK) code = io->xSync(lower_, SQLITE_SYNC_FULL);
  if (code == SQLITE_OK) {
    code = io->xWrite(lower_, page.data() + kWriterVersionAt, 4, kWriterVersionAt);
  }
  if (code == SQLITE_OK) code = io->xSync(lower_, SQLITE_SYNC_FULL);
  if (code == SQLITE_OK) seal_ = SealState::kSealed;
  return code;
}

}  // namespace archivolt
