// The whole API of the core: an input is a list of calls, one a line: `method json`, where %1,
// %2... in the JSON stand for ids that earlier calls answered. Nothing crashes, every refusal says
// why, and what is left is sound. Inputs share one workspace, each in a transaction that is rolled
// back; one whose first line is "fresh" has its own.
#include "base/ids.h"
#include "codec/json.h"
#include "codec/packed.h"
#include "fuzz_support.h"
#include "workspace/workspace.h"

using namespace archivolt;  // NOLINT: a program, no header

namespace {

void NoteIds(const Value& value, std::vector<std::string>& ids) {
  if (value.is_object()) {
    for (const Object::Member& member : value.AsObject()) {
      if ((member.key == "id" || member.key == "document") && member.value.is_string()) {
        ids.push_back(member.value.AsString());
      } else {
        NoteIds(member.value, ids);
      }
    }
  } else if (value.is_array()) {
    for (const Value& item : value.AsArray()) NoteIds(item, ids);
  }
}

std::string WithIds(std::string_view json, const std::vector<std::string>& ids) {
  std::string out;
  for (size_t i = 0; i < json.size(); ++i) {
    const bool named =
        json[i] == '%' && i + 1 < json.size() && json[i + 1] >= '1' && json[i + 1] <= '9';
    const size_t at = named ? static_cast<size_t>(json[i + 1] - '1') : ids.size();
    if (at < ids.size()) {
      out += ids[at];
      ++i;
    } else {
      out += json[i];
    }
  }
  return out;
}

// Names of the machine's files would be made by chance; the transaction is the harness's own.
bool IsLeftOut(std::string_view method) {
  return method.starts_with("otherFile.") || method.starts_with("backup.") ||
         method.starts_with("migrations.") || method.starts_with("tx.");
}

std::unique_ptr<Workspace> MakeWorkspace() {
  static FuzzClock clock;
  static uint64_t seed = 1;
  auto workspace =
      Workspace::Open({}, clock, [] { return seed = seed * 6364136223846793005U + 1; });
  FUZZ_EXPECT(workspace.ok());
  return std::move(*workspace);
}

void CheckSound(Workspace& workspace) {
  const Result<Value> health = workspace.Call("maintenance.health", Value(Object{{"full", true}}));
  FUZZ_EXPECT(health.ok());
  const Value* ok = health->AsObject().Find("ok");
  if (*ok == Value(false)) std::fprintf(stderr, "%s\n", WriteJson(*health)->c_str());
  FUZZ_EXPECT(*ok == Value(true));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr int kMaxCalls = 24;
  constexpr int kInputsAWorkspace = 300;
  static std::unique_ptr<Workspace> shared;
  static int inputs = 0;
  if (shared == nullptr || ++inputs % kInputsAWorkspace == 0) {
    if (shared != nullptr) CheckSound(*shared);
    shared = MakeWorkspace();
  }
  FuzzInput input(data, size);
  const bool fresh =
      std::string_view(reinterpret_cast<const char*>(data), size).starts_with("fresh\n");
  const std::unique_ptr<Workspace> own = fresh ? MakeWorkspace() : nullptr;
  Workspace& workspace = fresh ? *own : *shared;
  if (!fresh) FUZZ_EXPECT(workspace.Call("tx.begin", Value()).ok());
  std::vector<std::string> ids;
  for (int call = 0; call < kMaxCalls && !input.empty(); ++call) {
    const std::string_view line = input.Line();
    const size_t space = line.find(' ');
    const std::string_view method = line.substr(0, space);
    if (IsLeftOut(method)) continue;
    const std::string json =
        space == std::string_view::npos ? "{}" : WithIds(line.substr(space + 1), ids);
    // As the page packs it; the bytes of vectors are the line itself.
    const Result<Value> params =
        json.starts_with("{\"v\":") ? Unpack(json, AsBytes(line)) : ParseJson(json);
    if (!params.ok()) continue;
    workspace.SetInterruptCheck(StopAfter(300));
    const Result<Value> answer = workspace.Call(method, *params, "fuzz");
    if (answer.ok()) {
      NoteIds(*answer, ids);
      (void)Pack(*answer);
    } else {
      FUZZ_EXPECT(!answer.status().message().empty());
      if (answer.status().code() == ErrorCode::INTERNAL) {
        std::fprintf(stderr, "%s\n", answer.status().message().c_str());
      }
      FUZZ_EXPECT(answer.status().code() != ErrorCode::INTERNAL);
    }
    (void)workspace.TakeChanges();
  }
  workspace.SetInterruptCheck({});
  if (fresh) {
    CheckSound(workspace);
  } else {
    (void)workspace.Call("tx.rollback", Value()).ok();
  }
  return 0;
}
