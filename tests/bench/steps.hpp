#pragma once
// What the benchmarks of single steps share: how time and allocations are counted, the messages of
// a lookup, and two sites that state who asks.

#include <benchmark/benchmark.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "auth/digest.hpp"
#include "auth/statement.hpp"
#include "contract/task_id.hpp"
#include "tests/support/certificates.hpp"

namespace sitegate::bench {

struct Allocations {
  std::size_t count = 0;
  std::size_t octets = 0;

  Allocations operator-(const Allocations& before) const {
    return {count - before.count, octets - before.octets};
  }
};

/// Of this thread so far, whoever made them: operator new, the frames of coroutines, OpenSSL,
/// SQLite, nghttp2.
Allocations allocations() noexcept;

/// Says what one iteration allocates.
inline void report(benchmark::State& state, const Allocations& made) {
  const auto each = [](std::size_t number) {
    return benchmark::Counter(static_cast<double>(number), benchmark::Counter::kAvgIterations);
  };
  state.counters["allocs"] = each(made.count);
  state.counters["octets"] = each(made.octets);
}

/// A step that can be done again and again.
template <class Step>
void measure(benchmark::State& state, Step step) {
  step();  // what is made once in a thread is none of its costs
  const auto before = allocations();
  for (auto _ : state) benchmark::DoNotOptimize(step());
  report(state, allocations() - before);
}

/// Takes things through stages, a batch of them through one stage after the other: for steps that
/// use up what an earlier one made. Only the stage `timed` is counted.
template <class Thing>
void measure_stage(benchmark::State& state, std::size_t timed,
                   const std::vector<std::function<void(Thing&)>>& stages) {
  constexpr std::size_t kBatch = 256;  // stopping the clock costs as much as a short step
  Allocations made;
  while (state.KeepRunningBatch(kBatch)) {
    state.PauseTiming();
    std::vector<Thing> things(kBatch);
    for (std::size_t stage = 0; stage < stages.size(); ++stage) {
      const auto before = allocations();
      if (stage == timed)
        state.ResumeTiming();
      for (auto& thing : things) stages[stage](thing);
      if (stage != timed)
        continue;
      state.PauseTiming();
      const auto of_batch = allocations() - before;
      made = {made.count + of_batch.count, made.octets + of_batch.octets};
    }
    things.clear();
    state.ResumeTiming();
  }
  report(state, made);
}

/// What must not fail, or the figures say nothing. No string is made while it does not.
inline void require(bool worked, std::string_view what) {
  if (!worked)
    throw std::runtime_error("bench: " + std::string(what));
}

inline constexpr std::string_view kTaskId = "3f2b8c1e-94d7-4a55-9e0b-7c1d2e3f4a5b";

/// 1 KiB: just long enough to be worth gzip.
inline std::string document_of(std::string_view id, std::string_view site) {
  return R"({"id":")" + std::string(id) + R"(","user":"root","site":")" + std::string(site) +
         R"(","state":"RUNNING","progress":10,"startTime":1700000000000,)"
         R"("lastUpdated":1700000002000,"endTime":-1,"warnings":[],"workflowInfo":)"
         R"({"type":"failover","resourceType":"vmReplication","resourceId":"C4-)" +
         std::string(id) + R"(","resourceName":"app-server-01","isRelationshipOwner":true},)" +
         R"("resultType":"x","note":")" + std::string(660, 'n') + R"("})";
}

/// A question as tests/bench/load.cpp sends it.
inline std::string request_text(std::string_view id, std::string_view site,
                                std::string_view token) {
  return "GET /tasks/" + std::string(id) + "?site=" + std::string(site) +
         " HTTP/1.1\r\nHost: site1\r\nX-VCAV-Auth: " + std::string(token) +
         "\r\nAccept: application/json\r\n\r\n";
}

/// `site1` speaks, `site2` listens.
struct SignedSites {
  SignedSites() {
    const auto keys = test::make_key_pair();
    Problems problems;
    signer = StatementSigner::load(files.file("key", keys.private_pem), problems);
    PeerSettings peer;
    peer.name = "site1";
    peer.certificate_san = "sitegate:site:site1";
    peer.statement_key = files.file("pub", keys.public_pem);
    peer.accept_users = {"*@Org1", "root"};
    peers = PeerDirectory::load({peer}, problems);
    require(signer && peers, problems.to_string());
  }

  StatementClaims claims(std::int64_t now) const {
    return {.issuer = "site1",
            .audience = "site2",
            .viewer = viewer,
            .issued_at = now,
            .expires_at = now + 60,
            .id = "9d5c0a3e-0b7e-4f6e-9a52-6f1f4a5e0c11",
            .certificate_thumbprint = certificate.thumbprint};
  }

  const test::TempDirectory files;
  std::optional<StatementSigner> signer;
  std::optional<PeerDirectory> peers;
  const ClientCertificate certificate{sha256("certificate"), {"sitegate:site:site1"}, {}};
  const Viewer viewer{"root", "System", {"EVERYONE", "ADMINISTRATORS"}};
};

}  // namespace sitegate::bench
