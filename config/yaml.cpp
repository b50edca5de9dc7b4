#include "config/yaml.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "base/text.h"

namespace auditor::config {

namespace {

base::Error error_at(const std::string& file, const YAML::Mark& mark, std::string_view what) {
  return {base::ErrorKind::configuration,
          fmt::format("{}:{}:{}: {}", file, mark.line + 1, mark.column + 1, what), 0};
}

/// Builds our tree from the parser's events: yaml-cpp's own tree would take ten times the memory,
/// and would show an alias as the node that it stands for. After the first error it takes nothing
/// more.
class Builder : public YAML::EventHandler {
 public:
  Builder(const std::string& file, std::size_t most) : file_(&file), most_(most) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      fail(mark, "more than one YAML document");
    }
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    add(at(mark, Node::Kind::null));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    fail(mark, "aliases (*name) are not supported: write it out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& value) override {
    Node node = at(mark, Node::Kind::scalar);
    node.scalar = value;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {
    open(at(mark, Node::Kind::sequence));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    open(at(mark, Node::Kind::mapping));
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] const std::optional<base::Error>& error() const { return error_; }
  Node take() { return std::move(root_); }

 private:
  /// A sequence or mapping that is not closed yet.
  struct Open {
    Node node;
    std::optional<Node> key;  ///< of a mapping, whose value comes next
  };

  static Node at(const YAML::Mark& mark, Node::Kind kind) {
    Node node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void fail(const Node& node, std::string_view what) {
    if (!error_) {
      error_ = config::error_at(*file_, node, what);
    }
  }
  void fail(const YAML::Mark& mark, std::string_view what) {
    fail(at(mark, Node::Kind::null), what);
  }

  [[nodiscard]] bool key_comes_next() const {
    return !open_.empty() && open_.back().node.kind == Node::Kind::mapping && !open_.back().key;
  }

  void open(Node node) {
    if (key_comes_next()) {
      fail(node, "a key must be a plain word");
    }
    if (!error_) {
      open_.push_back({std::move(node), std::nullopt});
    }
  }

  void close() {
    if (error_) {
      return;
    }
    Node node = std::move(open_.back().node);
    open_.pop_back();
    refuse_duplicates(node);
    add(std::move(node));
  }

  void add(Node node) {
    if (++count_ > most_) {
      fail(node, fmt::format("over {} values", most_));
    }
    if (error_) {
      return;
    }
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Open& parent = open_.back(); parent.node.kind == Node::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.key) {
      if (node.kind == Node::Kind::null && node.line != parent.key->line) {
        node.line = parent.key->line;  // the mark is where the next thing begins
        node.column = parent.key->column;
      }
      parent.node.members.push_back({std::move(*parent.key), std::move(node)});
      parent.key.reset();
    } else if (node.kind == Node::Kind::scalar) {
      parent.key = std::move(node);
    } else {
      fail(node, "a key must be a plain word");
    }
  }

  void refuse_duplicates(const Node& node) {
    std::vector<const Node*> keys;
    keys.reserve(node.members.size());
    for (const Member& member : node.members) {
      keys.push_back(&member.key);
    }
    // Stable: of two equal keys the later one comes second, and it is the one that is wrong.
    std::ranges::stable_sort(keys, {},
                             [](const Node* key) { return std::string_view(key->scalar); });
    const auto twice = std::ranges::adjacent_find(
        keys, {}, [](const Node* key) { return std::string_view(key->scalar); });
    if (twice != keys.end()) {
      const Node& second = **std::next(twice);
      fail(second, fmt::format("\"{}\" is there twice", base::printable(second.scalar)));
    }
  }

  const std::string* file_;
  std::size_t most_;
  std::size_t count_ = 0;
  int documents_ = 0;
  std::vector<Open> open_;
  Node root_;
  std::optional<base::Error> error_;
};

}  // namespace

const Node* Node::find(std::string_view name) const {
  const auto member =
      std::ranges::find_if(members, [name](const Member& m) { return m.key.scalar == name; });
  return member == members.end() ? nullptr : &member->value;
}

bool Node::has(std::string_view name) const {
  const Node* node = find(name);
  return node != nullptr && node->kind != Kind::null;
}

base::Error error_at(const std::string& file, const Node& node, std::string_view what) {
  return {base::ErrorKind::configuration,
          fmt::format("{}:{}:{}: {}", file, node.line, node.column, what), 0};
}

base::Result<Node> parse_yaml(const std::string& file, const std::string& text, std::size_t most) {
  Builder builder(file, most);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (!builder.error() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    // What the builder found stands further up.
    return tl::unexpected(builder.error().value_or(error_at(file, e.mark, e.msg)));
  }
  if (builder.error()) {
    return tl::unexpected(*builder.error());
  }
  Node root = builder.take();
  root.line = std::max(root.line, 1);  // an empty text has no mark
  root.column = std::max(root.column, 1);
  return root;
}

}  // namespace auditor::config
