#include "backends/engine/chat_template/case_mapping.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "backends/engine/chat_template/text.h"

namespace proctor::engine {
namespace {

// Upper case letters `first`, `first + stride` ... `last`, whose lower case lies `distance` further
// and leads back to them. From Unicode 14, as Python 3.11 has it.
struct Letters {
  char32_t first;
  char32_t last;
  int stride;
  int distance;
};

constexpr Letters kPairs[] = {
    {0x41, 0x5A, 1, 32},         {0xC0, 0xD6, 1, 32},         {0xD8, 0xDE, 1, 32},
    {0x100, 0x12E, 2, 1},        {0x132, 0x136, 2, 1},        {0x139, 0x147, 2, 1},
    {0x14A, 0x176, 2, 1},        {0x178, 0x178, 1, -121},     {0x179, 0x17D, 2, 1},
    {0x181, 0x181, 1, 210},      {0x182, 0x184, 2, 1},        {0x186, 0x186, 1, 206},
    {0x187, 0x187, 1, 1},        {0x189, 0x18A, 1, 205},      {0x18B, 0x18B, 1, 1},
    {0x18E, 0x18E, 1, 79},       {0x18F, 0x18F, 1, 202},      {0x190, 0x190, 1, 203},
    {0x191, 0x191, 1, 1},        {0x193, 0x193, 1, 205},      {0x194, 0x194, 1, 207},
    {0x196, 0x196, 1, 211},      {0x197, 0x197, 1, 209},      {0x198, 0x198, 1, 1},
    {0x19C, 0x19C, 1, 211},      {0x19D, 0x19D, 1, 213},      {0x19F, 0x19F, 1, 214},
    {0x1A0, 0x1A4, 2, 1},        {0x1A6, 0x1A6, 1, 218},      {0x1A7, 0x1A7, 1, 1},
    {0x1A9, 0x1A9, 1, 218},      {0x1AC, 0x1AC, 1, 1},        {0x1AE, 0x1AE, 1, 218},
    {0x1AF, 0x1AF, 1, 1},        {0x1B1, 0x1B2, 1, 217},      {0x1B3, 0x1B5, 2, 1},
    {0x1B7, 0x1B7, 1, 219},      {0x1B8, 0x1B8, 1, 1},        {0x1BC, 0x1BC, 1, 1},
    {0x1CD, 0x1DB, 2, 1},        {0x1DE, 0x1EE, 2, 1},        {0x1F4, 0x1F4, 1, 1},
    {0x1F6, 0x1F6, 1, -97},      {0x1F7, 0x1F7, 1, -56},      {0x1F8, 0x21E, 2, 1},
    {0x220, 0x220, 1, -130},     {0x222, 0x232, 2, 1},        {0x23A, 0x23A, 1, 10795},
    {0x23B, 0x23B, 1, 1},        {0x23D, 0x23D, 1, -163},     {0x23E, 0x23E, 1, 10792},
    {0x241, 0x241, 1, 1},        {0x243, 0x243, 1, -195},     {0x244, 0x244, 1, 69},
    {0x245, 0x245, 1, 71},       {0x246, 0x24E, 2, 1},        {0x370, 0x372, 2, 1},
    {0x376, 0x376, 1, 1},        {0x37F, 0x37F, 1, 116},      {0x386, 0x386, 1, 38},
    {0x388, 0x38A, 1, 37},       {0x38C, 0x38C, 1, 64},       {0x38E, 0x38F, 1, 63},
    {0x391, 0x3A1, 1, 32},       {0x3A3, 0x3AB, 1, 32},       {0x3CF, 0x3CF, 1, 8},
    {0x3D8, 0x3EE, 2, 1},        {0x3F7, 0x3F7, 1, 1},        {0x3F9, 0x3F9, 1, -7},
    {0x3FA, 0x3FA, 1, 1},        {0x3FD, 0x3FF, 1, -130},     {0x400, 0x40F, 1, 80},
    {0x410, 0x42F, 1, 32},       {0x460, 0x480, 2, 1},        {0x48A, 0x4BE, 2, 1},
    {0x4C0, 0x4C0, 1, 15},       {0x4C1, 0x4CD, 2, 1},        {0x4D0, 0x52E, 2, 1},
    {0x531, 0x556, 1, 48},       {0x10A0, 0x10C5, 1, 7264},   {0x10C7, 0x10C7, 1, 7264},
    {0x10CD, 0x10CD, 1, 7264},   {0x13A0, 0x13EF, 1, 38864},  {0x13F0, 0x13F5, 1, 8},
    {0x1E00, 0x1E94, 2, 1},      {0x1EA0, 0x1EFE, 2, 1},      {0x1F08, 0x1F0F, 1, -8},
    {0x1F18, 0x1F1D, 1, -8},     {0x1F28, 0x1F2F, 1, -8},     {0x1F38, 0x1F3F, 1, -8},
    {0x1F48, 0x1F4D, 1, -8},     {0x1F59, 0x1F5F, 2, -8},     {0x1F68, 0x1F6F, 1, -8},
    {0x1FB8, 0x1FB9, 1, -8},     {0x1FBA, 0x1FBB, 1, -74},    {0x1FC8, 0x1FCB, 1, -86},
    {0x1FD8, 0x1FD9, 1, -8},     {0x1FDA, 0x1FDB, 1, -100},   {0x1FE8, 0x1FE9, 1, -8},
    {0x1FEA, 0x1FEB, 1, -112},   {0x1FEC, 0x1FEC, 1, -7},     {0x1FF8, 0x1FF9, 1, -128},
    {0x1FFA, 0x1FFB, 1, -126},   {0x2132, 0x2132, 1, 28},     {0x2160, 0x216F, 1, 16},
    {0x2183, 0x2183, 1, 1},      {0x24B6, 0x24CF, 1, 26},     {0x2C00, 0x2C2F, 1, 48},
    {0x2C60, 0x2C60, 1, 1},      {0x2C62, 0x2C62, 1, -10743}, {0x2C63, 0x2C63, 1, -3814},
    {0x2C64, 0x2C64, 1, -10727}, {0x2C67, 0x2C6B, 2, 1},      {0x2C6D, 0x2C6D, 1, -10780},
    {0x2C6E, 0x2C6E, 1, -10749}, {0x2C6F, 0x2C6F, 1, -10783}, {0x2C70, 0x2C70, 1, -10782},
    {0x2C72, 0x2C72, 1, 1},      {0x2C75, 0x2C75, 1, 1},      {0x2C7E, 0x2C7F, 1, -10815},
    {0x2C80, 0x2CE2, 2, 1},      {0x2CEB, 0x2CED, 2, 1},      {0x2CF2, 0x2CF2, 1, 1},
    {0xA640, 0xA66C, 2, 1},      {0xA680, 0xA69A, 2, 1},      {0xA722, 0xA72E, 2, 1},
    {0xA732, 0xA76E, 2, 1},      {0xA779, 0xA77B, 2, 1},      {0xA77D, 0xA77D, 1, -35332},
    {0xA77E, 0xA786, 2, 1},      {0xA78B, 0xA78B, 1, 1},      {0xA78D, 0xA78D, 1, -42280},
    {0xA790, 0xA792, 2, 1},      {0xA796, 0xA7A8, 2, 1},      {0xA7AA, 0xA7AA, 1, -42308},
    {0xA7AB, 0xA7AB, 1, -42319}, {0xA7AC, 0xA7AC, 1, -42315}, {0xA7AD, 0xA7AD, 1, -42305},
    {0xA7AE, 0xA7AE, 1, -42308}, {0xA7B0, 0xA7B0, 1, -42258}, {0xA7B1, 0xA7B1, 1, -42282},
    {0xA7B2, 0xA7B2, 1, -42261}, {0xA7B3, 0xA7B3, 1, 928},    {0xA7B4, 0xA7C2, 2, 1},
    {0xA7C4, 0xA7C4, 1, -48},    {0xA7C5, 0xA7C5, 1, -42307}, {0xA7C6, 0xA7C6, 1, -35384},
    {0xA7C7, 0xA7C9, 2, 1},      {0xA7D0, 0xA7D0, 1, 1},      {0xA7D6, 0xA7D8, 2, 1},
    {0xA7F5, 0xA7F5, 1, 1},      {0xFF21, 0xFF3A, 1, 32},     {0x10400, 0x10427, 1, 40},
    {0x104B0, 0x104D3, 1, 40},   {0x10570, 0x10594, 2, 39},   {0x10571, 0x10579, 2, 39},
    {0x1057D, 0x10589, 2, 39},   {0x1058D, 0x10591, 2, 39},   {0x10595, 0x10595, 1, 39},
    {0x10C80, 0x10CB2, 1, 64},   {0x118A0, 0x118BF, 1, 32},   {0x16E40, 0x16E5F, 1, 32},
    {0x1E900, 0x1E921, 1, 34},
};

struct Block {
  char32_t first;
  char32_t last;
};

// Letters with mappings of another kind: to several letters, to title case, one way only.
constexpr Block kOdd[] = {
    {0xB5, 0xB5},     {0xDF, 0xDF},     {0x130, 0x131},   {0x149, 0x149},   {0x17F, 0x17F},
    {0x1C4, 0x1CC},   {0x1F0, 0x1F3},   {0x345, 0x345},   {0x390, 0x390},   {0x3B0, 0x3B0},
    {0x3C2, 0x3C2},   {0x3D0, 0x3D1},   {0x3D5, 0x3D6},   {0x3F0, 0x3F1},   {0x3F4, 0x3F5},
    {0x587, 0x587},   {0x10D0, 0x10FA}, {0x10FD, 0x10FF}, {0x1C80, 0x1C88}, {0x1C90, 0x1CBA},
    {0x1CBD, 0x1CBF}, {0x1E96, 0x1E9B}, {0x1E9E, 0x1E9E}, {0x1F50, 0x1F50}, {0x1F52, 0x1F52},
    {0x1F54, 0x1F54}, {0x1F56, 0x1F56}, {0x1F80, 0x1FAF}, {0x1FB2, 0x1FB4}, {0x1FB6, 0x1FB7},
    {0x1FBC, 0x1FBC}, {0x1FBE, 0x1FBE}, {0x1FC2, 0x1FC4}, {0x1FC6, 0x1FC7}, {0x1FCC, 0x1FCC},
    {0x1FD2, 0x1FD3}, {0x1FD6, 0x1FD7}, {0x1FE2, 0x1FE4}, {0x1FE6, 0x1FE7}, {0x1FF2, 0x1FF4},
    {0x1FF6, 0x1FF7}, {0x1FFC, 0x1FFC}, {0x2126, 0x2126}, {0x212A, 0x212B}, {0xFB00, 0xFB06},
    {0xFB13, 0xFB17},
};

// Where there are letters that have a case and nothing to be mapped to, as phonetic and
// mathematical ones do. Which of these are such letters is not known here.
constexpr Block kMaybeCased[] = {
    {0xAA, 0xAA},       {0xBA, 0xBA},       {0x138, 0x138},     {0x180, 0x2FF},
    {0x370, 0x37F},     {0x3D0, 0x3FF},     {0x560, 0x58F},     {0x1D00, 0x1DFF},
    {0x1E96, 0x1E9F},   {0x2071, 0x209C},   {0x2100, 0x214F},   {0x2C60, 0x2CFF},
    {0xA640, 0xA7FF},   {0xAB30, 0xAB6F},   {0x10780, 0x107BF}, {0x1D400, 0x1D7CB},
    {0x1DF00, 0x1DF1E}, {0x1F130, 0x1F189},
};

constexpr char32_t kMicro = 0xB5;
constexpr char32_t kSharpS = 0xDF;
constexpr char32_t kFinalSigma = 0x3C2;
constexpr char32_t kCapitalSharpS = 0x1E9E;
constexpr char32_t kSigma = 0x3A3;  // its lower case depends on its place in the word

struct Known {
  std::optional<Case> letter;  // nothing for a character without case
  std::u32string lower;
  std::u32string upper;
  std::u32string title;
};

template <std::size_t size>
bool lies_in(const Block (&blocks)[size], char32_t code) {
  return std::any_of(std::begin(blocks), std::end(blocks),
                     [&](const Block& block) { return code >= block.first && code <= block.last; });
}

// Nothing for the odd letters that are not handled.
std::optional<Known> look_up(char32_t code) {
  for (const Letters& pair : kPairs) {
    const auto belongs = [&](char32_t upper) {
      return upper >= pair.first && upper <= pair.last &&
             (upper - pair.first) % static_cast<char32_t>(pair.stride) == 0;
    };
    const char32_t lower = code + static_cast<char32_t>(pair.distance);
    const char32_t upper = code - static_cast<char32_t>(pair.distance);
    if (belongs(code)) return Known{Case::upper, {lower}, {code}, {code}};
    if (belongs(upper)) return Known{Case::lower, {code}, {upper}, {upper}};
  }
  if (code == kMicro) return Known{Case::lower, {code}, {0x39C}, {0x39C}};
  if (code == kSharpS) return Known{Case::lower, {code}, U"SS", U"Ss"};
  if (code == kFinalSigma) return Known{Case::lower, {code}, {kSigma}, {kSigma}};
  if (code == kCapitalSharpS) return Known{Case::upper, {kSharpS}, {code}, {code}};
  if (lies_in(kOdd, code)) return std::nullopt;
  return Known{std::nullopt, {code}, {code}, {code}};
}

Error unknown(char32_t code) {
  char text[80];
  std::snprintf(text, sizeof text, "upper and lower case of U+%04X is not supported",
                static_cast<unsigned>(code));
  return Error(ErrorCode::invalid_input, text);
}

void append(std::string& text, const std::u32string& codes) {
  for (const char32_t code : codes) append_code_point(text, code);
}

enum class Form { lower, upper, title };

// Maps each character to the form that `form_of` chooses, told whether it is the first and, if
// `asks_before`, whether a cased one came before.
template <class FormOf>
Result<std::string> map_case(std::string_view text, bool asks_before, const FormOf& form_of) {
  std::string result;
  bool after_cased = false;
  bool first = true;
  while (!text.empty()) {
    const char32_t code = take_code_point(text);
    const std::optional<Known> known = look_up(code);
    const Form form = form_of(first, after_cased);
    if (!known || (code == kSigma && form == Form::lower)) return unknown(code);
    if (asks_before && !known->letter && lies_in(kMaybeCased, code)) return unknown(code);
    append(result, form == Form::lower   ? known->lower
                   : form == Form::upper ? known->upper
                                         : known->title);
    after_cased = known->letter.has_value();
    first = false;
  }
  return result;
}

}  // namespace

Result<std::string> to_case(std::string_view text, Case wanted) {
  return map_case(text, false,
                  [&](bool, bool) { return wanted == Case::lower ? Form::lower : Form::upper; });
}

Result<std::string> capitalize(std::string_view text) {
  return map_case(text, false, [](bool first, bool) { return first ? Form::title : Form::lower; });
}

Result<std::string> title(std::string_view text) {
  return map_case(text, true,
                  [](bool, bool after_cased) { return after_cased ? Form::lower : Form::title; });
}

Result<bool> is_all_of_case(std::string_view text, Case wanted) {
  bool any = false;
  while (!text.empty()) {
    const char32_t code = take_code_point(text);
    const std::optional<Known> known = look_up(code);
    if (!known || (!known->letter && lies_in(kMaybeCased, code))) return unknown(code);
    if (!known->letter) continue;
    if (*known->letter != wanted) return false;
    any = true;
  }
  return any;
}

}  // namespace proctor::engine
