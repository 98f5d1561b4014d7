#include "sandbox/protocol.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace proctor::sandbox::test {

namespace {

Job example() {
  Job job;
  job.run = 7;
  job.root = Root::python;
  job.warm = true;
  job.series = 3;
  job.limits.memory = 123;
  job.arguments = {"/box/a", "", std::string("x\0y", 3)};
  job.files = {{.name = "main.py", .size = 9, .executable = true}, {.name = "b"}};
  job.outputs = {"out"};
  return job;
}

}  // namespace

TEST_CASE("a job comes out of a message as it went in") {
  const Result<Job> job = decode_job(encode(example()));
  REQUIRE(job);
  CHECK(job->run == 7);
  CHECK(job->root == Root::python);
  CHECK(job->warm);
  CHECK(job->series == 3);
  CHECK(!job->report);
  CHECK(job->limits.memory == 123);
  CHECK(job->arguments == example().arguments);
  REQUIRE(job->files.size() == 2);
  CHECK(job->files[0].name == "main.py");
  CHECK(job->files[0].size == 9);
  CHECK(job->files[0].executable);
  CHECK(job->outputs == example().outputs);
}

TEST_CASE("an outcome comes out of a message as it went in") {
  Outcome outcome;
  outcome.run = 8;
  outcome.facts.cpu_ns = -5;
  outcome.facts.killed = Killed::wall;
  outcome.found = {true, false, true};
  const Result<Outcome> read = decode_outcome(encode(outcome));
  REQUIRE(read);
  CHECK(read->run == 8);
  CHECK(read->facts.cpu_ns == -5);
  CHECK(read->facts.killed == Killed::wall);
  CHECK(read->found == outcome.found);
}

TEST_CASE("a message that is cut or longer or of another kind is not read") {
  const std::string whole = encode(example());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(!decode_job(std::string_view(whole).substr(0, size)));
  }
  CHECK(!decode_job(whole + "x"));
  CHECK(!decode_outcome(whole));
  CHECK(!decode_job(encode(Stop{.run = 7})));
  CHECK(decode_stop(encode(Stop{.run = 7})));
}

TEST_CASE("descriptors travel with their message and the end is told") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  FileDescriptor left(ends[0]);
  const FileDescriptor right(ends[1]);
  int pipe_ends[2];
  REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
  const FileDescriptor reader(pipe_ends[0]);
  const FileDescriptor writer(pipe_ends[1]);
  REQUIRE(send_message(left.get(), "text", {writer.get()}));
  const Result<Message> message = receive_message(right.get());
  REQUIRE(message);
  CHECK(message->text == "text");
  REQUIRE(message->descriptors.size() == 1);
  CHECK(write(message->descriptors[0].get(), "x", 1) == 1);
  char byte = 0;
  CHECK(read(reader.get(), &byte, 1) == 1);
  CHECK(byte == 'x');

  CHECK(send_message(left.get(), std::string(kMaxMessage, 'x'), {}));
  CHECK(!send_message(left.get(), std::string(kMaxMessage + 1, 'x'), {}));
  CHECK(receive_message(right.get()));
  left.close();
  CHECK(!receive_message(right.get()));
  CHECK(!send_message(right.get(), "text", {}));
}

}  // namespace proctor::sandbox::test
