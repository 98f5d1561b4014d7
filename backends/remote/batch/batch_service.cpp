#include "backends/remote/batch/batch_service.h"

#include <utility>

#include "backends/remote/batch/file_batches.h"
#include "backends/remote/batch/inlined_batches.h"

namespace proctor::backends {

std::unique_ptr<BatchService> make_batch_service(const RemoteModel& model, std::string base_url,
                                                 const BackendOptions& options) {
  return model.provider->batches == BatchWire::inlined
             ? make_inlined_batches(model, std::move(base_url), options)
             : make_file_batches(model, std::move(base_url), options);
}

}  // namespace proctor::backends
