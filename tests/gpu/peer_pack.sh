#!/usr/bin/env bash
# Packs the peer beside which tests/gpu/peer.py times the engine into tests/gpu/packed/peer (2.6 MB,
# ignored by git): nano-vllm 0.2 as it is, and flash-attention 2.8.3, of which the forward kernels
# that nano-vllm calls are compiled here for sm_90, so that a bare GPU machine compiles nothing.
#
#   PYTHON=python3.12 bash tests/gpu/peer_pack.sh NANO_VLLM FLASH_ATTENTION CUTLASS
#
# The arguments are clones (bare ones serve) of github.com/GeeeekExplorer/nano-vllm,
# Dao-AILab/flash-attention and NVIDIA/cutlass that hold the commits below. PYTHON must be of the
# minor version, and its torch of the version, that the GPU machine has; a venv with that torch is
# made in build/peer if PYTHON has none. Needs nvcc (CUDACXX, or CUDA's usual folder) and g++.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

nano_commit=bb823b3e06983d71485a8e1f23715ebd87d98ef8
flash_commit=v2.8.3
cutlass_commit=dc4817921edda44a549197ff3a9dcf5df0636e7b # flash-attention 2.8.3's submodule
torch_version=2.11.0

(($# == 3)) || { sed -n '6p' "$0" >&2; exit 2; }
nano=$1 flash=$2 cutlass=$3
python=${PYTHON:-python3.12}
nvcc=${CUDACXX:-/usr/local/cuda/bin/nvcc}
build=$PWD/build/peer
packed=$PWD/tests/gpu/packed/peer

# Writes the folder PATH of COMMIT in the clone REPOSITORY to FOLDER.
take() { # REPOSITORY COMMIT PATH FOLDER
  mkdir -p "$4"
  git -C "$1" archive "$2:$3" | tar -x -C "$4"
}
take "$nano" "$nano_commit" nanovllm "$build/nanovllm"
take "$flash" "$flash_commit" csrc/flash_attn "$build/flash"
take "$flash" "$flash_commit" flash_attn "$build/flash_attn"
take "$cutlass" "$cutlass_commit" include "$build/cutlass"

torch_of() { "$1" -c 'import torch; print(torch.__version__.split("+")[0])' 2>/dev/null; }
if [[ $(torch_of "$python") != "$torch_version" ]]; then
  [[ -x $build/venv/bin/python ]] || "$python" -m venv "$build/venv"
  python=$build/venv/bin/python
  [[ $(torch_of "$python") == "$torch_version" ]] ||
    "$python" -m pip install "torch==$torch_version"
fi
torch=$("$python" -c 'import torch, os; print(os.path.dirname(torch.__file__))')
headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
suffix=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')

# The flags of flash-attention's setup.py, and its own switches for what nano-vllm does not ask for.
flags=(-O3 -std=c++17 -DTORCH_EXTENSION_NAME=flash_attn_2_cuda
  -DFLASHATTENTION_DISABLE_ALIBI -DFLASHATTENTION_DISABLE_SOFTCAP -DFLASHATTENTION_DISABLE_LOCAL
  -DFLASHATTENTION_DISABLE_DROPOUT -DFLASHATTENTION_DISABLE_UNEVEN_K
  -I"$build/flash" -I"$build/flash/src" -I"$build/cutlass" -I"$headers"
  -isystem "$torch/include" -isystem "$torch/include/torch/csrc/api/include"
  -isystem "$(dirname "$nvcc")/../include")
device_flags=(-gencode "arch=compute_90,code=sm_90" --use_fast_math --expt-relaxed-constexpr
  --expt-extended-lambda -Xcompiler "-fPIC,-Wno-deprecated-declarations"
  -U__CUDA_NO_HALF_OPERATORS__ -U__CUDA_NO_HALF_CONVERSIONS__
  -U__CUDA_NO_HALF2_OPERATORS__ -U__CUDA_NO_BFLOAT16_CONVERSIONS__)
objects=()
for unit in fwd_hdim128_bf16 fwd_hdim128_bf16_causal fwd_split_hdim128_bf16 \
  fwd_split_hdim128_bf16_causal; do
  objects+=("$build/$unit.o")
  [[ -f $build/$unit.o ]] || "$nvcc" "${flags[@]}" "${device_flags[@]}" \
    -c "$build/flash/src/flash_${unit}_sm80.cu" -o "$build/$unit.o"
done
g++ "${flags[@]}" -fPIC -Wno-deprecated-declarations -include tests/gpu/peer_flash.h \
  -c "$build/flash/flash_api.cpp" -o "$build/flash_api.o"

rm -rf "$packed"
mkdir -p "$packed"
g++ -shared -s -o "$packed/flash_attn_2_cuda$suffix" "$build/flash_api.o" "${objects[@]}" \
  -L"$torch/lib" -ltorch -ltorch_cpu -ltorch_cuda -ltorch_python -lc10 -lc10_cuda \
  -L"$(dirname "$nvcc")/../lib64" -lcudart
cp -r "$build/nanovllm" "$packed"
mkdir "$packed/flash_attn"
cp "$build/flash_attn/"{__init__,flash_attn_interface}.py "$packed/flash_attn"
PYTHONPATH=$packed "$python" -c 'import torch, flash_attn'
rm -rf "$packed"/{nanovllm,flash_attn}/__pycache__ "$packed/nanovllm"/*/__pycache__
echo "$packed: $(du -sh "$packed" | cut -f1)"
