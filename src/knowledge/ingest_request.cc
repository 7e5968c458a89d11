#include "knowledge/ingest_request.h"

#include <algorithm>
#include <utility>

#include "base/utf.h"
#include "codec/json.h"
#include "knowledge/request.h"
#include "records/catalogue.h"
#include "records/row_codec.h"
#include "text/boundaries.h"

namespace archivolt {
namespace {

constexpr size_t kMaxFilenameChars = 1024;
constexpr size_t kMaxTags = 1000;
constexpr size_t kMaxTagBytes = 400;
constexpr size_t kMaxGivenChunks = 200'000;
constexpr size_t kJunkSample = 64 * 1024;

/// The value as the column stores it; the catalogue's rules decide.
Result<Value> Stored(std::string_view column, const Value& value) {
  if (value.is_null()) return Value();
  const Table* table = FindTable("documents");
  const Column* found = table == nullptr ? nullptr : table->Find(column);
  if (found == nullptr)
    return Status::Internal("the catalogue lacks documents." + std::string(column));
  return ToStored(*table, *found, value);
}

/// ".md" of "Guide.MD"; empty without one, and for names such as ".gitignore".
std::string SuffixOf(std::string_view filename) {
  const size_t slash = filename.find_last_of("/\\");
  if (slash != std::string_view::npos) filename.remove_prefix(slash + 1);
  const size_t dot = filename.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || filename.size() - dot > 20) return "";
  return FoldCase(filename.substr(dot));
}

Result<ChunkFormat> ParseFormat(const Value& value) {
  if (value.is_null()) return ChunkFormat::kPlain;
  if (value.is_string()) {
    if (value.AsString() == "markdown") return ChunkFormat::kMarkdown;
    if (value.AsString() == "plain") return ChunkFormat::kPlain;
    if (value.AsString() == "code") return ChunkFormat::kCode;
    if (value.AsString() == "json") return ChunkFormat::kJson;
    if (value.AsString() == "table") return ChunkFormat::kTable;
  }
  return BadArgument("format", "format must be 'markdown', 'plain', 'code', 'json' or 'table'");
}

std::string_view DefaultMimeType(ChunkFormat format) {
  switch (format) {
    case ChunkFormat::kMarkdown:
      return "text/markdown";
    case ChunkFormat::kJson:
      return "application/json";
    case ChunkFormat::kPlain:
    case ChunkFormat::kCode:
    case ChunkFormat::kTable:
      break;
  }
  return "text/plain";
}

/// A decoder that met bytes which are no text leaves control characters and U+FFFD behind.
bool LooksBinary(std::string_view text) {
  text = text.substr(0, FloorToCharacter(text, kJunkSample));
  size_t characters = 0;
  size_t strange = 0;
  for (size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    const bool control = c.value < 0x20 && c.value != '\n' && c.value != '\r' && c.value != '\t' &&
                         c.value != '\f' && c.value != 0x1B && c.value != '\b';
    strange += static_cast<size_t>(control || c.value == kReplacementCharacter ||
                                   (c.value >= 0x7F && c.value < 0xA0));
    ++characters;
    at += c.length;
  }
  return strange * 10 > characters;
}

Result<std::string> ReadText(const Object& request, size_t max_bytes) {
  const Value& value = Member(request, "text");
  if (!value.is_string()) return BadArgument("text", "text must be given as a text");
  const std::string& text = value.AsString();
  if (text.size() > max_bytes) {
    return BadArgument("text", "The document's text is larger than " +
                                   std::to_string(max_bytes >> 20) +
                                   " MiB. Split it into several documents.");
  }
  if (const size_t at = FindInvalidUtf8(text); at != std::string_view::npos) {
    return BadArgument(
        "text", "The document's text is not valid Unicode (byte " + std::to_string(at) + ").");
  }
  if (text.find('\0') != std::string::npos || LooksBinary(text)) {
    return BadArgument("text", "The document holds binary data, not text.");
  }
  const std::string_view body = text;
  if (IsAllSpace(body.starts_with("\xEF\xBB\xBF") ? body.substr(3) : body)) {
    return BadArgument("text", "The document has no text.");
  }
  return text;
}

Result<Value> ReadTags(const Object& request) {
  const Value& tags = Member(request, "tags");
  if (tags.is_null()) return Value();
  if (!tags.is_array() || tags.AsArray().size() > kMaxTags) {
    return BadArgument("tags", "tags must be an array of at most 1000 texts");
  }
  for (const Value& tag : tags.AsArray()) {
    if (!tag.is_string() || tag.AsString().empty() || tag.AsString().size() > kMaxTagBytes) {
      return BadArgument("tags", "each tag must be a text of 1 to 400 bytes");
    }
  }
  return Stored("tags", tags);
}

/// A place in the content known in both units: chunks mostly come in order, so the next one starts
/// from here.
struct Place {
  size_t byte = 0;
  int64_t unit = 0;
};

size_t ByteOf(std::string_view content, int64_t unit, Place* place) {
  if (unit < place->unit) *place = Place{};
  place->byte += Utf8OffsetOf(content.substr(place->byte), static_cast<size_t>(unit - place->unit));
  place->unit = unit;
  return place->byte;
}

Result<GivenChunk> ReadChunk(const Value& value, std::string_view content, Place* place) {
  if (!value.is_object()) return BadArgument("chunks", "each chunk must be an object");
  const Object& object = value.AsObject();
  GivenChunk chunk;
  AV_ASSIGN_OR_RETURN(chunk.text, RequiredText(object, "text", size_t{1} << 20));
  if (IsAllSpace(chunk.text)) return BadArgument("chunks", "a chunk must not be blank");
  AV_ASSIGN_OR_RETURN(const int64_t start, IntegerOr(object, "start", -1, 0, INT64_C(1) << 32));
  AV_ASSIGN_OR_RETURN(const int64_t end, IntegerOr(object, "end", -1, 0, INT64_C(1) << 32));
  if ((start < 0) != (end < 0))
    return BadArgument("chunks", "a chunk needs both start and end, or neither");
  if (start >= 0) {
    const size_t begin8 = ByteOf(content, start, place);
    const bool matches = content.substr(begin8).starts_with(chunk.text) &&
                         static_cast<size_t>(end - start) == Utf16Length(chunk.text);
    if (!matches) {
      return BadArgument("chunks", "a chunk's text must be content.slice(start, end)");
    }
    chunk.start = start;
    chunk.end = end;
  }
  if (const Value& vector = Member(object, "vector"); !vector.is_null()) {
    AV_ASSIGN_OR_RETURN(chunk.vector, VectorOf(vector));
  }
  if (const Value& metadata = Member(object, "metadata"); !metadata.is_null()) {
    if (!metadata.is_object()) return BadArgument("chunks", "a chunk's metadata must be an object");
    AV_ASSIGN_OR_RETURN(std::string json, WriteJson(metadata));
    chunk.metadata = Value(std::move(json));
  }
  return chunk;
}

Result<std::vector<CodeSection>> ReadSections(const Object& request, std::string_view text) {
  std::vector<CodeSection> sections;
  const Value& values = Member(request, "sections");
  if (values.is_null()) return sections;
  if (!values.is_array()) return BadArgument("sections", "sections must be an array");
  Place place;
  for (const Value& value : values.AsArray()) {
    const Object empty;
    const Object& object = value.is_object() ? value.AsObject() : empty;
    AV_ASSIGN_OR_RETURN(const int64_t start, IntegerOr(object, "start", -1, 0, INT64_C(1) << 32));
    AV_ASSIGN_OR_RETURN(std::optional<std::string> path, OptionalText(object, "path", 1000));
    if (start < place.unit || !path) {
      return BadArgument("sections", "sections need a start and a path, in the text's order");
    }
    sections.push_back({ByteOf(text, start, &place), std::move(*path)});
  }
  return sections;
}

}  // namespace

Result<DocumentFields> ReadDocumentFields(const Object& request) {
  DocumentFields fields;
  AV_ASSIGN_OR_RETURN(fields.filename, RequiredText(request, "filename", kMaxFilenameChars * 4));
  if (Utf16Length(fields.filename) > kMaxFilenameChars) {
    return BadArgument("filename", "filename must have at most 1024 characters");
  }
  AV_ASSIGN_OR_RETURN(fields.owner_id, OptionalText(request, "owner", 800));
  AV_ASSIGN_OR_RETURN(fields.project_id, OptionalText(request, "project", 800));
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> hash,
                      OptionalText(request, "contentHash", 200));
  if (hash && !hash->empty()) fields.content_hash = Value(*hash);
  AV_ASSIGN_OR_RETURN(const int64_t bytes,
                      IntegerOr(request, "sizeBytes", -1, 0, INT64_C(1) << 53));
  if (bytes >= 0) fields.size_bytes = Value(bytes);
  AV_ASSIGN_OR_RETURN(const ChunkFormat format, ParseFormat(Member(request, "format")));
  AV_ASSIGN_OR_RETURN(fields.mime_type, Stored("mime_type", Member(request, "contentType")));
  if (fields.mime_type.is_null()) fields.mime_type = Value(DefaultMimeType(format));
  AV_ASSIGN_OR_RETURN(fields.category, Stored("category", Member(request, "category")));
  AV_ASSIGN_OR_RETURN(fields.tags, ReadTags(request));
  AV_ASSIGN_OR_RETURN(fields.url, Stored("url", Member(request, "url")));
  AV_ASSIGN_OR_RETURN(fields.source_type, Stored("source_type", Member(request, "sourceType")));
  if (fields.source_type.is_null())
    fields.source_type = Value(fields.url.is_null() ? "local_files" : "web");
  if (const Value& metadata = Member(request, "metadata"); !metadata.is_null()) {
    if (!metadata.is_object()) return BadArgument("metadata", "metadata must be an object");
    AV_ASSIGN_OR_RETURN(fields.metadata, Stored("metadata", metadata));
  }
  if (std::string suffix = SuffixOf(fields.filename); !suffix.empty()) {
    fields.file_type = Value(suffix.substr(1));
    fields.suffix = Value(std::move(suffix));
  }
  if (fields.filename.find('/') != std::string::npos) fields.relative_path = Value(fields.filename);
  return fields;
}

Result<IngestRequest> ReadIngestRequest(const Object& request, size_t max_bytes,
                                        const ChunkOptions& chunking) {
  IngestRequest out;
  out.chunking = chunking;
  AV_ASSIGN_OR_RETURN(out.fields, ReadDocumentFields(request));
  AV_ASSIGN_OR_RETURN(out.format, ParseFormat(Member(request, "format")));
  AV_ASSIGN_OR_RETURN(out.embed, ParseEmbedMode(Member(request, "embed"), EmbedMode::kBuiltin));
  AV_ASSIGN_OR_RETURN(const int64_t size,
                      IntegerOr(request, "chunkSize", out.chunking.size, 100, 10000));
  out.chunking.size = static_cast<uint32_t>(size);
  // A small chunk size that comes without an overlap must not trip over the configured one.
  const int64_t overlap_default = size == chunking.size
                                      ? int64_t{chunking.overlap}
                                      : std::min<int64_t>(chunking.overlap, size * 3 / 20);
  AV_ASSIGN_OR_RETURN(const int64_t overlap,
                      IntegerOr(request, "chunkOverlap", overlap_default, 0, 5000));
  out.chunking.overlap = static_cast<uint32_t>(overlap);
  if (Status valid = ValidateChunkOptions(out.chunking); !valid.ok()) {
    return std::move(valid).With("argument", std::string("chunkOverlap"));
  }
  AV_ASSIGN_OR_RETURN(out.text, ReadText(request, max_bytes));
  if (out.fields.size_bytes.is_null())
    out.fields.size_bytes = Value(static_cast<int64_t>(out.text.size()));
  AV_ASSIGN_OR_RETURN(out.sections, ReadSections(request, out.text));
  if (const Value& chunks = Member(request, "chunks"); !chunks.is_null()) {
    if (!chunks.is_array() || chunks.AsArray().empty() ||
        chunks.AsArray().size() > kMaxGivenChunks) {
      return BadArgument("chunks", "chunks must be an array of 1 to 200000 chunks");
    }
    size_t with_vector = 0;
    Place place;
    for (const Value& value : chunks.AsArray()) {
      AV_ASSIGN_OR_RETURN(GivenChunk chunk, ReadChunk(value, out.text, &place));
      with_vector += static_cast<size_t>(!chunk.vector.empty());
      out.chunks.push_back(std::move(chunk));
    }
    if (with_vector != 0 && with_vector != out.chunks.size()) {
      return BadArgument("chunks", "either all chunks bring a vector or none does");
    }
    out.has_chunks = true;
  }
  return out;
}

}  // namespace archivolt
