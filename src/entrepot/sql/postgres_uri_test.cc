#include <gtest/gtest.h>

#include "entrepot/sql/postgres_uri_internal.h"

namespace entrepot {
namespace {

TEST(PostgresUri, ItsPlaceShowsNeitherCredentialsNorParameters) {
  EXPECT_EQ(PostgresPlace("postgresql://me:pw@host:5432/db?sslkey=x"),
            "postgresql://host:5432/db");
  EXPECT_EQ(PostgresPlace("postgresql://me:p@w/@host/db"), "postgresql://host/db");
  EXPECT_EQ(PostgresPlace("postgresql:///db"), "postgresql:///db");
}

TEST(PostgresUri, SecretsAreHiddenAsWrittenAndDecoded) {
  const std::string uri =
      "postgresql://me:p%40w@host/db?connect_timeout=1&sslpassword=k3y";
  EXPECT_EQ(WithoutSecretsOf(uri, "in '" + uri + "': p%40w, p@w, k3y, me, db"),
            "in '***': ***, ***, ***, me, db");
}

}  // namespace
}  // namespace entrepot
