#include "base/gzip.h"

#include <array>
#include <limits>

#include <fmt/format.h>
#include <zlib.h>

namespace auditor::base {

namespace {

constexpr int gzip_window = MAX_WBITS + 16;

Bytef* bytes_of(std::string_view text) {
  // zlib's next_in is not const, though it is only read.
  return reinterpret_cast<Bytef*>(
      const_cast<char*>(text.data()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

}  // namespace

bool is_gzip(std::string_view data) {
  return data.size() >= 2 && data[0] == '\x1f' && data[1] == '\x8b';
}

Result<std::string> gunzip(std::string_view data, Bytes limit) {
  if (data.size() > std::numeric_limits<uInt>::max()) {
    return fail(ErrorKind::too_large, "the gzip file is over 4 GiB");
  }
  z_stream stream{};
  if (inflateInit2(&stream, gzip_window) != Z_OK) {
    return fail(ErrorKind::internal, "zlib did not start");
  }
  stream.next_in = bytes_of(data);
  stream.avail_in = static_cast<uInt>(data.size());
  std::string out;
  std::array<char, 65'536> chunk{};
  int code = Z_OK;
  while (code == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    code = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
    if (std::cmp_greater(out.size(), limit.count)) {
      inflateEnd(&stream);
      return fail(ErrorKind::too_large, fmt::format("over {} when unpacked", format_bytes(limit)));
    }
    if (code == Z_STREAM_END && stream.avail_in > 0) {  // gzip files may be concatenated
      code = inflateReset(&stream);
    }
  }
  inflateEnd(&stream);
  if (code != Z_STREAM_END) {
    return fail(ErrorKind::malformed,
                code == Z_BUF_ERROR ? "the gzip data is cut short" : "the gzip data is damaged");
  }
  return out;
}

Result<std::string> gzip(std::string_view data, int level) {
  if (data.size() > std::numeric_limits<uInt>::max()) {
    return fail(ErrorKind::too_large, "over 4 GiB to compress");
  }
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return fail(ErrorKind::internal, "zlib did not start");
  }
  std::string out(deflateBound(&stream, data.size()) + 32, '\0');
  stream.next_in = bytes_of(data);
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) {
    return fail(ErrorKind::internal, "zlib did not finish");
  }
  return out;
}

}  // namespace auditor::base
