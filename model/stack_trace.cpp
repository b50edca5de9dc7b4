#include "model/stack_trace.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "base/murmur3.h"
#include "base/text.h"
#include "model/secrets.h"

namespace auditor::model {

namespace {

constexpr std::size_t longest_title = 200;
constexpr std::size_t longest_message = 300;
// Names the TaskManager that could not be reached after 340 characters, and long tasks before it.
constexpr std::size_t longest_header = 600;
constexpr std::size_t frames_that_tell = 3;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// One exception of the chain, as lines of the text.
struct Thrown {
  std::string_view header;
  std::vector<std::string_view> more;  // lines of its message beyond the first
  std::vector<std::string_view> frames;
};

/// The exceptions from the one that was thrown to its deepest cause. What is suppressed is no
/// cause.
std::vector<Thrown> chain_of(std::string_view stack_trace) {
  constexpr std::string_view caused_by = "Caused by: ";
  std::vector<Thrown> chain;
  bool suppressed = false;
  while (!stack_trace.empty()) {
    const std::size_t end = std::min(stack_trace.find('\n'), stack_trace.size());
    const std::string_view line = stack_trace.substr(0, end);
    stack_trace.remove_prefix(std::min(end + 1, stack_trace.size()));
    const std::string_view words = base::trim(line);
    const bool indented = !line.empty() && (line.front() == '\t' || line.front() == ' ');
    if (words.empty()) {
      continue;
    }
    if (chain.empty()) {
      chain.push_back({.header = words, .more = {}, .frames = {}});
    } else if (line.starts_with(caused_by)) {
      suppressed = false;
      chain.push_back({.header = words.substr(caused_by.size()), .more = {}, .frames = {}});
    } else if (indented && words.starts_with("Suppressed: ")) {
      suppressed = true;
    } else if (indented && words.starts_with("at ")) {
      if (!suppressed) {
        chain.back().frames.push_back(words.substr(3));
      }
    } else if (!suppressed && chain.back().frames.empty() && !words.starts_with("... ")) {
      chain.back().more.push_back(words);
    }
  }
  return chain;
}

struct Header {
  std::string_view name;  // empty where it does not begin with a class
  std::string_view message;
};

/// "java.io.IOException: disk full". What Flink could only send as text wraps the real one.
Header split_header(std::string_view header) {
  while (true) {
    const auto after_name = std::ranges::find_if(
        header, [](char c) { return !is_alphanumeric(c) && c != '.' && c != '$' && c != '_'; });
    const auto end = static_cast<std::size_t>(after_name - header.begin());
    const std::string_view rest = header.substr(end);
    if (!rest.empty() && !rest.starts_with(": ") && rest != ":") {
      return {{}, header};
    }
    const std::string_view name = header.substr(0, end);
    const std::string_view message = base::trim(rest.substr(std::min<std::size_t>(1, rest.size())));
    if (message.empty() || !name.ends_with("SerializedThrowable")) {
      return {name, message};
    }
    header = message;
  }
}

/// Runs of digits become "#".
std::string without_digits(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (!is_digit(c)) {
      result += c;
    } else if (result.empty() || result.back() != '#') {
      result += '#';
    }
  }
  return result;
}

/// "java.base/java.lang.Thread.run(Thread.java:840)" → "java.lang.Thread.run".
std::string method_of(std::string_view frame) {
  constexpr std::string_view lambda = "$$Lambda";
  frame = frame.substr(0, frame.find('('));
  if (const std::size_t found = frame.find(lambda); found != std::string_view::npos) {
    frame = frame.substr(0, found + lambda.size());  // its number and address differ by process
  }
  if (const std::size_t module = frame.rfind('/'); module != std::string_view::npos) {
    frame.remove_prefix(module + 1);
  }
  return without_digits(frame);
}

bool is_of_platform(std::string_view method) {
  static constexpr std::array<std::string_view, 9> packages{
      "java.", "javax.",           "jdk.", "sun.", "com.sun.", "akka.", "org.apache.flink",
      "scala", "org.apache.pekko."};
  return std::ranges::any_of(
      packages, [method](std::string_view package) { return method.starts_with(package); });
}

std::vector<std::string> telling_frames(const Thrown& thrown) {
  std::vector<std::string> own;
  std::vector<std::string> any;
  own.reserve(frames_that_tell);
  any.reserve(frames_that_tell);
  for (const std::string_view frame : thrown.frames) {
    std::string method = method_of(frame);
    if (any.size() < frames_that_tell) {
      any.push_back(method);
    }
    if (!is_of_platform(method)) {
      own.push_back(std::move(method));
      if (own.size() == frames_that_tell) {
        break;
      }
    }
  }
  return own.empty() ? any : own;
}

bool is_of_word(char c) {
  return is_alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80U ||
         std::string_view("_./:@%$-#+~\\").find(c) != std::string_view::npos;
}

bool varies(std::string_view word) {
  constexpr std::size_t shortest_hexadecimal = 8;
  const auto is_hexadecimal = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  return std::ranges::any_of(word, is_digit) || word.find("://") != std::string_view::npos ||
         (word.size() > 1 && word.front() == '/') || word.find('\\') != std::string_view::npos ||
         (word.size() >= shortest_hexadecimal && std::ranges::all_of(word, is_hexadecimal));
}

/// Where the quoted or bracketed text that begins at `start` ends, one past it; `start` where none
/// does.
std::size_t end_of_enclosed(std::string_view text, std::size_t start) {
  const char open = text[start];
  if (open == '[' || open == '{') {
    const char close = open == '[' ? ']' : '}';
    std::size_t depth = 0;
    for (std::size_t i = start; i < text.size(); ++i) {
      depth += text[i] == open ? 1U : 0U;
      if (text[i] == close && --depth == 0) {
        return i + 1;
      }
    }
    return text.size();  // cut off
  }
  if (open == '"' || open == '\'' || open == '`') {
    const bool inside_a_word = start > 0 && is_alphanumeric(text[start - 1]);
    const std::size_t close = text.find(open, start + 1);
    if (!inside_a_word && close != std::string_view::npos) {
      return close + 1;
    }
  }
  return start;
}

/// At most `limit` bytes, cut between two characters.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) {
    return text;
  }
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) {
    --limit;
  }
  return text.substr(0, limit);
}

/// One exception of a condensed trace.
std::string summary_of(const Thrown& thrown, std::string_view prefix, std::size_t frames) {
  constexpr std::size_t most_lines = 3;
  constexpr std::size_t longest_line = 160;
  std::string text(prefix);
  text += base::printable(cut(thrown.header, longest_header));
  for (std::size_t i = 0; i < std::min(most_lines, thrown.more.size()); ++i) {
    text += '\n';
    text += base::printable(cut(thrown.more[i], longest_line));
  }
  for (std::size_t i = 0; i < std::min(frames, thrown.frames.size()); ++i) {
    text += "\n\tat ";
    text += base::printable(cut(thrown.frames[i], longest_line));
  }
  return text;
}

}  // namespace

std::string normalized(std::string_view message) {
  message = cut(message, longest_message);
  std::string result;
  const auto put_varying = [&result] {
    const std::size_t last = result.find_last_not_of(" ,");
    if (last == std::string::npos || result[last] != '#') {
      result += '#';
    } else {
      result.resize(last + 1);  // "12, 13, 14" and "12" are alike
    }
  };
  for (std::size_t i = 0; i < message.size();) {
    const char c = message[i];
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (!result.empty() && result.back() != ' ') {
        result += ' ';
      }
      ++i;
    } else if (const std::size_t end = end_of_enclosed(message, i); end > i) {
      put_varying();
      i = end;
    } else if (is_of_word(c)) {
      std::size_t word_end = i;
      while (word_end < message.size() && is_of_word(message[word_end])) {
        ++word_end;
      }
      const std::string_view word = message.substr(i, word_end - i);
      if (varies(word)) {
        put_varying();
      } else {
        result += word;
      }
      i = word_end;
    } else {
      result += c;
      ++i;
    }
  }
  return std::string(base::trim(result));
}

Cause cause_of(std::string_view stack_trace) {
  const std::vector<Thrown> chain = chain_of(stack_trace);
  if (chain.empty()) {
    return {};
  }
  const Thrown& deepest = chain.back();
  const Header header = split_header(deepest.header);
  std::string identity = without_digits(header.name);
  const auto add = [&identity](std::string_view part) {
    identity += '\0';
    identity += part;
  };
  add(normalized(header.message));
  if (!header.name.ends_with("OutOfMemoryError")) {
    for (const std::string& frame : telling_frames(deepest)) {
      add(frame);
    }
  }
  std::string title(header.name);
  if (!header.message.empty()) {
    title += title.empty() ? "" : ": ";
    title += header.message;
  }
  return {base::shorten(base::printable(masked("", title)), longest_title),
          base::to_hex(base::murmur3_x64_128(identity))};
}

std::string condensed(std::string_view stack_trace, std::size_t limit) {
  constexpr std::size_t first_frames = 2;
  constexpr std::size_t deepest_frames = 4;
  const std::vector<Thrown> chain = chain_of(stack_trace);
  if (chain.empty()) {
    return {};
  }
  const bool one = chain.size() == 1;
  std::string text = summary_of(chain.front(), "", one ? deepest_frames : first_frames);
  if (!one) {
    const std::string deepest = summary_of(chain.back(), "\nCaused by: ", deepest_frames);
    for (std::size_t i = 1; i + 1 < chain.size(); ++i) {
      const std::string between = summary_of(chain[i], "\nCaused by: ", 1);
      if (text.size() + between.size() + deepest.size() <= limit) {
        text += between;
      }
    }
    const std::size_t room = limit - std::min(limit, deepest.size());
    text = cut(text, room);
    text += deepest;
  }
  return masked("", cut(text, limit));
}

}  // namespace auditor::model
