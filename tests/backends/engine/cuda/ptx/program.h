// PTX as nvcc writes it, read into what machine.h runs. Of the language only what our kernels use:
// anything else is an error that names the line ("PTX ISA 9.0", sections 4, 5 and 9).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace proctor::ptx {

struct Instruction;
struct Warp;

// What an instruction does in the lanes that are active.
using Action = void (*)(Warp&, const Instruction&);

// What an instruction means for the order of things.
enum class Flow {
  next,
  branch,
  exit,
  warp_sync,          // the lanes of its mask, its last operand, run it together
  warp_sync_aligned,  // all lanes of the warp do
  block_sync,         // the threads of the block wait for each other
};

enum class Space { generic, global, shared, local, param };

// Where a register lies in a warp's registers, in bytes: one value a lane, or for a predicate one
// bit a lane. Constants and special registers lie among them.
using Place = std::uint32_t;
constexpr Place kNowhere = ~0U;

struct Instruction {
  Action action = nullptr;
  Flow flow = Flow::next;
  Place guard = kNowhere;
  bool guard_negated = false;
  std::array<Place, 4> out = {kNowhere, kNowhere, kNowhere, kNowhere};
  std::array<Place, 10> in = {};
  int ins = 0;
  // Of an access to memory.
  Space space = Space::generic;
  int parts = 1;           // of a vector
  int part_bytes = 0;      // in memory
  int register_bytes = 0;  // of each part
  bool extend_sign = false;
  int address_bytes = 0;  // of the register in[0]; the parts of a store follow it
  std::int64_t offset = 0;
  std::uint32_t target = 0;  // of a branch
  std::uint32_t number = 0;  // of a wait
  int line = 0;
};

struct Parameter {
  std::string name;
  std::size_t offset = 0;
  std::size_t bytes = 0;
};

struct Kernel {
  std::string name;
  std::vector<Parameter> parameters;
  std::size_t parameter_bytes = 0;
  std::array<unsigned, 3> most_threads = {0, 0, 0};  // zeros: not said
  std::size_t local_bytes = 0;
  std::vector<Instruction> code;
  // What a warp's registers begin as: constants, and for the rest bits that look wrong.
  std::vector<std::uint64_t> registers;
  std::map<std::string, Place> specials;  // those that the code reads, by name: %tid.x
  std::vector<std::string> lines;         // the text, for messages; shared by number
};

// All kernels of one module, by name.
Result<std::map<std::string, std::unique_ptr<Kernel>>> parse_module(std::string_view text);

}  // namespace proctor::ptx
