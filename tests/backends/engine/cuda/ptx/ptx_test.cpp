// The interpreter itself: what instructions compute, and that each rule that kernels can break is
// kept watch over.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "tests/backends/engine/cuda/ptx/machine.h"
#include "tests/backends/engine/cuda/ptx/numbers.h"

using namespace proctor::ptx;

namespace {

// A kernel of this body whose parameter `out` is an array with a word for each of its threads. %rd1
// is the thread's word, %r1 its number.
std::string kernel_of(const std::string& body) {
  return R"(
.version 9.0
.target sm_90a
.address_size 64
.extern .shared .align 16 .b8 _memory[];
.visible .entry probe(.param .u64 out)
{
  .reg .pred %p<9>;
  .reg .b16 %h<9>;
  .reg .b32 %r<30>;
  .reg .f32 %f<9>;
  .reg .b64 %rd<9>;
  ld.param.u64 %rd0, [out];
  mov.u32 %r1, %tid.x;
  mul.wide.u32 %rd1, %r1, 4;
  add.s64 %rd1, %rd0, %rd1;
)" + body +
         R"(
  ret;
}
)";
}

struct Probe {
  std::vector<std::uint32_t> words;
  std::string fault;
};

// Runs `body` in one block. The array begins with 1000, 1001, ..., and for `unwritten` with
// nothing.
Probe run(const std::string& body, unsigned threads = 32, bool unwritten = false) {
  Probe probe;
  auto module = parse_module(kernel_of(body));
  if (!module) {
    probe.fault = module.error().message();
    return probe;
  }
  GlobalMemory memory;
  const std::size_t bytes = threads * 4;
  const std::uint64_t out = memory.allocate(bytes);
  std::vector<std::uint32_t> words(threads);
  for (unsigned i = 0; i < threads; ++i) words[i] = 1000 + i;
  if (!unwritten) std::memcpy(memory.copied(out, bytes, true), words.data(), bytes);
  Launch launch;
  launch.kernel = module->at("probe").get();
  launch.block.x = threads;
  launch.shared_bytes = 1024;
  launch.most_instructions = 10'000'000;
  launch.memory = &memory;
  launch.number = 1;
  launch.parameters.resize(8);
  std::memcpy(launch.parameters.data(), &out, 8);
  run_grid(launch);
  std::memcpy(words.data(), memory.copied(out, bytes, false), bytes);
  return {words, launch.fault};
}

std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }

// The result of one instruction on these words, in %r5 or %f5.
std::uint32_t result_of(const std::string& instruction,
                        const std::vector<std::uint32_t>& operands) {
  std::string body;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::string number = std::to_string(10 + i);
    body += "mov.u32 %r" + number + ", " + std::to_string(operands[i]) + ";\n";
  }
  body += instruction + ";\nst.global.u32 [%rd1], %r5;\n";
  const Probe probe = run(body);
  REQUIRE(probe.fault == "");
  return probe.words[0];
}

bool says(const std::string& fault, const std::string& part) {
  return fault.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("instructions compute what the PTX ISA says") {
  struct Row {
    const char* instruction;
    std::vector<std::uint32_t> operands;
    std::uint32_t expected;
  };
  const Row kRows[] = {
      {"prmt.b32 %r5, %r10, %r11, 0x7410", {0x33221100, 0x77665544}, 0x77441100},
      {"prmt.b32 %r5, %r10, %r11, 0x0009", {0x33228100, 0}, 0x000000FF},  // the sign of a byte
      {"shl.b32 %r5, %r10, 32", {1}, 0},
      {"shl.b32 %r5, %r10, 31", {3}, 0x80000000},
      {"shr.s32 %r5, %r10, 99", {0x80000000}, 0xFFFFFFFF},
      {"shr.u32 %r5, %r10, 31", {0x80000000}, 1},
      {"mul.hi.s32 %r5, %r10, %r11", {0xFFFFFFFF, 5}, 0xFFFFFFFF},
      {"rem.s32 %r5, %r10, %r11", {0xFFFFFFF9, 3}, 0xFFFFFFFF},  // -7 and 3
      {"div.s32 %r5, %r10, %r11", {0xFFFFFFF9, 3}, 0xFFFFFFFE},
      {"add.s32 %r5, %r10, -1", {0}, 0xFFFFFFFF},
      {"max.f32 %r5, %r10, %r11", {0x7FC00000, 0x3F800000}, 0x3F800000},
      {"max.f32 %r5, %r10, %r11", {0x80000000, 0}, 0},
      {"min.f32 %r5, %r10, %r11", {0x80000000, 0}, 0x80000000},
      {"add.f32 %r5, %r10, %r11", {0x7F800000, 0xFF800000}, 0x7FFFFFFF},  // NaNs are all one
      {"fma.rn.f32 %r5, %r10, %r11, %r12", {0x3F800001, 0x3F800001, 0xBF800002}, 0x28800000},
      {"ex2.approx.ftz.f32 %r5, %r10", {bits(-3)}, bits(0.125F)},
      {"ex2.approx.ftz.f32 %r5, %r10", {bits(-126.5F)}, 0},
      {"ex2.approx.ftz.f32 %r5, %r10", {0xFF800000}, 0},
      {"cvt.rn.bf16x2.f32 %r5, %r10, %r11", {bits(1), bits(2)}, 0x3F804000},
      {"cvt.rn.bf16x2.f32 %r5, %r10, %r11", {0x3F808000, 0x3F818000}, 0x3F803F82},  // ties
      // 2^119 * 2^-133 - 0, and a product of a zero that keeps its sign.
      {"fma.rn.bf16x2 %r5, %r10, %r11, %r12", {0x00018000, 0x7B007B00, 0x80008000}, 0x38808000},
      {"selp.b32 %r5, %r10, %r11, %p1", {1, 2}, 2},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.instruction);
    const std::string before = "setp.lt.s32 %p1, %r10, 0;\n";
    CHECK(result_of(before + row.instruction, row.operands) == row.expected);
  }
}

TEST_CASE("bfloat16 is rounded once where sums are not exact") {
  CHECK(fused_bf16(0x3F80, 0x3F80, 0x3B80) == 0x3F80);  // 1 + 2^-8 is a tie
  CHECK(fused_bf16(0x3F81, 0x3F81, 0x0001) == 0x3F82);  // 1.0078125^2, a little above
  CHECK(fused_bf16(0x3F88, 0x3F88, 0x0001) == 0x3F91);  // 1.12890625, a tie, and a little more
  CHECK(fused_bf16(0x3F88, 0x3F88, 0x8001) == 0x3F90);  // and a little less
  CHECK(to_bf16(std::nanf("")) == 0x7FFF);
}

TEST_CASE("floats become integers towards zero and within their bounds") {
  struct Row {
    float from;
    std::uint32_t low, high;
  };
  const Row kRows[] = {{1.9F, 1, 0},         {-1.0F, 0, 0},
                       {0x1p40F, 0, 0x100},  {0x1p70F, 0xFFFFFFFF, 0xFFFFFFFF},
                       {NAN, 0, 0x80000000}, {-INFINITY, 0, 0}};
  for (const Row& row : kRows) {
    CAPTURE(row.from);
    const std::string convert = "cvt.rzi.u64.f32 %rd5, %r10;\n";
    CHECK(result_of(convert + "cvt.u32.u64 %r5, %rd5", {bits(row.from)}) == row.low);
    CHECK(result_of(convert + "mov.b64 {%r4, %r5}, %rd5", {bits(row.from)}) == row.high);
  }
}

TEST_CASE("lanes exchange what they hold within their segments") {
  const auto shuffled = [](const char* mode, const char* by, const char* clamp) {
    const Probe probe =
        run(std::string("shfl.sync.") + mode + ".b32 %r5|%p1, %r1, " + by + ", " + clamp +
            ", -1;\n@!%p1 add.s32 %r5, %r5, 100;\n" + "st.global.u32 [%rd1], %r5;");
    CHECK(probe.fault == "");
    return probe.words;
  };
  CHECK(shuffled("bfly", "5", "31")[8] == 13);
  CHECK(shuffled("idx", "9", "31")[8] == 9);
  CHECK(shuffled("up", "2", "0")[8] == 6);
  CHECK(shuffled("up", "2", "0")[1] == 101);        // out of the warp: one's own, and not valid
  CHECK(shuffled("idx", "9", "0x181F")[20] == 17);  // segments of 8: lane 9 % 8 of one's own
}

TEST_CASE("lanes that part come together again") {
  const Probe probe = run(R"(
  setp.lt.u32 %p1, %r1, 7;
  mov.u32 %r5, 0;
  @%p1 bra $more;
  add.s32 %r5, %r5, 10;
  bra $together;
$more:
  add.s32 %r5, %r5, 1;
  setp.lt.u32 %p2, %r5, 3;
  @%p2 bra $more;
$together:
  shfl.sync.bfly.b32 %r6|%p3, %r5, 31, 31, -1;
  st.global.u32 [%rd1], %r6;)");
  CHECK(probe.fault == "");
  CHECK(probe.words[0] == 10);
  CHECK(probe.words[31] == 3);
}

TEST_CASE("what a kernel must not do is a fault") {
  const std::string shared =
      "mov.u32 %r2, _memory;\nshl.b32 %r3, %r1, 2;\nadd.s32 %r3, %r3, %r2;\n";
  const std::string others = "xor.b32 %r4, %r3, 4;\n";        // a neighbour's word
  const std::string far_others = "xor.b32 %r4, %r3, 128;\n";  // a word of the other warp
  const std::string put = "st.shared.u32 [%r3], %r1;\n";
  const std::string get = "ld.shared.u32 %r5, [%r4];\n";
  // Half a kilobyte to each warp, 16 bytes a lane; lanes read what they have copied or a neighbour.
  const std::string copy =
      "mov.u64 %rd2, %rd0;\nshl.b32 %r3, %r1, 4;\nmov.u32 %r6, 0;\n"
      "cp.async.cg.shared.global [%r3], [%rd2], 16, %r6;\n"
      "cp.async.commit_group;\nxor.b32 %r4, %r3, 16;\n";
  struct Row {
    std::string body;
    const char* fault;  // "": none
  };
  const Row kRows[] = {
      {shared + put + others + "bar.warp.sync -1;\n" + get, ""},
      {shared + put + others + get, "no barrier since"},
      {shared + put + far_others + "bar.sync 0;\n" + get, ""},
      {shared + put + far_others + "bar.sync 0;\n" + put + "bar.warp.sync -1;\n" + get,
       "no barrier since"},
      {shared + put + "bar.sync 0;\n" + far_others + get + put,
       "no barrier since"},  // write after read
      {shared + put + "bar.sync 0;\n" + far_others + get + "bar.sync 0;\n" + put, ""},
      {shared + far_others + get, "never written"},
      {"mov.u32 %r3, 1022;\nst.shared.u32 [%r3], %r1;", "not aligned"},
      {"mov.u32 %r3, 1024;\nst.shared.u32 [%r3], %r1;", "outside of the block's 1024"},
      {copy + "cp.async.wait_group 0;\nld.shared.u32 %r5, [%r3];", ""},
      {copy + "ld.shared.u32 %r5, [%r3];", "not been waited for"},
      {copy + "cp.async.wait_group 1;\nld.shared.u32 %r5, [%r3];", "not been waited for"},
      {copy + "cp.async.wait_group 0;\nld.shared.u32 %r5, [%r4];", "no barrier since"},
      {copy + "cp.async.wait_group 0;\nbar.warp.sync -1;\nld.shared.u32 %r5, [%r4];", ""},
      {"ld.global.u32 %r5, [%rd1+256];", "outside of every allocation"},
      {"ld.global.u32 %r5, [%rd1+2];", "not aligned"},
      {"ld.global.v2.u32 {%r5, %r6}, [%rd0+4];", "not aligned"},
      {"setp.lt.u32 %p1, %r1, 40;\n@%p1 bra $end;\nbar.sync 0;\n$end:", "never come"},
      {"setp.lt.u32 %p1, %r1, 32;\n@%p1 bra $end;\nbar.sync 0;\n$end:", "have exited"},
      {"setp.ge.u32 %p1, %r1, 40;\n@%p1 bra $on;\nret;\n$on:\nbar.warp.sync -1;", "has exited"},
      {"setp.lt.u32 %p1, %r1, 3;\n@%p1 bra $end;\nbra $other;\n$end:\nshfl.sync.bfly.b32 %r5|%p2, "
       "%r1, 1, 31, -1;\nbra $done;\n$other:\nshfl.sync.bfly.b32 %r5|%p2, %r1, 1, 31, -1;\n$done:",
       "never come"},
      {"$again:\nbra $again;", "hangs"},
      {"vote.sync.all.pred %p1, %p1, -1;", "unknown instruction"},
      {"add.sat.s32 %r5, %r1, %r1;", "unknown instruction"},
      {"add.s32 %r5, %rd1, %r1;", "another size"},
      {"add.s32 %r99, %r1, %r1;", "unknown register"},
      {"bra $nowhere;", "no label"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.body);
    const std::string fault = run(row.body, 64).fault;
    CAPTURE(fault);
    CHECK((*row.fault == '\0' ? fault.empty() : says(fault, row.fault)));
  }
}

TEST_CASE("memory of the device that nobody has written is not read") {
  CHECK(says(run("ld.global.u32 %r5, [%rd1];", 32, true).fault, "never written"));
  CHECK(run("ld.global.u32 %r5, [%rd1];", 32, false).fault == "");
}

TEST_CASE("blocks count on nothing that another writes in the same launch") {
  GlobalMemory memory;
  const std::uint64_t at = memory.allocate(4);
  std::string fault;
  const Toucher first = {.launch = 1, .block = 0};
  const Toucher second = {.launch = 1, .block = 1};
  const Toucher later = {.launch = 2, .block = 1};
  CHECK(memory.touch(at, 4, Touch::write, first, fault) != nullptr);
  CHECK(memory.touch(at, 4, Touch::read, second, fault) == nullptr);
  CHECK(memory.touch(at, 4, Touch::read, later, fault) != nullptr);
  CHECK(memory.touch(at, 4, Touch::write, second, fault) != nullptr);  // whose is it now?
  CHECK(memory.touch(at, 4, Touch::read, later, fault) == nullptr);
  CHECK(memory.touch(at, 4, Touch::write, later, fault) != nullptr);
  CHECK(memory.touch(at, 4, Touch::read, later, fault) != nullptr);
}
