#include "harness/run/sending_flags.h"

#include <charconv>
#include <string>
#include <utility>

namespace proctor::harness::run {
namespace {

constexpr int kMostConcurrent = 100'000;
// What a concurrency that is felt out may come to.
constexpr int kMostFelt = 2048;

// "64", "auto" or "auto:64". False if it is none of them.
bool read_concurrency(std::string_view text, backends::BackendOptions& options) {
  constexpr std::string_view kAuto = "auto";
  options.adaptive = text.starts_with(kAuto);
  options.concurrency = kMostFelt;
  if (text == kAuto) return true;
  if (options.adaptive) {
    text.remove_prefix(kAuto.size());
    if (!text.starts_with(':')) return false;
    text.remove_prefix(1);
  }
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), options.concurrency);
  return error == std::errc() && end == text.data() + text.size() && options.concurrency >= 1 &&
         options.concurrency <= kMostConcurrent;
}

// "90", "90s", "45m", "8h", "2d" in seconds. False if it is none of them, or not above zero.
bool read_duration(std::string_view text, double& seconds) {
  double unit = 1;
  constexpr std::pair<char, double> kUnits[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}};
  for (const auto& [letter, length] : kUnits) {
    if (!text.ends_with(letter)) continue;
    text.remove_suffix(1);
    unit = length;
    break;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  seconds *= unit;
  return error == std::errc() && end == text.data() + text.size() && seconds > 0 && seconds < 1e8;
}

// Flags about a server and about how patient one is with it.
void add_patience_flags(CLI::App& verb, backends::BackendOptions& options,
                        const std::string& group) {
  verb.add_option_function<std::string>(
          "--deadline",
          [&options](const std::string& text) {
            if (read_duration(text, options.deadline_s)) return;
            throw CLI::ValidationError("--deadline", "\"" + text + "\" is not a time such as 6h");
          },
          "90s, 45m, 6h: how long to ask at all; without one, for as long as it takes")
      ->group(group);
  verb.add_option("--max-attempts", options.max_attempts,
                  "tries of a request before it has failed; 0: until the deadline")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--rpm", options.requests_per_minute, "requests a minute, at most; 0: any number")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--tpm", options.tokens_per_minute,
                  "tokens a minute, prompts and replies together, at most; 0: any number")
      ->check(CLI::Range(0.0, 1e12))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--stuck-after", options.watchdog_s,
                  "seconds without a byte after which a sample is named as stuck")
      ->check(CLI::Range(0.05, 86'400.0))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--ca-file", options.ca_file,
                  "certificates to trust instead of the system's; they are always verified")
      ->group(group);
  verb.add_flag("--http2", options.http2, "speak HTTP/2 to an http:// server without asking")
      ->group(group);
}

// Flags about handing requests in by the thousand.
void add_batch_flags(CLI::App& verb, backends::BackendOptions& options, const std::string& group) {
  verb.add_flag("--batch,!--no-batch", options.batch,
                "hand requests in to the service's Batch API, which answers within a day for less")
      ->group(group);
  verb.add_option("--batch-size", options.batch_size,
                  "requests in a batch, at most; 0: as many as the service takes")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--batch-poll", options.batch_poll_s,
                  "seconds until a batch is looked at again; grows to ten minutes")
      ->check(CLI::Range(0.05, 3600.0))
      ->capture_default_str()
      ->group(group);
}

}  // namespace

void add_sending_flags(CLI::App& verb, RunFlags& flags) {
  backends::BackendOptions& options = flags.request.backend;
  const std::string group = "Sending requests";
  verb.add_option_function<std::string>(
          "--concurrency",
          [&options](const std::string& text) {
            if (read_concurrency(text, options)) return;
            throw CLI::ValidationError("--concurrency", "\"" + text + "\" is neither a number " +
                                                            "from 1 to 100000 nor auto[:N]");
          },
          "requests in flight, at most; auto, or auto:N: as many as each server turns out to carry")
      ->default_str(std::to_string(options.concurrency))
      ->group(group);
  verb.add_option(
          "--device", options.device,
          "of the built-in engine: auto, cpu, cuda, cuda:N; several share the work: cuda "
          "is all GPUs that are like the first, cuda:0,2 these, cpu:N the processor in parts")
      ->capture_default_str()
      ->group(group);
  verb.add_option("--threads", options.threads, "of the CPU device; 0: all")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str()
      ->group(group);
  verb.add_option(
          "--cache-gib", options.cache_gib,
          "of memory for the built-in engine's KV cache; 0: what is of use, up to a quarter")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--swap-gib", options.swap_gib,
                  "of memory for sequences that must make room in the cache; 0: they are computed "
                  "again; if not given a quarter of what is free, up to 16")
      ->check(CLI::Range(0.0, 1e6))
      ->group(group);
  verb.add_flag("--no-stream", flags.no_stream, "ask for whole replies instead of streams")
      ->group(group);
  verb.add_option("--backoff", options.backoff_first_s,
                  "seconds before the first repeat, doubled each time")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--backoff-max", options.backoff_max_s, "most seconds between repeats")
      ->check(CLI::Range(0.001, 86'400.0))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--idle-timeout", options.idle_timeout_s,
                  "seconds without a byte after which an attempt is given up")
      ->check(CLI::Range(0.05, 86'400.0))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--connect-timeout", options.connect_timeout_s, "seconds to connect")
      ->check(CLI::Range(0.05, 3600.0))
      ->capture_default_str()
      ->group(group);
  add_batch_flags(verb, options, group);
  add_patience_flags(verb, options, group);
}

backends::BackendOptions resumed_options(const backends::BackendOptions& stored,
                                         std::string_view model, const RunFlags& flags,
                                         const CLI::App& verb) {
  backends::BackendOptions options = stored;
  const backends::BackendOptions& given = flags.request.backend;
  const auto is_given = [&](const char* flag) { return verb.count(flag) > 0; };
  if (is_given("--base-url")) options.base_url = given.base_url;
  if (is_given("--concurrency")) {
    options.concurrency = given.concurrency;
    options.adaptive = given.adaptive;
  }
  if (is_given("--no-stream")) options.stream = false;
  if (is_given("--batch")) options.batch = given.batch;
  if (is_given("--batch-size")) options.batch_size = given.batch_size;
  if (is_given("--batch-poll")) options.batch_poll_s = given.batch_poll_s;
  if (is_given("--max-attempts")) options.max_attempts = given.max_attempts;
  if (is_given("--backoff")) options.backoff_first_s = given.backoff_first_s;
  if (is_given("--backoff-max")) options.backoff_max_s = given.backoff_max_s;
  if (is_given("--idle-timeout")) options.idle_timeout_s = given.idle_timeout_s;
  if (is_given("--connect-timeout")) options.connect_timeout_s = given.connect_timeout_s;
  if (is_given("--rpm")) options.requests_per_minute = given.requests_per_minute;
  if (is_given("--tpm")) options.tokens_per_minute = given.tokens_per_minute;
  if (is_given("--ca-file")) options.ca_file = given.ca_file;
  if (is_given("--http2")) options.http2 = true;
  options.deadline_s = given.deadline_s;  // of this attempt at the run, not of the one before
  options.watchdog_s = given.watchdog_s;
  options.device = given.device;
  options.threads = given.threads;
  options.cache_gib = given.cache_gib;
  options.swap_gib = given.swap_gib;
  options.api_key = api_key(model);
  return options;
}

}  // namespace proctor::harness::run
