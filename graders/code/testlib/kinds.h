// The checkers one by one, by the names of their programs; checkers.cpp has them in a table.
#pragma once

#include "graders/code/testlib/reader.h"

namespace proctor::graders::code::testlib {

// words.cpp: texts
Finding fcmp(Reader& output, Reader& answer);    // the same lines, byte for byte
Finding lcmp(Reader& output, Reader& answer);    // the same words on the same lines
Finding wcmp(Reader& output, Reader& answer);    // the same words
Finding yesno(Reader& output, Reader& answer);   // one yes or no, in any case
Finding nyesno(Reader& output, Reader& answer);  // any number of them

// integers.cpp
Finding hcmp(Reader& output, Reader& answer);   // one of any size
Finding icmp(Reader& output, Reader& answer);   // one of 32 bits
Finding ncmp(Reader& output, Reader& answer);   // a sequence of 64 bits
Finding uncmp(Reader& output, Reader& answer);  // the same in any order

// reals.cpp: numbers with a tolerance
Finding dcmp(Reader& output, Reader& answer);  // one, 1e-6 absolute or relative
Finding rcmp(Reader& output, Reader& answer);  // one, 1.5e-6 absolute; acmp is the same
Finding rcmp4(Reader& output, Reader& answer);
Finding rcmp6(Reader& output, Reader& answer);
Finding rcmp9(Reader& output, Reader& answer);       // sequences, absolute or relative
Finding rncmp(Reader& output, Reader& answer);       // a sequence, 1.5e-5 absolute
Finding pointscmp(Reader& output, Reader& answer);   // as many points as two numbers differ by
Finding pointsinfo(Reader& output, Reader& answer);  // points that only their reader understands

// cases.cpp: answers that begin with "Case 1:"
Finding caseicmp(Reader& output, Reader& answer);  // one integer of 64 bits for each case
Finding casencmp(Reader& output, Reader& answer);  // a sequence of them
Finding casewcmp(Reader& output, Reader& answer);  // words

}  // namespace proctor::graders::code::testlib
