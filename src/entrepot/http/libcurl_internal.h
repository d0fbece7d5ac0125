#pragma once

/// \file entrepot/http/libcurl_internal.h
/// libcurl, loaded when somebody first needs it.

#include <curl/curl.h>

#include "entrepot/result.h"

namespace entrepot {

/// The functions of libcurl that we call, by the names it gives them. Safe for concurrent
/// use as they are.
struct LibCurl {
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_perform) easy_perform = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_reset) easy_reset = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;
  decltype(&curl_url) url = nullptr;
  decltype(&curl_url_set) url_set = nullptr;
  decltype(&curl_url_get) url_get = nullptr;
  decltype(&curl_url_cleanup) url_cleanup = nullptr;
  decltype(&curl_free) free = nullptr;

  /// Returns the one library of this process, loading it at the first call.
  ///
  /// Errors: kUnsupported  there is none
  static Result<const LibCurl*> Load();
};

}  // namespace entrepot
