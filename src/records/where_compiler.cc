#include "records/where_compiler.h"

#include <string>
#include <utility>

#include "records/record_errors.h"
#include "records/where_operators.h"

namespace archivolt {
namespace {

// Well below the number of parameters that SQLite takes.
constexpr size_t kMaxBindings = 8000;

class Compiler {
 public:
  Compiler(const Table& table, std::string_view alias, const Column* payload)
      : table_(table), alias_(alias), payload_(payload) {}

  Status AppendObject(const Value& where, int depth, SqlFragment& out) {
    if (!where.is_object()) return Refuse("where takes an object.");
    if (depth > kMaxWhereDepth) return Refuse("where nests and, or and not up to 16 levels deep.");
    if (where.AsObject().empty()) {
      out.sql += '1';
      return Status::Ok();
    }
    out.sql += '(';
    bool first = true;
    for (const Object::Member& member : where.AsObject()) {
      if (!first) out.sql += " AND ";
      first = false;
      AV_RETURN_IF_ERROR(AppendMember(member.key, member.value, depth, out));
    }
    out.sql += ')';
    return Status::Ok();
  }

 private:
  Status Refuse(std::string_view message) const {
    return InvalidCall(table_.name, "where", message);
  }

  Status AppendMember(std::string_view key, const Value& value, int depth, SqlFragment& out) {
    if (key == "and" || key == "or") return AppendList(value, key == "and", depth, out);
    if (key == "not") {
      AV_RETURN_IF_ERROR(AppendObject(value, depth + 1, out));
      out.sql += " IS NOT TRUE";
      return Status::Ok();
    }
    AV_ASSIGN_OR_RETURN(const WhereTarget target, Resolve(key));
    if (!value.is_object()) return AppendOne(target, "eq", value, out);
    if (value.AsObject().empty()) {
      return InvalidColumn(table_, target.column->name, "operator",
                           "takes a value or an operator, not {}");
    }
    bool first = true;
    for (const Object::Member& condition : value.AsObject()) {
      if (!first) out.sql += " AND ";
      first = false;
      AV_RETURN_IF_ERROR(AppendOne(target, condition.key, condition.value, out));
    }
    return Status::Ok();
  }

  Status AppendList(const Value& list, bool all, int depth, SqlFragment& out) {
    if (!list.is_array()) return Refuse("and and or take an array of conditions.");
    if (list.AsArray().empty()) {
      out.sql += all ? '1' : '0';
      return Status::Ok();
    }
    out.sql += '(';
    bool first = true;
    for (const Value& item : list.AsArray()) {
      if (!first) out.sql += all ? " AND " : " OR ";
      first = false;
      AV_RETURN_IF_ERROR(CountOne());
      AV_RETURN_IF_ERROR(AppendObject(item, depth + 1, out));
    }
    out.sql += ')';
    return Status::Ok();
  }

  Status AppendOne(const WhereTarget& target, std::string_view name, const Value& operand,
                   SqlFragment& out) {
    AV_RETURN_IF_ERROR(CountOne());
    AV_RETURN_IF_ERROR(AppendCondition(target, name, operand, out));
    if (out.bindings.size() > kMaxBindings) return Refuse("where compares with too many values.");
    return Status::Ok();
  }

  Status CountOne() {
    if (++conditions_ <= kMaxWhereConditions) return Status::Ok();
    return Refuse("where takes no more than 256 conditions.");
  }

  Result<WhereTarget> Resolve(std::string_view key) const {
    return payload_ == nullptr ? ResolveTarget(table_, alias_, key)
                               : ResolvePayloadTarget(table_, *payload_, alias_, key);
  }

  const Table& table_;
  std::string_view alias_;
  const Column* payload_;
  int conditions_ = 0;
};

Result<SqlFragment> Compile(Compiler compiler, const Value& where) {
  SqlFragment out;
  if (where.is_null()) {
    out.sql = "1";
    return out;
  }
  AV_RETURN_IF_ERROR(compiler.AppendObject(where, 1, out));
  return out;
}

}  // namespace

Result<SqlFragment> CompileWhere(const Table& table, std::string_view alias, const Value& where) {
  return Compile(Compiler(table, alias, nullptr), where);
}

Result<SqlFragment> CompilePayloadWhere(const Table& table, const Column& column,
                                        std::string_view alias, const Value& where) {
  return Compile(Compiler(table, alias, &column), where);
}

}  // namespace archivolt
