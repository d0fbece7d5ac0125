#pragma once

/// \file entrepot/testing/unprivileged_user.h
/// Not being root, for whom no permission counts.

#include <unistd.h>

namespace entrepot::testing {

/// While it lives, a process of root acts as user 65534 ("nobody"), who owns nothing;
/// other processes stay what they are. Concerns all threads; one object at a time.
class UnprivilegedUser {
 public:
  UnprivilegedUser() : was_root_(::geteuid() == 0) {
    if (was_root_ && ::seteuid(65534) != 0) was_root_ = false;
  }
  ~UnprivilegedUser() {
    if (was_root_) (void)!::seteuid(0);
  }
  UnprivilegedUser(const UnprivilegedUser&) = delete;
  UnprivilegedUser& operator=(const UnprivilegedUser&) = delete;

 private:
  bool was_root_;
};

}  // namespace entrepot::testing
