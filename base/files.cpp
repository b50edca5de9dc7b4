#include "base/files.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace auditor::base {

namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::string reason(int error) {
  return std::generic_category().message(error);
}

}  // namespace

Result<std::string> read_file(const std::string& path, Bytes limit) {
  const File file(std::fopen(path.c_str(), "rbe"));
  if (!file) {
    return fail(ErrorKind::file, fmt::format("cannot open {}: {}", path, reason(errno)));
  }
  struct stat status{};
  if (fstat(fileno(file.get()), &status) == 0 && S_ISDIR(status.st_mode)) {
    return fail(ErrorKind::file, fmt::format("cannot read {}: it is a directory", path));
  }
  std::string content;
  constexpr std::size_t chunk = 65'536;
  std::size_t used = 0;
  while (true) {
    content.resize(used + chunk);
    const std::size_t got = std::fread(content.data() + used, 1, chunk, file.get());
    used += got;
    if (got < chunk) {
      break;
    }
    if (std::cmp_greater(used, limit.count)) {
      return fail(ErrorKind::too_large, fmt::format("{} is over {}", path, format_bytes(limit)));
    }
  }
  content.resize(used);
  if (std::ferror(file.get()) != 0) {
    return fail(ErrorKind::file, fmt::format("cannot read {}: {}", path, reason(errno)));
  }
  return content;
}

Result<void> write_file(const std::string& path, std::string_view content) {
  const auto failed = [&path](int error) {
    return fail(ErrorKind::file, fmt::format("cannot write {}: {}", path, reason(error)));
  };
  struct stat status{};
  const bool special = ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
  const std::string target = special ? path : path + ".tmp";  // /dev/stdout cannot be replaced
  std::FILE* file = std::fopen(target.c_str(), "wbe");
  if (file == nullptr) {
    return failed(errno);
  }
  const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size() &&
                       std::fflush(file) == 0 && (special || fsync(fileno(file)) == 0);
  const int write_error = errno;
  const bool closed = std::fclose(file) == 0;
  if (!written || !closed) {
    const int error = written ? errno : write_error;
    if (!special) {
      std::remove(target.c_str());
    }
    return failed(error);
  }
  if (!special && std::rename(target.c_str(), path.c_str()) != 0) {
    const int error = errno;
    std::remove(target.c_str());
    return failed(error);
  }
  return {};
}

}  // namespace auditor::base
