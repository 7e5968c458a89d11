// ChecksumWal: the frames of a write-ahead log, whose pages are sealed and whose checksums are made
// anew on their way to storage.
#include <algorithm>
#include <cstring>

#include "storage/checksum_file.h"

namespace archivolt {

ChecksumWal::ChecksumWal(sqlite3_file* lower, ChecksumMain* main) : lower_(lower), main_(main) {
  // Without this promise SQLite writes frames in parts around a flush; pages are then sealed only
  // when a checkpoint brings them to the database file.
  seals_ = lower != nullptr &&
           (lower->pMethods->xDeviceCharacteristics(lower) & SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
  main_->set_wal(this);
}

ChecksumWal::~ChecksumWal() {
  if (main_ != nullptr) main_->set_wal(nullptr);
}

int64_t ChecksumWal::Size() const {
  sqlite3_int64 size = 0;
  if (lower_ == nullptr || lower_->pMethods->xFileSize(lower_, &size) != SQLITE_OK) return 0;
  return size;
}

int64_t ChecksumWal::FrameOfHeader(int64_t at) const {
  const int64_t offset = at - kHeaderSize;
  return offset >= 0 && offset % FrameSize() == 0 ? offset / FrameSize() + 1 : 0;
}

int64_t ChecksumWal::FrameOfPage(int64_t at) const { return FrameOfHeader(at - kFrameHeaderSize); }

void ChecksumWal::NoteWalHeader(const uint8_t* header) {
  big_endian_words_ = (ReadBigEndian32(header) & 1) != 0;
  chain_frame_ = 0;
}

int ChecksumWal::Read(void* into, int amount, int64_t at) {
  int code = Flush();
  if (code != SQLITE_OK) return code;
  if (lower_ == nullptr) {
    std::memset(into, 0, static_cast<size_t>(amount));
    return SQLITE_IOERR_SHORT_READ;
  }
  code = lower_->pMethods->xRead(lower_, into, amount, at);
  if (code != SQLITE_OK || main_ == nullptr) return code;
  const auto bytes = BytesOf(into, amount);
  // The cipher's layer looks into a frame's header for the number of the page that it has just
  // read.
  if (main_->expects_tags() && amount == 4) main_->NoteRead(ReadBigEndian32(bytes.data()));
  if (at == 0 && amount >= kHeaderSize) NoteWalHeader(bytes.data());
  // The header of the database may be here alone, when it was never checkpointed.
  main_->NoteHeader(bytes);
  if (!seals_ || !main_->SealsPagesOf(amount) || FrameOfPage(at) == 0) return SQLITE_OK;
  uint8_t number[4] = {};
  if (main_->seal() == SealState::kSealed && !PageIsIntact(bytes)) {
    (void)lower_->pMethods->xRead(lower_, number, 4, at - kFrameHeaderSize);
  }
  return main_->Judge(bytes, ReadBigEndian32(number), true);
}

int ChecksumWal::Write(const void* from, int amount, int64_t at) {
  if (lower_ == nullptr) return SQLITE_READONLY;
  const auto bytes = BytesOf(from, amount);
  const bool sealing = seals_ && main_ != nullptr;
  if (sealing && at == 0 && amount == kHeaderSize) NoteWalHeader(bytes.data());
  if (sealing && at >= kHeaderSize) main_->NoteHeader(bytes);
  if (sealing && main_->SealsPagesOf(amount)) {
    const int64_t frame = FrameOfPage(at);
    if (frame != 0) return WriteFrame(bytes.data(), frame);
  }
  int code = Flush();
  if (code != SQLITE_OK) return code;
  if (sealing && amount == kFrameHeaderSize && main_->SealsPagesOf(main_->page_size())) {
    const int64_t frame = FrameOfHeader(at);
    if (frame != 0) {
      std::copy(bytes.begin(), bytes.end(), pending_header_);
      pending_frame_ = frame;
      return SQLITE_OK;
    }
  }
  return lower_->pMethods->xWrite(lower_, from, amount, at);
}

int ChecksumWal::Flush() {
  if (pending_frame_ == 0) return SQLITE_OK;
  const int64_t frame = pending_frame_;
  pending_frame_ = 0;
  // SQLite has read the page back from the file and summed it as it is there.
  chain_frame_ = frame;
  chain_ = {ReadBigEndian32(pending_header_ + 16), ReadBigEndian32(pending_header_ + 20)};
  return lower_->pMethods->xWrite(lower_, pending_header_, kFrameHeaderSize,
                                  kHeaderSize + (frame - 1) * FrameSize());
}

int ChecksumWal::ChainBefore(int64_t frame, ChecksumPair* sum) {
  if (frame - 1 == chain_frame_ && chain_frame_ != 0) {
    *sum = chain_;
    return SQLITE_OK;
  }
  uint8_t bytes[8];
  const int64_t at = frame == 1 ? 24 : kHeaderSize + (frame - 2) * FrameSize() + 16;
  const int code = lower_->pMethods->xRead(lower_, bytes, sizeof bytes, at);
  if (code == SQLITE_OK) *sum = {ReadBigEndian32(bytes), ReadBigEndian32(bytes + 4)};
  return code == SQLITE_IOERR_SHORT_READ ? SQLITE_IOERR_READ : code;
}

int ChecksumWal::WriteFrame(const uint8_t* page, int64_t frame) {
  const auto size = static_cast<size_t>(main_->page_size());
  const bool with_header = pending_frame_ == frame;
  if (!with_header) {
    const int code = Flush();
    if (code != SQLITE_OK) return code;
  }
  scratch_.resize(kFrameHeaderSize + size);
  const auto sealed = std::span(scratch_).subspan(kFrameHeaderSize);
  std::copy_n(page, size, sealed.begin());
  main_->Seal(sealed);
  const int64_t at = kHeaderSize + (frame - 1) * FrameSize();
  if (!with_header) {
    // A page overwritten in place: SQLite makes the checksums from here on anew before it commits.
    chain_frame_ = 0;
    return lower_->pMethods->xWrite(lower_, sealed.data(), static_cast<int>(size),
                                    at + kFrameHeaderSize);
  }
  pending_frame_ = 0;
  std::copy_n(pending_header_, kFrameHeaderSize, scratch_.begin());
  // Zero in place of salt and checksum: a later pass fills them in, as above.
  const bool summed_later = std::all_of(pending_header_ + 8, pending_header_ + kFrameHeaderSize,
                                        [](uint8_t byte) { return byte == 0; });
  if (summed_later) {
    chain_frame_ = 0;
  } else {
    ChecksumPair sum;
    const int code = ChainBefore(frame, &sum);
    if (code != SQLITE_OK) return code;
    sum = SumWords(std::span(scratch_).first(8), sum, big_endian_words_);
    sum = SumWords(sealed, sum, big_endian_words_);
    WriteBigEndian32(scratch_.data() + 16, sum.s1);
    WriteBigEndian32(scratch_.data() + 20, sum.s2);
    chain_frame_ = frame;
    chain_ = sum;
  }
  const int code =
      lower_->pMethods->xWrite(lower_, scratch_.data(), static_cast<int>(scratch_.size()), at);
  if (code != SQLITE_OK) chain_frame_ = 0;
  return code;
}

}  // namespace archivolt
