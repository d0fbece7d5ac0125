#include "entrepot/sql/postgres_uri_internal.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace entrepot {
namespace {

/// Where the parts of a URI that may hold secrets lie.
struct UriParts {
  std::string_view credentials;  ///< Before the last '@' in front of the parameters.
  std::string_view place;        ///< Host, port and database.
  std::string_view parameters;
};

UriParts Split(std::string_view uri) {
  const size_t scheme_end = uri.find("://");
  std::string_view rest = uri.substr(scheme_end == uri.npos ? 0 : scheme_end + 3);
  UriParts parts;
  // A password that should have been encoded may hold an '@' or '/' itself.
  if (const size_t at = rest.rfind('@'); at != rest.npos) {
    parts.credentials = rest.substr(0, at);
    rest = rest.substr(at + 1);
  }
  const size_t question = rest.find('?');
  parts.place = rest.substr(0, question);
  if (question != rest.npos) parts.parameters = rest.substr(question + 1);
  return parts;
}

std::string Decoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](size_t at) {
      const char c = at < text.size() ? text[at] : ' ';
      if (c >= '0' && c <= '9') return c - '0';
      if (c >= 'a' && c <= 'f') return c - 'a' + 10;
      if (c >= 'A' && c <= 'F') return c - 'A' + 10;
      return -1;
    };
    if (text[i] == '%' && digit(i + 1) >= 0 && digit(i + 2) >= 0) {
      decoded += static_cast<char>(digit(i + 1) * 16 + digit(i + 2));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

void Hide(std::string_view secret, std::string& text) {
  if (secret.empty()) return;
  for (size_t at = 0; (at = text.find(secret, at)) != text.npos; at += 3)
    text.replace(at, secret.size(), "***");
}

}  // namespace

Status CheckPostgresUri(const std::string& uri) {
  const size_t question = uri.find('?');
  if (question == uri.npos || uri.find('@', question) == uri.npos) return {};
  return Invalid(
      "the URI of the database has an '@' behind a '?'; write '?' as %3F in a password, "
      "'@' as %40 in a parameter");
}

std::string PostgresPlace(const std::string& uri) {
  return "postgresql://" + std::string(Split(uri).place);
}

std::string WithoutSecretsOf(const std::string& uri, std::string text) {
  Hide(uri, text);
  const UriParts parts = Split(uri);
  const size_t colon = parts.credentials.find(':');
  std::vector<std::string_view> secrets;
  if (colon != parts.credentials.npos)
    secrets.push_back(parts.credentials.substr(colon + 1));
  for (std::string_view rest = parts.parameters; !rest.empty();) {
    const std::string_view parameter = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), parameter.size() + 1));
    const size_t equals = parameter.find('=');
    if (equals != parameter.npos &&
        parameter.substr(0, equals).find("password") != parameter.npos)
      secrets.push_back(parameter.substr(equals + 1));
  }
  for (const std::string_view secret : secrets) {
    Hide(secret, text);
    Hide(Decoded(secret), text);
  }
  return text;
}

}  // namespace entrepot
