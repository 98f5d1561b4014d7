// An imitation of an endpoint that does, or fails to do, what a canary looks for: OpenAI's chat
// completions without streaming, /models, and the addresses at which servers describe themselves.
#pragma once

#include <atomic>
#include <limits>
#include <map>
#include <string>

#include "tests/support/fake_server.h"

namespace proctor::harness::canary {

enum class Thought { none, tagged, closing_only, apart, endless };

struct Manners {
  std::string model = "parrot";  // as replies name it
  std::string fingerprint{};
  bool heeds_limit = true;
  bool admits_cut = true;  // says "length" of a reply cut at its limit
  bool ends_early = false;
  bool heeds_temperature = true;
  bool heeds_seed = true;
  bool repeats_at_0 = true;
  bool tells_usage = true;
  Thought thought = Thought::tagged;
  int refuses_status = 0;         // of questions that are no stories; 0: answers them
  int refuses_temperature_0 = 0;  // likewise, of requests at temperature 0
  int context = 0;                // tokens, which are words; 0: any number
  bool shifts_context = false;    // goes on beyond it
  int answers = std::numeric_limits<int>::max();  // so many, and refuses what comes after
  std::map<std::string, std::string> pages{};     // GET path -> JSON
};

// Called on the server's thread alone.
class Imitation {
 public:
  explicit Imitation(Manners manners) : manners_(std::move(manners)) {}
  support::Answer answer(const support::HttpRequest& request);

  // While no request is under way.
  void set_pages(std::map<std::string, std::string> pages) { manners_.pages = std::move(pages); }

  int replies() const { return replies_; }  // that were asked for; thread-safe

 private:
  Manners manners_;
  std::atomic<int> replies_ = 0;
};

// One that listens.
struct ImitationServer {
  explicit ImitationServer(Manners manners = {}) : imitation(std::move(manners)) {}

  Imitation imitation;
  support::FakeServer server{
      [this](const support::HttpRequest& request) { return imitation.answer(request); }};
};

}  // namespace proctor::harness::canary
