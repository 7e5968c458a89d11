#include "storage/full_text.h"

#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

class FullTextTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    database_ = OpenMemory();
    ASSERT_OK(
        database_->Execute("CREATE VIRTUAL TABLE f USING fts5(title, body);"
                           "INSERT INTO f(rowid, title, body) VALUES (3, 'red sea', 'red red'), "
                           "(5, 'sea', 'blue'), (8, 'tree', 'green sea'), (9, '', 'dry')"));
  }
  FullTextMatches Read(std::string_view expression, bool with_common = false) {
    constexpr double kWeights[] = {3.0};
    auto read = database_->ReadPhrases("f", expression, kWeights, with_common);
    EXPECT_OK(read.status());
    return read.ok() ? std::move(*read) : FullTextMatches();
  }

  std::unique_ptr<Database> database_;
};

TEST_F(FullTextTest, ReadsEachPhraseWithItsRowsAndWeights) {
  const FullTextMatches found = Read("\"red\" OR \"plum\" OR \"green sea\" OR \"!\"");
  EXPECT_EQ(found.rows, 4);
  EXPECT_EQ(found.tokens, 10);
  ASSERT_EQ(found.phrases.size(), 4U);
  ASSERT_EQ(found.phrases[0].rows.size(), 1U);
  EXPECT_EQ(found.phrases[0].rows[0].rowid, 3);
  EXPECT_EQ(found.phrases[0].rows[0].frequency, 5.0) << "3 in the title, 1 and 1 in the body";
  EXPECT_TRUE(found.phrases[1].rows.empty());
  ASSERT_EQ(found.phrases[2].rows.size(), 1U);
  EXPECT_EQ(found.phrases[2].rows[0].rowid, 8);
  EXPECT_TRUE(found.phrases[3].rows.empty());
  EXPECT_TRUE(Read("\"plum\"").phrases.empty()) << "nothing matches";
}

TEST_F(FullTextTest, ReadsCommonPhrasesWhenTheyAreAskedFor) {
  const FullTextMatches without = Read("\"sea\"");
  EXPECT_TRUE(without.phrases[0].common);
  EXPECT_TRUE(without.phrases[0].rows.empty());
  const FullTextMatches with = Read("\"sea\"", true);
  EXPECT_TRUE(with.phrases[0].common);
  EXPECT_EQ(with.phrases[0].rows.size(), 3U);
}

TEST_F(FullTextTest, SaysWhatItCannotRead) {
  EXPECT_CODE(database_->ReadPhrases("g", "\"sea\"", {}, false).status(), INVALID_ARGUMENT);
  EXPECT_CODE(database_->ReadPhrases("f", "\"sea", {}, false).status(), INVALID_ARGUMENT);
  database_->SetInterruptCheck([] { return true; });
  EXPECT_CODE(database_->ReadPhrases("f", "\"sea\"", {}, false).status(), CANCELLED);
}

TEST_F(FullTextTest, CallersCannotReachTheFunction) {
  Read("\"sea\"");
  const char* const sql = "SELECT archivolt_phrases(f, 1) FROM f WHERE f MATCH 'sea'";
  EXPECT_CODE(database_->PrepareReadOnly(sql).status(), INVALID_ARGUMENT);
  auto trusted = database_->Prepare(sql);
  ASSERT_OK(trusted.status());
  EXPECT_FALSE(trusted->Step().ok()) << "a number is no request";
}

}  // namespace
}  // namespace archivolt
