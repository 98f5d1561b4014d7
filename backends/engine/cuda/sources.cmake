# What the CUDA device is made of, for its own target and for the emulator of tests/backends/engine/
# cuda, which compiles the same files without nvcc.
set(kernels ${CMAKE_CURRENT_LIST_DIR}/kernels)
set(engine_cuda_host_sources
    ${CMAKE_CURRENT_LIST_DIR}/copy_batch.cpp ${CMAKE_CURRENT_LIST_DIR}/page_copies.cpp
    ${CMAKE_CURRENT_LIST_DIR}/cuda_device.cpp ${CMAKE_CURRENT_LIST_DIR}/device_model.cpp
    ${CMAKE_CURRENT_LIST_DIR}/forward.cpp ${CMAKE_CURRENT_LIST_DIR}/graph.cpp
    ${CMAKE_CURRENT_LIST_DIR}/step_batch.cpp ${CMAKE_CURRENT_LIST_DIR}/step_bucket.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stream.cpp ${kernels}/attention_plan.cpp)
# What only the real thing has: there, matrices are multiplied by the kernel.
set(engine_cuda_library_sources
    ${CMAKE_CURRENT_LIST_DIR}/best_product.cpp ${CMAKE_CURRENT_LIST_DIR}/lt_library.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lt_problem.cpp ${CMAKE_CURRENT_LIST_DIR}/lt_product.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lt_search.cpp)
set(engine_cuda_kernel_sources
    ${kernels}/attention.cu ${kernels}/matmul.cu ${kernels}/place_drawn.cu ${kernels}/rms_norm.cu
    ${kernels}/rotate_append.cu
    ${kernels}/round_rows.cu ${kernels}/sample.cu ${kernels}/silu_multiply.cu)
# What the kernels mean; for tests only.
set(engine_cuda_reference_sources
    ${kernels}/attention_reference.cpp ${kernels}/matmul_reference.cpp
    ${kernels}/rms_norm_reference.cpp ${kernels}/rotate_append_reference.cpp
    ${kernels}/silu_multiply_reference.cpp)
