#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/reader.h"
#include "config/setting.h"
#include "config/yaml.h"

namespace auditor::config {

/// How a row is brought into the value that it belongs to.
template <class T>
struct Binding {
  std::function<base::Result<void>(const Reader&, const Setting&, const Node&, T&)> read;
  /// Adds the settings at `path` that differ but take effect only with a restart.
  std::function<void(const Setting&, const std::string& path, const T& old, const T& fresh,
                     std::vector<std::string>& out)>
      compare = nullptr;
};

/// The settings of one mapping, and how they fill a `T`.
template <class T>
struct Table {
  std::vector<Setting> settings;
  std::vector<Binding<T>> bindings;  ///< one for each setting
  /// What must hold between the rows, once they are read; may be empty. Not called for a mapping of
  /// which something was pruned.
  std::function<base::Result<void>(const Reader&, const Node&, T&)> finish = nullptr;

  void add(Setting setting, Binding<T> binding) {
    settings.push_back(std::move(setting));
    bindings.push_back(std::move(binding));
  }
};

/// Reads a mapping by its table, in the table's order.
template <class T>
base::Result<void> read_table(const Reader& reader, const Table<T>& table, std::string_view what,
                              std::string_view noun, const Node& node, T& into) {
  if (auto fits = check_keys(reader, node, table.settings, what, noun); !fits) {
    return fits;
  }
  for (std::size_t i = 0; i < table.settings.size(); ++i) {
    const Setting& setting = table.settings[i];
    if (const Node* value = node.find(setting.name)) {
      if (auto read = table.bindings[i].read(reader, setting, *value, into); !read) {
        return read;
      }
    }
  }
  return table.finish && !node.pruned ? table.finish(reader, node, into) : base::Result<void>{};
}

template <class T>
void compare_table(const Table<T>& table, const std::string& prefix, const T& old, const T& fresh,
                   std::vector<std::string>& out) {
  for (std::size_t i = 0; i < table.settings.size(); ++i) {
    if (table.bindings[i].compare) {
      std::string path = prefix;
      path += table.settings[i].name;
      table.bindings[i].compare(table.settings[i], path, old, fresh, out);
    }
  }
}

/// A row for one member. The default is what the member has in a fresh `T`.
template <class T, class V>
void add_value(Table<T>& table, Setting setting, V T::* member) {
  if (!setting.required) {
    setting.otherwise = value_text(T{}.*member);
  }
  table.add(std::move(setting),
            {.read = [member](const Reader& reader, const Setting& row, const Node& node,
                              T& into) { return read_value(reader, row, node, into.*member); },
             .compare =
                 [member](const Setting& row, const std::string& path, const T& old, const T& fresh,
                          std::vector<std::string>& out) {
                   if (!row.reloadable && old.*member != fresh.*member) {
                     out.push_back(path);
                   }
                 }});
}

/// A row for a member of which each value has a word.
template <class T, class V>
void add_choice(Table<T>& table, Setting setting, V T::* member,
                const std::vector<std::pair<std::string, V>>& choices) {
  setting.kind = Kind::choice;
  for (const auto& [word, value] : choices) {
    setting.choices.push_back(word);
    if (value == T{}.*member) {
      setting.otherwise = word;
    }
  }
  table.add(std::move(setting),
            {.read = [member, choices](const Reader& reader, const Setting& row, const Node& node,
                                       T& into) -> base::Result<void> {
              for (const auto& [word, value] : choices) {
                if (node.kind == Node::Kind::scalar && node.scalar == word) {
                  into.*member = value;
                  return {};
                }
              }
              return reader.wrong(row, node);
            }});
}

/// A row for a secret, and its twin `<name>_file`.
template <class T>
void add_secret(Table<T>& table, Setting setting, std::string T::* member) {
  Setting twin = setting;
  twin.name += "_file";
  twin.kind = Kind::path;
  twin.help = "The same from a file that holds it as its one line; read again with each reload.";
  twin.example = setting.name + ".txt";
  twin.excludes.push_back(setting.name);
  setting.excludes.push_back(twin.name);
  setting.secret = true;
  table.add(std::move(setting),
            {.read = [member](const Reader& reader, const Setting& row, const Node& node, T& into) {
              return read_value(reader, row, node, into.*member);
            }});
  table.add(std::move(twin),
            {.read = [member](const Reader& reader, const Setting& row, const Node& node, T& into) {
              return read_secret_file(reader, row, node).map([&](std::string secret) {
                into.*member = std::move(secret);
              });
            }});
}

/// The part of a value that is the value itself: for a section that its struct does not have.
struct Itself {
  template <class T>
  T& operator()(T& value) const {
    // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): called with values that outlive it
    return value;
  }
};

/// A mapping with a table of its own. `part` gives what it fills: a member of `T`, or a function
/// from `T&`. `reset` makes that part empty before it is read, so that the section replaces what
/// was inherited.
template <class T, class U, class Part>
void add_section(Table<T>& table, Setting setting, const Part& part, Table<U> rows,
                 void (*reset)(U&) = nullptr) {
  setting.kind = Kind::section;
  setting.rows = rows.settings;
  auto shared = std::make_shared<const Table<U>>(std::move(rows));
  table.add(std::move(setting),
            {.read = [part, shared, reset](const Reader& reader, const Setting& row,
                                           const Node& node, T& into) -> base::Result<void> {
               if (node.kind == Node::Kind::null) {
                 return {};
               }
               U& target = std::invoke(part, into);
               if (reset != nullptr) {
                 reset(target);
               }
               return read_table(reader, *shared, row.name, row.noun, node, target);
             },
             .compare =
                 [part, shared](const Setting&, const std::string& path, const T& old,
                                const T& fresh, std::vector<std::string>& out) {
                   std::string prefix = path;
                   prefix += '.';
                   compare_table(*shared, prefix, std::invoke(part, old), std::invoke(part, fresh),
                                 out);
                 }});
}

/// A list of mappings. `begin` gives what an item has before it is read.
template <class T, class U, class Begin>
void add_sections(Table<T>& table, Setting setting, std::vector<U> T::* member, Table<U> rows,
                  const Begin& begin,
                  base::Result<void> (*finish)(const Reader&, const Node&,
                                               std::vector<U>&) = nullptr) {
  setting.kind = Kind::sections;
  setting.rows = rows.settings;
  auto shared = std::make_shared<const Table<U>>(std::move(rows));
  table.add(std::move(setting), {.read = [member, shared, begin, finish](
                                             const Reader& reader, const Setting& row,
                                             const Node& node, T& into) -> base::Result<void> {
              if (node.kind == Node::Kind::null) {
                return {};
              }
              if (node.kind != Node::Kind::sequence) {
                return reader.wrong(row, node);
              }
              std::vector<U>& list = into.*member;
              list.reserve(node.items.size());
              for (const Node& item : node.items) {
                U one = begin(into);
                if (item.kind == Node::Kind::null) {
                  return reader.error(item, "an item of " + row.name + " is empty");
                }
                if (auto read =
                        read_table(reader, *shared, "an item of " + row.name, row.noun, item, one);
                    !read) {
                  return read;
                }
                list.push_back(std::move(one));
              }
              return finish != nullptr ? finish(reader, node, list) : base::Result<void>{};
            }});
}

}  // namespace auditor::config
