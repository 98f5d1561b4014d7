#include "reports/published_r1.h"

namespace proctor::reports {
namespace {

constexpr std::optional<double> kNone;

constexpr PublishedRow kRows[] = {
    {"GPT-4o-0513", 9.3, 13.4, 74.6, 49.9, 32.9, 759},
    {"Claude-3.5-Sonnet-1022", 16.0, 26.7, 78.3, 65.0, 38.9, 717},
    {"o1-mini", 63.6, 80.0, 90.0, 60.0, 53.8, 1820},
    {"QwQ-32B-Preview", 50.0, 60.0, 90.6, 54.5, 41.9, 1316,
     "AIME24 pass@1 is 50.0 in the paper and 44.0 in the README"},
    {"DeepSeek-R1-Distill-Qwen-1.5B", 28.9, 52.7, 83.9, 33.8, 16.9, 954},
    {"DeepSeek-R1-Distill-Qwen-7B", 55.5, 83.3, 92.8, 49.1, 37.6, 1189},
    {"DeepSeek-R1-Distill-Qwen-14B", 69.7, 80.0, 93.9, 59.1, 53.1, 1481},
    {"DeepSeek-R1-Distill-Qwen-32B", 72.6, 83.3, 94.3, 62.1, 57.2, 1691},
    {"DeepSeek-R1-Distill-Llama-8B", 50.4, 80.0, 89.1, 49.0, 39.6, 1205},
    {"DeepSeek-R1-Distill-Llama-70B", 70.0, 86.7, 94.5, 65.2, 57.5, 1633},
    {"DeepSeek-R1", 79.8, kNone, 97.3, 71.5, 65.9, 2029},
    {"DeepSeek-R1-Zero", 71.0, 86.7, 95.9, 73.3, 50.0, 1444},
    {"DeepSeek-R1-Zero-Qwen-32B", 47.0, 60.0, 91.6, 55.0, 40.2, kNone},
};

}  // namespace

std::span<const PublishedRow> published_r1() { return kRows; }

std::string_view published_r1_source() {
  return "reported by DeepSeek, not measured here (DeepSeek-R1, arXiv:2501.12948, and its README); "
         "cons@64 of 52.7 and 13.4 are no multiples of 1/30, so the vote's rule is not a plain one";
}

}  // namespace proctor::reports
