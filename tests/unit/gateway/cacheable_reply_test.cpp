// ETag, 304 and gzip (CONTRACT 0.1 "Caching"; RFC 9110 8.8.3, 12.5.3, 13.1.2, 15.4.5).

#include "gateway/cacheable_reply.hpp"

#include <gmock/gmock.h>
#include <zlib.h>

#include "auth/base64url.hpp"
#include "auth/digest.hpp"
#include "gateway/gzip.hpp"
#include "gateway/reply_head.hpp"
#include "tests/unit/gateway/front.hpp"

namespace sitegate::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kNone = "(0 fields)";

/// What one gzip member, and nothing behind it, holds.
std::string gunzip(const std::string& coded, std::size_t size) {
  std::string text(size + 1, '\0');
  z_stream z{};
  inflateInit2(&z, MAX_WBITS + 16);
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(coded.data()));
  z.avail_in = static_cast<uInt>(coded.size());
  z.next_out = reinterpret_cast<Bytef*>(text.data());
  z.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&z, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(z.avail_in, 0U);
  text.resize(text.size() - z.avail_out);
  inflateEnd(&z);
  return text;
}

class CacheableReply : public Front {
 protected:
  /// The task, of exactly so many octets.
  static std::string task_of(std::size_t size) {
    auto text = task(R"(,"result":")");
    text.pop_back();
    return text + std::string(size - text.size() - 2, 'r') + "\"}";
  }
  Exchange get(std::vector<std::pair<std::string, std::string>> fields = {},
               std::string_view method = "GET") {
    auto made = request(method, path(), tenant_);
    for (const auto& [name, value] : fields) made.fields.add(name, value);
    return ask(made);
  }
  static void expect_not_modified(const Exchange& answer, const std::string& tag) {
    EXPECT_EQ(answer.reply.status, 304);
    EXPECT_EQ(answer.field("ETag"), tag);
    EXPECT_EQ(answer.field("Cache-Control"), "private, no-cache");
    EXPECT_EQ(answer.field("Vary"), "Accept, Accept-Encoding, Origin, X-VCAV-Auth, Authorization");
    EXPECT_EQ(answer.field("X-Request-Id"), answer.context.request_id);
    const auto head = reply_head(answer.reply, {});
    EXPECT_THAT(head, testing::StartsWith("HTTP/1.1 304 Not Modified\r\n"));
    EXPECT_THAT(head, Not(HasSubstr("\r\nContent-")));
    EXPECT_EQ(answer.reply.body, "");
    EXPECT_FALSE(answer.context.error);
    EXPECT_THAT(access_line(ApiRequest{}, answer.context, {304, 1, true}),
                HasSubstr(R"("status":304,"endedBy")"));
  }

  const std::string tenant_ = log_in("tenant@Org1");
};

TEST_F(CacheableReply, has_the_tag_of_its_octets_and_its_type) {
  store_->document = task();
  const auto plain = get();
  EXPECT_EQ(plain.field("ETag"),
            '"' +
                base64url_encode(sha256(task() + "application/json;charset=UTF-8").substr(0, 16)) +
                '"');
  EXPECT_EQ(get().field("ETag"), plain.field("ETag"));
  EXPECT_NE(get({{"Accept", "application/vnd.vmware.h4-v4.5+json"}}).field("ETag"),
            plain.field("ETag"));
  store_->document = task(" ");
  EXPECT_NE(get().field("ETag"), plain.field("ETag"));
}

TEST_F(CacheableReply, is_not_sent_to_who_has_it) {
  store_->document = task();
  const auto tag = get().field("ETag");
  for (const auto& named : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
    expect_not_modified(get({{"If-None-Match", named}}), tag);
    expect_not_modified(get({{"If-None-Match", named}}, "HEAD"), tag);
  }
  expect_not_modified(get({{"If-None-Match", "\"a\""}, {"If-None-Match", tag}}), tag);
  EXPECT_EQ(get({{"If-None-Match", "\"other\""}}).reply.status, 200);
  EXPECT_EQ(
      get({{"If-None-Match", tag}, {"Accept", "application/vnd.vmware.h4-v4.5+json"}}).reply.status,
      200);
  store_->document = task(" ");
  EXPECT_EQ(get({{"If-None-Match", tag}}).reply.status, 200);
}

TEST_F(CacheableReply, of_what_is_not_there_is_an_error_whatever_the_caller_has) {
  store_->document = task();
  const auto tag = get().field("ETag");
  store_->document.reset();
  for (const auto& named : {tag, std::string("*")}) {
    const auto answer = get({{"If-None-Match", named}, {"Accept-Encoding", "gzip"}});
    EXPECT_EQ(answer.code(), "TaskNotFound");
    EXPECT_EQ(answer.field("ETag"), kNone);
    EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  }
  store_->failure = make_error(ErrorCode::StoreUnavailable);
  EXPECT_EQ(get({{"If-None-Match", tag}}).code(), "StoreUnavailable");
}

TEST_F(CacheableReply, comes_in_gzip_where_it_is_worth_it) {
  const auto coding = [this](std::size_t size, const std::string& accept) {
    store_->document = task_of(size);
    const auto answer = get({{"Accept-Encoding", accept}});
    const bool coded = answer.field("Content-Encoding") == "gzip";
    EXPECT_EQ(coded ? gunzip(answer.reply.body, size) : answer.reply.body, task_of(size));
    EXPECT_EQ(answer.field("ETag").ends_with("-gzip\""), coded);
    EXPECT_EQ(answer.field("Vary"), "Accept, Accept-Encoding, Origin, X-VCAV-Auth, Authorization");
    return coded;
  };
  EXPECT_FALSE(coding(999, "gzip"));
  EXPECT_TRUE(coding(1000, "gzip"));
  EXPECT_TRUE(coding(524288, "br, gzip;q=0.5"));
  EXPECT_FALSE(coding(524289, "gzip"));
  EXPECT_FALSE(coding(1000, "gzip;q=0"));
  EXPECT_FALSE(coding(1000, "br"));
  EXPECT_TRUE(coding(200, "gzip, identity;q=0")) << "nothing else is wanted";
  store_->document = task_of(5000);
  EXPECT_EQ(get().field("Content-Encoding"), kNone);
}

TEST_F(CacheableReply, in_gzip_is_a_representation_of_its_own) {
  store_->document = task_of(5000);
  const auto plain = get().field("ETag");
  const auto coded = get({{"Accept-Encoding", "gzip"}}).field("ETag");
  EXPECT_EQ(coded, plain.substr(0, plain.size() - 1) + "-gzip\"");
  expect_not_modified(get({{"Accept-Encoding", "gzip"}, {"If-None-Match", coded}}), coded);
  expect_not_modified(get({{"If-None-Match", plain}}), plain);
  EXPECT_EQ(get({{"If-None-Match", coded}}).reply.status, 200);
  EXPECT_EQ(get({{"Accept-Encoding", "gzip"}, {"If-None-Match", plain}}).reply.status, 200);
}

TEST_F(CacheableReply, has_one_head_for_get_and_head) {
  store_->document = task_of(5000);
  auto made = request("GET", path(), tenant_);
  made.fields.add("Accept-Encoding", "gzip");
  made.fields.add("operationID", "same");
  auto get = ask(made).reply;
  made.method = Method::Head;
  auto head = ask(made).reply;
  EXPECT_EQ(get.body, head.body) << "left out by the connection";
  std::erase_if(get.fields, [](const auto& f) { return f.first == "X-Request-Id"; });
  std::erase_if(head.fields, [](const auto& f) { return f.first == "X-Request-Id"; });
  EXPECT_EQ(get.fields, head.fields);
}

TEST_F(CacheableReply, is_for_callers_alone) {
  ApiRequest made;
  made.listener = ListenerKind::Peers;
  made.fields.add("Accept-Encoding", "gzip");
  made.fields.add("If-None-Match", "*");
  const auto reply = cacheable_reply(made, task_of(5000), {});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, task_of(5000));
  EXPECT_EQ(reply.fields.size(), 2U) << "Cache-Control and Vary";
}

TEST_F(CacheableReply, is_no_answer_to_a_login_a_put_or_a_mistake) {
  const auto all_of_it = [this](std::string_view method, std::string target, std::string token,
                                std::string body = {}) {
    auto made = request(method, std::move(target), token);
    made.fields.add("Accept-Encoding", "gzip, identity;q=0");
    made.fields.add("If-None-Match", "*");
    const auto answer = ask(made, std::move(body));
    EXPECT_EQ(answer.field("ETag"), kNone) << answer.reply.body;
    EXPECT_EQ(answer.field("Content-Encoding"), kNone) << answer.reply.body;
    return answer.reply.status;
  };
  EXPECT_EQ(all_of_it("POST", "/sessions", {},
                      R"({"type":"localUser","localUser":"producer","localPassword":")" +
                          std::string(kPassword) + "\"}"),
            200);
  EXPECT_EQ(all_of_it("GET", "/sessions", tenant_), 200);
  EXPECT_EQ(all_of_it("PUT", path(), log_in("producer"), task_of(5000)), 201);
  EXPECT_EQ(all_of_it("GET", "/tasks/" + std::string(5000, 'x'), tenant_), 400);
  EXPECT_EQ(all_of_it("OPTIONS", path(), {}), 204);
}

TEST(Gzip, gives_back_what_went_in) {
  std::string mixed;
  for (std::uint64_t i = 0; i < 70000; ++i) mixed += static_cast<char>((i * i) >> 7);
  for (const auto& text : {std::string(), std::string("{}"), std::string(300000, 'a'), mixed}) {
    const auto coded = gzip(text);
    EXPECT_TRUE(gunzip(coded, text.size()) == text);
    EXPECT_TRUE(gzip(text) == coded) << "the same octets each time";
  }
}

}  // namespace
}  // namespace sitegate::test
