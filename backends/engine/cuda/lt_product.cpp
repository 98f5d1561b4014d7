#include "backends/engine/cuda/lt_product.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <sstream>
#include <utility>

#include "backends/engine/cuda/lt_problem.h"
#include "backends/engine/cuda/lt_search.h"
#include "harness/core/sha256.h"

namespace proctor::engine::cuda {
namespace {

using nlohmann::json;

// The row counts that algorithms are chosen for: close to each other where decoding takes place,
// since what a product is padded by costs time.
constexpr int kLadder[] = {16,  32,  48,  64,  96,  128, 160, 192, 224, 256,
                           288, 320, 352, 384, 448, 512, 576, 640, 768, 1024};
// Results in fp32 are logits, which are computed for so many rows at a time (forward.h).
constexpr std::size_t kLogitSteps = 10;
static_assert(kLadder[kLogitSteps - 1] == 256);

constexpr const char* kSum = "sha256";  // of the file's other members

constexpr std::size_t kAlgorithmWords = std::size(cublasLtMatmulAlgo_t{}.data);

int columns_of(const MatmulOperands& operands) {
  return static_cast<int>(operands.weight.size() / static_cast<std::size_t>(operands.depth));
}

std::string key_of(const LtShape& shape) {
  return std::to_string(shape.columns) + "x" + std::to_string(shape.depth) +
         (shape.wide ? " fp32" : " bf16") + (shape.bias ? " bias" : "");
}

json to_json(const LtChoice& choice) {
  json object = {{"family", choice.family}};
  for (const auto& [rows, algorithm] : choice.by_rows) {
    object[std::to_string(rows)] =
        std::vector<std::uint64_t>(std::begin(algorithm.data), std::end(algorithm.data));
  }
  return object;
}

// Nothing, if it is not what to_json() writes for a ladder of ours.
std::optional<LtChoice> choice_of(const json& object) {
  LtChoice choice;
  if (!object.is_object()) return std::nullopt;
  const json family = object.value("family", json());
  if (!family.is_string()) return std::nullopt;
  choice.family = family.get<std::string>();
  for (const int rows : kLadder) {
    const auto found = object.find(std::to_string(rows));
    if (found == object.end()) continue;
    if (!found->is_array() || found->size() != kAlgorithmWords) return std::nullopt;
    cublasLtMatmulAlgo_t algorithm = {};
    for (std::size_t i = 0; i < kAlgorithmWords; ++i) {
      if (!(*found)[i].is_number_unsigned()) return std::nullopt;
      algorithm.data[i] = (*found)[i].get<std::uint64_t>();
    }
    choice.by_rows[rows] = algorithm;
  }
  if (choice.by_rows.empty()) return std::nullopt;
  return choice;
}

}  // namespace

Result<std::unique_ptr<LtProduct>> LtProduct::make(const std::string& gpu,
                                                   const std::filesystem::path& cache) {
  const Result<const LtLibrary*> lt = LtLibrary::load();
  if (!lt) return lt.error();
  cublasLtHandle_t handle = nullptr;
  const Result<void> made = to_result((*lt)->create(&handle), "cublasLtCreate");
  if (!made) return made.error();
  const std::string kind = gpu + ", cuBLASLt " + std::to_string((*lt)->version());
  std::unique_ptr<LtProduct> product(new LtProduct(**lt, handle, kind, cache));
  product->load();
  return product;
}

LtProduct::LtProduct(const LtLibrary& lt, cublasLtHandle_t handle, std::string gpu,
                     std::filesystem::path cache)
    : lt_(lt), handle_(handle), gpu_(std::move(gpu)), cache_(std::move(cache)) {}

LtProduct::~LtProduct() { lt_.destroy(handle_); }

// A file that is not there, or not ours, is as good as an empty one: all will be chosen anew.
void LtProduct::load() {
  std::ostringstream text;
  text << std::ifstream(cache_, std::ios::binary).rdbuf();  // throws nothing, a folder or not
  json object = json::parse(text.str(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || object.value("gpu", json()) != json(gpu_)) return;
  // One digit in an algorithm makes it another, whose bits nobody has compared.
  const json sum = object.value(kSum, json());
  object.erase(kSum);
  if (sum != json(sha256_hex(object.dump()))) return;
  const json shapes = object.value("shapes", json::array());
  if (!shapes.is_array()) return;
  for (const json& entry : shapes) {
    if (!entry.is_object()) continue;
    const auto number = [&](const char* name) {
      const json value = entry.value(name, json());
      return value.is_number_integer() ? value.get<int>() : 0;
    };
    const LtShape shape = {number("columns"), number("depth"), number("wide") != 0,
                           number("bias") != 0};
    const std::optional<LtChoice> choice = choice_of(entry.value("algorithms", json()));
    if (choice && shape.columns > 0 && shape.depth > 0) choices_[shape] = *choice;
  }
}

Result<void> LtProduct::save() const {
  if (cache_.empty()) return {};
  json shapes = json::array();
  for (const auto& [shape, choice] : choices_) {
    shapes.push_back({{"columns", shape.columns},
                      {"depth", shape.depth},
                      {"wide", shape.wide ? 1 : 0},
                      {"bias", shape.bias ? 1 : 0},
                      {"algorithms", to_json(choice)}});
  }
  std::error_code error;
  std::filesystem::create_directories(cache_.parent_path(), error);
  // Whole or not at all: another process may be reading.
  const std::filesystem::path whole = cache_.string() + "." + std::to_string(getpid());
  json object = {{"gpu", gpu_}, {"shapes", shapes}};
  object[kSum] = sha256_hex(object.dump());
  std::ofstream out(whole, std::ios::binary);
  out << object.dump(1) << "\n";
  out.close();
  if (out) std::filesystem::rename(whole, cache_, error);
  if (out && !error) return {};
  std::error_code ignored;
  std::filesystem::remove(whole, ignored);
  return Error(ErrorCode::io, cache_.string() + ": " + (out ? error.message() : "cannot write"));
}

Result<void> LtProduct::prepare(const MatmulOperands& weights, bool wide, Stream& stream) {
  const LtShape shape = {columns_of(weights), weights.depth, wide, !weights.bias.empty()};
  const auto known = choices_.find(shape);
  if (known == choices_.end() || !takes(shape, known->second, weights.bias.data())) {
    const auto ladder = wide ? std::span(kLadder).first(kLogitSteps) : std::span(kLadder);
    Result<LtChoice> choice = choose_algorithms(lt_, handle_, shape, weights, ladder, stream);
    if (!choice) return choice.error().within("product " + key_of(shape));
    choices_[shape] = std::move(*choice);
  }
  prepared_.insert(shape);
  return {};
}

bool LtProduct::takes(const LtShape& shape, const LtChoice& choice, const bf16* bias) const {
  return std::ranges::all_of(choice.by_rows, [&](const auto& entry) {
    const Result<LtProblem> problem = LtProblem::make(lt_, shape, entry.first, bias);
    return problem && problem->takes(handle_, entry.second);
  });
}

// Of this model's products alone: what others left in the file must not make a run another one.
std::string LtProduct::arithmetic() const {
  json all = {{"gpu", gpu_}};
  for (const LtShape& shape : prepared_) all[key_of(shape)] = choices_.at(shape).family;
  return "lt-" + sha256_hex(all.dump()).substr(0, 8);
}

int LtProduct::padded(int rows) const {
  int most = rows;
  for (const LtShape& shape : prepared_) {
    const LtChoice& choice = choices_.at(shape);
    for (int fewer = 1; fewer <= rows; ++fewer) {
      int end = 0;
      while (end < fewer) end += choice.piece_for(fewer - end)->first;
      most = std::max(most, end);
    }
  }
  return most;
}

void LtProduct::multiply(DeviceSpan<bf16> out, const MatmulOperands& operands, int rows,
                         Stream& stream) {
  if (operands.weight.in_e4m3()) return kernel_.multiply(out, operands, rows, stream);
  const int columns = columns_of(operands);
  run(out.data(), {columns, operands.depth, false, !operands.bias.empty()}, operands, rows, stream);
}

void LtProduct::multiply(DeviceSpan<float> out, const MatmulOperands& operands, int rows,
                         Stream& stream) {
  if (operands.weight.in_e4m3()) return kernel_.multiply(out, operands, rows, stream);
  const int columns = columns_of(operands);
  run(out.data(), {columns, operands.depth, true, !operands.bias.empty()}, operands, rows, stream);
}

void LtProduct::run(void* out, const LtShape& shape, const MatmulOperands& operands, int rows,
                    Stream& stream) {
  const auto found = choices_.find(shape);
  check(found != choices_.end());
  const std::size_t element = shape.wide ? sizeof(float) : sizeof(bf16);
  for (int first = 0; first < rows;) {
    const auto& [count, algorithm] = *found->second.piece_for(rows - first);
    const auto at = static_cast<std::size_t>(first);
    launch(static_cast<std::byte*>(out) + at * static_cast<std::size_t>(shape.columns) * element,
           shape, operands.x.data() + at * static_cast<std::size_t>(shape.depth), operands, count,
           algorithm, stream);
    first += count;
  }
}

void LtProduct::launch(void* out, const LtShape& shape, const bf16* x,
                       const MatmulOperands& operands, int rows,
                       const cublasLtMatmulAlgo_t& algorithm, Stream& stream) const {
  if (stream.failed()) return;
  const Result<LtProblem> problem = LtProblem::make(lt_, shape, rows, operands.bias.data());
  const cublasStatus_t status =
      problem ? problem->run(handle_, out, operands.weight.wide.data(), x, algorithm, stream.get())
              : CUBLAS_STATUS_INTERNAL_ERROR;
  if (status == CUBLAS_STATUS_SUCCESS) return;
  stream.note(cudaErrorUnknown, "cublasLtMatmul, status " + std::to_string(status));
}

}  // namespace proctor::engine::cuda
