#include "config/expand.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::config {

namespace {

using base::Result;

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// True where the value stays, false where it is to be pruned.
Result<bool> expand_scalar(const std::string& file, Node& node, const Environment& environment,
                           Unset unset) {
  if (node.scalar.find("${") == std::string::npos) {
    return true;
  }
  std::string expanded;
  std::string_view rest = node.scalar;
  while (true) {
    const std::size_t start = rest.find("${");
    if (start == std::string_view::npos) {
      break;
    }
    if (start > 0 && rest[start - 1] == '$') {
      expanded += rest.substr(0, start - 1);
      expanded += "${";
      rest.remove_prefix(start + 2);
      continue;
    }
    expanded += rest.substr(0, start);
    const std::size_t end = rest.find('}', start);
    if (end == std::string_view::npos) {
      return tl::unexpected(
          error_at(file, node, R"("${" is not closed by "}"; for the characters write "$${")"));
    }
    const std::string name(rest.substr(start + 2, end - start - 2));
    if (!is_variable_name(name)) {
      return tl::unexpected(error_at(
          file, node,
          fmt::format(R"("${{{}}}" names no environment variable; for the characters write "$${{")",
                      base::printable(name))));
    }
    const auto value = environment(name);
    if (!value && unset == Unset::prune) {
      return false;
    }
    if (!value) {
      return tl::unexpected(
          error_at(file, node, fmt::format("the environment variable {} is not set", name)));
    }
    expanded += *value;
    rest.remove_prefix(end + 1);
  }
  expanded += rest;
  node.written = std::exchange(node.scalar, std::move(expanded));
  return true;
}

Result<bool> expand_node(const std::string& file, Node& node, const Environment& environment,
                         Unset unset);

template <class T, class ToNode>
Result<bool> expand_all(const std::string& file, Node& owner, std::vector<T>& parts,
                        const Environment& environment, Unset unset, const ToNode& to_node) {
  std::vector<T> kept;
  kept.reserve(parts.size());
  for (T& part : parts) {
    const auto stays = expand_node(file, to_node(part), environment, unset);
    if (!stays) {
      return stays;
    }
    owner.pruned = owner.pruned || !*stays || to_node(part).pruned;
    if (*stays) {
      kept.push_back(std::move(part));
    }
  }
  parts = std::move(kept);
  return true;
}

Result<bool> expand_node(const std::string& file, Node& node, const Environment& environment,
                         Unset unset) {
  switch (node.kind) {
    case Node::Kind::null:
      return true;
    case Node::Kind::scalar:
      return expand_scalar(file, node, environment, unset);
    case Node::Kind::sequence:
      return expand_all(file, node, node.items, environment, unset,
                        [](Node& item) -> Node& { return item; });
    case Node::Kind::mapping:
      return expand_all(file, node, node.members, environment, unset,
                        [](Member& member) -> Node& { return member.value; });
  }
  return true;
}

}  // namespace

std::optional<std::string> environment_variable(const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): this program never changes its environment
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<void> expand(const std::string& file, Node& node, const Environment& environment,
                    Unset unset) {
  const auto stays = expand_node(file, node, environment, unset);
  if (!stays) {
    return tl::unexpected(stays.error());
  }
  if (!*stays) {
    node = Node{};
  }
  return {};
}

}  // namespace auditor::config
