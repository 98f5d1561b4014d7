// Swaps beside the steps: whatever the order in which the streams run, pages and places hold what
// they would if one thing were done after the other.
#include "backends/engine/cuda/page_copies.h"

#include <algorithm>
#include <deque>
#include <numeric>

#include "backends/engine/cuda/kernels/kv_layout.h"
#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

namespace {

constexpr std::size_t kLayers = 3;
constexpr std::size_t kPages = 9;
constexpr std::size_t kPlaces = 5;
constexpr int kOperations = 60;

// A number for each page or place, the same in every layer.
using Numbers = std::vector<std::int32_t>;

// What is done to the cache, and what it would come to without streams.
class Script {
 public:
  explicit Script(std::uint64_t seed)
      : random_(seed),
        pages_(kPages),
        places_(kPlaces, 0),
        cache_(room_for<std::int32_t>(kLayers * kPages)),
        read_(room_for<std::int32_t>(kLayers * kPages * kOperations)),
        numbers_(taken(PinnedBuffer<std::int32_t>::make(kOperations))) {
    std::iota(pages_.begin(), pages_.end(), 1);
    Numbers all;
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
      all.insert(all.end(), pages_.begin(), pages_.end());
    }
    copy_to_device(cache_.span(), all, steps_);
    REQUIRE(steps_.wait());
    auto made = PageCopies::make(
        {.bytes = bytes_of(cache_.span()), .layers = kLayers, .page_bytes = sizeof(std::int32_t)},
        HostPages(kLayers * sizeof(std::int32_t), kPlaces * kLayers * sizeof(std::int32_t)),
        steps_);
    REQUIRE(made);
    copies_ = std::move(*made);
    REQUIRE(copies_->places() == static_cast<int>(kPlaces));
    swap_out_all();
  }

  void run() {
    for (operation_ = 0; operation_ < kOperations; ++operation_) {
      switch (random_() % 5) {
        case 0:
        case 1:
          if (under_way_.size() == 2) collect();
          step();
          break;
        case 2:
          swap(true);
          break;
        case 3:
          swap(false);
          break;
        default:
          random_() % 2 == 0 ? copy() : collect();
      }
    }
    while (!under_way_.empty()) collect();
  }

  // Everything that steps read, and the pages in the end.
  void check_all() {
    CHECK(download(std::as_const(read_).span().first(expected_.size()), steps_) == expected_);
    Numbers all;
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
      all.insert(all.end(), pages_.begin(), pages_.end());
    }
    CHECK(download(cache_, steps_) == all);
  }

 private:
  template <class T>
  static T taken(Result<T> made) {
    REQUIRE(made);
    return std::move(*made);
  }

  std::vector<std::int32_t> some(std::size_t of, std::size_t most) {
    std::vector<std::int32_t> all(of);
    std::iota(all.begin(), all.end(), 0);
    std::ranges::shuffle(all, random_);
    all.resize(1 + random_() % most);
    return all;
  }

  // So that no place is brought back that nothing was put into.
  void swap_out_all() {
    std::vector<std::int32_t> all(kPlaces);
    std::iota(all.begin(), all.end(), 0);
    REQUIRE(copies_->swap_out(all, all));
    std::copy_n(pages_.begin(), kPlaces, places_.begin());
  }

  // Reads some pages, then writes the last of them, as a slice that decodes does.
  void step() {
    const std::vector<std::int32_t> pages = some(kPages, 4);
    for (const std::int32_t page : pages) {
      for (std::size_t layer = 0; layer < kLayers; ++layer) {
        copy_on_device(read_.span().subspan(expected_.size(), 1),
                       cache_.span().subspan(layer * kPages + static_cast<std::size_t>(page), 1),
                       steps_);
        expected_.push_back(pages_[static_cast<std::size_t>(page)]);
      }
    }
    const auto last = static_cast<std::size_t>(pages.back());
    std::int32_t& number = numbers_.span()[static_cast<std::size_t>(operation_)];
    number = pages_[last] = 1000 + operation_;
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
      copy_to_device(cache_.span().subspan(layer * kPages + last, 1),
                     std::span<const std::int32_t>(&number, 1), steps_);
    }
    Event done = taken(Event::make());
    done.record(steps_);
    under_way_.push_back(std::move(done));
    const std::int32_t token = 0;
    const SequenceSlice slice = {.tokens = std::span(&token, 1),
                                 .start = static_cast<int>(pages.size()) * kPagePositions - 1,
                                 .pages = pages,
                                 .sampling = {},
                                 .logits = {}};
    copies_->step_begun(std::span(&slice, 1));
  }

  void collect() {
    if (under_way_.empty()) return;
    REQUIRE(under_way_.front().wait());
    under_way_.pop_front();
    copies_->steps_ended(++collected_);
  }

  void swap(bool out) {
    std::vector<std::int32_t> pages = some(kPages, kPlaces);
    std::vector<std::int32_t> places = some(kPlaces, kPlaces);
    const std::size_t both = std::min(pages.size(), places.size());
    pages.resize(both);
    places.resize(both);
    if (out) {
      REQUIRE(copies_->swap_out(pages, places));
    } else {
      REQUIRE(copies_->swap_in(places, pages));
    }
    for (std::size_t i = 0; i < both; ++i) {
      std::int32_t& page = pages_[static_cast<std::size_t>(pages[i])];
      std::int32_t& place = places_[static_cast<std::size_t>(places[i])];
      (out ? place : page) = out ? page : place;
    }
  }

  void copy() {
    std::vector<std::int32_t> pages = some(kPages, 1);
    const std::int32_t to = (pages.front() + 1) % static_cast<std::int32_t>(kPages);
    copies_->copy_page(pages.front(), to);
    pages_[static_cast<std::size_t>(to)] = pages_[static_cast<std::size_t>(pages.front())];
  }

  Random random_;
  Stream steps_ = make_stream();
  Numbers pages_, places_;
  DeviceBuffer<std::int32_t> cache_;
  DeviceBuffer<std::int32_t> read_;  // by the steps
  Numbers expected_;                 // there
  PinnedBuffer<std::int32_t> numbers_;
  std::deque<Event> under_way_;
  std::size_t collected_ = 0;
  int operation_ = 0;
  std::unique_ptr<PageCopies> copies_;
};

}  // namespace

TEST_CASE("swaps beside the steps leave what they would leave one after the other") {
  SKIP_WITHOUT_DEVICE();
  in_every_order_of_streams([] {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      CAPTURE(seed);
      Script script(seed);
      script.run();
      script.check_all();
    }
  });
}
