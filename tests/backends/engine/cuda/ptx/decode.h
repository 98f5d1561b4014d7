// From a statement's words to an Instruction.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/backends/engine/cuda/ptx/program.h"

namespace proctor::ptx {

struct Operand {
  std::vector<std::string> items;  // more than one: a vector
  bool address = false;
};

struct Statement {
  std::string guard;  // "" or %p1 or !%p1
  std::string opcode;
  std::vector<Operand> operands;
};

// What names stand for within a kernel.
struct Names {
  struct Register {
    Place place;
    std::size_t bits;  // 1: a predicate
  };
  std::map<std::string, Register> registers;
  std::map<std::string, Register> constants;    // by bits and value
  std::map<std::string, std::int64_t> symbols;  // offsets within their space

  // One that has the name already and the same size is the same: scopes of inline PTX repeat names.
  Place declare(Kernel& kernel, const std::string& name, std::size_t bits);
};

Result<Instruction> decode(Kernel& kernel, Names& names, const Statement& statement);

// One way in which an instruction is written. The shape names the operands by a letter each, first
// those that are written, then those that are read: p predicate, h 16 bits, w 32, l 64.
struct Form {
  const char* opcode;
  const char* shape;  // "w=ww"
  Action action;
  Flow flow = Flow::next;
};

const std::vector<Form>& arithmetic_forms();
const std::vector<Form>& conversion_forms();
const std::vector<Form>& warp_forms();
const std::vector<Form>& copy_forms();

// Accesses to memory, by state space.
Action load_action(Space space);
Action store_action(Space space);
// nullptr: there is none of that name.
Action atomic_action(Space space, const std::string& operation_and_type);

}  // namespace proctor::ptx
