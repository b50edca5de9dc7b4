#include "checks/operator-uids/operator_chain.h"

#include <algorithm>
#include <ranges>

#include "base/text.h"

namespace auditor::checks {

namespace {

constexpr std::size_t indent = 3;
constexpr std::string_view arrow = " -> ";

/// The depth of a line of the tree and where its operator's name starts; nullopt for a line that
/// goes on with the name of the one before it.
struct TreeLine {
  std::size_t depth;
  std::string_view name;
};

std::optional<TreeLine> tree_line(std::string_view line) {
  std::size_t depth = 1;
  while (line.starts_with("   ") || line.starts_with(":  ")) {
    line.remove_prefix(indent);
    ++depth;
  }
  if (!line.starts_with("+- ") && !line.starts_with(":- ")) {
    return std::nullopt;
  }
  return TreeLine{depth, line.substr(indent)};
}

std::size_t add(Chain& chain, std::string_view name, std::optional<std::size_t> parent) {
  const std::size_t index = chain.operators.size();
  chain.operators.push_back({std::string(name), parent.value_or(index), {}});
  if (parent) {
    chain.operators[*parent].outputs.push_back(index);
  }
  return index;
}

Chain parse_tree(std::string_view text) {
  Chain chain;
  std::vector<std::size_t> path;  // the last operator of each depth
  for (const std::string_view line : base::split(text, '\n')) {
    const auto found = path.empty() ? std::nullopt : tree_line(line);
    if (path.empty()) {
      path.push_back(add(chain, line, std::nullopt));
    } else if (found && found->depth <= path.size()) {
      path.resize(found->depth);
      path.push_back(add(chain, found->name, path.back()));
    } else {
      chain.operators[path.back()].name.append("\n").append(line);
    }
  }
  return chain;
}

/// The parts of `text` between `separator`s that stand outside all brackets; nullopt where these do
/// not match.
std::optional<std::vector<std::string_view>> split_outside(std::string_view text,
                                                           std::string_view separator) {
  std::vector<std::string_view> parts;
  std::vector<char> open;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '(':
        open.push_back(')');
        break;
      case '[':
        open.push_back(']');
        break;
      case '{':
        open.push_back('}');
        break;
      case ')':
      case ']':
      case '}':
        if (open.empty() || open.back() != text[i]) {
          return std::nullopt;
        }
        open.pop_back();
        break;
      default:
        if (open.empty() && text.substr(i).starts_with(separator)) {
          parts.push_back(text.substr(start, i - start));
          start = i + separator.size();
          i = start - 1;
        }
    }
  }
  if (!open.empty()) {
    return std::nullopt;
  }
  parts.push_back(text.substr(start));
  return parts;
}

/// `A -> B -> (C, D -> E)`: a list in brackets at the end, of two at least, are the branches of the
/// operator before it. A work list instead of recursion: names come from the network.
std::optional<Chain> parse_cascade(std::string_view text) {
  struct Pending {
    std::string_view text;
    std::optional<std::size_t> parent;
  };
  Chain chain;
  std::vector<Pending> pending{{text, std::nullopt}};
  chain.certain = text.find(arrow) == std::string_view::npos;
  std::size_t budget = 16 * (text.size() + 1);  // each level of branches reads its text again
  while (!pending.empty()) {
    const Pending part = pending.back();
    pending.pop_back();
    if (part.text.size() > budget) {
      return std::nullopt;
    }
    budget -= part.text.size();
    const auto names = split_outside(part.text, arrow);
    if (!names) {
      return std::nullopt;
    }
    std::optional<std::size_t> parent = part.parent;
    for (std::size_t i = 0; i < names->size(); ++i) {
      const std::string_view name = (*names)[i];
      const bool bracketed = i > 0 && i + 1 == names->size() && name.size() > 2 &&
                             name.front() == '(' && name.back() == ')';
      const auto branches =
          bracketed ? split_outside(name.substr(1, name.size() - 2), ",") : std::nullopt;
      if (branches && branches->size() > 1) {
        for (const auto& branch : std::views::reverse(*branches)) {
          pending.push_back({base::trim(branch), parent});
        }
      } else {
        parent = add(chain, name, parent);
      }
    }
  }
  return chain;
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size())) {
    ++found;
  }
  return found;
}

}  // namespace

std::optional<Chain> parse_chain(std::string_view description) {
  std::string text = base::unescape_html(description);
  if (text.ends_with('\n')) {  // only the tree ends each operator's line
    text.pop_back();
    return parse_tree(text);
  }
  return parse_cascade(text);
}

std::size_t most_operators(std::string_view description) {
  const std::string text = base::unescape_html(description);
  return 1 + count(text, "\n") + count(text, arrow) + count(text, ",");
}

}  // namespace auditor::checks
