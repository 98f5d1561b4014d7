#include "tasks/task.h"

namespace proctor::tasks {

namespace fs = std::filesystem;

Result<fs::path> data_directory(
    const std::optional<fs::path>& flag,
    const std::function<std::optional<std::string>(const char*)>& environment) {
  // A variable that is set but empty counts as unset, as the XDG specification has it.
  const auto variable = [&](const char* name) { return fs::path(environment(name).value_or("")); };

  if (flag && !flag->empty()) return *flag;
  if (const fs::path own = variable("PROCTOR_DATA"); !own.empty()) return own;
  // XDG Base Directory Specification 0.8: a relative path is invalid and ignored.
  if (const fs::path xdg = variable("XDG_DATA_HOME"); xdg.is_absolute()) return xdg / "proctor";
  if (const fs::path home = variable("HOME"); !home.empty()) return home / ".local/share/proctor";
  return Error(ErrorCode::invalid_input,
               "no folder for benchmark data: give --data DIR or set PROCTOR_DATA");
}

}  // namespace proctor::tasks
