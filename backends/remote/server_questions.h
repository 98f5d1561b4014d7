// What is asked of a server besides for replies, by GET and at no cost: the list of its models,
// and, of a server of one's own, the addresses at which the known programs describe themselves.
// (OpenAI API reference, "List models"; vLLM, "OpenAI-compatible server", and its /version;
// llama.cpp, tools/server/README.md, "GET /props"; Ollama, docs/api.md, "Version".)
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"
#include "backends/remote/provider.h"

namespace proctor::backends {

// Adds to `facts` what one of these answers says. `path` is as in the table: "/models", "/version",
// "/props", "/api/version"; of the list of models, only what it says of `model` counts, or of the
// only one there is. Pure; what is no JSON, or not of the expected form, says nothing.
void read_facts(std::string_view path, std::string_view body, std::string_view model,
                ServerFacts& facts);

// What several servers that share the load say together: what they do not have in common is named
// with all its values, and in `remarks`. Pure.
ServerFacts joined_facts(const std::vector<ServerFacts>& servers);

// Asks each of the servers, one after the other. A server that is not there, or that knows none of
// the addresses, has no facts. Nothing that holds the key is taken over.
ServerFacts ask_servers(const RemoteModel& model, const std::vector<std::string>& base_urls,
                        const BackendOptions& options, std::stop_token stop);

}  // namespace proctor::backends
