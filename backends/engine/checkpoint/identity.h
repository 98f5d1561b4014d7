// Which model is this? A name for a checkpoint that follows from its content alone.
#pragma once

#include <string>

#include "backends/engine/checkpoint/safetensors.h"
#include "backends/engine/model_config.h"

namespace proctor::engine {

// SHA-256, in hex, of the configuration as the engine reads it and of each tensor's name, type,
// shape and bytes. The same for one file or many shards, and whatever else config.json says.
//
// Of models of up to 64 MiB every byte counts. Of larger ones 16 blocks of 4 KiB are read of each
// tensor, evenly spaced from its first byte to its last: hashing 15 GB would take over a minute,
// this takes about a second. Other training, merging, pruning or rounding changes nearly every
// block and is noticed; an edit of a few rows of one matrix may not be.
std::string identity_of(const ModelConfig& config, const TensorMap& tensors);

}  // namespace proctor::engine
