#include "graders/math/expression/units.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <vector>

#include "graders/math/latex.h"

namespace proctor::graders::math {
namespace {

struct Unit {
  std::string_view spelling;  // in lower case, singular
  std::string_view name;
  int power = 1;  // of what it stands for: "cc" is cm^3
};

// Names that are one unit. A plural in s need not be listed.
constexpr Unit kUnits[] = {
    {"mm", "mm"},
    {"millimeter", "mm"},
    {"millimetre", "mm"},
    {"cm", "cm"},
    {"centimeter", "cm"},
    {"centimetre", "cm"},
    {"dm", "dm"},
    {"decimeter", "dm"},
    {"m", "m"},
    {"meter", "m"},
    {"metre", "m"},
    {"km", "km"},
    {"kilometer", "km"},
    {"kilometre", "km"},
    {"in", "inch"},
    {"inch", "inch"},
    {"inches", "inch"},
    {"ft", "foot"},
    {"foot", "foot"},
    {"feet", "foot"},
    {"yd", "yard"},
    {"yard", "yard"},
    {"mi", "mile"},
    {"mile", "mile"},
    {"s", "second"},
    {"sec", "second"},
    {"second", "second"},
    {"min", "minute"},
    {"minute", "minute"},
    {"h", "hour"},
    {"hr", "hour"},
    {"hour", "hour"},
    {"d", "day"},
    {"day", "day"},
    {"week", "week"},
    {"wk", "week"},
    {"month", "month"},
    {"year", "year"},
    {"yr", "year"},
    {"mg", "mg"},
    {"milligram", "mg"},
    {"g", "g"},
    {"gram", "g"},
    {"kg", "kg"},
    {"kilogram", "kg"},
    {"lb", "pound"},
    {"pound", "pound"},
    {"oz", "ounce"},
    {"ounce", "ounce"},
    {"t", "ton"},
    {"ton", "ton"},
    {"tonne", "ton"},
    {"ml", "ml"},
    {"milliliter", "ml"},
    {"millilitre", "ml"},
    {"l", "liter"},
    {"liter", "liter"},
    {"litre", "liter"},
    {"cc", "cm", 3},
    {"gal", "gallon"},
    {"gallon", "gallon"},
    {"pint", "pint"},
    {"quart", "quart"},
    {"cup", "cup"},
    {"acre", "acre"},
    {"hectare", "hectare"},
    {"dollar", "dollar"},
    {"usd", "dollar"},
    {"us dollar", "dollar"},
    {"$", "dollar"},
    {"buck", "dollar"},
    {"cent", "cent"},
    {"penny", "cent"},
    {"pennies", "cent"},
    {"€", "euro"},
    {"euro", "euro"},
    {"eur", "euro"},
    {"£", "pound sterling"},
    {"gbp", "pound sterling"},
    {"¥", "yen"},
    {"yen", "yen"},
    {"yuan", "yuan"},
    {"rmb", "yuan"},
    {"元", "yuan"},
    {"rupee", "rupee"},
    {"rs", "rupee"},
    {"rad", "radian"},
    {"radian", "radian"},
    {"degree", "degree"},
    {"celsius", "celsius"},
    {"fahrenheit", "fahrenheit"},
    {"kelvin", "K"},
    {"k", "K"},
    {"n", "N"},
    {"newton", "N"},
    {"j", "J"},
    {"joule", "J"},
    {"kj", "kJ"},
    {"w", "W"},
    {"watt", "W"},
    {"kw", "kW"},
    {"pa", "Pa"},
    {"pascal", "Pa"},
    {"kpa", "kPa"},
    {"v", "V"},
    {"volt", "V"},
    {"amp", "A"},
    {"ampere", "A"},
    {"ohm", "ohm"},
    {"c", "C"},
    {"coulomb", "C"},
    {"hz", "Hz"},
    {"hertz", "Hz"},
    {"mol", "mol"},
    {"mole", "mol"},
    {"ev", "eV"},
    {"unit", "unit"},
    {"person", "person"},
    {"people", "person"},
    {"child", "child"},
    {"children", "child"},
    {"man", "man"},
    {"men", "man"},
    {"woman", "woman"},
    {"women", "woman"},
};

// Units that are a quotient.
struct Rate {
  std::string_view spelling, name;
};
constexpr Rate kRates[] = {{"mph", "mile/hour"},
                           {"kph", "km/hour"},
                           {"kmh", "km/hour"},
                           {"rpm", "revolution/minute"},
                           {"fps", "foot/second"}};

// Abbreviations that may follow a number in a formula; other short ones are variables too often.
constexpr std::string_view kPlainAbbreviations[] = {
    "mm",  "cm",  "dm", "km",  "ft",  "yd",   "mg",  "kg",   "lb",  "lbs", "oz",
    "ml",  "mL",  "hr", "hrs", "min", "mins", "sec", "secs", "mph", "kph", "usd",
    "USD", "rad", "Hz", "kJ",  "kW",  "mi",   "yr",  "yrs",  "sq",  "cu",  "mol"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

const Unit* find_unit(std::string_view word) {
  const auto* found = std::ranges::find(kUnits, word, &Unit::spelling);
  if (found == std::end(kUnits) && word.size() > 2 && word.back() == 's') {
    found = std::ranges::find(kUnits, word.substr(0, word.size() - 1), &Unit::spelling);
  }
  return found == std::end(kUnits) ? nullptr : found;
}

struct Power {
  std::string name;
  int exponent;
};

std::string to_text(const std::vector<Power>& powers) {
  std::string above, below;
  for (const Power& power : powers) {
    if (power.exponent == 0) continue;
    std::string& side = power.exponent > 0 ? above : below;
    if (!side.empty()) side += power.exponent > 0 ? '*' : '/';
    side += power.name;
    const int size = std::abs(power.exponent);
    if (size > 1) side += '^' + std::to_string(size);
  }
  if (above.empty() && !below.empty()) above = "1";
  return below.empty() ? above : above + '/' + below;
}

// Reads words, slashes and exponents from left to right.
class UnitReader {
 public:
  std::string read(std::string_view written) {
    for (std::size_t at = 0; at < written.size();) at = step(written, at);
    if (!understood_) return phrase(written);
    return to_text(powers_);
  }

  // After read(): whether every word was known.
  bool known() const { return known_ && understood_ && !powers_.empty(); }

 private:
  std::size_t step(std::string_view written, std::size_t at) {
    const char c = written[at];
    if (c == '^') return exponent(written, at + 1);
    if (c == '/') {
      sign_ = -1;
      return at + 1;
    }
    if (c == '\\') return command(written, at);
    if (is_space(c) || std::string_view(".,*~{}()\\").find(c) != std::string_view::npos)
      return at + 1;
    std::size_t end = at;
    while (end < written.size() && !is_space(written[end]) &&
           std::string_view("^/.,*~{}()\\").find(written[end]) == std::string_view::npos) {
      ++end;
    }
    word(written.substr(at, end - at));
    return end;
  }

  // What may stand between two units: N \cdot m, m\,s^{-1}.
  std::size_t command(std::string_view written, std::size_t at) {
    const std::string_view name = command_name_at(written, at);
    constexpr std::string_view kJoints[] = {"cdot", "times", ",", ";", " ", "!"};
    understood_ = understood_ && std::ranges::find(kJoints, name) != std::end(kJoints);
    return at + 1 + name.size();
  }

  void word(std::string_view written) {
    std::string small(written);
    std::ranges::transform(small, small.begin(), lower);
    if (small == "per" || small == "a" || small == "an" || small == "each") {
      sign_ = small == "per" ? -1 : sign_;
      understood_ = understood_ && small == "per";
    } else if (small == "square" || small == "sq" || small == "squared") {
      small == "squared" ? raise(2) : void(next_power_ = 2);
    } else if (small == "cubic" || small == "cu" || small == "cubed") {
      small == "cubed" ? raise(3) : void(next_power_ = 3);
    } else if (const auto* rate = std::ranges::find(kRates, small, &Rate::spelling);
               rate != std::end(kRates)) {
      const std::size_t slash = rate->name.find('/');
      add(std::string(rate->name.substr(0, slash)), 1);
      add(std::string(rate->name.substr(slash + 1)), -1);
    } else if (const Unit* unit = find_unit(small); unit != nullptr) {
      add(std::string(unit->name), unit->power * next_power_ * sign_);
    } else {
      // One noun is a unit of its own; several words are a phrase.
      understood_ = understood_ && powers_.empty();
      known_ = false;
      if (small.size() > 3 && small.back() == 's') small.pop_back();
      add(small, next_power_ * sign_);
    }
  }

  void add(std::string name, int power) {
    next_power_ = 1;
    // "degrees Celsius" is one unit.
    const bool is_temperature = name == "celsius" || name == "fahrenheit";
    if (is_temperature && powers_.size() == 1 && powers_[0].name == "degree") powers_.clear();
    const auto same = std::ranges::find(powers_, name, &Power::name);
    if (same == powers_.end()) {
      powers_.push_back({std::move(name), power});
    } else {
      same->exponent += power;
    }
  }

  void raise(int power) {
    if (!powers_.empty()) powers_.back().exponent *= power;
  }

  std::size_t exponent(std::string_view written, std::size_t at) {
    int sign = 1;
    for (; at < written.size(); ++at) {
      if (written[at] == '-') {
        sign = -1;
      } else if (is_digit(written[at])) {
        raise(sign * (written[at] - '0'));
        return at + 1;
      } else if (written[at] != '{' && written[at] != ' ') {
        break;
      }
    }
    understood_ = false;
    return at;
  }

  static std::string phrase(std::string_view written) {
    std::string out;
    for (const char c : written) {
      if (is_space(c) && (out.empty() || out.back() == ' ')) continue;
      out += is_space(c) ? ' ' : lower(c);
    }
    while (!out.empty() && (out.back() == ' ' || out.back() == '.')) out.pop_back();
    return out;
  }

  std::vector<Power> powers_;
  int sign_ = 1;        // of what follows a slash
  int next_power_ = 1;  // after "square" and "cubic"
  bool understood_ = true;
  bool known_ = true;
};

}  // namespace

std::string unit_normal_form(std::string_view written) { return UnitReader().read(written); }

bool is_unit_expression(std::string_view written) {
  UnitReader reader;
  reader.read(written);
  return reader.known();
}

bool is_plain_unit(std::string_view letters) {
  if (std::ranges::find(kPlainAbbreviations, letters) != std::end(kPlainAbbreviations)) return true;
  if (letters.size() < 3) return false;
  std::string small(letters);
  std::ranges::transform(small, small.begin(), lower);
  if (small == "square" || small == "cubic" || small == "units") return true;
  const Unit* unit = find_unit(small);
  return unit != nullptr && small.size() > 3;
}

}  // namespace proctor::graders::math
