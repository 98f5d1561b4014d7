// Loads, stores, atomic operations and asynchronous copies ("PTX ISA 9.0", 9.7.9 and 9.7.13).
#include <algorithm>
#include <cstring>
#include <string>

#include "tests/backends/engine/cuda/ptx/decode.h"
#include "tests/backends/engine/cuda/ptx/warp.h"

namespace proctor::ptx {

namespace {

std::uint64_t address_of(Warp& warp, const Instruction& instruction, int lane) {
  const auto offset = static_cast<std::uint64_t>(instruction.offset);
  if (instruction.address_bytes == 8) {
    return warp.values<std::uint64_t>(instruction.in[0])[lane] + offset;
  }
  return (warp.values<std::uint32_t>(instruction.in[0])[lane] + offset) & 0xFFFFFFFFU;
}

std::byte* touch_local(Warp& warp, std::uint64_t address, std::size_t bytes, int lane) {
  const std::size_t size = warp.block->launch->kernel->local_bytes;
  if (address % bytes != 0 || bytes > size || address > size - bytes) {
    warp.fail("local memory: " + std::to_string(address) + " is outside or not aligned");
    return nullptr;
  }
  return warp.local.data() + static_cast<std::size_t>(lane) * size + address;
}

std::byte* touch(Warp& warp, Space space, std::uint64_t address, std::size_t bytes, Touch how,
                 int lane) {
  std::string fault;
  std::byte* place = nullptr;
  if (space == Space::generic) {
    const bool in_shared = address - kSharedWindow < kWindowBytes;
    const bool in_local = address - kLocalWindow < kWindowBytes;
    space = in_shared ? Space::shared : in_local ? Space::local : Space::global;
    if (in_shared) address -= kSharedWindow;
    if (in_local) address -= kLocalWindow;
  }
  if (space == Space::local) return touch_local(warp, address, bytes, lane);
  if (space == Space::shared) {
    place = warp.block->shared.touch(address, bytes, how, warp.toucher(lane), fault);
  } else {
    place = warp.block->launch->memory->touch(address, bytes, how, warp.toucher(lane), fault);
  }
  if (place == nullptr) warp.fail(fault);
  return place;
}

// A value of `bytes` as a register of `wide` bytes has it.
std::uint64_t extended(const std::byte* from, int bytes, bool sign) {
  std::uint64_t value = 0;
  std::memcpy(&value, from, static_cast<std::size_t>(bytes));
  const int unused = 64 - bytes * 8;
  if (sign) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
  }
  return value;
}

void set_register(Warp& warp, Place place, int lane, std::uint64_t value, int bytes) {
  std::memcpy(warp.values<unsigned char>(place) + lane * bytes, &value,
              static_cast<std::size_t>(bytes));
}

void load_parts(Warp& warp, const Instruction& instruction, int lane, const std::byte* from) {
  for (int i = 0; i < instruction.parts; ++i) {
    set_register(warp, instruction.out[static_cast<std::size_t>(i)], lane,
                 extended(from + i * instruction.part_bytes, instruction.part_bytes,
                          instruction.extend_sign),
                 instruction.register_bytes);
  }
}

template <Space space>
void load(Warp& warp, const Instruction& instruction) {
  const auto bytes = static_cast<std::size_t>(instruction.parts * instruction.part_bytes);
  for (int lane = 0; lane < kLanes; ++lane) {
    if (!warp.runs(lane)) continue;
    const std::byte* const from =
        touch(warp, space, address_of(warp, instruction, lane), bytes, Touch::read, lane);
    if (from == nullptr) return;
    load_parts(warp, instruction, lane, from);
  }
}

void load_parameter(Warp& warp, const Instruction& instruction) {
  const std::vector<std::byte>& parameters = warp.block->launch->parameters;
  const auto bytes = static_cast<std::size_t>(instruction.parts * instruction.part_bytes);
  const auto at = static_cast<std::size_t>(instruction.offset);
  if (at % bytes != 0 || at + bytes > parameters.size()) {
    warp.fail("a parameter is read outside or not aligned");
    return;
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    if (warp.runs(lane)) load_parts(warp, instruction, lane, parameters.data() + at);
  }
}

template <Space space>
void store(Warp& warp, const Instruction& instruction) {
  const auto bytes = static_cast<std::size_t>(instruction.parts * instruction.part_bytes);
  for (int lane = 0; lane < kLanes; ++lane) {
    if (!warp.runs(lane)) continue;
    std::byte* const to =
        touch(warp, space, address_of(warp, instruction, lane), bytes, Touch::write, lane);
    if (to == nullptr) return;
    for (int i = 0; i < instruction.parts; ++i) {
      const unsigned char* const part =
          warp.values<unsigned char>(instruction.in[static_cast<std::size_t>(i) + 1]);
      std::memcpy(to + i * instruction.part_bytes, part + lane * instruction.register_bytes,
                  static_cast<std::size_t>(instruction.part_bytes));
    }
  }
}

template <Space space, class T, auto operation>
void atomic(Warp& warp, const Instruction& instruction) {
  for (int lane = 0; lane < kLanes; ++lane) {
    if (!warp.runs(lane)) continue;
    std::byte* const at =
        touch(warp, space, address_of(warp, instruction, lane), sizeof(T), Touch::atomic, lane);
    if (at == nullptr) return;
    T before;
    std::memcpy(&before, at, sizeof(T));
    const T after = operation(before, warp.values<T>(instruction.in[1])[lane]);
    std::memcpy(at, &after, sizeof(T));
    warp.values<T>(instruction.out[0])[lane] = before;
  }
}

constexpr auto sum = [](auto a, auto b) { return a + b; };
constexpr auto lesser = [](auto a, auto b) { return std::min(a, b); };

// cp.async of 16 bytes, of which the last operand says how many are read; zeros follow them.
void start_copy(Warp& warp, const Instruction& instruction) {
  const std::uint32_t* const to = warp.values<std::uint32_t>(instruction.in[0]);
  const std::uint64_t* const from = warp.values<std::uint64_t>(instruction.in[1]);
  const std::uint32_t* const wanted = warp.values<std::uint32_t>(instruction.in[2]);
  for (int lane = 0; lane < kLanes; ++lane) {
    if (!warp.runs(lane)) continue;
    PendingCopy copy = {.to = to[lane], .bytes = {}};
    std::string fault;
    if (instruction.number != 16 || (wanted[lane] != 0 && wanted[lane] != 16)) {
      return warp.fail("cp.async: of other than 0 or 16 bytes");
    }
    if (from[lane] % 16 != 0) return warp.fail("cp.async: the source is not aligned");
    if (wanted[lane] != 0) {
      const std::byte* const source =
          warp.block->launch->memory->touch(from[lane], 16, Touch::read, warp.toucher(lane), fault);
      if (source == nullptr) return warp.fail(fault);
      std::copy_n(source, 16, copy.bytes.begin());
    }
    if (warp.block->shared.begin_copy(copy.to, 16, warp.toucher(lane), fault) == nullptr) {
      return warp.fail(fault);
    }
    CopyGroups& groups = warp.copies[static_cast<std::size_t>(lane)];
    if (groups.empty()) groups.emplace_back();
    groups.back().push_back(copy);
  }
}

void end_group(Warp& warp, const Instruction&) {
  for (int lane = 0; lane < kLanes; ++lane) {
    if (!warp.runs(lane)) continue;
    CopyGroups& groups = warp.copies[static_cast<std::size_t>(lane)];
    if (groups.empty()) groups.emplace_back();
    groups.emplace_back();
  }
}

// All but the latest `number` groups that have ended arrive.
void wait_for_groups(Warp& warp, const Instruction& instruction) {
  for (int lane = 0; lane < kLanes; ++lane) {
    if (!warp.runs(lane)) continue;
    CopyGroups& groups = warp.copies[static_cast<std::size_t>(lane)];
    while (groups.size() > std::size_t{instruction.number} + 1) {
      for (const PendingCopy& copy : groups.front()) {
        warp.block->shared.arrive(copy.to, copy.bytes.data(), copy.bytes.size(),
                                  warp.toucher(lane));
      }
      groups.pop_front();
    }
  }
}

}  // namespace

Action load_action(Space space) {
  switch (space) {
    case Space::generic:
      return load<Space::generic>;
    case Space::global:
      return load<Space::global>;
    case Space::shared:
      return load<Space::shared>;
    case Space::local:
      return load<Space::local>;
    case Space::param:
      return load_parameter;
  }
  return nullptr;
}

Action store_action(Space space) {
  switch (space) {
    case Space::generic:
      return store<Space::generic>;
    case Space::global:
      return store<Space::global>;
    case Space::shared:
      return store<Space::shared>;
    case Space::local:
      return store<Space::local>;
    case Space::param:
      return nullptr;
  }
  return nullptr;
}

Action atomic_action(Space space, const std::string& operation_and_type) {
  if (space == Space::global) {
    return operation_and_type == "add.u32" ? atomic<Space::global, std::uint32_t, sum> : nullptr;
  }
  if (space != Space::shared) return nullptr;
  if (operation_and_type == "add.u32") return atomic<Space::shared, std::uint32_t, sum>;
  if (operation_and_type == "add.u64") return atomic<Space::shared, std::uint64_t, sum>;
  if (operation_and_type == "min.s32") return atomic<Space::shared, std::int32_t, lesser>;
  return nullptr;
}

const std::vector<Form>& copy_forms() {
  static const auto& forms = *new std::vector<Form>{
      {"cp.async.cg.shared.global", "=aAnw", start_copy},
      {"cp.async.commit_group", "=", end_group},
      {"cp.async.wait_group", "=n", wait_for_groups},
  };
  return forms;
}

}  // namespace proctor::ptx
