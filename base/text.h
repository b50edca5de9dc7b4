#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace auditor::base {

/// Lower case of ASCII letters; other bytes stay.
std::string to_lower(std::string_view text);

/// Without white space at both ends.
std::string_view trim(std::string_view text);

/// The parts between each `separator`, empty ones included.
std::vector<std::string_view> split(std::string_view text, char separator);

/// `parts` with `separator` between them.
std::string join(std::span<const std::string> parts, std::string_view separator);

/// True if `text` as a whole matches `pattern`, where `*` stands for any run of characters and `?`
/// for one. Linear in the product of the lengths, whatever the pattern.
bool glob_match(std::string_view pattern, std::string_view text);

/// The candidate closest to `word` (edit distance, at most a third of its length); empty where none
/// is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// `text` with every ill-formed UTF-8 sequence replaced by U+FFFD and every control character by a
/// space, so that it may be printed to a terminal and written as JSON.
std::string printable(std::string_view text);

/// Columns that `text` (UTF-8) takes on a terminal: wide East Asian characters count two, combining
/// marks none.
std::size_t display_width(std::string_view text);

/// `text` cut to at most `columns` columns, with "…" at the end where something was cut.
std::string shorten(std::string_view text, std::size_t columns);

/// "1 job", "3 jobs", "2 vertices": the count with the noun; `nouns` where an s is not enough.
std::string plural(std::size_t count, std::string_view noun, std::string_view nouns = {});

/// `text` with the entities that Flink's plan uses (`&gt; &lt; &amp; &quot; &#92; <br/>`) turned
/// back; a `<br/>` is a newline.
std::string unescape_html(std::string_view text);

}  // namespace auditor::base
