#include "backends/engine/scheduler/residents.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>

#include "tests/backends/engine/scheduler/fake_device.h"

using namespace proctor::engine;

namespace {

constexpr int kPageSize = 4;

struct Memory {
  explicit Memory(int pages, int host_pages = 0, int refuses_every = 0)
      : device({.page_size = kPageSize,
                .pages = pages,
                .host_pages = host_pages,
                .host_refuses_every = refuses_every}),
        pool(pages, kPageSize),
        host(host_pages, kPageSize),
        prefixes(pool),
        residents(device, pool, host, prefixes) {}

  Sequence& sequence(std::vector<std::int32_t> prompt) {
    Sequence& sequence = *owned.emplace_back(std::make_unique<Sequence>());
    sequence.order = order++;
    sequence.tokens = {prompt.back()};
    sequence.prefix = &prefixes.join(std::move(prompt));
    return sequence;
  }
  void finish(Sequence& sequence) {
    if (!sequence.pages.empty()) residents.release(sequence);
    residents.forget(sequence);
    prefixes.leave(*sequence.prefix);
    std::erase_if(owned, [&](const auto& each) { return each.get() == &sequence; });
  }
  // Computes prefixes without a device: only the counts matter here.
  void start_all() {
    for (const auto& prefix : prefixes.all()) {
      if (prefix->starting > 0) prefix->computed = prefix->room;
    }
    CHECK(residents.start());
    for (Sequence* sequence : residents.all()) {
      if (sequence->started) sequence->computed = sequence->length();
    }
  }

  FakeDevice device;
  PagePool pool;
  PagePool host;
  PrefixCache prefixes;
  Residents residents;
  std::int64_t order = 0;
  std::vector<std::unique_ptr<Sequence>> owned;
};

void check_conservation(const Memory& memory) {
  std::map<std::int32_t, int> owners;
  std::map<const Prefix*, int> members, residents, starting;
  std::size_t places = 0;
  for (const auto& prefix : memory.prefixes.all()) {
    for (const std::int32_t page : prefix->pages) ++owners[page];
    CHECK(prefix->computed <= static_cast<int>(prefix->pages.size()) * kPageSize);
  }
  for (const auto& sequence : memory.owned) {
    for (const std::int32_t page : sequence->pages) ++owners[page];
    ++members[sequence->prefix];
    places += sequence->places.size();
    if (sequence->swapped_out()) CHECK(!sequence->started);
    if (sequence->pages.empty()) continue;
    ++residents[sequence->prefix];
    if (!sequence->started) ++starting[sequence->prefix];
  }
  CHECK(memory.pool.used() == static_cast<int>(owners.size()));
  for (const auto& [page, count] : owners) CHECK(memory.pool.owners(page) == count);
  CHECK(memory.host.used() == static_cast<int>(places));
  for (const auto& prefix : memory.prefixes.all()) {
    CHECK(prefix->members == members[prefix.get()]);
    CHECK(prefix->residents == residents[prefix.get()]);
    CHECK(prefix->starting == starting[prefix.get()]);
  }
}

}  // namespace

TEST_CASE("pages in use are those that are referred to, whatever happens") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const int pages = 6 + static_cast<int>(random() % 20);
    Memory memory(pages, static_cast<int>(random() % 3) * pages / 2);
    std::vector<Sequence*> preempted;
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t what = random() % 6;
      if (what == 0 && memory.owned.size() < 12) {
        memory.sequence(std::vector<std::int32_t>(1 + random() % 18, 7));
      } else if (what == 1 && !memory.owned.empty() && random() % 3 == 0) {
        memory.finish(*memory.owned[random() % memory.owned.size()]);
      } else if (what == 2) {
        memory.start_all();
      } else if (what == 3) {
        for (Sequence* sequence : memory.residents.all()) {
          const bool fits = sequence->length() < (memory.pool.pages() - 1) * kPageSize;
          if (sequence->started && fits) sequence->tokens.push_back(1);
        }
        CHECK(memory.residents.grow(preempted));
      } else {
        for (const auto& sequence : memory.owned) {
          const int reserve = static_cast<int>(random() % 3);
          if (!sequence->pages.empty()) continue;
          const int before = memory.pool.free() + memory.prefixes.droppable_pages(nullptr);
          const bool alone = memory.residents.all().empty();
          const bool admitted = memory.residents.admit(*sequence, reserve);
          CHECK((admitted || !alone));
          if (before < reserve) CHECK((!admitted || alone));
        }
      }
      check_conservation(memory);
      CHECK(std::is_sorted(memory.residents.all().begin(), memory.residents.all().end(),
                           [](const auto* a, const auto* b) { return a->order < b->order; }));
    }
    while (!memory.owned.empty()) memory.finish(*memory.owned.back());
    CHECK(memory.pool.used() == 0);
    CHECK(memory.host.used() == 0);
    CHECK(memory.prefixes.all().empty());
  }
}

TEST_CASE("who leaves is the shortest, the youngest of equals, and never the oldest") {
  struct Row {
    std::vector<int> lengths;  // in the order of submission; one goes into a second page
    std::size_t victim;
  };
  const Row kRows[] = {
      {{2, 3, 5}, 1},  // the oldest is the shortest, but stays
      {{5, 3, 2}, 2}, {{5, 2, 2}, 2}, {{5, 1, 2}, 1}, {{3, 4, 5}, 1},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.victim);
    Memory memory(3);
    for (std::size_t i = 0; i < row.lengths.size(); ++i) {
      CHECK(memory.residents.admit(memory.sequence({1}), 0));
    }
    memory.start_all();
    for (std::size_t i = 0; i < row.lengths.size(); ++i) {
      memory.owned[i]->tokens.resize(static_cast<std::size_t>(row.lengths[i]));
    }
    std::vector<Sequence*> preempted;
    CHECK(memory.residents.grow(preempted));
    REQUIRE(preempted.size() == 1);
    CHECK(preempted[0] == memory.owned[row.victim].get());
    CHECK(memory.pool.free() == 0);
    check_conservation(memory);
  }
}

TEST_CASE("prefixes that nobody needs go before any sequence") {
  Memory memory(5);
  Sequence& gone = memory.sequence(std::vector<std::int32_t>(9, 3));  // two pages and one
  Sequence& oldest = memory.sequence({1});
  Sequence& other = memory.sequence({2});
  CHECK(memory.residents.admit(gone, 0));
  memory.residents.release(gone);  // its prefix stays
  CHECK(memory.pool.used() == 2);
  CHECK(memory.residents.admit(oldest, 0));
  CHECK(memory.residents.admit(other, 0));
  memory.start_all();
  oldest.tokens.resize(9);  // three pages
  std::vector<Sequence*> preempted;
  CHECK(memory.residents.grow(preempted));
  CHECK(preempted.empty());
  CHECK(gone.prefix->pages.empty());
  CHECK(memory.pool.used() == 4);
}

TEST_CASE("a prompt that fills the cache takes over the last page of its prefix") {
  Memory memory(3);
  Sequence& sequence = memory.sequence(std::vector<std::int32_t>(12, 3));
  Sequence& twin = memory.sequence(std::vector<std::int32_t>(12, 3));
  CHECK(memory.residents.admit(sequence, 0));
  CHECK(!memory.residents.admit(twin, 0));
  memory.start_all();
  CHECK(memory.device.copies() == 0);
  CHECK(sequence.started);
  CHECK(sequence.prefix->pages.size() == 2);
  CHECK(sequence.prefix->computed == 8);
  check_conservation(memory);
  memory.finish(sequence);
  CHECK(memory.residents.admit(twin, 0));
  check_conservation(memory);
}

TEST_CASE("pages go to the host if all of them fit there and are computed again if not") {
  struct Row {
    int host_pages;
    bool refused;
    std::size_t places;
  };
  // The victim has two pages of its own behind one that it shares.
  for (const Row& row : {Row{2, false, 2}, Row{5, false, 2}, Row{1, false, 0}, Row{2, true, 0}}) {
    CAPTURE(row.host_pages);
    CAPTURE(row.refused);
    Memory memory(6, row.host_pages, row.refused ? 1 : 0);
    Sequence& oldest = memory.sequence(std::vector<std::int32_t>(6, 3));
    Sequence& victim = memory.sequence(std::vector<std::int32_t>(6, 3));
    CHECK(memory.residents.admit(oldest, 0));
    CHECK(memory.residents.admit(victim, 0));
    memory.start_all();
    victim.tokens.resize(4);  // positions 5 to 8
    std::vector<Sequence*> preempted;
    CHECK(memory.residents.grow(preempted));
    memory.start_all();
    CHECK(memory.pool.used() == 5);  // the prefix's two, one of the oldest, two of the victim
    oldest.tokens.resize(13);  // takes the free page, the prefix's last and one of the victim's
    CHECK(memory.residents.grow(preempted));
    REQUIRE(preempted.size() == 1);
    CHECK(preempted[0] == &victim);
    CHECK(victim.places.size() == row.places);
    CHECK(memory.host.used() == static_cast<int>(row.places));
    check_conservation(memory);

    memory.finish(oldest);
    CHECK(memory.residents.admit(victim, 0));
    memory.start_all();
    CHECK(victim.started);
    CHECK(victim.places.empty());
    CHECK(memory.host.used() == 0);
    CHECK(memory.device.swapped_in() == static_cast<int>(row.places));
    check_conservation(memory);
  }
}
