#include "checks/operator-uids/uid_guesses.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/text.h"
#include "checks/operator-uids/connectors.h"
#include "checks/operator-uids/operator_chain.h"

namespace auditor::checks {

namespace {

/// Longer names are no UIDs, but the text of a SQL plan.
constexpr std::size_t longest_name = 200;

bool is_letter_or_digit(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
}

/// "Orders Source", "ordersSource" and "orders-source" all give orders, source.
std::vector<std::string> lower_words(std::string_view name) {
  std::vector<std::string> words;
  char before = ' ';
  for (const char c : name) {
    if (is_letter_or_digit(c)) {
      const bool upper = c >= 'A' && c <= 'Z';
      const bool after_lower = (before >= 'a' && before <= 'z') || (before >= '0' && before <= '9');
      if (!is_letter_or_digit(before) || (upper && after_lower)) {
        words.emplace_back();
      }
      words.back() += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    before = c;
  }
  return words;
}

std::string capitalized(std::string word) {
  word.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(word.front())));
  return word;
}

std::string replaced(std::string_view text, char what, std::string_view by) {
  std::string result;
  for (const char c : text) {
    if (c == what) {
      result += by;
    } else {
      result += c;
    }
  }
  return result;
}

/// One name in the ways that people write identifiers.
void add_spellings(std::string_view name, std::set<std::string>& uids) {
  const std::string lower = base::to_lower(name);
  for (const std::string& text : {std::string(name), lower}) {
    uids.insert(text);
    for (const std::string_view by : {"-", "_", ""}) {
      uids.insert(replaced(text, ' ', by));
    }
  }
  const std::vector<std::string> words = lower_words(name);
  if (words.empty()) {
    return;
  }
  for (const std::string_view by : {"-", "_", ".", ""}) {
    uids.insert(base::join(words, by));
  }
  std::string camel;
  for (const std::string& word : words) {
    camel += capitalized(word);
  }
  uids.insert(camel);
  uids.insert(words.front() + camel.substr(words.front().size()));
  std::string upper = base::join(words, "_");
  std::ranges::transform(upper, upper.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  uids.insert(upper);
}

/// The role of an operator is often part of its UID: "orders-source" for "Source: orders".
void add_roles(std::string_view role, std::set<std::string>& uids) {
  std::vector<std::string> more;
  const std::string capital = capitalized(std::string(role));
  for (const std::string& uid : uids) {
    for (const std::string_view between : {"-", "_"}) {
      more.push_back(uid + std::string(between) + std::string(role));
      more.push_back(std::string(role) + std::string(between) + uid);
    }
    more.push_back(uid + capital);
  }
  uids.insert(more.begin(), more.end());
}

/// UIDs that people and connectors give to an operator of that name: the name itself, without
/// "Source: ", in lower case, with dashes or underscores, as one word, and the like. In no order of
/// likelihood.
std::vector<std::string> guess_uids(std::string_view operator_name) {
  std::vector<std::string> all = connector_uids(operator_name);
  if (operator_name.empty() || operator_name.size() > longest_name) {
    return all;
  }
  std::set<std::string> uids;
  add_spellings(operator_name, uids);
  std::string_view name = operator_name;
  std::string_view role;
  if (name.starts_with("Source: ")) {
    name.remove_prefix(std::string_view("Source: ").size());
    role = "source";
  } else if (name.starts_with("Sink: ")) {
    name.remove_prefix(std::string_view("Sink: ").size());
    role = "sink";
  }
  constexpr std::string_view committer = ": Committer";
  constexpr std::string_view writer = ": Writer";
  const bool commits = name.ends_with(committer);
  if (commits || name.ends_with(writer)) {
    name.remove_suffix(commits ? committer.size() : writer.size());
    role = "sink";
  }
  std::set<std::string> own;
  add_spellings(name, own);
  if (!role.empty()) {
    add_roles(role, own);
  }
  std::vector<std::string> suffixed;
  for (const std::string& uid : own) {
    for (const std::string_view suffix : {"-uid", "_uid", "-id", "_id"}) {
      suffixed.push_back(uid + std::string(suffix));
    }
    suffixed.push_back("uid-" + uid);
    suffixed.push_back("uid_" + uid);
  }
  own.insert(suffixed.begin(), suffixed.end());
  if (commits) {
    for (const std::string& uid : own) {
      all.push_back("Sink Committer: " + uid);
    }
  }
  uids.insert(own.begin(), own.end());
  all.insert(all.end(), uids.begin(), uids.end());
  return all;
}

}  // namespace

UidGuesses::UidGuesses(const OperatorGraph& graph, const model::UidTable& words)
    : of_operator_(graph.operators.size()), words_(&words) {
  for (const std::string_view uid : constant_connector_uids()) {
    guesses_.add(uid);
  }
  constexpr std::size_t most_guesses = 50'000;  // 300 operators have the half of that
  const auto guess = [this](std::size_t op, std::string_view name) {
    if (guesses_.entries().size() < most_guesses) {
      for (const std::string& uid : guess_uids(name)) {
        of_operator_[op].push_back(guesses_.add(uid));
      }
    }
  };
  bool commits = false;
  for (std::size_t op = 0; op < graph.operators.size(); ++op) {
    const std::string& name = graph.operators[op].name;
    commits = commits || name.find("Committer") != std::string::npos;
    guess(op, name);
  }
  // A description may say what an operator does, so that only the vertex' name has the names.
  for (const ChainVertex& vertex : graph.vertices) {
    const auto chain = vertex.vertex == nullptr ? std::nullopt : parse_chain(vertex.vertex->name);
    if (!chain || chain->operators.size() != vertex.size) {
      continue;
    }
    for (std::size_t i = 0; i < vertex.size; ++i) {
      const std::string& name = chain->operators[i].name;
      if (name != graph.operators[vertex.first + i].name) {
        guess(vertex.first + i, name);
      }
    }
  }
  if (commits) {  // a sink's UID gives its committer another
    for (const model::UidTable::Entry& word : words.entries()) {
      for (const std::string_view before : {"Sink Committer: ", "Sink Global Committer: "}) {
        guesses_.add(std::string(before) + word.uid);
      }
      guesses_.add("Sink " + word.uid + " Global Committer");
    }
  }
}

const std::string* UidGuesses::find(const OperatorId& id) const {
  const std::string* found = guesses_.find(id);
  return found != nullptr ? found : words_->find(id);
}

}  // namespace auditor::checks
