/// \file entrepot/http/libcurl_internal.cc
/// Why libcurl is loaded and not linked.
///
/// Every build of it in Debian needs libcrypto, be it only for libssh2. A library that is
/// linked binds to whichever symbol the program's search order finds first, and for 2,500
/// of libcrypto's that is the copy of another OpenSSL that libparquet of the pyarrow
/// wheel exports; the process then dies in the first call that meets both (decision 008,
/// and 009, which has the measurements). With RTLD_DEEPBIND the loader looks into
/// libcurl's own libraries first. Programs that make no request do not pay for loading it
/// either.

#include "entrepot/http/libcurl_internal.h"

#include <dlfcn.h>

#include <string>

namespace entrepot {
namespace {

// The first is Debian's build on GnuTLS; the second is what libcurl is called elsewhere.
constexpr const char* kNames[] = {"libcurl-gnutls.so.4", "libcurl.so.4"};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    !defined(RTLD_DEEPBIND)
constexpr int kOwnSymbolsFirst = 0;  // The sanitizers' runtimes refuse it.
#else
constexpr int kOwnSymbolsFirst = RTLD_DEEPBIND;
#endif

Result<void*> Open() {
  std::string why;
  for (const char* name : kNames) {
    // Never closed: libraries behind it register what runs at the process's end.
    if (void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL | kOwnSymbolsFirst))
      return library;
    const char* reason = dlerror();
    why +=
        fmt::format("{}{}", why.empty() ? "" : "; ", reason != nullptr ? reason : name);
  }
  return Unsupported(
      "HTTP needs libcurl, which cannot be loaded ({}); install it (Debian: "
      "libcurl3-gnutls)",
      why);
}

template <typename Function>
void Find(void* library, const char* name, Function& function, std::string& missing) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) missing = name;
}

Result<LibCurl> LoadOnce() {
  ENTREPOT_ASSIGN_OR_RETURN(void* const library, Open());
  LibCurl curl;
  decltype(&curl_global_init) global_init = nullptr;
  std::string missing;
  Find(library, "curl_global_init", global_init, missing);
  Find(library, "curl_easy_init", curl.easy_init, missing);
  Find(library, "curl_easy_setopt", curl.easy_setopt, missing);
  Find(library, "curl_easy_perform", curl.easy_perform, missing);
  Find(library, "curl_easy_getinfo", curl.easy_getinfo, missing);
  Find(library, "curl_easy_reset", curl.easy_reset, missing);
  Find(library, "curl_easy_cleanup", curl.easy_cleanup, missing);
  Find(library, "curl_easy_strerror", curl.easy_strerror, missing);
  Find(library, "curl_slist_append", curl.slist_append, missing);
  Find(library, "curl_slist_free_all", curl.slist_free_all, missing);
  Find(library, "curl_url", curl.url, missing);
  Find(library, "curl_url_set", curl.url_set, missing);
  Find(library, "curl_url_get", curl.url_get, missing);
  Find(library, "curl_url_cleanup", curl.url_cleanup, missing);
  Find(library, "curl_free", curl.free, missing);
  if (!missing.empty()) return Unsupported("this libcurl has no '{}'", missing);
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return Unsupported("libcurl cannot be initialised");
  return curl;
}

}  // namespace

Result<const LibCurl*> LibCurl::Load() {
  static const Result<LibCurl> loaded = LoadOnce();
  if (!loaded) return loaded.error();
  return &*loaded;
}

}  // namespace entrepot
