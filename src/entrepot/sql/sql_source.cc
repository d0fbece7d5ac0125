#include "entrepot/sql/sql_source.h"

#include "entrepot/nearest_name.h"
#include "entrepot/sql/postgres_source_internal.h"
#include "entrepot/sql/sqlite_source_internal.h"

namespace entrepot {
namespace {

Result<std::shared_ptr<const SqlSource>> OpenSqliteUri(std::string_view rest) {
  if (!rest.starts_with('/') || rest.size() == 1) {
    return Invalid(
        "a SQLite URI needs the path of a file: 'sqlite:///relative/path' or "
        "'sqlite:////absolute/path'");
  }
  const std::string path(rest.substr(1));
  if (path.find('?') != path.npos)
    return Invalid("the URI of SQLite file '{}' may not have parameters",
                   path.substr(0, path.find('?')));
  return MakeSqliteSource(path);
}

}  // namespace

Result<std::shared_ptr<const SqlSource>> OpenSqlSource(const SqlSourceOptions& options) {
  // What is wrong may be a secret in the wrong place, so messages show the scheme at
  // most.
  const std::string_view uri = options.uri;
  const size_t scheme_end = uri.find("://");
  if (scheme_end == uri.npos) {
    return Invalid(
        "a connection is a URI such as 'sqlite:///path' or "
        "'postgresql://user@host/database'");
  }
  const std::string_view scheme = uri.substr(0, scheme_end);
  if (scheme == "sqlite") return OpenSqliteUri(uri.substr(scheme_end + 3));
  if (scheme == "postgresql" || scheme == "postgres") return MakePostgresSource(options);
  const std::vector<std::string> known = {"sqlite", "postgresql"};
  return Invalid("a connection of scheme '{}' is not supported{}", scheme,
                 DidYouMean(scheme, known));
}

}  // namespace entrepot
