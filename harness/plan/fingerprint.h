// The fingerprint of a run: equal for runs whose figures may be compared.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "harness/core/record.h"

namespace proctor::harness::plan {

// Everything that makes two runs alike or unlike, `server` being the identity of who answers and
// `server_facts` what it says of itself that lasts (server_facts.h). Not in it: the seed, and how
// requests are sent.
std::string run_fingerprint(const RunPlan& plan, std::string_view server, bool think_prefilled,
                            const std::map<std::string, std::string>& server_facts = {});

}  // namespace proctor::harness::plan
