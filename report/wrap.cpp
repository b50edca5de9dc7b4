#include "report/wrap.h"

#include "base/text.h"

namespace auditor::report {

namespace {

/// The longest front of `word` that fits into `columns`, one code point at least; up to a slash
/// where that is not too short.
std::string_view front_that_fits(std::string_view word, std::size_t columns) {
  std::size_t end = 0;
  while (end < word.size()) {
    std::size_t next = end + 1;
    while (next < word.size() && (static_cast<unsigned char>(word[next]) & 0xC0U) == 0x80) {
      ++next;
    }
    if (end > 0 && base::display_width(word.substr(0, next)) > columns) {
      break;
    }
    end = next;
  }
  const std::size_t slash = word.rfind('/', end == 0 ? 0 : end - 1);
  return word.substr(0, slash != std::string_view::npos && slash + 1 > end / 2 ? slash + 1 : end);
}

class Paragraph {
 public:
  Paragraph(std::size_t width, std::string_view first_indent, std::string_view indent)
      : width_(width), indent_(indent), line_(first_indent), start_(line_.size()) {}

  void add(std::string_view word) {
    while (!word.empty()) {
      const std::size_t used = base::display_width(line_) + (line_.size() > start_ ? 1 : 0);
      const std::size_t room = used < width_ ? width_ - used : 0;
      if (base::display_width(word) <= room) {
        line_ += line_.size() > start_ ? " " : "";
        line_ += word;
        return;
      }
      if (line_.size() > start_) {
        end_line();
        continue;
      }
      const std::string_view front = front_that_fits(word, room);
      line_ += front;
      word.remove_prefix(front.size());
      if (!word.empty()) {
        end_line();
      }
    }
  }

  std::string finish() {
    if (line_.size() > start_) {
      end_line();
    }
    return std::move(out_);
  }

 private:
  void end_line() {
    out_ += line_;
    out_ += '\n';
    line_ = indent_;
    start_ = line_.size();
  }

  std::size_t width_;
  std::string_view indent_;
  std::string line_;
  std::size_t start_;
  std::string out_;
};

}  // namespace

std::string wrap(std::string_view text, std::size_t width, std::string_view first_indent,
                 std::string_view indent) {
  Paragraph paragraph(width, first_indent, indent);
  for (const std::string_view word : base::split(text, ' ')) {
    paragraph.add(word);
  }
  return paragraph.finish();
}

}  // namespace auditor::report
