// ChecksumFile: what the checksum layer knows of one open database file and of its WAL; internal.
//
// Owns the judgement of page 1, the sealing of pages that are written and the frame checksums of
// the WAL, which have to be made anew because the sealed page is not the one SQLite summed. Does
// the reads and writes on the lower files; the table of functions SQLite calls is in
// checksum_vfs.cc. The WAL's part is in checksum_wal.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sqlite3.h"
#include "storage/checksum_vfs.h"
#include "storage/page_checksum.h"

namespace archivolt {

class ChecksumWal;

inline std::span<const uint8_t> BytesOf(const void* data, int amount) {
  return {static_cast<const uint8_t*>(data), static_cast<size_t>(amount)};
}

class ChecksumMain {
 public:
  ChecksumMain(sqlite3_file* lower, bool read_only) : lower_(lower), read_only_(read_only) {}

  int Read(void* into, int amount, int64_t at);
  int Write(const void* from, int amount, int64_t at);
  /// See archivolt::SealAllPages.
  int SealAllPages();

  sqlite3_file* lower() const { return lower_; }
  bool read_only() const { return read_only_; }
  SealState seal() const { return seal_; }
  int64_t failed_page() const { return failed_page_; }
  /// Whether the file keeps checksums and its pages have this size.
  bool SealsPagesOf(int64_t size) const { return reserves_checksum_ && size == page_size_; }
  int page_size() const { return page_size_; }
  void set_wal(ChecksumWal* wal) { wal_ = wal; }
  ChecksumWal* wal() const { return wal_; }
  void set_missing_wal_is_foreign(bool foreign) { missing_wal_is_foreign_ = foreign; }
  void expect_tags(bool expect) { expects_tags_ = expect; }
  bool expects_tags() const { return expects_tags_; }
  /// Of a page whose tag is about to be checked above.
  void NoteRead(int64_t number) { failed_page_ = number; }

  /// Learns page size and reserve when the bytes start like a database.
  void NoteHeader(std::span<const uint8_t> start);
  /// SQLITE_OK, or SQLITE_IOERR_DATA for a page that must not be used. number counts from 1, 0 =
  /// unknown.
  int Judge(std::span<const uint8_t> page, int64_t number, bool from_wal);
  /// Brings the page into the form that goes to storage.
  void Seal(std::span<uint8_t> page);

 private:
  int JudgeFirst(std::span<const uint8_t> page, bool from_wal);
  bool WalIsMissing() const;
  /// Whether the file's pages may do without this one, so that it may never have been written.
  /// Looks at the file as the last checkpoint left it: a page that was put to use since is in the
  /// WAL.
  bool IsUnused(int64_t number);

  sqlite3_file* lower_;
  bool read_only_;
  bool reserves_checksum_ = false;
  bool missing_wal_is_foreign_ = false;
  bool expects_tags_ = false;
  int page_size_ = 0;
  SealState seal_ = SealState::kUnknown;
  int64_t failed_page_ = 0;
  ChecksumWal* wal_ = nullptr;
  std::vector<uint8_t> scratch_;
};

class ChecksumWal {
 public:
  /// lower is null for the missing WAL of a file that is open for reading only: it reads as empty.
  ChecksumWal(sqlite3_file* lower, ChecksumMain* main);
  ~ChecksumWal();

  int Read(void* into, int amount, int64_t at);
  int Write(const void* from, int amount, int64_t at);
  /// Writes a frame header that still waits for its page. To be called before any other operation.
  int Flush();
  int64_t Size() const;
  sqlite3_file* lower() const { return lower_; }
  void ForgetMain() { main_ = nullptr; }

 private:
  static constexpr int kHeaderSize = 32;
  static constexpr int kFrameHeaderSize = 24;

  int64_t FrameSize() const { return main_->page_size() + kFrameHeaderSize; }
  /// The frame, from 1, whose header or page starts at the offset; 0 = none does.
  int64_t FrameOfHeader(int64_t at) const;
  int64_t FrameOfPage(int64_t at) const;
  void NoteWalHeader(const uint8_t* header);
  int WriteFrame(const uint8_t* page, int64_t frame);
  int ChainBefore(int64_t frame, ChecksumPair* sum);

  sqlite3_file* lower_;
  ChecksumMain* main_;  // Null when its file was closed first.
  bool seals_;
  bool big_endian_words_ = false;
  // A frame header that SQLite has written and that is held back until its page comes.
  int64_t pending_frame_ = 0;
  uint8_t pending_header_[kFrameHeaderSize] = {};
  // The latest frame whose checksum in the file is known, and that checksum; 0 = none.
  int64_t chain_frame_ = 0;
  ChecksumPair chain_;
  std::vector<uint8_t> scratch_;
};

}  // namespace archivolt
