#include "graders/math/anchors.h"

#include <algorithm>
#include <array>

#include "graders/math/latex.h"

namespace proctor::graders::math {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// A word for "answer", and whether its value may follow without a link such as "is" or a colon.
struct Anchor {
  std::string_view word;  // ASCII letters in lower case match any case
  bool bare = false;
};

constexpr Anchor kAnchors[] = {
    {"answer"},      {"####", true}, {"correct option"}, {"correct choice"},
    {"antwort"},     {"lösung"},     {"ergebnis"},       {"réponse"},
    {"respuesta"},   {"resposta"},   {"risposta"},       {"antwoord"},
    {"odpowiedź"},   {"odpověď"},    {"odpoveď"},        {"ответ"},
    {"Ответ"},       {"ОТВЕТ"},      {"відповідь"},      {"Відповідь"},
    {"отговор"},     {"Отговор"},    {"одговор"},        {"Одговор"},
    {"cevap"},       {"yanıt"},      {"答案", true},     {"故选", true},
    {"故選", true},  {"答："},       {"答え"},           {"解答"},
    {"정답"},        {"답"},         {"الجواب"},         {"الإجابة"},
    {"جواب"},        {"پاسخ"},       {"התשובה"},         {"תשובה"},
    {"उत्तर"},        {"उत्तर"},       {"উত্তর"},           {"సమాధానం"},
    {"பதில்"},        {"คำตอบ"},      {"đáp án"},         {"Đáp án"},
    {"câu trả lời"}, {"jawaban"},    {"jibu"},           {"απάντηση"},
    {"Απάντηση"},    {"válasz"},     {"răspuns"},        {"svar"},
    {"svaret"},      {"vastaus"},    {"odgovor"},        {"javob"},
    {"sagot"},       {"пасуҳ"},      {"жавоб"},          {"жауап"},
};

// What stands between a word for "answer" and its value; a word comes before those that begin it.
constexpr std::string_view kLinks[] = {
    ":",         "：",        "=",      "is",     "are",    "was",    "will be", "would be",
    "must be",   "should be", "equals", "est",    "ist",    "lautet", "es",      "é",
    "è",         "jest",      "wynosi", "应该是", "应该为", "應該是", "应为",    "应是",
    "選",        "选",        "是",     "为",     "為",     "は",     "은",      "는",
    "이",        "هو",        "هي",     "הוא",    "היא",    "है",      "হল",      "হলো",
    "คือ",        "là",        "adalah", "ialah",  "ni",     "är",     "er",      "on",
    "είναι",     "este",      "je",     "равен",  "—",      "–",      "-",       "→",
    "therefore", "thus"};

constexpr std::string_view kBlank = " \t\r";
constexpr std::string_view kMarks = " \t\r*_`\"')#";
constexpr std::string_view kOpening = " \t\r*_`\"";  // before a value

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_folded(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char wanted, char found) {
           return wanted == found || wanted == lower(found);
         });
}

// Whether a word that begins with an ASCII letter has no letter on either side of it.
bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) {
  if (is_letter(text[begin]) && begin > 0 && is_letter(text[begin - 1])) return false;
  return !is_letter(text[end - 1]) || end == text.size() || !is_letter(text[end]);
}

// By first byte, whether any anchor begins so: most places of a text are passed by one look.
constexpr auto kBeginsAnchor = [] {
  std::array<bool, 256> begins{};
  for (const Anchor& anchor : kAnchors) {
    const char first = anchor.word[0];
    begins[static_cast<unsigned char>(first)] = true;
    const bool is_lower = first >= 'a' && first <= 'z';
    if (is_lower) begins[static_cast<unsigned char>(first - 'a' + 'A')] = true;
  }
  return begins;
}();

const Anchor* anchor_at(std::string_view text, std::size_t at) {
  if (!kBeginsAnchor[static_cast<unsigned char>(text[at])]) return nullptr;
  const Anchor* longest = nullptr;
  for (const Anchor& anchor : kAnchors) {
    if (!starts_with_folded(text.substr(at), anchor.word)) continue;
    if (!stands_alone(text, at, at + anchor.word.size())) continue;
    if (longest == nullptr || anchor.word.size() > longest->word.size()) longest = &anchor;
  }
  return longest;
}

std::size_t skip(std::string_view text, std::size_t at, std::string_view marks) {
  return std::min(text.find_first_not_of(marks, at), text.size());
}

std::size_t end_of_line(std::string_view text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

// After the link at `at`; `at` itself if there is none.
std::size_t skip_link(std::string_view text, std::size_t at) {
  std::size_t longest = 0;
  for (const std::string_view link : kLinks) {
    if (link.size() <= longest || !starts_with_folded(text.substr(at), link)) continue;
    const bool word = is_letter(link.back());
    if (link == "-" && !text.substr(at + 1).starts_with(' ')) continue;  // a sign
    if (word && at + link.size() < text.size() && is_letter(text[at + link.size()])) continue;
    longest = link.size();
  }
  return at + longest;
}

// A link some words further on: "the answer to this question is 5", "Answer (as a fraction): 5".
std::size_t find_late_link(std::string_view text, std::size_t at) {
  constexpr std::size_t kFarthest = 60;
  const std::size_t end = std::min(end_of_line(text, at), at + kFarthest);
  const std::string_view near = text.substr(at, end - at);
  const std::string_view clause = near.substr(0, near.find_first_of(".;!?$\\"));
  std::size_t nearest = kNone;
  for (const std::string_view link : {" is ", " are ", ": ", ":**", "："}) {
    const std::size_t found = clause.find(link);
    if (found != kNone && (nearest == kNone || at + found + link.size() < nearest)) {
      nearest = at + found + link.size();
    }
  }
  return nearest;
}

// Whether the phrase heads its line, alone or as "Final answer" or "The answer".
bool begins_line(std::string_view text, std::size_t at) {
  constexpr std::size_t kLongestBefore = 16;
  const std::size_t line = text.rfind('\n', at) + 1;  // 0 after npos
  const std::string_view before = text.substr(line, at - line);
  return before.size() <= kLongestBefore && std::all_of(before.begin(), before.end(), [](char c) {
           return is_letter(c) || std::string_view(" \t*_#>").find(c) != kNone;
         });
}

bool begins_value(std::string_view text, std::size_t at) {
  const bool remark = text.substr(at, 1) == "(" && at + 2 < text.size() &&
                      is_letter(text[at + 1]) &&
                      is_letter(text[at + 2]);  // "Answer (in metres): 5"
  if (remark) return false;
  return at < text.size() && (is_digit(text[at]) || text[at] == '$' || text[at] == '\\' ||
                              text[at] == '(' || text[at] == '[');
}

// Where the value that is announced begins; nothing for a mere mention.
std::optional<std::size_t> begin_of_value(std::string_view text, std::size_t phrase,
                                          const Anchor& anchor) {
  std::size_t at = skip(text, phrase + anchor.word.size(), kMarks);
  if (at < text.size() && text[at] == '(' && text.substr(at, 3) == "(s)")
    at = skip(text, at + 3, kMarks);
  std::size_t after = skip_link(text, at);
  while (after > at) {  // "is:" and the like
    at = skip(text, after, kBlank);
    after = skip_link(text, at);
    if (after == at) return skip(text, at, kOpening);
  }
  const bool heading = begins_line(text, phrase) || anchor.bare;
  const bool line_ends = at == text.size() || text[at] == '\n';
  if (anchor.bare || (heading && (line_ends || begins_value(text, at)))) return at;
  const bool formula =
      text.substr(at, 1) == "$" || text.substr(at, 2) == "\\[" || text.substr(at, 2) == "\\(";
  if (formula) return at;
  const std::size_t late = find_late_link(text, at);
  if (late == kNone) return std::nullopt;
  return skip(text, late, kOpening);
}

// The statement that begins here, or on the next line with anything on it.
Span statement_at(std::string_view text, std::size_t at) {
  std::size_t begin = skip(text, at, " \t\r*_`\"\n#>");
  return {begin, end_of_line(text, begin)};
}

bool is_final(std::string_view text, std::size_t phrase) {
  constexpr std::string_view kFinal = "final ";
  return phrase >= kFinal.size() && starts_with_folded(text.substr(phrase - kFinal.size()), kFinal);
}

}  // namespace

std::optional<Announcement> last_announcement(std::string_view text, std::size_t before) {
  for (std::size_t at = std::min(before, text.size()); at-- > 0;) {
    const Anchor* anchor = anchor_at(text, at);
    if (anchor == nullptr) continue;
    const std::optional<std::size_t> value = begin_of_value(text, at, *anchor);
    if (!value) continue;
    const Span statement = statement_at(text, *value);
    if (statement.begin < statement.end) return Announcement{at, statement, is_final(text, at)};
  }
  return std::nullopt;
}

}  // namespace proctor::graders::math
