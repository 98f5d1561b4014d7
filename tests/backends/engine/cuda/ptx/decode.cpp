#include "tests/backends/engine/cuda/ptx/decode.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

namespace proctor::ptx {

namespace {

constexpr std::size_t kLanes = 32;

Error wrong(const std::string& what) { return {ErrorCode::corrupt, what}; }

std::size_t bits_of(char letter) {
  switch (letter) {
    case 'p':
      return 1;
    case 'h':
      return 16;
    case 'w':
      return 32;
    default:
      return 64;
  }
}

Place take_room(Kernel& kernel, std::size_t bits) {
  const std::size_t words = bits == 1 ? 1 : kLanes * bits / 64;
  const auto place = static_cast<Place>(kernel.registers.size() * 8);
  // Bits that look wrong: a NaN, an address of nothing, a number out of all bounds.
  kernel.registers.resize(kernel.registers.size() + words, 0xFFF3FFF3FFF3FFF3U);
  return place;
}

// Literals: decimal and hexadecimal integers, 0f and 0d with the bits of a floating-point number.
std::optional<std::uint64_t> literal(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 2 && text[0] == '0' &&
      (text[1] == 'x' || text[1] == 'f' || text[1] == 'd' || text[1] == 'F' || text[1] == 'D')) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return negative ? ~value + 1 : value;
}

Place constant(Kernel& kernel, Names& names, std::uint64_t value, std::size_t bits) {
  const std::string name = std::to_string(bits) + ":" + std::to_string(value);
  if (const auto known = names.constants.find(name); known != names.constants.end()) {
    return known->second.place;
  }
  const Place place = take_room(kernel, bits);
  if (bits == 1) kernel.registers.back() = value != 0 ? ~std::uint64_t{0} : 0;
  auto* bytes = reinterpret_cast<unsigned char*>(kernel.registers.data()) + place;
  for (std::size_t lane = 0; bits > 1 && lane < kLanes; ++lane) {
    std::memcpy(bytes + lane * bits / 8, &value, bits / 8);
  }
  names.constants[name] = {place, bits};
  return place;
}

// The place of what an operand reads; for `bits` 0 whatever size the register has.
Result<Names::Register> source(Kernel& kernel, Names& names, const std::string& text,
                               std::size_t bits) {
  if (text.empty()) return wrong("an operand is missing");
  if (text.front() == '%') {
    auto found = names.registers.find(text);
    if (found == names.registers.end() && text.find('.') != std::string::npos) {
      kernel.specials[text] = names.declare(kernel, text, 32);
      found = names.registers.find(text);
    }
    if (found == names.registers.end()) return wrong("unknown register " + text);
    if (bits != 0 && found->second.bits != bits) return wrong(text + " has another size");
    return found->second;
  }
  const std::size_t size = bits == 0 ? 64 : bits;
  if (const auto symbol = names.symbols.find(text); symbol != names.symbols.end()) {
    return Names::Register{
        constant(kernel, names, static_cast<std::uint64_t>(symbol->second), size), size};
  }
  if (const std::optional<std::uint64_t> value = literal(text)) {
    return Names::Register{constant(kernel, names, *value, size), size};
  }
  // The module's one symbol besides: dynamic shared memory, which begins at 0.
  if (text.front() == '_') return Names::Register{constant(kernel, names, 0, size), size};
  return wrong("unknown operand " + text);
}

// [%rd1+8], [%rd1+-8], [%rd1], [symbol+16]
Result<void> address(Kernel& kernel, Names& names, const Operand& operand,
                     Instruction& instruction) {
  if (!operand.address || operand.items.size() != 1) return wrong("an address was expected");
  std::string base = operand.items[0];
  if (const std::size_t plus = base.find('+'); plus != std::string::npos) {
    const std::optional<std::uint64_t> offset = literal(base.substr(plus + 1));
    if (!offset) return wrong("unknown offset in " + base);
    instruction.offset = static_cast<std::int64_t>(*offset);
    base = base.substr(0, plus);
  }
  if (instruction.space == Space::param) {
    for (const Parameter& parameter : kernel.parameters) {
      if (parameter.name != base) continue;
      instruction.offset += static_cast<std::int64_t>(parameter.offset);
      instruction.in[0] = constant(kernel, names, 0, 64);
      instruction.address_bytes = 8;
      return {};
    }
    return wrong("no parameter " + base);
  }
  const Result<Names::Register> place = source(kernel, names, base, 0);
  if (!place) return place.error();
  if (place->bits < 32) return wrong("an address of 16 bits");
  instruction.in[0] = place->place;
  instruction.address_bytes = static_cast<int>(place->bits / 8);
  return {};
}

std::vector<std::string> split_opcode(const std::string& opcode) {
  std::vector<std::string> parts = {""};
  for (const char c : opcode) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::optional<Space> space_of(const std::string& name) {
  if (name == "global") return Space::global;
  if (name == "shared") return Space::shared;
  if (name == "local") return Space::local;
  if (name == "param") return Space::param;
  return std::nullopt;
}

// ld and st, with any of our spaces, .v2 and .v4, and a type: ld.shared.v4.u32.
Result<Instruction> decode_access(Kernel& kernel, Names& names, const Statement& statement) {
  Instruction instruction;
  std::vector<std::string> parts = split_opcode(statement.opcode);
  const bool store = parts[0] == "st";
  std::size_t at = 1;
  if (const std::optional<Space> space = space_of(parts[at])) {
    instruction.space = *space;
    ++at;
  }
  if (at < parts.size() && (parts[at] == "v2" || parts[at] == "v4")) {
    instruction.parts = parts[at][1] - '0';
    ++at;
  }
  if (at + 1 != parts.size()) return wrong("unknown modifier");
  const std::string& type = parts[at];
  const std::optional<std::uint64_t> bits = literal(type.substr(1));
  if (std::string_view("subf").find(type[0]) == std::string_view::npos || !bits) {
    return wrong("unknown type");
  }
  instruction.part_bytes = static_cast<int>(*bits / 8);
  instruction.extend_sign = type[0] == 's';
  if (statement.operands.size() != 2) return wrong("two operands were expected");
  const Operand& data = statement.operands[store ? 1 : 0];
  if (Result<void> read = address(kernel, names, statement.operands[store ? 0 : 1], instruction);
      !read) {
    return read.error();
  }
  if (data.items.size() != static_cast<std::size_t>(instruction.parts)) {
    return wrong("parts are missing");
  }
  for (std::size_t i = 0; i < data.items.size(); ++i) {
    const bool is_register = data.items[i].front() == '%';
    const Result<Names::Register> place =
        source(kernel, names, data.items[i], is_register ? 0 : std::size_t{*bits});
    if (!place) return place.error();
    if (place->bits < *bits ||
        (i > 0 && static_cast<int>(place->bits / 8) != instruction.register_bytes)) {
      return wrong("a register of another size");
    }
    instruction.register_bytes = static_cast<int>(place->bits / 8);
    (store ? instruction.in[i + 1] : instruction.out[i]) = place->place;
  }
  instruction.action = store ? store_action(instruction.space) : load_action(instruction.space);
  if (instruction.action == nullptr) return wrong("unknown state space");
  return instruction;
}

// atom.shared.add.u64 d, [a], b
Result<Instruction> decode_atomic(Kernel& kernel, Names& names, const Statement& statement) {
  Instruction instruction;
  const std::vector<std::string> parts = split_opcode(statement.opcode);
  if (parts.size() != 4 || statement.operands.size() != 3) return wrong("unknown form");
  const std::optional<Space> space = space_of(parts[1]);
  if (!space) return wrong("unknown state space");
  instruction.space = *space;
  instruction.action = atomic_action(*space, parts[2] + "." + parts[3]);
  if (instruction.action == nullptr) return wrong("unknown operation");
  const std::size_t bits = *literal(parts[3].substr(1));
  instruction.part_bytes = instruction.register_bytes = static_cast<int>(bits / 8);
  if (Result<void> read = address(kernel, names, statement.operands[1], instruction); !read) {
    return read.error();
  }
  const Result<Names::Register> out = source(kernel, names, statement.operands[0].items[0], bits);
  if (!out) return out.error();
  const Result<Names::Register> in = source(kernel, names, statement.operands[2].items[0], bits);
  if (!in) return in.error();
  instruction.out[0] = out->place;
  instruction.in[1] = in->place;
  return instruction;
}

// Fills in operands after a form's shape; an address stands where the shape says a.
Result<Instruction> fill(Kernel& kernel, Names& names, const Form& form,
                         const std::vector<const Operand*>& owners,
                         const std::vector<std::string>& items) {
  Instruction instruction;
  instruction.action = form.action;
  instruction.flow = form.flow;
  const std::string_view shape = form.shape;
  const std::size_t outs = shape.find('=');
  for (std::size_t i = 0; i < items.size(); ++i) {
    const char letter = i < outs ? shape[i] : shape[i + 1];
    if (letter == 'n') {  // a plain number of the instruction itself
      const std::optional<std::uint64_t> number = literal(items[i]);
      if (!number) return wrong("a number was expected");
      instruction.number = static_cast<std::uint32_t>(*number);
      continue;
    }
    if (letter == 't') continue;  // a label, found when all are known
    const bool in_address = letter == 'A' || letter == 'a';
    if (owners[i]->address != in_address) return wrong("an address where none was expected");
    const Result<Names::Register> place =
        source(kernel, names, items[i], in_address ? (letter == 'A' ? 64 : 32) : bits_of(letter));
    if (!place) return place.error();
    if (i < outs) {
      if (items[i].front() != '%') return wrong("a register was expected");
      instruction.out[i] = place->place;
    } else {
      instruction.in[static_cast<std::size_t>(instruction.ins++)] = place->place;
    }
  }
  return instruction;
}

Result<Instruction> decode_form(Kernel& kernel, Names& names, const Statement& statement) {
  static const auto& by_opcode = *new std::multimap<std::string, Form>([] {
    std::multimap<std::string, Form> all;
    for (const auto* forms :
         {&arithmetic_forms(), &conversion_forms(), &warp_forms(), &copy_forms()}) {
      for (const Form& form : *forms) all.emplace(form.opcode, form);
    }
    return all;
  }());
  std::vector<const Operand*> owners;
  std::vector<std::string> items;
  for (const Operand& operand : statement.operands) {
    for (const std::string& item : operand.items) {
      items.push_back(item);
      owners.push_back(&operand);
    }
  }
  const auto [begin, end] = by_opcode.equal_range(statement.opcode);
  if (begin == end) return wrong("unknown instruction");
  for (auto form = begin; form != end; ++form) {
    const std::string_view shape = form->second.shape;
    const std::size_t outs = shape.find('=');
    const std::size_t written =
        statement.operands.empty() || outs == 0 ? 0 : statement.operands.front().items.size();
    if (shape.size() - 1 != items.size() || outs != written) continue;
    return fill(kernel, names, form->second, owners, items);
  }
  return wrong("operands of an unknown shape");
}

}  // namespace

Place Names::declare(Kernel& kernel, const std::string& name, std::size_t bits) {
  const auto known = registers.find(name);
  if (known != registers.end() && known->second.bits == bits) return known->second.place;
  const Place place = take_room(kernel, bits);
  registers[name] = {place, bits};
  return place;
}

Result<Instruction> decode(Kernel& kernel, Names& names, const Statement& statement) {
  const std::string family = statement.opcode.substr(0, statement.opcode.find('.'));
  Result<Instruction> decoded = family == "ld" || family == "st"
                                    ? decode_access(kernel, names, statement)
                                : family == "atom" ? decode_atomic(kernel, names, statement)
                                                   : decode_form(kernel, names, statement);
  if (!decoded || statement.guard.empty()) return decoded;
  decoded->guard_negated = statement.guard.front() == '!';
  const Result<Names::Register> guard =
      source(kernel, names, statement.guard.substr(decoded->guard_negated ? 1 : 0), 1);
  if (!guard) return guard.error();
  decoded->guard = guard->place;
  return decoded;
}

}  // namespace proctor::ptx
