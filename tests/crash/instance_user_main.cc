// entrepot_instance_user ROLE HOME …: one of the processes of these tests.

#include <map>
#include <span>

#include <fmt/format.h>

#include "instance_user.h"

namespace entrepot::testing {
namespace {

Status Play(std::span<const std::string> arguments) {
  if (arguments.size() != 4) return Invalid("usage: ROLE HOME and two more");
  const std::string& role = arguments[0];
  const std::string& home = arguments[1];
  const int number = std::stoi(arguments[3]);
  if (role == "grow") {
    return Grow(home, arguments[2] == "full" ? Durability::kFull : Durability::kFast,
                number);
  }
  if (role == "write") return Write(home, std::stoi(arguments[2]), number);
  if (role == "read") return Read(home, std::stoi(arguments[2]), number);
  return Invalid("no such role: '{}'", role);
}

}  // namespace
}  // namespace entrepot::testing

int main(int num_arguments, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + num_arguments);
  const entrepot::Status played = entrepot::testing::Play(words);
  if (played) return 0;
  fmt::print(stderr, "{}: {}\n", fmt::join(words, " "), played.error().ToString());
  return 1;
}
