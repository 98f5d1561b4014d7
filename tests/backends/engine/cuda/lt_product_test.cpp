// What is to be known of the products by cuBLASLt on a GPU.
#include "backends/engine/cuda/lt_product.h"

#include "tests/backends/engine/cuda/fixture.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

TEST_CASE("the arithmetic of products by cuBLASLt is not moved by what other models multiplied") {
  SKIP_WITHOUT_DEVICE();
  constexpr int kDepth = 256;
  Stream stream = make_stream();
  Random random(1);
  const support::TempDir folder;
  // Of a model with one matrix, and with two.
  const auto arithmetic_of = [&](const std::vector<std::size_t>& columns) {
    const auto product = LtProduct::make("a GPU", folder.path() / "products.json");
    REQUIRE(product);
    for (const std::size_t each : columns) {
      const auto weight = upload(random_values(random, each * kDepth), stream);
      REQUIRE((*product)->prepare({{}, weight.span(), {}, kDepth}, false, stream));
    }
    REQUIRE((*product)->save());
    return (*product)->arithmetic();
  };
  const std::string alone = arithmetic_of({512});
  CHECK(arithmetic_of({1024}) != alone);  // the file has both from here on
  CHECK(arithmetic_of({512}) == alone);
  CHECK(arithmetic_of({512, 1024}) != alone);
}
