#include "config/yaml.h"

#include <set>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace auditor::config {

namespace {

constexpr std::size_t most_nodes = 10'000;

base::Error error_at(const std::string& file, const YAML::Mark& mark, std::string_view what) {
  return {base::ErrorKind::configuration,
          fmt::format("{}:{}:{}: {}", file, mark.line + 1, mark.column + 1, what), 0};
}

/// Copies yaml-cpp's graph into our tree. An alias would appear as the same node twice: it is found
/// by its place.
class Copier {
 public:
  explicit Copier(const std::string& file) : file_(&file) {}

  base::Result<Node> copy(const YAML::Node& from) {
    const YAML::Mark mark = from.Mark();
    if (++count_ > most_nodes) {
      return tl::unexpected(error_at(*file_, mark, fmt::format("over {} values", most_nodes)));
    }
    if (!from.IsNull() && !places_.insert(mark.pos).second && (from.IsMap() || from.IsSequence())) {
      return tl::unexpected(
          error_at(*file_, mark, "aliases (*name) are not supported: write it out"));
    }
    Node node;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    if (from.IsScalar()) {
      node.kind = Node::Kind::scalar;
      node.scalar = from.Scalar();
    } else if (from.IsSequence()) {
      node.kind = Node::Kind::sequence;
      for (const YAML::Node& item : from) {
        auto copied = copy(item);
        if (!copied) {
          return copied;
        }
        node.items.push_back(std::move(*copied));
      }
    } else if (from.IsMap()) {
      node.kind = Node::Kind::mapping;
      return copy_members(from, std::move(node));
    }
    return node;
  }

 private:
  base::Result<Node> copy_members(const YAML::Node& from, Node node) {
    std::set<std::string> seen;
    for (const auto& member : from) {
      if (!member.first.IsScalar()) {
        return tl::unexpected(error_at(*file_, member.first.Mark(), "a key must be a plain word"));
      }
      auto key = copy(member.first);
      if (!key) {
        return key;
      }
      if (!seen.insert(key->scalar).second) {
        return tl::unexpected(error_at(*file_, member.first.Mark(),
                                       fmt::format("\"{}\" is there twice", key->scalar)));
      }
      auto value = copy(member.second);
      if (!value) {
        return value;
      }
      node.members.push_back({std::move(*key), std::move(*value)});
    }
    return node;
  }

  const std::string* file_;
  std::size_t count_ = 0;
  std::set<int> places_;
};

}  // namespace

base::Error error_at(const std::string& file, const Node& node, std::string_view what) {
  return {base::ErrorKind::configuration,
          fmt::format("{}:{}:{}: {}", file, node.line, node.column, what), 0};
}

base::Result<Node> parse_yaml(const std::string& file, const std::string& text) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      return tl::unexpected(error_at(file, documents[1].Mark(), "more than one YAML document"));
    }
    if (documents.empty()) {
      return Node{};
    }
    return Copier(file).copy(documents.front());
  } catch (const YAML::Exception& e) {
    return tl::unexpected(error_at(file, e.mark, e.msg));
  }
}

}  // namespace auditor::config
