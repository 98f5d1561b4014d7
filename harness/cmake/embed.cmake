# Writes OUTPUT, a C++ file that holds the bytes of INPUT as proctor::embedded::SYMBOL. The assembler
# copies them, which takes no time even for megabytes; their size is a constant, so that the symbol
# is there before any code runs.
file(SIZE ${INPUT} size)
file(WRITE ${OUTPUT} "#include <string_view>
asm(R\"(
.pushsection .rodata
.balign 64
proctor_embedded_${SYMBOL}:
.incbin \"${INPUT}\"
.popsection
)\");
extern \"C\" const char proctor_embedded_${SYMBOL}[];
namespace proctor::embedded {
extern const std::string_view ${SYMBOL};
constinit const std::string_view ${SYMBOL}(proctor_embedded_${SYMBOL}, ${size});
}  // namespace proctor::embedded
")
