#include "text/embedder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "text/semb_fixture.h"

namespace archivolt {
namespace {

/// The table that ships, loaded once.
class ShippedEmbedderTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::ifstream file(ARCHIVOLT_SOURCE_DIR "/assets/embedder/archivolt-static-100k-128d.semb",
                       std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    auto loaded = StaticEmbedder::Load(bytes);
    ASSERT_TRUE(loaded.ok()) << loaded.status().message();
    embedder_ = new StaticEmbedder(std::move(loaded).value());
  }
  static void TearDownTestSuite() {
    delete embedder_;
    embedder_ = nullptr;
  }

  static std::vector<float> Embed(std::string_view text, float* coverage = nullptr) {
    std::vector<float> vector(embedder_->dimensions());
    const float share = embedder_->Embed(text, vector);
    if (coverage != nullptr) *coverage = share;
    return vector;
  }

  static float Cosine(std::string_view a, std::string_view b) {
    const auto x = Embed(a);
    const auto y = Embed(b);
    float sum = 0;
    for (size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
    return sum;
  }

  static double Length(const std::vector<float>& v) {
    double sum = 0;
    for (const float x : v) sum += static_cast<double>(x) * x;
    return std::sqrt(sum);
  }

  static StaticEmbedder* embedder_;
};

StaticEmbedder* ShippedEmbedderTest::embedder_ = nullptr;

TEST_F(ShippedEmbedderTest, IsTheTableOfTheDataCard) {
  EXPECT_EQ(embedder_->words(), 100000U);
  EXPECT_EQ(embedder_->dimensions(), 128U);
  EXPECT_EQ(embedder_->model(), "archivolt-static-100k-128d-int4");
  EXPECT_EQ(embedder_->fingerprint(), "4ee8187ec1a6b391");
  EXPECT_LT(embedder_->bytes(), 12'000'000U);
}

TEST_F(ShippedEmbedderTest, AParaphraseIsNearerThanAnotherSubject) {
  struct Case {
    const char* text;
    const char* near;
    const char* far;
  };
  for (const Case& c : {
           Case{"how do I get back the space of deleted rows",
                "vacuum reclaims storage occupied by dead tuples",
                "configure the web server to use TLS certificates"},
           Case{"encrypt traffic between browser and server",
                "configure TLS certificates for HTTPS connections",
                "sort a list of numbers in ascending order"},
           Case{"run a task every night", "schedule periodic jobs with a cron expression",
                "resize an image to a thumbnail"},
           Case{"users cannot log in", "authentication failed: invalid password or account locked",
                "the graph shows memory use over time"},
           Case{"speed up slow queries", "create an index to improve query performance",
                "write unit tests for the parser"},
       }) {
    EXPECT_GT(Cosine(c.text, c.near), Cosine(c.text, c.far) + 0.1F) << c.text;
  }
}

// Exact on purpose: the same bits on every compiler and on WebAssembly, or stored vectors stop
// matching new queries.
TEST_F(ShippedEmbedderTest, GoldenComponentsToTheLastBit) {
  struct Golden {
    const char* text;
    float first[4];
  };
  for (const Golden& golden : {
           Golden{"vacuum reclaims storage occupied by dead tuples",
                  {-0x1.5253f2p-4F, 0x1.39705p-7F, 0x1.dd0624p-3F, 0x1.07b40cp-4F}},
           Golden{"openWorkspace() returns the user's workspace; the workspace is open",
                  {-0x1.57ef4cp-3F, 0x1.27cd8ap-6F, 0x1.8c8962p-7F, -0x1.150f7ep-10F}},
           Golden{"Le caf\u00E9 \u2014 na\u00EFve M\u00DCLLER",
                  {-0x1.bbdb66p-5F, 0x1.ee31d4p-4F, -0x1.264602p-3F, -0x1.4e7e12p-4F}},
           Golden{"zqxjkvw kubernetesses нормализация zqxjkvw 数据库",
                  {-0x1.8699fep-5F, -0x1.1b077ep-4F, 0x1.43add4p-3F, 0x1.d1693ap-3F}},
       }) {
    const auto vector = Embed(golden.text);
    for (size_t i = 0; i < 4; ++i) EXPECT_EQ(vector[i], golden.first[i]) << golden.text << i;
  }
}

TEST_F(ShippedEmbedderTest, VectorsHaveLengthOne) {
  for (const char* text : {"the", "kubernetes", "a b c d e f", "index index index"}) {
    EXPECT_NEAR(Length(Embed(text)), 1, 1e-6) << text;
  }
}

TEST_F(ShippedEmbedderTest, CoverageIsTheKnownShareOfTheWeight) {
  const auto coverage = [](std::string_view text) {
    float share = -1;
    Embed(text, &share);
    return share;
  };
  EXPECT_EQ(coverage("database transaction isolation"), 1);
  EXPECT_EQ(coverage("zqxjkvw qqqqzzz"), 0);
  EXPECT_EQ(coverage("数据库迁移最佳实践"), 0);
  EXPECT_LT(coverage("数据库迁移最佳实践 postgresql"), 0.2F);
  const float half = coverage("database zqxjkvw");
  EXPECT_GT(half, 0.2F);
  EXPECT_LT(half, 0.6F);
  // Words such as "the" weigh next to nothing: knowing them alone is knowing little.
  EXPECT_LT(coverage("the of zqxjkvw"), 0.2F);
}

TEST_F(ShippedEmbedderTest, NoWordGivesTheZeroVector) {
  for (const char* text : {"", "   ", "\n\t!?"}) {
    float coverage = -1;
    EXPECT_EQ(Embed(text, &coverage), std::vector<float>(128)) << text;
    EXPECT_EQ(coverage, 0) << text;
  }
}

TEST_F(ShippedEmbedderTest, WordsThatItLacksAreGuessedAtByTheirNGrams) {
  for (const char* text : {"zqxjkvw", "数据库", "нормализация", "qzxv qzxvwk"}) {
    float coverage = -1;
    EXPECT_NEAR(Length(Embed(text, &coverage)), 1, 1e-6) << text;
    EXPECT_EQ(coverage, 0) << text;
  }
  EXPECT_GT(Cosine("kubernetesses", "kubernetes"), Cosine("kubernetesses", "spreadsheet") + 0.1F);
  EXPECT_GT(Cosine("нормализации базы", "нормализация баз"), 0.5F);
  EXPECT_GT(Cosine("数据库迁移", "数据库"), Cosine("数据库迁移", "蓝天白云"));
}

TEST_F(ShippedEmbedderTest, CaseCamelCaseAndPossessiveMakeNoDifference) {
  EXPECT_EQ(Embed("Open Workspace"), Embed("openWorkspace"));
  EXPECT_EQ(Embed("OPEN_WORKSPACE"), Embed("open workspace"));
  EXPECT_EQ(Embed("the server's log"), Embed("the server\u2019s log"));
}

TEST_F(ShippedEmbedderTest, OneCallLeavesNothingForTheNext) {
  const auto fresh = Embed("replication slot");
  Embed("something else entirely, at some length, about trees");
  Embed("zqxjkvw");
  EXPECT_EQ(Embed("replication slot"), fresh);
}

TEST_F(ShippedEmbedderTest, HugeTextTakesNoMoreMemory) {
  std::string huge;
  while (huge.size() < 4'000'000) huge += "transaction log of the database, entry after entry. ";
  const size_t before = embedder_->bytes();
  float coverage = 0;
  const auto vector = Embed(huge, &coverage);
  EXPECT_EQ(embedder_->bytes(), before);
  EXPECT_NEAR(Length(vector), 1, 1e-6);
  EXPECT_EQ(coverage, 1);
}

TEST(StaticEmbedderTest, SumsSquareRootsOfCounts) {
  auto loaded = StaticEmbedder::Load(MakeSemb(SmallWords(), 4, 4), {.model = "small"});
  ASSERT_TRUE(loaded.ok());
  StaticEmbedder& embedder = *loaded;
  EXPECT_EQ(embedder.model(), "small");
  std::vector<float> vector(4);
  // cat (7.5 .5 .5 -.5) twice the square root of four, and tree (-15 -1 1 15) once.
  EXPECT_EQ(embedder.Embed("cat tree Cat, cat; CAT!", vector), 1);
  const double length = std::sqrt(0.0 + 4 + 14 * 14);
  EXPECT_FLOAT_EQ(vector[0], 0);
  EXPECT_FLOAT_EQ(vector[1], 0);
  EXPECT_FLOAT_EQ(vector[2], static_cast<float>(2 / length));
  EXPECT_FLOAT_EQ(vector[3], static_cast<float>(14 / length));
}

TEST(StaticEmbedderTest, AGuessedWordWeighsTheSquareRootOfItsCount) {
  // One bucket, the same row for every unknown word: (7.5 .5 .5 -.5).
  auto loaded =
      StaticEmbedder::Load(WithGrams(MakeSemb(SmallWords(), 4, 4), {{0x3C00, {0x8F, 0x78}}}));
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  std::vector<float> vector(4);
  // dog twice its row and fox once: three times (7.5 .5 .5 -.5), and tree (-15 -1 1 15).
  EXPECT_GT(loaded->Embed("dog dog tree fox dog dog", vector), 0);
  const double length = std::sqrt(7.5 * 7.5 + 0.5 * 0.5 + 2.5 * 2.5 + 13.5 * 13.5);
  EXPECT_NEAR(vector[0], 7.5 / length, 1e-3);
  EXPECT_NEAR(vector[2], 2.5 / length, 1e-3);
  EXPECT_NEAR(vector[3], 13.5 / length, 1e-3);
  EXPECT_EQ(loaded->Embed("dog", vector), 0);
  EXPECT_NE(vector, std::vector<float>(4));
  EXPECT_EQ(loaded->Embed(std::string(StaticEmbedder::kLongestGuessed + 1, 'x'), vector), 0);
  EXPECT_EQ(vector, std::vector<float>(4)) << "too long for a word";
}

TEST(StaticEmbedderTest, MoreUnknownWordsThanThereIsRoomForAreLeftOut) {
  auto loaded =
      StaticEmbedder::Load(WithGrams(MakeSemb(SmallWords(), 4, 4), {{0x3C00, {0x8F, 0x78}}}));
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  std::string few = "cat";
  std::string many = "cat";
  for (size_t i = 0; i < 5 * StaticEmbedder::kMaxGuessed; ++i) {
    if (i < StaticEmbedder::kMaxGuessed) few += " w" + std::to_string(i);
    many += " w" + std::to_string(i);
  }
  std::vector<float> of_few(4);
  std::vector<float> of_many(4);
  loaded->Embed(few, of_few);
  EXPECT_LT(loaded->Embed(many, of_many), 0.01F);
  EXPECT_EQ(of_many, of_few);
}

TEST(StaticEmbedderTest, TheFingerprintChangesWithEveryByte) {
  const Bytes table = MakeSemb(SmallWords(), 4, 4);
  const auto whole = StaticEmbedder::Load(table);
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->fingerprint().size(), 16U);
  EXPECT_EQ(StaticEmbedder::Load(table)->fingerprint(), whole->fingerprint());
  for (size_t at = SembTable::kHeaderBytes; at < table.size(); ++at) {
    Bytes bent = table;
    bent[at] ^= 1;
    const auto other = StaticEmbedder::Load(bent);
    if (other.ok()) {
      EXPECT_NE(other->fingerprint(), whole->fingerprint()) << at;
    }
  }
}

TEST(StaticEmbedderTest, DamageIsReportedNotLoaded) {
  Bytes table = MakeSemb(SmallWords(), 4, 4);
  table.pop_back();
  EXPECT_EQ(StaticEmbedder::Load(table).status().code(), ErrorCode::CORRUPTION);
  EXPECT_EQ(StaticEmbedder::Load({}).status().code(), ErrorCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace archivolt
