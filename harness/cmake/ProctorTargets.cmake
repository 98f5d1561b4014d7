# What every target of ours has in common: warnings as errors, includes from the root, sanitizers.
find_package(Threads REQUIRED)
find_package(nlohmann_json REQUIRED)
if(NOT PROCTOR_ENGINE_ONLY)
  find_package(fmt REQUIRED)
  find_package(CURL REQUIRED)
  find_package(SQLite3 REQUIRED)
  find_package(TBB REQUIRED)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)

  # FLINT for exact arithmetic and Arb for ball arithmetic: Debian 12 has Arb as a library of its own,
  # from FLINT 3 on it is part of FLINT. Neither comes with a CMake package.
  find_library(FLINT_LIBRARY flint REQUIRED)
  find_library(ARB_LIBRARY NAMES flint-arb arb)
  find_path(FLINT_INCLUDE_DIR flint/fmpq.h REQUIRED)
  add_library(flint::flint INTERFACE IMPORTED GLOBAL)
  target_include_directories(flint::flint INTERFACE ${FLINT_INCLUDE_DIR})
  target_link_libraries(flint::flint INTERFACE $<$<BOOL:${ARB_LIBRARY}>:${ARB_LIBRARY}>
                        ${FLINT_LIBRARY} mpfr gmp)
endif()

function(proctor_common target)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  # -Wno-restrict: g++ 12 sees overlaps in std::string's operator+ that are not there (GCC 105651).
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Werror
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  if(PROCTOR_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    target_include_directories(${target} SYSTEM PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/clang)
  endif()
  if(PROCTOR_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${PROCTOR_SANITIZE}
                           -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${PROCTOR_SANITIZE})
  endif()
endfunction()

function(proctor_library target)
  add_library(${target} STATIC ${ARGN})
  proctor_common(${target})
endfunction()

# proctor_embed(TARGET SYMBOL FILE): compiles FILE into TARGET as
# `extern const std::string_view SYMBOL` in namespace proctor::embedded.
function(proctor_embed target symbol file)
  get_filename_component(input ${file} ABSOLUTE)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.cpp)
  set(script ${PROJECT_SOURCE_DIR}/harness/cmake/embed.cmake)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -DSYMBOL=${symbol} -P ${script}
    DEPENDS ${input} ${script}
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
