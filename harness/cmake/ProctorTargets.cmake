# What every target of ours has in common: warnings as errors, includes from the root, sanitizers.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(TBB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)

function(proctor_common target)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  # -Wno-restrict: g++ 12 sees overlaps in std::string's operator+ that are not there (GCC 105651).
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Werror
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
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
