#include "graders/math/expression/unicode.h"

#include <algorithm>
#include <iterator>

namespace proctor::graders::math {
namespace {

struct Spelling {
  std::uint32_t code;
  std::string_view latex;
};

// Sorted by code point. A command ends with a space, lest it run into the next letter.
constexpr Spelling kSpellings[] = {
    {0x00A0, " "},
    {0x00A2, "\\text{ cents}"},
    {0x00A3, "\\text{£}"},
    {0x00A5, "\\text{¥}"},
    {0x00AD, ""},
    {0x00B0, "^{\\circ}"},
    {0x00B1, "\\pm "},
    {0x00B4, "'"},
    {0x00B5, "\\mu "},
    {0x00B7, "\\cdot "},
    {0x00BC, "\\frac{1}{4}"},
    {0x00BD, "\\frac{1}{2}"},
    {0x00BE, "\\frac{3}{4}"},
    {0x00D7, "\\times "},
    {0x00F7, "\\div "},
    {0x0393, "\\Gamma "},
    {0x0394, "\\Delta "},
    {0x0398, "\\Theta "},
    {0x039B, "\\Lambda "},
    {0x039E, "\\Xi "},
    {0x03A0, "\\Pi "},
    {0x03A3, "\\Sigma "},
    {0x03A6, "\\Phi "},
    {0x03A8, "\\Psi "},
    {0x03A9, "\\Omega "},
    {0x03B1, "\\alpha "},
    {0x03B2, "\\beta "},
    {0x03B3, "\\gamma "},
    {0x03B4, "\\delta "},
    {0x03B5, "\\epsilon "},
    {0x03B6, "\\zeta "},
    {0x03B7, "\\eta "},
    {0x03B8, "\\theta "},
    {0x03B9, "\\iota "},
    {0x03BA, "\\kappa "},
    {0x03BB, "\\lambda "},
    {0x03BC, "\\mu "},
    {0x03BD, "\\nu "},
    {0x03BE, "\\xi "},
    {0x03C0, "\\pi "},
    {0x03C1, "\\rho "},
    {0x03C3, "\\sigma "},
    {0x03C4, "\\tau "},
    {0x03C5, "\\upsilon "},
    {0x03C6, "\\phi "},
    {0x03C7, "\\chi "},
    {0x03C8, "\\psi "},
    {0x03C9, "\\omega "},
    {0x03D1, "\\theta "},
    {0x03D5, "\\phi "},
    {0x03F5, "\\epsilon "},
    {0x2002, " "},
    {0x2003, "\\quad "},
    {0x2009, "\\,"},
    {0x200A, "\\,"},
    {0x2010, "-"},
    {0x2011, "-"},
    {0x2012, "-"},
    {0x2013, "-"},
    {0x2014, "-"},
    {0x2016, "\\|"},
    {0x2018, "'"},
    {0x2019, "'"},
    {0x201C, "\""},
    {0x201D, "\""},
    {0x2022, "\\cdot "},
    {0x2026, "\\ldots "},
    {0x202F, "\\,"},
    {0x2032, "'"},
    {0x2033, "''"},
    {0x2044, "/"},
    {0x20AC, "\\text{€}"},
    {0x2102, "\\mathbb{C}"},
    {0x210E, "h"},
    {0x2113, "\\ell "},
    {0x2115, "\\mathbb{N}"},
    {0x211A, "\\mathbb{Q}"},
    {0x211D, "\\mathbb{R}"},
    {0x2124, "\\mathbb{Z}"},
    {0x2150, "\\frac{1}{7}"},
    {0x2151, "\\frac{1}{9}"},
    {0x2152, "\\frac{1}{10}"},
    {0x2153, "\\frac{1}{3}"},
    {0x2154, "\\frac{2}{3}"},
    {0x2155, "\\frac{1}{5}"},
    {0x2156, "\\frac{2}{5}"},
    {0x2157, "\\frac{3}{5}"},
    {0x2158, "\\frac{4}{5}"},
    {0x2159, "\\frac{1}{6}"},
    {0x215A, "\\frac{5}{6}"},
    {0x215B, "\\frac{1}{8}"},
    {0x215C, "\\frac{3}{8}"},
    {0x215D, "\\frac{5}{8}"},
    {0x215E, "\\frac{7}{8}"},
    {0x2192, "\\to "},
    {0x21A6, "\\mapsto "},
    {0x2205, "\\emptyset "},
    {0x2208, "\\in "},
    {0x2209, "\\notin "},
    {0x220F, "\\prod "},
    {0x2211, "\\sum "},
    {0x2212, "-"},
    {0x2213, "\\mp "},
    {0x2215, "/"},
    {0x2216, "\\setminus "},
    {0x2217, "*"},
    {0x2219, "\\cdot "},
    {0x221A, "\\sqrt "},
    {0x221B, "\\cbrt "},
    {0x221E, "\\infty "},
    {0x2223, "\\mid "},
    {0x2225, "\\|"},
    {0x2227, "\\land "},
    {0x2228, "\\lor "},
    {0x2229, "\\cap "},
    {0x222A, "\\cup "},
    {0x222B, "\\int "},
    {0x2236, ":"},
    {0x223C, "\\approx "},
    {0x2243, "\\approx "},
    {0x2245, "\\cong "},
    {0x2248, "\\approx "},
    {0x2260, "\\ne "},
    {0x2261, "\\equiv "},
    {0x2264, "\\le "},
    {0x2265, "\\ge "},
    {0x2266, "\\le "},
    {0x2267, "\\ge "},
    {0x2282, "\\subset "},
    {0x2286, "\\subseteq "},
    {0x22C5, "\\cdot "},
    {0x22EF, "\\cdots "},
    {0x2308, "\\lceil "},
    {0x2309, "\\rceil "},
    {0x230A, "\\lfloor "},
    {0x230B, "\\rfloor "},
    {0x2329, "\\langle "},
    {0x232A, "\\rangle "},
    {0x27E8, "\\langle "},
    {0x27E9, "\\rangle "},
    {0x2A7D, "\\le "},
    {0x2A7E, "\\ge "},
    {0x3000, " "},
    {0x3001, ","},
    {0x3002, "."},
    {0x6216, "\\text{ or }"},
};
static_assert(std::ranges::is_sorted(kSpellings, {}, &Spelling::code));

bool is_invisible(std::uint32_t code) {
  return code == 0 || (code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x2069) || (code >= 0xFE00 && code <= 0xFE0F) ||
         code == 0xFEFF || code == 0x061C;
}

// A row of the Unicode chart; a space is a character that is of no use here.
char listed(std::string_view row, std::uint32_t column) {
  return row[column] == ' ' ? '\0' : row[column];
}

// ASCII in another dress: full width, Arabic digits, or the mathematical alphabets of the
// supplementary plane (Unicode 15, chart 1D400); 0 if it is none.
char plain_ascii(std::uint32_t code) {
  if (code >= 0xFF01 && code <= 0xFF5E) return static_cast<char>(code - 0xFF01 + '!');
  if (code >= 0x0660 && code <= 0x0669) return static_cast<char>(code - 0x0660 + '0');
  if (code >= 0x06F0 && code <= 0x06F9) return static_cast<char>(code - 0x06F0 + '0');
  if (code >= 0x1D7CE && code <= 0x1D7FF) return static_cast<char>((code - 0x1D7CE) % 10 + '0');
  if (code >= 0x1D400 && code <= 0x1D6A3) {
    const std::uint32_t letter = (code - 0x1D400) % 52;
    return static_cast<char>(letter < 26 ? 'A' + letter : 'a' + letter - 26);
  }
  return 0;
}

}  // namespace

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xC2 ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                           : first < 0xF5 ? 4
                                          : 0;
  if (size == 0 || at + size > text.size()) return {kNoCharacter, 1};
  if (size == 1) return {first, 1};
  std::uint32_t code = first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {kNoCharacter, 1};
    code = code << 6 | (byte(at + i) & 0x3FU);
  }
  return {code, size};
}

char raised(std::uint32_t code) {
  if (code == 0xB9) return '1';
  if (code == 0xB2) return '2';
  if (code == 0xB3) return '3';
  if (code >= 0x2070 && code <= 0x207F) return listed("0i  456789+-=()n", code - 0x2070);
  return 0;
}

char lowered(std::uint32_t code) {
  if (code >= 0x2080 && code <= 0x208E) return listed("0123456789+-=()", code - 0x2080);
  if (code >= 0x2090 && code <= 0x209C) return listed("aeox hklmnpst", code - 0x2090);
  return 0;
}

void append_latex(std::string_view character, std::uint32_t code, std::string& out) {
  if (is_invisible(code)) return;
  if (const char ascii = plain_ascii(code); ascii != 0) {
    out += ascii;
    return;
  }
  const auto* row = std::ranges::lower_bound(kSpellings, code, {}, &Spelling::code);
  const bool known = row != std::end(kSpellings) && row->code == code;
  out += known ? row->latex : character;
}

}  // namespace proctor::graders::math
